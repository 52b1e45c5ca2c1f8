//! Responses that prove something without showing it: what is asked in the state of a process, and whether it is given
//! (page `docs/spec/zero-knowledge.md`).

use countersign_rules::{Decimal, Rule as Expression, Text, Value};
use countersign_zero_knowledge::{Challenge, Claim, Commitment, Occasion, Proof, verify};

use crate::answer::Answer;
use crate::branch::Branch;
use crate::finding::Place;
use crate::process::Process;
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::view::{Locals, View};

/// The member of the data of a response that is the proof.
pub(crate) const PROOF_MEMBER: &str = "proof";

/// What a response proves.
#[derive(Debug)]
pub(crate) struct Proving {
    pub place: Place,
    /// Where the commitment stands, `_` first.
    pub of: Vec<Text>,
    /// Where the challenge stands, `_` first.
    pub challenge: Vec<Text>,
    /// How many digits after the point the committed number has.
    pub digits: u8,
    pub min: Option<Expression>,
    pub max: Option<Expression>,
}

/// What a response must prove now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The commitment to the number.
    pub commitment: Commitment,
    /// What the other party asked.
    pub challenge: Challenge,
    /// What is to be shown of the number, scaled by `digits`.
    pub claim: Claim,
    /// How many digits after the point the number has.
    pub digits: u8,
}

impl Process {
    /// What a response to an action of a process must prove if it is given now; none if it proves nothing.
    ///
    /// # Errors
    /// `invalid_proof` if nothing is committed to or nothing was asked yet, `expression_error` if a bound ends with an
    /// error.
    pub fn demand(&self, process: &str, action: &str, response: Option<&str>) -> Result<Option<Demand>, Rejection> {
        let Some(branch) = self.find(process).and_then(|at| self.branch(&at)) else { return Ok(None) };
        let found = branch.body.action(action).and_then(|(_, action)| match response {
            Some(response) => action.response(response).map(|(_, response)| response),
            None => action.responses.get(action.expect),
        });
        found.and_then(|response| response.proving.as_ref()).map(|proving| proving.demand(branch)).transpose()
    }
}

impl Proving {
    /// What is asked in the state of a process. The bounds see nothing else: not the time, which the prover declares.
    fn demand(&self, branch: &Branch) -> Result<Demand, Rejection> {
        let locals = Locals::at(branch.entered);
        let view = View::new(branch, &locals);
        let missing = |what: &str| Rejection::new(Rule::InvalidProof, what).at(self.place);
        let at = |path: &[Text]| view.at_root(path.get(1..).unwrap_or_default());
        let commitment = at(&self.of).as_text().and_then(Commitment::parse);
        let challenge = at(&self.challenge).as_text().and_then(Challenge::parse);
        let bound = |rule: &Option<Expression>, side: Side| -> Result<Option<i64>, Rejection> {
            let Some(rule) = rule else { return Ok(None) };
            let value = rule.eval(&view).map_err(|error| {
                let message = format!("a bound of the proof: {}", error.kind.as_str());
                Rejection::new(Rule::ExpressionError, message).at(self.place)
            })?;
            let bound = scaled(&value, self.digits, side);
            bound.map(Some).ok_or_else(|| missing("a bound is unassigned, or too far away"))
        };
        Ok(Demand {
            commitment: commitment.ok_or_else(|| missing("nothing is committed to yet"))?,
            challenge: challenge.ok_or_else(|| missing("the other party did not ask yet"))?,
            claim: Claim::new(bound(&self.min, Side::Up)?, bound(&self.max, Side::Down)?),
            digits: self.digits,
        })
    }

    /// Whether the data of an answer prove what is asked.
    pub(crate) fn check(
        &self,
        branch: &Branch,
        answer: &Answer<'_>,
        response: &str,
        data: &Value,
    ) -> Result<(), Rejection> {
        let Demand { commitment, challenge, claim, .. } = self.demand(branch)?;
        let invalid = |message: String| {
            Rejection::new(Rule::InvalidProof, message).at(self.place).pointing(format!("/{PROOF_MEMBER}"))
        };
        let proof = data.at(&[PROOF_MEMBER.into()]).as_text().and_then(Proof::parse);
        let proof = proof.ok_or_else(|| invalid("there is no proof".to_owned()))?;
        let occasion = Occasion {
            contract: answer.contract.unwrap_or_default(),
            process: answer.process,
            action: answer.action,
            response,
            party: answer.party.unwrap_or_default(),
            challenge,
        };
        verify(&occasion, claim, &commitment, &proof).map_err(|error| invalid(error.to_string()))
    }
}

/// Where a bound between two numbers of so many digits goes: inwards.
#[derive(Clone, Copy)]
enum Side {
    Up,
    Down,
}

/// A bound as a multiple of the last digit; none if it is unassigned or does not fit.
fn scaled(value: &Value, digits: u8, side: Side) -> Option<i64> {
    let decimal = match value {
        Value::Int(value) => Decimal::from_int(*value),
        Value::Decimal(value) => *value,
        _ => return None,
    };
    let (coefficient, shift) = (decimal.coefficient(), decimal.exponent().checked_add(i32::from(digits))?);
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    let scaled = if shift >= 0 {
        coefficient.checked_mul(power)?
    } else {
        let down = coefficient.checked_div_euclid(power)?;
        let is_whole = coefficient.checked_rem_euclid(power)? == 0;
        if is_whole || matches!(side, Side::Down) { down } else { down.checked_add(1)? }
    };
    i64::try_from(scaled).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_rounded_inwards_and_scaled_exactly() {
        let of = |text: &str| Value::Decimal(Decimal::parse(text).unwrap());
        assert_eq!(scaled(&Value::Int(2_850), 2, Side::Up), Some(285_000));
        assert_eq!(scaled(&of("2849.991"), 2, Side::Up), Some(285_000));
        assert_eq!(scaled(&of("2849.999"), 2, Side::Down), Some(284_999));
        assert_eq!(scaled(&of("-0.5"), 0, Side::Up), Some(0));
        assert_eq!(scaled(&of("-0.5"), 0, Side::Down), Some(-1));
        assert_eq!(scaled(&of("0.000000001"), 0, Side::Up), Some(1));
        assert_eq!(scaled(&of("9999999999999999999999999999"), 0, Side::Up), None);
        assert_eq!(scaled(&Value::Int(9_007_199_254_740_991), 15, Side::Up), None);
        assert_eq!(scaled(&Value::Unassigned, 2, Side::Up), None);
    }
}
