//! The contract of the benchmark, and statements made beforehand.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_api_model::FoundRequest;
use countersign_chain::{
    Author, Basis, GENESIS_FORMAT, Genesis, LANGUAGE_VERSION, PayloadClass, Settings, Statement, StatementKind,
};
use countersign_codec::{Encode, Json};
use countersign_contract::{Charter, Payload, Response};
use countersign_crypto::{Digest, Seed, Signer, SigningKey};
use countersign_member::KeyId;
use countersign_payload::Opening;
use countersign_types::{ContractId, EntryId, Position, Sequence, Signed, Timestamp, to_base32};
use countersign_workflow::Scenario;

use crate::company::Company;
use crate::{Failure, http};

/// An action with a schema and two guards that can be taken again and again.
pub const SCENARIO: &str = r#"
scenario: countersign/scenario/v1
name: deliveries
title: Deliveries under a frame contract
language: en
actors:
  supplier: {title: Supplier}
vars:
  delivered: {type: int, initial: 0}
  last: decimal
actions:
  deliver:
    title: Report a delivery
    kind: performative
    by: supplier
    if: vars.delivered < 1000000000
    data:
      weight: {type: decimal, min: "0.01", max: "40000"}
      place: {type: text, max: 80}
      pallets: {type: int, min: 1, max: 66}
    do:
      - {set: vars.delivered, to: vars.delivered + data.pallets}
      - {set: vars.last, to: data.weight}
  close: {title: End the frame contract, kind: performative, by: supplier}
initial: open
states:
  open:
    title: Deliveries are reported
    transitions:
      - {on: close, goto: closed}
      - {on: deliver, if: data.pallets < 67 and data.weight > 0, goto: stay}
  closed: {title: The frame contract has ended, final: success}
"#;

/// The scenario, loaded.
pub fn scenario() -> Result<Scenario, Failure> {
    let loaded = Scenario::load(SCENARIO.as_bytes());
    loaded.map(|(scenario, _)| scenario).map_err(|findings| format!("{findings:?}").into())
}

/// The data of one delivery.
pub fn data(number: u64) -> Json {
    Json::map([
        ("pallets", Json::Int(1 + i64::try_from(number % 60).unwrap_or_default())),
        ("place", Json::text("Gate 4, Rotterdam Waalhaven")),
        ("weight", Json::text(format!("{}.5", 100 + number % 900))),
    ])
}

/// Now.
pub fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let now = i64::try_from(since.as_millis()).ok().and_then(Timestamp::from_millis);
    Ok(now.ok_or("the clock is out of range")?)
}

/// A contract in which one company acts.
pub struct Contract {
    /// Its id as text.
    pub id: String,
    contract: ContractId,
    genesis: EntryId,
    author: Author,
    sequence: u64,
}

/// A founding, and the contract that it will be.
pub struct Founding {
    /// The genesis.
    pub genesis: Signed<Genesis>,
    /// Its payload.
    pub charter: Opening,
    /// What is done in it.
    pub contract: Contract,
}

impl Founding {
    /// Founds a contract between the first company, which acts, and the others.
    pub fn new(scenario: &Scenario, companies: &[&Company], seed: &mut Seed) -> Result<Self, Failure> {
        let first = companies.first().ok_or("a contract needs a company")?;
        let party = first.member.party();
        let actors = [("supplier".to_owned(), (party, Default::default()))].into();
        let charter = Charter { scenario: scenario.clone(), inputs: Json::Map(Default::default()), actors };
        let opening = Opening::new(seed.array(), charter.to_json().canonical());
        let genesis = Genesis {
            format: GENESIS_FORMAT,
            language: LANGUAGE_VERSION,
            nonce: seed.array(),
            members: companies.iter().map(|company| company.member.clone()).collect(),
            scenario: charter.scenario_id(),
            settings: Settings::default(),
            payload: opening.commitment(),
            time: now()?,
        };
        let genesis = Signed::sign(genesis, &first.admin);
        let contract = Genesis::contract(&genesis);
        let author = Author { identity: party, key: KeyId::of_signing(&first.admin.public_key()) };
        let contract = Contract {
            id: contract.to_string(),
            contract,
            genesis: EntryId::new(genesis.digest()),
            author,
            sequence: 0,
        };
        Ok(Self { genesis, charter: opening, contract })
    }

