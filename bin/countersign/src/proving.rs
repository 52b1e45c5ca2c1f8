//! What programs write for people who prove something without showing it: commitments, questions and proofs.
//!
//! The node learns none of the numbers: what is committed to and proved is computed here, with the person's key.

use countersign_api_model::{Form, ProofDemand};
use countersign_codec::Json;
use countersign_crypto::{Seed, SigningKey};
use countersign_rules::Decimal;
use countersign_types::ContractId;
use countersign_zero_knowledge::{Challenge, Claim, Commitment, Occasion, Opening, SALT_BYTES, prove};
use serde_json::Value;

use crate::failure::Failure;

/// Where something is proved, and with whose key.
pub struct Prover<'a> {
    /// The contract.
    pub contract: ContractId,
    /// The path of the process.
    pub process: &'a str,
    /// The action.
    pub action: &'a str,
    /// The party of the actor.
    pub party: &'a str,
    /// The key that committed, and proves.
    pub signer: &'a SigningKey,
}

impl Prover<'_> {
    /// Puts commitments and proofs in place of the numbers that were typed, and a new question where one is asked for.
    /// Gives what to tell the person.
    pub fn fill(&self, data: &mut Json, form: &Form, mut seed: Seed) -> Result<Vec<String>, Failure> {
        let Json::Map(members) = data else { return Ok(Vec::new()) };
        let mut told = Vec::new();
        for (name, field) in form.schema["properties"].as_object().into_iter().flatten() {
            let field = resolved(&form.schema, field);
            let typed = members.get(name).and_then(typed);
            let (written, words) = match (field["format"].as_str(), typed) {
                (Some("challenge"), None) if is_required(&form.schema, name) => {
                    (Challenge::new(seed.array()).to_string(), None)
                }
                (Some("commitment"), Some(typed)) if Commitment::parse(&typed).is_none() => {
                    let value = number(name, &typed, digits(field))?;
                    let salt: [u8; SALT_BYTES] = seed.array();
                    let opening = Opening::derive(self.signer, &self.contract.to_string(), value, salt);
                    (opening.commitment().to_string(), Some(format!("{name} is fixed and not shown: remember {typed}")))
                }
                (Some("proof"), Some(typed)) if !typed.starts_with("proof:") => {
                    let demand = form.proof.as_ref().ok_or_else(|| {
                        Failure::refused("invalid_proof", "nothing is committed to, or nothing was asked yet")
                    })?;
                    let value = number(name, &typed, demand.digits)?;
                    let proof = self.prove(demand, &form.response, value, seed.split())?;
                    (proof, Some(format!("proved: {}; the number is not shown", claimed(demand))))
                }
                _ => continue,
            };
            members.insert(name.clone(), Json::Text(written));
            told.extend(words);
        }
        Ok(told)
    }

    fn prove(&self, demand: &ProofDemand, response: &str, value: i64, seed: Seed) -> Result<String, Failure> {
        let unread = || Failure::refused("bad_answer", "the node does not say what is to be proved");
        let commitment = Commitment::parse(&demand.commitment).ok_or_else(unread)?;
        let challenge = Challenge::parse(&demand.challenge).ok_or_else(unread)?;
        let bound = |bound: &Option<String>| match bound {
            None => Ok(None),
            Some(text) => scaled(text, demand.digits).map(Some).ok_or_else(unread),
        };
        let claim = Claim::new(bound(&demand.min)?, bound(&demand.max)?);
        let contract = self.contract.to_string();
        let opening = Opening::derive(self.signer, &contract, value, commitment.salt());
        if opening.commitment() != commitment {
            let message = "this is not the number that was fixed with this key: nothing was signed";
            return Err(Failure::refused("invalid_proof", message));
        }
        let occasion = Occasion {
            contract: &contract,
            process: self.process,
            action: self.action,
            response,
            party: self.party,
            challenge,
        };
        let proof = prove(&occasion, claim, &opening, seed).map_err(|_| {
            Failure::refused("invalid_proof", format!("the number is not {}: it cannot be proved", claimed(demand)))
        })?;
        Ok(proof.to_string())
    }
}

/// The claim in words.
fn claimed(demand: &ProofDemand) -> String {
    match (&demand.min, &demand.max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "known".to_owned(),
    }
}

fn typed(json: &Json) -> Option<String> {
    match json {
        Json::Text(text) => Some(text.clone()),
        Json::Int(int) => Some(int.to_string()),
        _ => None,
    }
}

fn resolved<'a>(schema: &'a Value, field: &'a Value) -> &'a Value {
    let named = field["$ref"].as_str().and_then(|name| name.strip_prefix("#/types/"));
    named.map_or(field, |name| &schema["types"][name])
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
}

fn digits(field: &Value) -> u8 {
    field["x-digits"].as_u64().and_then(|digits| u8::try_from(digits).ok()).unwrap_or_default()
}

fn number(name: &str, typed: &str, digits: u8) -> Result<i64, Failure> {
    scaled(typed, digits)
        .ok_or_else(|| Failure::misuse(format!("{name} must be a number with at most {digits} digits after the point")))
}

/// A decimal as a multiple of its last digit; none if it has more digits, or does not fit.
fn scaled(text: &str, digits: u8) -> Option<i64> {
    let decimal = Decimal::parse(text)?;
    let shift = decimal.exponent().checked_add(i32::from(digits))?;
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    let coefficient = decimal.coefficient();
    let scaled = match shift {
        0.. => coefficient.checked_mul(power)?,
        _ if coefficient % power == 0 => coefficient / power,
        _ => return None,
    };
    i64::try_from(scaled).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_scaled_exactly_or_refused() {
        assert_eq!(scaled("3500", 2), Some(350_000));
        assert_eq!(scaled("-0.05", 2), Some(-5));
        assert_eq!(scaled("3500.001", 2), None);
        assert_eq!(scaled("three", 2), None);
        assert_eq!(scaled("9223372036854775808", 0), None);
        assert_eq!(scaled("9223372036854775807", 0), Some(i64::MAX));
    }
}
