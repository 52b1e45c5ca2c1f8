//! Random walks: whatever is said to a process, it stays a process.

use countersign_codec::{Encode, Json};
use countersign_workflow::{Answer, Entitlement, KeyKind, Process, Scenario};
use proptest::prelude::*;

use crate::canonical::{EVERYTHING, LEASE, load};
use crate::process::{DAY_ONE, bindings, json, time};

const WORDS: [&str; 14] = [
    "draft",
    "review",
    "sign",
    "guarantee",
    "offer",
    "answer",
    "move",
    "audit",
    "stop",
    "reject",
    "approve",
    "haggle",
    "accept",
    "",
];
const ACTORS: [&str; 9] = ["employee", "landlord", "tenant", "bank", "buyer", "clerk", "supplier", "auditor", "nobody"];

/// One thing said to a process.
#[derive(Clone, Debug)]
struct Said {
    actor: usize,
    action: usize,
    response: usize,
    data: usize,
    attached: bool,
    fresh: bool,
    system: bool,
    entitled: bool,
    /// Whether it is something that is open.
    guided: bool,
    hours: i64,
}

fn said() -> impl Strategy<Value = Said> {
    let often = || prop::bool::weighted(0.9);
    let flags = (often(), often(), prop::bool::weighted(0.1), often(), often());
    (0..ACTORS.len(), 0..9_usize, 9..WORDS.len(), 0..6_usize, flags, 0..200_i64).prop_map(
        |(actor, action, response, data, (attached, fresh, system, entitled, guided), hours)| Said {
            actor,
            action,
            response,
            data,
            attached,
            fresh,
            system,
            entitled,
            guided,
            hours,
        },
    )
}

fn walk(scenario: &Scenario, inputs: &Json, said: &[Said]) -> Result<Process, TestCaseError> {
    let mut process = Process::start(scenario, &bindings(scenario), inputs, time(DAY_ONE)).unwrap();
    let data = [
        Json::Null,
        json(r#"{"rent":"950.00"}"#),
        json(r#"{"comment":"no"}"#),
        json(r#"{"price":"10","lines":[]}"#),
        json(r#"{"site":"x"}"#),
        json(r#"{"why":"dear"}"#),
    ];
    let attachments = json(&format!(
        r#"{{"text":{{"hash":"sha256:{}","name":"a.pdf","media":"application/pdf","bytes":1}}}}"#,
        "ab".repeat(32)
    ));
    for said in said {
        let open = process.open(process.time());
        let guide = Some(said).filter(|said| said.guided).and_then(|said| {
            let (actor, actions) = open.get(said.actor % open.len().max(1))?;
            let action = &actions[said.action % actions.len()];
            Some((
                actor.as_str(),
                action.action.as_str(),
                action.responses[said.response % action.responses.len()].as_str(),
            ))
        });
        let (actor, action, response) = guide.unwrap_or((ACTORS[said.actor], WORDS[said.action], WORDS[said.response]));
        let data_at = match action {
            _ if guide.is_none() || said.data == 0 => said.data,
            "draft" => 1,
            "offer" => 3,
            "move" => 4,
            _ if response == "reject" => 2,
            _ if response == "haggle" => 5,
            _ => 0,
        };
        let party = process.party(actor).unwrap_or("idn_x").to_owned();
        let answer = Answer {
            contract: None,
            process: "main",
            actor,
            party: Some(&party),
            key: if said.system { KeyKind::System } else { KeyKind::User },
            action,
            response: Some(response).filter(|word| !word.is_empty()),
            data: &data[data_at],
            attachments: if said.attached && action == "draft" { &attachments } else { &Json::Null },
            seen: if said.fresh { process.seen("main", action) } else { None },
            time: countersign_rules::Timestamp::from_ms(process.time().ms() + said.hours * 3_600_000).unwrap(),
            proofs: None,
        };
        let entitled = if said.entitled { Entitlement::Entitled } else { Entitlement::NotEntitled };
        let mut ticked = process.clone();
        ticked.tick(answer.time);
        let open = ticked.open_actions(actor, answer.time);
        let outcome = process.respond(&answer, &|_| entitled);
        prop_assert!(scenario.states().any(|state| state == process.state()));
        match outcome {
            // §4: a rejected step changes nothing but step 1.
            Err(_) => prop_assert_eq!(process.to_bytes(), ticked.to_bytes()),
            // What was applied had been open.
            Ok(()) => prop_assert!(open.iter().any(|open| open.action == action)),
        }
    }
    Ok(process)
}

#[test]
fn a_guided_walk_gets_somewhere() {
    let said = Said {
        actor: 0,
        action: 0,
        response: 0,
        data: 1,
        attached: true,
        fresh: true,
        system: false,
        entitled: true,
        guided: true,
        hours: 1,
    };
    let process = walk(&load(LEASE), &Json::Null, &vec![said; 5]).unwrap();
    assert_eq!(process.state(), "in_force");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_lease_stays_a_lease(said in prop::collection::vec(said(), 0..60)) {
        let scenario = load(LEASE);
        let process = walk(&scenario, &Json::Null, &said)?;
        // The same log gives the same state, from the canonical form too.
        let (again, _) = Scenario::load(&scenario.canonical().canonical()).unwrap();
        prop_assert_eq!(walk(&again, &Json::Null, &said)?.sub_hash(), process.sub_hash());
    }

    #[test]
    fn everything_stays_everything(said in prop::collection::vec(said(), 0..60)) {
        walk(&load(EVERYTHING), &json(r#"{"days":2}"#), &said)?;
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes: Vec<u8>) {
        prop_assert!(Scenario::load(&bytes).is_err());
    }

    /// A scenario with a part cut out or doubled is accepted or refused, and what is accepted has one canonical form.
    #[test]
    fn a_broken_scenario_never_panics(at in 0..6_000_usize, length in 0..80_usize, other in 0..6_000_usize) {
        let mut text: Vec<char> = EVERYTHING.chars().collect();
        let at = at.min(text.len());
        let end = (at + length).min(text.len());
        let cut: Vec<char> = text.drain(at..end).collect();
        let other = other.min(text.len());
        text.splice(other..other, cut);
        let text: String = text.into_iter().collect();
        if let Ok((scenario, _)) = Scenario::load(text.as_bytes()) {
            let (again, _) = Scenario::load(&scenario.canonical().canonical()).unwrap();
            prop_assert_eq!(again.digest(), scenario.digest());
        }
    }
}
