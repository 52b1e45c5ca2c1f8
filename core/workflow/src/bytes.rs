//! The state of a process as bytes, for the state hash (contract log §13.8; page `docs/spec/scenario.md`).

use countersign_codec::{Encode, Writer};
use countersign_crypto::Digest;
use countersign_rules::Timestamp;

use crate::branch::Branch;
use crate::process::Process;

impl Process {
    /// SHA-256 of the encoding: the sub-hash of this process in the state hash of its contract.
    pub fn sub_hash(&self) -> [u8; 32] {
        *Digest::of(&self.to_bytes()).bytes()
    }
}

impl Encode for Process {
    /// Names, not positions, so that another implementation needs no order but that of the names.
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
        for (_, actor, role) in self.all_roles() {
            out.text(&actor.name);
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
            out.text(self.body.actors.get(who.actor).map_or("", |actor| &actor.name));
            out.text(found.map_or("", |action| &action.name));
            out.text(found.and_then(|action| action.responses.get(*response)).map_or("", |response| &response.name));
        }
        out.uint(self.timers.len() as u64);
        for timer in self.timers.iter() {
            out.uint(timer.transition as u64);
            encode_due(timer.due, out);
            out.uint(u64::from(timer.fired));
        }
    }
}

fn encode_due(due: Option<Timestamp>, out: &mut Writer) {
    due.is_some().encode(out);
    if let Some(due) = due {
        out.int(due.ms());
    }
}
