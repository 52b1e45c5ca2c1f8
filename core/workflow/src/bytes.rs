//! The state of a process as bytes, for the state hash (contract log §13.8; page `docs/spec/scenario.md`).

use countersign_codec::{Encode, Writer};
use countersign_crypto::Digest;
use countersign_rules::Timestamp;

use crate::branch::Branch;
use crate::children::{Child, Is};
use crate::process::Process;
use crate::scenario::Outcome;
use crate::synchronise::Announced;

impl Process {
    /// SHA-256 of the encoding of `main`: its sub-hash in the state hash of its contract.
    pub fn sub_hash(&self) -> [u8; 32] {
        *Digest::of(&self.to_bytes()).bytes()
    }

    /// The path and the sub-hash of every process that is alive, ascending by path.
    pub fn sub_hashes(&self) -> Vec<(String, [u8; 32])> {
        let one = |(_, branch): (_, &Branch)| (branch.path.to_string(), *Digest::of(&self.bytes_of(branch)).bytes());
        let mut hashes: Vec<_> = self.all().into_iter().map(one).collect();
        hashes.sort();
        hashes
    }

    /// The encoding of one process.
    fn bytes_of(&self, branch: &Branch) -> Vec<u8> {
        let mut out = Writer::default();
        out.raw(&self.scenario.0.digest);
        branch.encode_into(self.time, &mut out);
        out.into_bytes()
    }
}

impl Encode for Process {
    /// The state of `main`. Names, not positions, so that another implementation needs no order but that of the names.
    fn encode(&self, out: &mut Writer) {
        out.raw(&self.scenario.0.digest);
        self.main.encode_into(self.time, out);
    }
}

impl Branch {
    fn encode_into(&self, time: Timestamp, out: &mut Writer) {
        out.text(&self.path);
        out.text(&self.state_name());
        for time in [self.started, self.entered, time] {
            out.int(time.ms());
        }
        out.uint(self.all_roles().count() as u64);
        for (member, _, role) in self.all_roles() {
            out.text(&self.member_name(member));
            role.bound.encode(out);
            match &role.party {
                None => false.encode(out),
                Some(party) => {
                    true.encode(out);
                    out.text(party);
                }
            }
            role.value.encode(out);
        }
        self.assets.encode(out);
        self.vars.encode(out);
        self.inputs.encode(out);
        out.uint(self.did.len() as u64);
        for (who, action, response) in self.did.iter() {
            let found = self.body.actions.get(*action);
            out.text(&self.member_name(*who));
            out.text(found.map_or("", |action| &action.name));
            out.text(found.and_then(|action| action.responses.get(*response)).map_or("", |response| &response.name));
        }
        out.uint(self.timers.len() as u64);
        for timer in self.timers.iter() {
            out.uint(timer.transition as u64);
            encode_due(timer.due, out);
            out.uint(u64::from(timer.fired));
        }
        // What follows stands there only if there is something to say.
        if !self.children.is_empty() || !self.held.is_empty() || !self.announced.is_empty() {
            out.uint(self.children.len() as u64);
            self.children.iter().for_each(|child| child.encode_into(out));
            out.uint(self.held.len() as u64);
            for sent in &self.held {
                out.text(&sent.signal);
                out.text(&sent.from);
                sent.data.encode(out);
            }
        }
        if !self.announced.is_empty() {
            out.uint(self.announced.len() as u64);
            self.announced.iter().for_each(|announced| self.encode_announced(announced, out));
        }
    }
}

impl Branch {
    fn encode_announced(&self, announced: &Announced, out: &mut Writer) {
        let action = self.body.actions.get(announced.action);
        let response = action.and_then(|action| action.responses.get(announced.response));
        out.text(&self.member_name(announced.actor));
        out.text(action.map_or("", |action| &action.name));
        out.text(response.map_or("", |response| &response.name));
        announced.data.encode(out);
        announced.attachments.encode(out);
        out.int(announced.due.ms());
        announced.objected.is_some().encode(out);
        if let Some(objector) = announced.objected {
            out.text(&self.member_name(objector));
        }
    }
}

impl Child {
    /// What its parent knows of it: one that is alive is a part of the state of its own.
    fn encode_into(&self, out: &mut Writer) {
        out.text(&self.name);
        out.uint(self.line as u64);
        self.start.own.encode(out);
        out.uint(self.left.len() as u64);
        self.left.iter().for_each(|item| item.encode(out));
        match &self.is {
            Is::Alive(_) => out.uint(0),
            Is::Ended { state, outcome, result } => {
                out.uint(1);
                out.text(state);
                out.uint(match outcome {
                    Outcome::Success => 0,
                    Outcome::Failure => 1,
                    Outcome::Cancelled => 2,
                });
                result.encode(out);
            }
        }
    }
}

fn encode_due(due: Option<Timestamp>, out: &mut Writer) {
    due.is_some().encode(out);
    if let Some(due) = due {
        out.int(due.ms());
    }
}
