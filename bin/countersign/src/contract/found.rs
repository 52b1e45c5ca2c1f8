//! `contract new`: charter and genesis are made and signed here; the node gets them as they are.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use countersign_api_model::{self as model, FoundRequest};
use countersign_chain::{Genesis, LANGUAGE_VERSION, Network, Settings};
use countersign_codec::Json;
use countersign_contract::{Charter, State};
use countersign_crypto::{Seed, Signer};
use countersign_member::Member;
use countersign_payload::Opening;
use countersign_types::{IdentityId, Timestamp};
use countersign_workflow::{Joins, MEMBERS_MAX, Scenario};

use crate::context::{self, Global};
use crate::failure::Failure;
use crate::output;
use crate::{files, scenario, voice};

use super::look;

/// What to found.
#[derive(Args, Debug)]
#[command(
    after_long_help = "A card is what `node init` prints: @FILE, base32, or self for your own node. Actors that act for \
    another follow that one. Members of a group are named one after the other: --member sureties=@a.card --member \
    sureties=@b.card are sureties.0 and sureties.1.\n\nExample:\n  countersign contract new --scenario lease.yaml \
    --member landlord=self --member tenant=@tenant.card --member bank=@bank.card"
)]
pub struct New {
    /// The scenario
    #[arg(long, value_name = "FILE")]
    scenario: PathBuf,
    /// Who plays an actor; once for each, of a group for each member
    #[arg(long, value_name = "ACTOR=CARD", required = true)]
    member: Vec<String>,
    /// Data of an actor's own
    #[arg(long, value_name = "ACTOR=JSON")]
    actor_data: Vec<String>,
    /// The inputs of the process: JSON, or @FILE
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
}

impl New {
    /// Founds.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let scenario = scenario::load_sound(&self.scenario)?;
        let inputs = self.input.as_deref().map(|text| files::json(text, "--input")).transpose()?;
        let (client, keys) = (global.client()?, global.keys()?);
        let speaker = voice::admin(&client, &keys, None).await?;
        let node = client.node().await?;
        let own = voice::card(&node)?;
        let mut founding = Founding::new(scenario, inputs.unwrap_or(Json::Map(BTreeMap::new())), own.clone());
        if node.network == model::Network::Test {
            founding.network = Network::Test;
        }
        for text in &self.member {
            let (actor, card) = pair(text, "--member", "ACTOR=CARD")?;
            let member = match card {
                "self" => own.clone(),
                card => files::card(card, &format!("the card of {actor}"))?,
            };
            founding.bind(actor, member)?;
        }
        for text in &self.actor_data {
            let (actor, json) = pair(text, "--actor-data", "ACTOR=JSON")?;
            founding.describe(actor, files::json(json, "--actor-data")?)?;
        }
        let request = founding.request(speaker.voice().signer, &mut context::seed()?, context::now())?;
        let view = client.found(&request).await?;
        global.output().show(&view, |view| format!("{}\n", view.contract))?;
        output::talk(&format!("founded “{}”; it is offered to the other parties", view.title));
        let file = look::view(&view);
        output::talk(file.trim_end());
        output::talk(&format!("next:  countersign contract show {}", view.contract));
        Ok(())
    }
}

/// The two sides of `ACTOR=…`.
pub fn pair<'a>(text: &'a str, option: &str, form: &str) -> Result<(&'a str, &'a str), Failure> {
    text.split_once('=').ok_or_else(|| Failure::misuse(format!("{option} {text} is not {form}")))
}

/// A contract to be founded.
pub struct Founding {
    scenario: Scenario,
    inputs: Json,
    members: Vec<Member>,
    actors: BTreeMap<String, (IdentityId, BTreeMap<String, Json>)>,
    network: Network,
}

impl Founding {
    /// Nobody but the creator is a member yet.
    pub fn new(scenario: Scenario, inputs: Json, creator: Member) -> Self {
        Self { scenario, inputs, members: vec![creator], actors: BTreeMap::new(), network: Network::Real }
    }

    /// Lets a member play an actor.
    pub fn bind(&mut self, actor: &str, member: Member) -> Result<(), Failure> {
        if !member.is_sound() {
            return Err(Failure::misuse(format!("the card of {actor} is not signed by its keys")));
        }
        let known: Vec<&str> = self.scenario.actors().collect();
        if self.scenario.role(actor).is_none() {
            return Err(Failure::misuse(format!("no actor is called {actor}; there are {}", known.join(", "))));
        }
        if let Some(other) = self.scenario.acts_for(actor).filter(|other| *other != actor) {
            return Err(Failure::misuse(format!("{actor} acts for {other}, so only {other} has a member")));
        }
        let party = member.party();
        let name = match self.scenario.group(actor) {
            Some(_) => format!("{actor}.{}", self.members_of(actor)),
            None => actor.to_owned(),
        };
        if self.actors.insert(name, (party, BTreeMap::new())).is_some() {
            return Err(Failure::misuse(format!("{actor} has two members")));
        }
        if self.members.iter().all(|other| other.party() != party) {
            self.members.push(member);
        }
        Ok(())
    }

    /// How many members of a group are named, from the first on.
    fn members_of(&self, group: &str) -> usize {
        let named = |index: &usize| self.actors.contains_key(&format!("{group}.{index}"));
        (0..MEMBERS_MAX).take_while(named).count()
    }

    /// Gives an actor data of its own.
    pub fn describe(&mut self, actor: &str, data: Json) -> Result<(), Failure> {
        match (self.actors.get_mut(actor), data) {
            (Some((_, own)), Json::Map(data)) => *own = data,
            (None, _) => return Err(Failure::misuse(format!("{actor} has no member"))),
            (_, _) => return Err(Failure::misuse(format!("the data of {actor} is no object"))),
        }
        Ok(())
    }

    /// The genesis signed by the creator's admin key, with its charter; it is tried here before it is sent.
    pub fn request(self, admin: &dyn Signer, seed: &mut Seed, now: Timestamp) -> Result<FoundRequest, Failure> {
        let missing = self.scenario.actors().filter(|actor| {
            let alone = self.scenario.acts_for(actor).is_none_or(|other| other == *actor);
            let bound = match self.scenario.group(actor) {
                Some(many) => self.members_of(actor) >= many.min,
                None => self.actors.contains_key(*actor),
            };
            alone && self.scenario.joins(actor) == Some(Joins::Start) && !bound
        });
        let missing: Vec<&str> = missing.collect();
        if !missing.is_empty() {
            return Err(Failure::misuse(format!("nobody plays {}", missing.join(", ")))
                .next(format!("the same with --member {}=CARD", missing[0])));
        }
        let charter = Charter { scenario: self.scenario, inputs: self.inputs, actors: self.actors };
        charter.check().map_err(|error| Failure::misuse(error.to_string()))?;
        let opening = Opening::new(seed.array(), charter.to_json().canonical());
        let genesis = Genesis {
            format: self.network.genesis_format(),
            language: LANGUAGE_VERSION,
            nonce: seed.array(),
            members: self.members,
            scenario: charter.scenario_id(),
            settings: Settings::default(),
            payload: opening.commitment(),
            time: now,
        };
        let genesis = genesis.found(admin).map_err(|error| Failure::refused("invalid_genesis", error.to_string()))?;
        State::found(&genesis, &opening, Some(&charter.scenario), countersign_proof::read).map_err(|error| {
            Failure::refused(error.code(), "the process cannot start with these members and inputs")
                .next("countersign scenario run FILE --input JSON")
        })?;
        Ok(FoundRequest { genesis: files::to_text(&genesis), charter: files::to_text(&opening) })
    }
}
