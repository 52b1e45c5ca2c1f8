//! Real replicas of a contract over wires that lose and delay nothing but what a story says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_chain::{Author, LogState, Statement};
use countersign_codec::{Decode, Encode};
use countersign_contract::{AttachmentRef, Payload, State, Wish};
use countersign_payload::Opening;
use countersign_replica::{Effects, Erasure, Input, Level, Message, Notice, Record, Refusal, Replica, Restored};
use countersign_types::{IdentityId, Interval, Outcome, PayloadCommitment, Signed, StatementId, Timestamp};

use crate::people::{Voice, admin, array, key, party};
use crate::scenarios::{Founding, at};

pub struct Net {
    pub founding: Founding,
    pub now: Timestamp,
    pub replicas: BTreeMap<IdentityId, Replica<State>>,
    names: BTreeMap<IdentityId, String>,
    offline: BTreeSet<IdentityId>,
    /// Their disks erase nothing.
    pub jammed: BTreeSet<IdentityId>,
    wires: Vec<(IdentityId, IdentityId, Vec<u8>)>,
    wakes: BTreeMap<IdentityId, Timestamp>,
    disks: BTreeMap<IdentityId, Vec<Record>>,
    /// Payloads that nodes hold outside their replicas.
    pub held: BTreeMap<IdentityId, Vec<(PayloadCommitment, u64)>>,
    pub notices: BTreeMap<IdentityId, Vec<Notice>>,
    /// Picks which message comes next.
    chance: Option<u64>,
    drafts: u64,
}

impl Net {
    /// Every founder runs a node.
    pub fn new(founding: Founding, companies: &[&str]) -> Self {
        let mut net = Self {
            founding,
            now: at(0),
            replicas: BTreeMap::new(),
            names: BTreeMap::new(),
            offline: BTreeSet::new(),
            jammed: BTreeSet::new(),
            wires: Vec::new(),
            wakes: BTreeMap::new(),
            disks: BTreeMap::new(),
            held: BTreeMap::new(),
            notices: BTreeMap::new(),
            chance: None,
            drafts: 0,
        };
        companies.iter().for_each(|name| net.arrive(name));
        net
    }

    /// Delivers in an order that follows from a number.
    pub fn shuffled(mut self, chance: u64) -> Self {
        self.chance = Some(chance);
        self
    }

    /// A node that knows no more than the genesis.
    pub fn arrive(&mut self, name: &str) {
        self.names.insert(party(name), name.to_owned());
        self.replicas.insert(party(name), self.blank(name));
    }

    /// A node is switched off for good.
    pub fn leave(&mut self, name: &str) {
        self.replicas.remove(&party(name));
        self.wakes.remove(&party(name));
    }

    fn blank(&self, name: &str) -> Replica<State> {
        Replica::new(&self.founding.genesis, self.founding.state(), party(name), Arc::new(key(name, "node")))
    }

    pub fn party<'a>(&'a mut self, name: &'a str) -> AtParty<'a> {
        AtParty { net: self, name }
    }

    pub fn replica(&self, name: &str) -> &Replica<State> {
        &self.replicas[&party(name)]
    }

    pub fn state(&self, name: &str) -> Arc<State> {
        self.replica(name).state().unwrap()
    }

    /// The state that the process is in, as a party sees it.
    pub fn process(&self, name: &str) -> String {
        self.state(name).process().map_or_else(|| "not started".into(), |process| process.state().to_owned())
    }

    /// The outcomes from genesis to the head, as a party sees them.
    pub fn outcomes(&self, name: &str) -> Vec<(StatementId, Outcome)> {
        let knowledge = self.replica(name).knowledge();
        let places = knowledge.path(&self.replica(name).head()).into_iter().filter_map(|entry| knowledge.place(&entry));
        places.filter_map(|place| Some((place.content.as_ref()?.0.statement, place.outcome.clone()))).collect()
    }

