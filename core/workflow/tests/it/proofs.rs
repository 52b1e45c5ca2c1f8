//! Responses that prove something without showing it: what is asked, what is refused, and what a scenario must say.

use countersign_codec::Json;
use countersign_crypto::{Seed, SigningKey};
use countersign_workflow::{Answer, Demand, KeyKind, Process, Scenario};
use countersign_zero_knowledge::{Challenge, Claim, Occasion, Opening, prove};

use crate::canonical::load;
use crate::process::{DAY_ONE, ENTITLED, bindings, rule, time};

/// Numbers that somebody commits to, in cents.
const NUMBERS: [i64; 4] = [285_000, 284_999, -1, 9_000_000];

pub fn opening(number: usize) -> Opening {
    Opening::derive(&SigningKey::new([5; 32]), "", NUMBERS[number % NUMBERS.len()], [number as u8; 16])
}

pub fn challenge(number: usize) -> Challenge {
    Challenge::new([number as u8; 32])
}

/// The data of a response that proves what is asked of it, if one of the openings here is under its commitment and the
/// claim is true of it.
pub fn proving(action: &str, response: &str, party: Option<&str>, demand: &Demand) -> Option<Json> {
    let opening = (0..8).map(opening).find(|opening| opening.commitment() == demand.commitment)?;
    let party = party.unwrap_or_default();
    let occasion = Occasion { contract: "", process: "main", action, response, party, challenge: demand.challenge };
    let proof = prove(&occasion, demand.claim, &opening, Seed::new([1; 32])).ok()?;
    Some(Json::map([("proof", Json::Text(proof.to_string()))]))
}

pub const INCOME: &str = include_str!("../../../../examples/income_check.yaml");

fn started() -> Process {
    let scenario = load(INCOME);
    Process::start(&scenario, &bindings(&scenario), &Json::Null, time(DAY_ONE)).unwrap()
}

fn answers(process: &mut Process, actor: &str, action: &str, data: &Json) -> &'static str {
    let party = process.party(actor).map(str::to_owned);
    let answer = Answer {
        contract: None,
        process: "main",
        actor,
        party: party.as_deref(),
        key: KeyKind::User,
        action,
        response: None,
        data,
        attachments: &Json::Null,
        seen: process.seen("main", action),
        time: process.time(),
        proofs: None,
    };
    match process.respond(&answer, ENTITLED) {
        Ok(()) => "applied",
        refused => rule(refused),
    }
}

fn says(process: &mut Process, actor: &str, action: &str, name: &str, value: impl ToString) -> &'static str {
    answers(process, actor, action, &Json::map([(name, Json::Text(value.to_string()))]))
}

/// Up to the question, with the number of this opening.
fn asked(number: usize) -> Process {
    let mut process = started();
    assert_eq!(says(&mut process, "landlord", "offer", "rent", "950"), "applied");
    assert_eq!(says(&mut process, "tenant", "commit", "income", opening(number).commitment()), "applied");
    assert_eq!(says(&mut process, "landlord", "ask", "challenge", challenge(3)), "applied");
    process
}

#[test]
fn a_tenant_proves_that_the_income_is_enough() {
    let mut process = asked(0);
    let demand = process.demand("main", "show", None).unwrap().unwrap();
    assert_eq!((demand.claim, demand.digits, demand.challenge), (Claim::AtLeast(285_000), 2, challenge(3)));
    assert_eq!(process.demand("main", "accept", None), Ok(None));
    let data = proving("show", "ok", process.party("tenant"), &demand).unwrap();
    assert_eq!(answers(&mut process, "tenant", "show", &data), "applied");
    assert_eq!(process.state(), "shown");
    let shown = process.vars().to_plain().to_string();
    assert!(!shown.contains("2850"), "{shown}");
}

