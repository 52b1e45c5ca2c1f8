//! What the parties agree on in these tests.

use countersign_chain::{Finality, GENESIS_FORMAT, Genesis, LANGUAGE_VERSION, Settings};
use countersign_codec::Json;
use countersign_contract::{Charter, State};
use countersign_payload::Opening;
use countersign_types::{Interval, Signed, Timestamp};
use countersign_workflow::{Scenario, Shown};

use crate::people::{array, key, member, party};

/// Scenario language §7.1.
pub const LEASE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lease.yaml"));

/// An actor who joins by invitation, a timer that stays, and priorities.
pub const APPRAISAL: &str = r#"
scenario: countersign/scenario/v1
name: appraisal
title: Appraisal of a house
language: en
comments: {by: [owner], media: [text/plain], max_bytes: 20}
actors:
  owner: {title: Owner}
  assessor: {title: Assessor, joins: invitation, data: {licence: {type: text, max: 10}}}
  second: {title: Second assessor, joins: invitation}
vars: {value: decimal}
actions:
  ask: {title: Ask, kind: performative, by: owner, attachments: {photo: {title: Photo, optional: true}}}
  report:
    title: Report
    kind: performative
    by: [assessor, second]
    data: {value: decimal}
    do: [{set: vars.value, to: data.value}]
initial: asking
states:
  asking: {title: The owner asks, transitions: [{on: ask, goto: assessing}]}
  assessing: {title: Assessors look, transitions: [{on: report, goto: done}, {after: P10D, goto: late}]}
  late: {title: The assessor is late, transitions: [{on: report, goto: done}, {on: ask, goto: assessing}]}
  done: {title: The value is known, final: success}
"#;

/// Two actors who are both needed before the process starts; its first state has a deadline.
pub const SALE: &str = r#"
scenario: countersign/scenario/v1
name: sale
title: Sale
language: en
comments: none
actors:
  seller: {title: Seller}
  buyer: {title: Buyer, data: {city: text}}
actions:
  buy: {title: Buy, kind: performative, by: buyer}
  withdraw: {title: Withdraw, kind: informative, by: seller}
initial: offered
states:
  offered: {title: Offered, transitions: [{on: buy, goto: sold}, {on: withdraw, goto: gone}, {after: P7D, goto: gone}]}
  sold: {title: Sold, final: success}
  gone: {title: Gone, final: cancelled}
"#;

/// 2026-03-02T00:00:00Z.
pub const START: i64 = 1_772_409_600_000;

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis).unwrap()
}

pub const DAY: i64 = 86_400_000;

/// A founded contract.
pub struct Founding {
    pub genesis: Signed<Genesis>,
    pub opening: Opening,
    /// The creator.
    pub host: String,
}

impl Founding {
    /// `bound`: actor and company. The first company of `companies` creates the contract.
    pub fn new(scenario: &str, companies: &[&str], bound: &[(&str, &str)]) -> Self {
        Self::with(scenario, companies, bound, Settings { key_overlap: 4, ..Settings::default() })
    }

    pub fn with(scenario: &str, companies: &[&str], bound: &[(&str, &str)], settings: Settings) -> Self {
        let (scenario, _) = Scenario::load(scenario.as_bytes()).unwrap();
        let actors = bound.iter().map(|(actor, company)| ((*actor).to_owned(), (party(company), Default::default())));
        let charter = Charter { scenario, inputs: Json::Map(Default::default()), actors: actors.collect() };
        let opening = Opening::new(array("charter salt"), charter.to_json().canonical());
        let genesis = Genesis {
            format: GENESIS_FORMAT,
            language: LANGUAGE_VERSION,
            nonce: array("genesis"),
            members: companies.iter().map(|name| member(name)).collect(),
            scenario: charter.scenario_id(),
            settings: Settings { finality: Finality::Signatures, skew: Interval::from_secs(300), ..settings },
            payload: opening.commitment(),
            time: at(0),
        };
        let genesis = genesis.found(&key(companies[0], "admin")).unwrap();
        Self { genesis, opening, host: companies[0].to_owned() }
    }

    pub fn charter(&self) -> Charter {
        Charter::from_bytes(self.opening.bytes(), &self.genesis.scenario).unwrap()
    }

    pub fn state(&self) -> State {
        State::found(&self.genesis, &self.opening, None, no_proofs).unwrap()
    }
}

/// The lease between three companies.
pub fn lease() -> Founding {
    Founding::new(
        LEASE,
        &["landlord", "tenant", "bank"],
        &[("landlord", "landlord"), ("tenant", "tenant"), ("bank", "bank")],
    )
}

/// The house of one owner.
pub fn appraisal() -> Founding {
    Founding::new(APPRAISAL, &["owner"], &[("owner", "owner")])
}

/// A seller who looks for a buyer.
pub fn sale() -> Founding {
    Founding::new(SALE, &["seller"], &[("seller", "seller")])
}

/// These contracts ask no other.
pub fn no_proofs(_: &str) -> Result<Shown, String> {
    Err("no contract is asked here".to_owned())
}