    pub fn outcome(&self, name: &str, statement: &StatementId) -> String {
        let outcomes = self.outcomes(name);
        let found = outcomes.iter().find(|(other, _)| other == statement);
        found.map_or_else(|| "not on the log".into(), |(_, outcome)| crate::log::short(outcome))
    }

    pub fn level(&self, name: &str, statement: &StatementId) -> Level {
        let replica = self.replica(name);
        replica.standing(&replica.entry_of(statement).unwrap()).level
    }

    pub fn input(&mut self, who: IdentityId, inputs: Vec<Input>) -> Vec<Result<StatementId, Refusal>> {
        let now = self.now;
        let effects = self.replicas.get_mut(&who).unwrap().handle(now, inputs);
        self.perform(who, effects)
    }

    fn perform(&mut self, who: IdentityId, effects: Effects) -> Vec<Result<StatementId, Refusal>> {
        self.disks.entry(who).or_default().extend(effects.persist);
        for send in effects.send {
            self.wires.push((who, send.to, send.message.to_bytes()));
        }
        for erasure in effects.erase {
            self.erase(who, &erasure);
        }
        self.notices.entry(who).or_default().extend(effects.notices);
        match effects.wake {
            Some(wake) => self.wakes.insert(who, wake),
            None => self.wakes.remove(&who),
        };
        effects.answers.into_iter().map(|answer| answer.result.map(|_| answer.statement)).collect()
    }

    /// What a disk does: it forgets, and says so, unless the party lost its power before.
    fn erase(&mut self, who: IdentityId, erasure: &Erasure) {
        if self.jammed.contains(&who) {
            return;
        }
        let keeps = |record: &Record| match record {
            Record::Opening(commitment, _) => !erasure.commitments.contains(commitment),
            _ => true,
        };
        self.disks.entry(who).or_default().retain(keeps);
        self.input(who, vec![Input::Erased { statement: erasure.statement }]);
    }

    /// Whether a party has the bytes in memory, on disk or on the wire.
    pub fn has_bytes(&self, name: &str, bytes: &[u8]) -> bool {
        let contains = |hay: &[u8]| hay.windows(bytes.len()).any(|window| window == bytes);
        let on_disk = self.disks[&party(name)].iter().any(|record| match record {
            Record::Opening(_, opening) => contains(&opening.to_bytes()),
            Record::Item(item) | Record::Twin(item) => contains(&item.bare().to_bytes()),
            Record::Fraud(proof) => contains(&proof.to_bytes()),
            Record::Awaited(item) => contains(&item.to_bytes()),
            Record::Settled(_) | Record::Named(_) | Record::Stop(_) => false,
        });
        on_disk || self.wires.iter().any(|(from, _, wire)| *from == party(name) && contains(wire))
    }

