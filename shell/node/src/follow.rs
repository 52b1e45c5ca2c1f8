//! Following an invitation: a contract that this party reads before it is a member of it.

use std::sync::Arc;

use countersign_api::{Kind, Refusal};
use countersign_chain::Genesis;
use countersign_contract::FoundError;
use countersign_member::NodeRecord;
use countersign_payload::Opening;
use countersign_replica::{Input, Item, Message};
use countersign_store::Batch as StoreBatch;
use countersign_types::{ContractId, Signed};
use tokio::sync::oneshot;

use crate::active::{Active, Me};
use crate::driver::{Driver, Turn, failed};
use crate::records::{self, ContractRecord, Following, Status};
use crate::wire::Batch;

fn already_member() -> Refusal {
    Refusal::new(Kind::Conflict, "already_member", "this party takes part in the contract already")
}

/// A node of the test network takes part in contracts of it only, and no other node does.
pub(crate) fn check_network(genesis: &Genesis, me: &Me) -> Result<(), Refusal> {
    if genesis.network() == me.network {
        return Ok(());
    }
    let (contract, node) = (genesis.network().as_str(), me.network.as_str());
    let detail = format!("this is a contract of the {contract} network, and this node is one of the {node} network");
    Err(Refusal::new(Kind::Conflict, "wrong_network", detail).suggest("take part with a node of that network"))
}

impl Driver {
    /// Keeps a contract to which this party is invited.
    pub(crate) fn follow(
        &mut self,
        genesis: Signed<Genesis>,
        charter: Opening,
        following: &Following,
        turn: &mut Turn,
    ) -> Result<ContractId, Refusal> {
        let invalid = |code: &str, detail: String| Refusal::new(Kind::Invalid, code, detail);
        let id = Genesis::contract(&genesis);
        let known = records::contract(&self.contracts.store, &id).map_err(|error| failed(&error))?;
        if known.as_ref().is_some_and(|record| record.status != Status::Invited) {
            return Err(already_member());
        }
        Genesis::check(&genesis).map_err(|error| invalid("invalid_genesis", error.to_string()))?;
        check_network(&genesis, &self.contracts.me)?;
        if charter.commitment() != genesis.payload {
            return Err(invalid("bad_opening", FoundError::OtherPayload.to_string()));
        }
        let before = records::following(&self.contracts.store, &id).map_err(|error| failed(&error))?;
        // What was sent under the same invitation stays sent.
        if before.is_none_or(|before| before.invitation != following.invitation) {
            records::put_following(&mut turn.records, &id, following);
        }
        if known.is_none() {
            let mut active = Active::begin(genesis.clone(), charter.clone(), &self.contracts.me)
                .map_err(|error| invalid(error.code(), error.to_string()))?;
            active.muted = true;
            self.keep(&mut turn.records, ContractRecord { status: Status::Invited, genesis }, charter);
            self.contracts.insert(id, active);
            turn.inputs.entry(id).or_default().push(Input::Wake);
        }
        Ok(id)
    }

    /// Takes items of such a contract; they prove themselves.
    pub(crate) fn feed(&mut self, id: ContractId, items: Vec<Item>, reply: oneshot::Sender<Batch>, turn: &mut Turn) {
        if let Ok(Some(active)) = self.contracts.get(&id)
            && active.muted
            && let Some(creator) = active.genesis.members.first().map(countersign_member::Member::party)
        {
            let message = Message::Sync { have: Vec::new(), items, proofs: Vec::new() };
            turn.inputs.entry(id).or_default().push(Input::Receive { from: creator, message });
        }
        turn.receipts.push((reply, Batch::default()));
    }

    /// From now on this party speaks to the members.
    pub(crate) fn joined(&mut self, id: ContractId, following: &Following, turn: &mut Turn) -> Result<(), Refusal> {
        let record = records::contract(&self.contracts.store, &id).map_err(|error| failed(&error))?;
        let record = record.ok_or_else(Refusal::unknown_contract)?;
        let mut batch = StoreBatch::new();
        records::put_following(&mut batch, &id, following);
        records::put_contract(&mut batch, &id, &ContractRecord { status: Status::Active, ..record });
        records::mark_busy(&mut batch, &id, true);
        self.contracts.store.commit_now(batch).map_err(|error| failed(&error.into()))?;
        // Read again, it introduces itself to the others.
        self.contracts.forget(&id);
        turn.inputs.entry(id).or_default().push(Input::Wake);
        Ok(())
    }

    /// Gets to know a node: from now on it is no stranger, and is polled if this node has no open port.
    pub(crate) fn add_node(&mut self, record: &NodeRecord) -> Result<(), Refusal> {
        let mut batch = StoreBatch::new();
        records::put_node(&self.contracts.store, &mut batch, record).map_err(|error| failed(&error))?;
        if !batch.is_empty() {
            self.contracts.store.commit_now(batch).map_err(|error| failed(&error.into()))?;
        }
        self.meet_node(record);
        if self.note_port(record) {
            self.take_up_with(&record.node_key.bytes())?;
        }
        Ok(())
    }

    /// Remembers a node that this one can call. True if that is news.
    pub(crate) fn note_port(&mut self, record: &NodeRecord) -> bool {
        let me = &mut self.contracts.me;
        !me.open_port && !record.urls.is_empty() && Arc::make_mut(&mut me.open_ports).insert(record.node_key.bytes())
    }

    /// What rested because a node could not be reached goes on.
    fn take_up_with(&mut self, node_key: &[u8; 32]) -> Result<(), Refusal> {
        self.contracts.load_all().map_err(|error| failed(&error))?;
        let shared = self.contracts.active.iter().filter(|(_, active)| active.party_of(node_key).is_some());
        let shared: Vec<_> = shared.map(|(id, _)| *id).collect();
        let now = self.contracts.clock.now().steady;
        shared.iter().for_each(|id| self.contracts.schedule(id, None, Some(now)));
        Ok(())
    }
}