#[test]
fn what_does_not_hold_changes_nothing() {
    let mut process = asked(0);
    let demand = process.demand("main", "show", None).unwrap().unwrap();
    let party = process.party("tenant").map(str::to_owned);
    let elsewhere = Demand { challenge: challenge(4), ..demand.clone() };
    let weaker = Demand { claim: Claim::AtLeast(284_999), ..demand.clone() };
    let known = Demand { claim: Claim::Known, ..demand.clone() };
    for (action, demand) in [("show", &elsewhere), ("show", &weaker), ("show", &known), ("accept", &demand)] {
        let data = proving(action, "ok", party.as_deref(), demand).unwrap();
        assert_eq!(answers(&mut process, "tenant", "show", &data), "invalid_proof");
    }
    let data = proving("show", "ok", process.party("landlord"), &demand).unwrap();
    assert_eq!(answers(&mut process, "tenant", "show", &data), "invalid_proof", "of another party");
    assert_eq!(says(&mut process, "tenant", "show", "proof", "proof:"), "invalid_proof");
    assert_eq!(says(&mut process, "tenant", "show", "proof", "proof:zz"), "invalid_data");
    assert_eq!(answers(&mut process, "tenant", "show", &Json::Null), "invalid_data");
    assert_eq!(process.state(), "proving");
    let too_low = asked(1).demand("main", "show", None).unwrap().unwrap();
    assert_eq!(proving("show", "ok", None, &too_low), None, "one cent is missing");
}

#[test]
fn before_anything_is_committed_to_nothing_is_asked() {
    let process = started();
    let refused = process.demand("main", "show", None).unwrap_err();
    assert_eq!(refused.rule.as_str(), "invalid_proof");
    let mut process = process;
    assert_eq!(says(&mut process, "landlord", "offer", "rent", "950"), "applied");
    let noise = format!("pedersen:{}", "ff".repeat(48));
    assert_eq!(says(&mut process, "tenant", "commit", "income", noise), "invalid_data", "no point of the curve");
}

#[test]
fn a_scenario_says_what_is_proved_or_is_refused() {
    let proof = "proof: {of: vars.income, challenge: vars.asked, min: 3 * vars.rent}";
    assert!(INCOME.contains(proof));
    for (written, code) in [
        ("proof: {challenge: vars.asked, min: 3}", "E105"),
        ("proof: {of: vars.income, challenge: vars.asked}", "E105"),
        ("proof: {of: vars.income, challenge: vars.asked, knows: false}", "E106"),
        ("proof: {of: vars.income, challenge: vars.asked, min: 3, knows: true}", "E106"),
        ("proof: {of: vars.nothing, challenge: vars.asked, min: 3}", "E402"),
        ("proof: {of: vars.rent, challenge: vars.asked, min: 3}", "E404"),
        ("proof: {of: vars.income, challenge: vars.income, min: 3}", "E404"),
        ("proof: {of: vars.income, challenge: vars.asked, min: vars.asked}", "E404"),
        ("proof: {of: vars.income, challenge: vars.asked, min: data.proof}", "E402"),
        ("proof: {of: vars.income, challenge: vars.asked, min: 3, most: 4}", "E104"),
    ] {
        let findings = Scenario::load(INCOME.replace(proof, written).as_bytes()).unwrap_err();
        assert!(findings.iter().any(|finding| finding.code == code), "{written}: {findings:?}");
    }
    let known = INCOME.replace("min: 3 * vars.rent", "knows: true");
    let (scenario, _) = Scenario::load(known.as_bytes()).unwrap();
    assert!(
        scenario
            .canonical()
            .to_string()
            .contains(r#""proof":{"challenge":"vars.asked","knows":true,"of":"vars.income"}"#)
    );
    for (field, code) in [
        ("{type: commitment, digits: 16}", "E106"),
        ("{type: text, digits: 2}", "E104"),
        // A number of other digits is another number.
        ("{type: commitment, digits: 3}", "E404"),
        ("{type: challenge, min: 3}", "E104"),
    ] {
        let changed = INCOME.replacen("{type: commitment, digits: 2, unit: EUR, title: Income a month}", field, 1);
        let findings = Scenario::load(changed.as_bytes()).unwrap_err();
        assert!(findings.iter().any(|finding| finding.code == code), "{field}: {findings:?}");
    }
    let missing = INCOME.replace("proof: {type: proof, title", "proof: {type: text, title");
    assert!(Scenario::load(missing.as_bytes()).is_err());
}