    fn pick(&mut self) -> usize {
        let Some(chance) = &mut self.chance else { return 0 };
        *chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*chance >> 33) as usize) % self.wires.len()
    }

    /// Delivers one message. False if none is on its way.
    pub fn step(&mut self) -> bool {
        if self.wires.is_empty() {
            return false;
        }
        let index = self.pick();
        let (from, to, bytes) = self.wires.remove(index);
        let away = self.offline.contains(&from) || self.offline.contains(&to);
        if !away && self.replicas.contains_key(&to) {
            let message = Message::from_bytes(&bytes).unwrap();
            if let Message::Sync { items, .. } = &message {
                assert!(items.iter().all(|item| item.to_bytes().len() <= item.size()), "a message is bounded by sizes");
            }
            self.input(to, vec![Input::Receive { from, message }]);
        }
        true
    }

    /// Lets so much time pass, and delivers what there is.
    pub fn run(&mut self, millis: u64) {
        let end = self.now.after(Interval::from_millis(millis));
        loop {
            while self.step() {}
            let next = self.wakes.iter().min_by_key(|(_, wake)| **wake).map(|(who, wake)| (*who, *wake));
            let Some((who, wake)) = next.filter(|(_, wake)| *wake <= end) else { break };
            self.now = self.now.max(wake);
            self.wakes.remove(&who);
            self.input(who, vec![Input::Wake]);
        }
        self.now = end;
    }

    /// Until everybody said everything.
    pub fn settle(&mut self) {
        self.run(120_000);
    }

    /// All who are there hold the same, and all of it is final.
    pub fn agree(&self) {
        let heads: BTreeSet<_> = self.replicas.values().map(Replica::head).collect();
        let hashes: BTreeSet<_> = self.replicas.values().map(|replica| replica.state().unwrap().hash()).collect();
        let final_entries: BTreeSet<_> =
            self.replicas.values().map(|replica| replica.knowledge().final_entry()).collect();
        let positions: Vec<_> = self
            .replicas
            .iter()
            .map(|(who, replica)| (&self.names[who], replica.knowledge().settled().len(), replica.have()))
            .collect();
        assert_eq!(heads.len(), 1, "heads differ: {positions:?}");
        assert_eq!(hashes.len(), 1, "states differ");
        assert_eq!(final_entries, heads, "the head is not final: {positions:?}");
        for replica in self.replicas.values() {
            assert!(replica.knowledge().frauds().is_empty() && replica.knowledge().alarms().is_empty());
        }
    }

    /// The strikes that anybody gave.
    pub fn strikes(&self) -> Vec<String> {
        let strikes = self.notices.values().flatten().filter_map(|notice| match notice {
            Notice::Strike { code, .. } => Some(code.to_string()),
            _ => None,
        });
        strikes.collect()
    }
}

/// A party in a story.
pub struct AtParty<'a> {
    net: &'a mut Net,
    name: &'a str,
}

