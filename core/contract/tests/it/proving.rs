//! A number that is proved to be enough and shown to nobody, by two companies and a person.

use countersign_codec::Json;
use countersign_crypto::Seed;
use countersign_replica::{Level, Refusal};
use countersign_workflow::Demand;
use countersign_zero_knowledge::{CannotProve, Challenge, Occasion, Opening, prove};

use crate::log::{Log, response_of};
use crate::net::Net;
use crate::people::{admin, key, mandate, party, person, user};
use crate::scenarios::Founding;
use countersign_contract::{Payload, State};

const INCOME_CHECK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/income_check.yaml"));

fn income_check() -> Founding {
    let founders = [("landlord", "landlord"), ("tenant", "tenant")];
    Founding::new(INCOME_CHECK, &["landlord", "tenant"], &founders)
}

/// The opening that Ana's program derives from her key: 3,500.00 in cents.
fn opening(state: &State, cents: i64, salt: u8) -> Opening {
    Opening::derive(&key("ana", "user"), &state.contract().to_string(), cents, [salt; 16])
}

fn demand(state: &State) -> Demand {
    state.process().unwrap().demand("main", "show", None).unwrap().unwrap()
}

fn proof(state: &State, opening: &Opening) -> Result<String, CannotProve> {
    let demand = demand(state);
    let (contract, prover) = (state.contract().to_string(), party("tenant").to_string());
    let occasion = Occasion {
        contract: &contract,
        process: "main",
        action: "show",
        response: "ok",
        party: &prover,
        challenge: demand.challenge,
    };
    prove(&occasion, demand.claim, opening, Seed::new([8; 32])).map(|proof| format!("{{\"proof\":\"{proof}\"}}"))
}

fn ask(number: u8) -> String {
    format!("{{\"challenge\":\"{}\"}}", Challenge::new([number; 32]))
}

#[test]
fn ana_proves_that_her_income_is_enough_and_nobody_learns_it() {
    let mut net = Net::new(income_check(), &["landlord", "tenant"]);
    net.party("tenant").says(&admin("tenant"), Payload::Identity(person("ana"))).unwrap();
    let powers = mandate(person("ana").id(), r#"{"actors":["tenant"],"actions":"all"}"#);
    net.party("tenant").says(&admin("tenant"), Payload::Mandate(powers)).unwrap();
    net.settle();
    let landlord = |net: &mut Net, action: &str, data: &str| {
        net.party("landlord").says(&admin("landlord"), response_of("landlord", action, None, data)).unwrap();
        net.settle();
    };
    landlord(&mut net, "offer", r#"{"rent":"950"}"#);

    // She commits to 3,500.00 EUR.
    let hidden = opening(&net.state("tenant"), 350_000, 1);
    let committed = format!("{{\"income\":\"{}\"}}", hidden.commitment());
    net.party("tenant").says(&user("ana"), response_of("tenant", "commit", None, &committed)).unwrap();
    net.settle();
    landlord(&mut net, "ask", &ask(7));

    // A proof for another question is refused by her own node, and nothing is sent.
    let stale = proof(&net.state("tenant"), &hidden).unwrap();
    let other = opening(&net.state("tenant"), 400_000, 1);
    let forged = proof(&net.state("tenant"), &other).unwrap();
    let refused = net.party("tenant").says(&user("ana"), response_of("tenant", "show", None, &forged));
    assert!(matches!(refused, Err(Refusal::Rejected { rule, .. }) if rule.as_str() == "invalid_proof"));

    let shown = net.party("tenant").says(&user("ana"), response_of("tenant", "show", None, &stale)).unwrap();
    net.settle();
    landlord(&mut net, "accept", "{}");
    net.agree();
    for node in ["landlord", "tenant"] {
        assert_eq!(net.process(node), "agreed");
        for number in [&b"350000"[..], b"3500"] {
            assert!(!net.has_bytes(node, number), "the number is on the disk of {node}");
        }
    }
    assert_eq!(net.level("landlord", &shown), Level::Final);
    assert_eq!(net.strikes(), Vec::<String>::new());
}

#[test]
fn a_proof_holds_once_and_nowhere_else() {
    let mut log = Log::new(&income_check());
    let (landlord, tenant) = (admin("landlord"), admin("tenant"));
    log.answer(&landlord, "landlord", "offer", None, r#"{"rent":"950"}"#);
    let hidden = opening(&log.state, 350_000, 1);
    let committed = format!("{{\"income\":\"{}\"}}", hidden.commitment());
    assert_eq!(log.answer(&tenant, "tenant", "commit", None, &committed), "applied");
    assert_eq!(log.answer(&landlord, "landlord", "ask", None, &ask(1)), "applied");
    let good = proof(&log.state, &hidden).unwrap();
    // The same words, said in another contract: its id is part of what was proved.
    let moved = {
        let demand = demand(&log.state);
        let occasion = Occasion {
            contract: "ctr_another",
            process: "main",
            action: "show",
            response: "ok",
            party: &party("tenant").to_string(),
            challenge: demand.challenge,
        };
        let proof = prove(&occasion, demand.claim, &hidden, Seed::new([8; 32])).unwrap();
        format!("{{\"proof\":\"{proof}\"}}")
    };
    assert_eq!(log.answer(&tenant, "tenant", "show", None, &moved), "invalid_proof(/proof)");
    let cut = good.replace("\"}", "00\"}");
    assert_eq!(log.answer(&tenant, "tenant", "show", None, &cut), "invalid_proof(/proof)");
    assert_eq!(log.answer(&tenant, "tenant", "show", None, r#"{"proof":"3500"}"#), "invalid_data(/proof)");
    assert_eq!(log.answer(&tenant, "tenant", "show", None, &good), "applied");
    assert_eq!(log.process(), "shown");
}

#[test]
fn an_income_that_is_too_low_cannot_be_proved() {
    let mut log = Log::new(&income_check());
    let (landlord, tenant) = (admin("landlord"), admin("tenant"));
    log.answer(&landlord, "landlord", "offer", None, r#"{"rent":"950"}"#);
    let low = opening(&log.state, 284_999, 1);
    let data = Json::map([("income", Json::Text(low.commitment().to_string()))]).to_string();
    log.answer(&tenant, "tenant", "commit", None, &data);
    log.answer(&landlord, "landlord", "ask", None, &ask(1));
    assert_eq!(proof(&log.state, &low), Err(CannotProve), "one cent is missing");
    let lie = proof(&log.state, &opening(&log.state, 350_000, 1)).unwrap();
    assert_eq!(log.answer(&tenant, "tenant", "show", None, &lie), "invalid_proof(/proof)");
}