    /// The body of the request that founds it.
    pub fn request(&self) -> FoundRequest {
        FoundRequest { genesis: to_base32(&self.genesis.to_bytes()), charter: to_base32(&self.charter.to_bytes()) }
    }
}

impl Contract {
    /// The next action, signed.
    pub fn act(&mut self, company: &Company, seed: &mut Seed) -> Result<(Signed<Statement>, Opening), Failure> {
        self.sign(&company.admin, seed)
    }

    /// The next action, signed by the admin key of the company that acts.
    pub fn sign(&mut self, admin: &SigningKey, seed: &mut Seed) -> Result<(Signed<Statement>, Opening), Failure> {
        self.sequence += 1;
        let response = Response {
            process: "main".to_owned(),
            actor: "supplier".to_owned(),
            action: "deliver".to_owned(),
            response: None,
            data: data(self.sequence),
            attachments: Default::default(),
        };
        let opening = Opening::new(seed.array(), Payload::Response(response).to_bytes());
        let statement = Statement {
            contract: self.contract,
            kind: StatementKind::Response,
            author: self.author,
            sequence: Sequence::new(self.sequence),
            basis: Basis { position: Position::ZERO, entry: self.genesis, seen: None::<Digest> },
            requires: Vec::new(),
            time: now()?,
            nonce: seed.array(),
            payload: opening.commitment(),
            class: PayloadClass::Shared,
        };
        Ok((Signed::sign(statement, admin), opening))
    }

    /// How many actions were made.
    pub fn acted(&self) -> u64 {
        self.sequence
    }
}

/// The request that submits a statement.
pub fn submission(address: SocketAddr, token: &str, contract: &str, action: &(Signed<Statement>, Opening)) -> Vec<u8> {
    let (statement, opening) = action;
    let body = format!(
        r#"{{"statement":"{}","openings":["{}"]}}"#,
        to_base32(&statement.to_bytes()),
        to_base32(&opening.to_bytes())
    );
    http::post(address, token, &format!("/v1/contracts/{contract}/statements"), &body)
}

/// Requests of `rounds` further actions in each contract, dealt to `connections`: those of one contract stay in order.
pub fn requests(
    company: &Company,
    contracts: &mut [Contract],
    rounds: usize,
    connections: usize,
    seed: &mut Seed,
) -> Result<Vec<Vec<Vec<u8>>>, Failure> {
    let (address, token) = (company.address()?, company.token()?);
    let mut work = vec![Vec::new(); connections];
    for _ in 0..rounds {
        for (at, contract) in contracts.iter_mut().enumerate() {
            let action = contract.act(company, seed)?;
            work[at % connections].push(submission(address, &token, &contract.id, &action));
        }
    }
    Ok(work)
}

/// Founds `count` contracts over the API of the first company, 32 at once.
pub fn found(companies: &[&Company], count: usize, seed: &mut Seed) -> Result<Vec<Contract>, Failure> {
    let first = companies.first().ok_or("a contract needs a company")?;
    let (address, token) = (first.address()?, first.token()?);
    let scenario = scenario()?;
    let mut contracts = Vec::new();
    let mut work = vec![Vec::new(); 32];
    for at in 0..count {
        let founding = Founding::new(&scenario, companies, seed)?;
        let body = serde_json::to_string(&founding.request())?;
        work[at % 32].push(http::post(address, &token, "/v1/contracts", &body));
        contracts.push(founding.contract);
    }
    http::runtime()?.block_on(http::drive(address, work, 201, std::time::Duration::from_secs(600)))?;
    Ok(contracts)
}