impl AtParty<'_> {
    /// The network loses what it sends and what is sent to it.
    pub fn offline(&mut self) -> &mut Self {
        self.net.offline.insert(party(self.name));
        self
    }

    pub fn back(&mut self) -> &mut Self {
        self.net.offline.remove(&party(self.name));
        self
    }

    /// Loses everything but its disk.
    pub fn restart(&mut self) -> &mut Self {
        let who = party(self.name);
        let mut disk = Restored { held: self.net.held.get(&who).cloned().unwrap_or_default(), ..Restored::default() };
        let mut awaited = BTreeMap::new();
        for record in self.net.disks.get(&who).into_iter().flatten() {
            match record {
                Record::Item(item) => disk.items.push(item.bare()),
                Record::Twin(item) => disk.twins.push(item.as_ref().clone()),
                Record::Opening(_, opening) => disk.openings.push(opening.clone()),
                Record::Fraud(proof) => disk.frauds.push((**proof).clone()),
                Record::Awaited(item) => {
                    awaited.insert(item.digest(), item.as_ref().clone());
                }
                Record::Settled(digest) => drop(awaited.remove(digest)),
                Record::Stop(stop) => disk.stop = *stop,
                Record::Named(_) => {}
            }
        }
        disk.awaited = awaited.into_values().collect();
        let mut replica = self.net.blank(self.name);
        replica.restore(disk, self.net.now);
        self.net.replicas.insert(who, replica);
        self.net.input(who, vec![Input::Wake]);
        self
    }

    /// Drafts, as this party's node would.
    pub fn draft(&mut self, voice: &Voice, payload: Payload) -> (Statement, Opening) {
        self.net.drafts += 1;
        let replica = &self.net.replicas[&party(self.name)];
        let head = replica.head();
        let position = replica.knowledge().place(&head).unwrap().position;
        let unique = format!("{} {}", self.name, self.net.drafts);
        let wish = Wish {
            author: Author { identity: voice.identity, key: voice.key_id() },
            payload,
            time: self.net.now,
            nonce: array(&format!("nonce {unique}")),
            salt: array(&format!("salt {unique}")),
        };
        let is_final = |statement: &StatementId| {
            replica.entry_of(statement).is_some_and(|entry| replica.knowledge().is_final(&entry))
        };
        let prepared = replica.state().unwrap().prepare(position, head, wish, is_final);
        (prepared.statement, prepared.opening)
    }

    pub fn submits(
        &mut self,
        voice: &Voice,
        statement: Statement,
        openings: Vec<Opening>,
    ) -> Result<StatementId, Refusal> {
        let statement = Arc::new(Signed::sign(statement, &key(&voice.name, &voice.use_of)));
        self.net.input(party(self.name), vec![Input::Submit { statement, openings }]).remove(0)
    }

    /// Says something through this party's node.
    pub fn says(&mut self, voice: &Voice, payload: Payload) -> Result<StatementId, Refusal> {
        let (statement, opening) = self.draft(voice, payload);
        self.submits(voice, statement, vec![opening])
    }

    /// The company itself takes an action.
    pub fn acts(&mut self, actor: &str, action: &str) -> Result<StatementId, Refusal> {
        let voice = admin(self.name);
        self.says(&voice, crate::log::response_of(actor, action, None, "{}"))
    }

    /// Drafts the lease, with its text.
    pub fn drafts_lease(&mut self, voice: &Voice, rent: &str) -> Result<StatementId, Refusal> {
        let payload = crate::log::response_of("employee", "draft", None, &format!("{{\"rent\":\"{rent}\"}}"));
        let text = Opening::new(array(&format!("text salt {rent}")), format!("%PDF rent {rent}").into_bytes());
        let bytes = text.bytes().len() as u64;
        self.attaches(voice, payload, "text", text, bytes)
    }

    /// Says something with a file, and how long that is.
    pub fn attaches(
        &mut self,
        voice: &Voice,
        payload: Payload,
        attachment: &str,
        file: Opening,
        bytes: u64,
    ) -> Result<StatementId, Refusal> {
        self.names(voice, payload, attachment, (file.commitment(), bytes), vec![file])
    }

    /// Says something with a file of this commitment and length, and gives these openings along.
    pub fn names(
        &mut self,
        voice: &Voice,
        mut payload: Payload,
        attachment: &str,
        (commitment, bytes): (PayloadCommitment, u64),
        mut openings: Vec<Opening>,
    ) -> Result<StatementId, Refusal> {
        let Payload::Response(response) = &mut payload else { panic!() };
        let reference = AttachmentRef { commitment, name: "lease.pdf".into(), media: "application/pdf".into(), bytes };
        response.attachments.insert(attachment.into(), vec![reference]);
        let (statement, opening) = self.draft(voice, payload);
        openings.push(opening);
        self.submits(voice, statement, openings)
    }

    /// This party's node knows the length of a payload that it does not hold.
    pub fn measures(&mut self, commitment: PayloadCommitment, bytes: u64) -> &mut Self {
        self.net.input(party(self.name), vec![Input::Measured { commitment, bytes }]);
        self
    }

    /// This party's node holds a payload outside its replica.
    pub fn holds(&mut self, commitment: PayloadCommitment, bytes: u64) -> &mut Self {
        let who = party(self.name);
        self.net.held.entry(who).or_default().push((commitment, bytes));
        self.net.input(who, vec![Input::Held { commitment, bytes }]);
        self
    }
}

impl Net {
    /// What is on its way to a party, as its inputs.
    pub fn inbox(&mut self, name: &str) -> Vec<Input> {
        let to = party(name);
        let (mine, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.wires).into_iter().partition(|wire| wire.1 == to);
        self.wires = rest;
        let inputs = mine.into_iter();
        inputs.map(|(from, _, bytes)| Input::Receive { from, message: Message::from_bytes(&bytes).unwrap() }).collect()
    }

    /// One batch: what arrived, and a statement.
    pub fn submit_with(
        &mut self,
        name: &str,
        mut inputs: Vec<Input>,
        voice: &Voice,
        statement: Statement,
        opening: Opening,
    ) -> Result<StatementId, Refusal> {
        let statement = Arc::new(Signed::sign(statement, &key(&voice.name, &voice.use_of)));
        inputs.push(Input::Submit { statement, openings: vec![opening] });
        self.input(party(name), inputs).remove(0)
    }
}
