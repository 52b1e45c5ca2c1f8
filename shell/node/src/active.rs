//! A contract in memory: its replica, and what the node adds to it.

use std::sync::Arc;

use countersign_chain::{Author, Genesis, Statement};
use countersign_codec::Decode;
use countersign_contract::{Charter, Payload, Prepared, State, Wish};
use countersign_crypto::{Signer, SigningKey};
use countersign_member::{KeyId, NodeRecord};
use countersign_payload::Opening;
use countersign_replica::{Delivery, Effects, Input, Replica};
use countersign_store::{Space, Store};
use countersign_types::{ContractId, EpochNumber, IdentityId, Signed, StatementId, Timestamp};

use crate::Error;
use crate::records::{self, ContractRecord};

/// Who this node is to its contracts.
#[derive(Clone)]
pub(crate) struct Me {
    pub(crate) party: IdentityId,
    pub(crate) node: Arc<SigningKey>,
    pub(crate) system: Arc<SigningKey>,
}

/// A contract that this party takes part in.
pub(crate) struct Active {
    pub(crate) genesis: Signed<Genesis>,
    pub(crate) charter: Opening,
    pub(crate) replica: Replica<State>,
    /// When the driver calls again.
    pub(crate) wake: Option<Timestamp>,
    /// Whether the store says that something is open.
    pub(crate) busy: bool,
    /// The epoch whose members are in the address book.
    epoch: Option<EpochNumber>,
}

impl Active {
    /// A contract that begins for this party.
    pub(crate) fn begin(genesis: Signed<Genesis>, charter: Opening, me: &Me) -> Result<Self, &'static str> {
        let read = Charter::from_bytes(charter.bytes(), &genesis.scenario).map_err(|_| "invalid_charter")?;
        let state = State::found(&genesis, read)?;
        let replica = Replica::new(&genesis, state, me.party, Arc::clone(&me.node) as _);
        Ok(Self { genesis, charter, replica, wake: None, busy: false, epoch: None })
    }

    /// A contract as the disk has it.
    pub(crate) fn load(store: &Store, id: &ContractId, me: &Me, now: Timestamp) -> Result<Option<Self>, Error> {
        let Some(ContractRecord { active: true, genesis }) = records::contract(store, id)? else { return Ok(None) };
        let corrupt = || Error::Corrupt(id.to_string());
        let charter = charter(store, &genesis)?.ok_or_else(corrupt)?;
        let mut active = Self::begin(genesis, charter, me).map_err(|_| corrupt())?;
        active.replica.restore(records::restored(store, id)?, now);
        active.busy = true;
        Ok(Some(active))
    }

    /// Handles inputs; adds a tick if one is due by this node.
    pub(crate) fn handle(&mut self, now: Timestamp, inputs: Vec<Input>, me: &Me) -> Effects {
        let mut inputs = inputs;
        inputs.extend(self.due_tick(now, me));
        let mut effects = self.replica.handle(now, inputs);
        effects.wake = effects.wake.into_iter().chain(self.tick_at(me)).min();
        self.wake = effects.wake;
        effects
    }

    /// When this node says that it is late: rank × retry interval after a timer is due (contract log §13.12).
    fn tick_at(&self, me: &Me) -> Option<Timestamp> {
        let state = self.replica.state()?;
        let due = state.process()?.next_due()?;
        let rank = countersign_chain::LogState::epoch(state.as_ref()).rank(&me.party)?;
        let delay = self.genesis.settings.retry.times(rank as u64);
        Timestamp::from_millis(due.ms()).map(|due| due.after(delay))
    }

    fn due_tick(&self, now: Timestamp, me: &Me) -> Option<Input> {
        if self.tick_at(me)? > now {
            return None;
        }
        let author = Author { identity: me.party, key: KeyId::of_signing(&me.system.public_key()) };
        let prepared = self.prepare(now, author, Payload::Tick("main".to_owned()), [0; 16], [0; 32])?;
        let statement = Arc::new(Signed::sign(prepared.statement, me.system.as_ref()));
        Some(Input::Submit { statement, openings: vec![prepared.opening] })
    }

    /// A draft after the head.
    pub(crate) fn prepare(
        &self,
        now: Timestamp,
        author: Author,
        payload: Payload,
        nonce: [u8; 16],
        salt: [u8; 32],
    ) -> Option<Prepared> {
        let state = self.replica.state()?;
        let head = self.replica.head();
        let position = self.replica.knowledge().place(&head)?.position;
        let wish = Wish { author, payload, time: now, nonce, salt };
        Some(state.prepare(position, head, wish, |statement| self.is_settled(statement)))
    }

    fn is_settled(&self, statement: &StatementId) -> bool {
        self.replica.entry_of(statement).is_some_and(|entry| self.replica.knowledge().is_final(&entry))
    }

    /// The node record of a member.
    pub(crate) fn node_of(&self, party: &IdentityId) -> Option<NodeRecord> {
        let place = self.replica.knowledge().place(&self.replica.head())?;
        place.next_epoch.node(party).map(|node| node.value().clone())
    }

    /// The member that acts through a node key.
    pub(crate) fn party_of(&self, node_key: &[u8; 32]) -> Option<IdentityId> {
        let place = self.replica.knowledge().place(&self.replica.head())?;
        place
            .next_epoch
            .parties()
            .find(|party| place.next_epoch.node_key(party).is_some_and(|key| key.bytes() == *node_key))
    }

    /// Node records of the other members, once after each change of members.
    pub(crate) fn new_members(&mut self, me: &Me) -> Vec<NodeRecord> {
        let Some(place) = self.replica.knowledge().place(&self.replica.head()) else { return Vec::new() };
        if self.epoch == Some(place.next_epoch.number()) {
            return Vec::new();
        }
        self.epoch = Some(place.next_epoch.number());
        let others = place.next_epoch.parties().filter(|party| *party != me.party);
        others.filter_map(|party| place.next_epoch.node(&party).map(|node| node.value().clone())).collect()
    }

    /// Whether something is open: undelivered, not final, or waiting for a time.
    pub(crate) fn is_busy(&self) -> bool {
        self.wake.is_some()
            || self.replica.head() != self.replica.knowledge().final_entry()
            || self.replica.outboxes().iter().any(|outbox| outbox.delivery != Delivery::Idle)
    }

    /// Parses a signed statement.
    pub(crate) fn statement(bytes: &[u8]) -> Option<Arc<Signed<Statement>>> {
        if bytes.len() > Statement::BYTES_MAX.saturating_add(64) {
            return None;
        }
        Signed::from_bytes(bytes).ok().map(Arc::new)
    }
}

/// The payload of a genesis, as the disk has it.
pub(crate) fn charter(store: &Store, genesis: &Signed<Genesis>) -> Result<Option<Opening>, Error> {
    let contract = Genesis::contract(genesis);
    let key = records::payload_key(&contract, &genesis.payload);
    let bytes = store.get(Space::Payload, &key)?;
    Ok(bytes.and_then(|bytes| Opening::from_bytes(&bytes).ok()))
}
