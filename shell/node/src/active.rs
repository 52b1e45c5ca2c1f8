//! A contract in memory: its replica, and what the node adds to it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_chain::{Author, Genesis, Network, Statement};
use countersign_codec::Decode;
use countersign_contract::{FoundError, Payload, Prepared, State, Wish};
use countersign_crypto::{Signer, SigningKey};
use countersign_member::{KeyId, NodeRecord};
use countersign_payload::Opening;
use countersign_replica::{Delivery, Effects, Input, Outbox, Replica};
use countersign_store::{Space, Store};
use countersign_types::{ContractId, EpochNumber, IdentityId, Signed, StatementId, Timestamp};

use crate::Error;
use crate::clock::Now;
use crate::observed::Observed;
use crate::records::{self, ContractRecord, Status};
use crate::runs::{Allowed, Runs};
use crate::scenarios::Scenarios;

/// Who this node is to its contracts.
#[derive(Clone)]
pub(crate) struct Me {
    pub(crate) party: IdentityId,
    pub(crate) node: Arc<SigningKey>,
    pub(crate) system: Arc<SigningKey>,
    pub(crate) scenarios: Arc<Scenarios>,
    /// The network whose contracts it takes part in.
    pub(crate) network: Network,
    /// Whether this node has an open port.
    pub(crate) open_port: bool,
    /// If not: nodes that have one, whatever the contracts say, by node key.
    pub(crate) open_ports: Arc<BTreeSet<[u8; 32]>>,
    /// What system actions may use.
    pub(crate) allowed: Allowed,
    /// The last term: one for each contract that is read from the disk, above those of every earlier start.
    pub(crate) term: Arc<AtomicU64>,
}

/// So many contracts can be read from the disk between two starts of a node before their terms meet those of the next.
const TERMS_OF_A_START: u64 = 1 << 32;

impl Me {
    /// The terms of a start of the node begin here.
    pub(crate) fn first_term(start: u64) -> Arc<AtomicU64> {
        Arc::new(AtomicU64::new(start.saturating_mul(TERMS_OF_A_START)))
    }

    fn next_term(&self) -> u64 {
        self.term.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }
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
    /// Nothing is open, and the store will be told soon.
    pub(crate) calming: bool,
    /// This party only reads: nothing is sent.
    pub(crate) muted: bool,
    /// When this node last said that a timer is due, on the wall and on the steady reading.
    ticked: Option<(Timestamp, Timestamp)>,
    /// When this node saw what.
    pub(crate) observed: Observed,
    /// What this node does outside.
    pub(crate) runs: Runs,
    /// The epoch, and how many wait to join it, whose nodes are in the address book.
    met: Option<(EpochNumber, usize)>,
}

impl Active {
    /// A contract that begins for this party.
    pub(crate) fn begin(genesis: Signed<Genesis>, charter: Opening, me: &Me) -> Result<Self, FoundError> {
        let state = me.scenarios.found(&genesis, &charter)?;
        let replica = Replica::new(&genesis, state, me.party, Arc::clone(&me.node) as _);
        Ok(Self {
            genesis,
            charter,
            replica,
            wake: None,
            busy: false,
            calming: false,
            muted: false,
            ticked: None,
            observed: Observed::default(),
            runs: Runs::new(me.next_term(), []),
            met: None,
        })
    }

    /// A contract as the disk has it; `first` since the node started, when the disk may be older than what was signed.
    pub(crate) fn load(
        store: &Store,
        id: &ContractId,
        me: &Me,
        now: Timestamp,
        first: bool,
    ) -> Result<Option<Self>, Error> {
        let Some(ContractRecord { status, genesis }) = records::contract(store, id)? else { return Ok(None) };
        if status == Status::Offered {
            return Ok(None);
        }
        let corrupt = || Error::Corrupt(id.to_string());
        let charter = charter(store, &genesis)?.ok_or_else(corrupt)?;
        let mut active = Self::begin(genesis, charter, me).map_err(|_| corrupt())?;
        active.replica.restore(records::restored(store, id)?, now);
        if status == Status::Active && first {
            active.replica.inquire(now);
        }
        active.runs = Runs::new(me.next_term(), records::runs(store, id)?);
        active.observed.update(&active.replica, &[], now);
        active.busy = records::is_busy(store, id)?;
        active.muted = status == Status::Invited;
        Ok(Some(active))
    }

    /// Handles inputs; adds a tick if one is due by this node.
    pub(crate) fn handle(&mut self, now: Now, inputs: Vec<Input>, me: &Me) -> Effects {
        self.replica.set_unreachable(self.unreachable(me));
        let mut inputs = inputs;
        // A tick and a response of one turn would take one number: the response waits for the next.
        let own = self.due_tick(now, me).or_else(|| self.due_response(now, me));
        inputs.extend(own);
        let mut effects = self.replica.handle(now.steady, inputs);
        self.step_runs(now, &effects, me);
        if self.muted {
            effects.send.clear();
            effects.wake = None;
        } else {
            let own = self.tick_wake(now, me).into_iter().chain(self.runs.wake());
            effects.wake = effects.wake.into_iter().chain(own).min();
        }
        self.wake = effects.wake;
        effects
    }

    /// When a timer of the process is due.
    fn timer(&self) -> Option<Timestamp> {
        Timestamp::from_millis(self.replica.state()?.process()?.next_due()?.ms())
    }

    /// When, on the steady reading, this node says that a timer is due: rank × retry interval after it (contract log
    /// §13.12), and of what was due when it last said so not again within a retry interval: of timers that are due again
    /// at once, one statement fires only so many.
    fn tick_wake(&self, now: Now, me: &Me) -> Option<Timestamp> {
        if self.replica.stopped().is_some() {
            return None;
        }
        let due = self.timer()?;
        let state = self.replica.state()?;
        let rank = countersign_chain::LogState::epoch(state.as_ref()).rank(&me.party)?;
        let retry = self.genesis.settings.retry;
        let turn = now.steady.after(due.after(retry.times(rank as u64)).since(now.wall));
        let again = self.ticked.filter(|(said, _)| due <= *said).map(|(_, at)| at.after(retry));
        Some(again.map_or(turn, |again| again.max(turn)))
    }

    fn due_tick(&mut self, now: Now, me: &Me) -> Option<Input> {
        if self.muted || self.tick_wake(now, me)? > now.steady {
            return None;
        }
        self.ticked = Some((now.wall, now.steady));
        let author = Author { identity: me.party, key: KeyId::of_signing(&me.system.public_key()) };
        let prepared = self.prepare(now.wall, author, Payload::Tick("main".to_owned()), [0; 16], [0; 32])?;
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

    /// Who joined and waits for the `confirm`.
    fn guests(&self) -> Vec<(IdentityId, NodeRecord)> {
        let Some(state) = self.replica.state() else { return Vec::new() };
        let joining = state.invitations().values().filter_map(|invitation| invitation.joining.as_ref());
        joining.map(|joining| (joining.member.party(), joining.member.node.value().clone())).collect()
    }

    /// The key of the node of a member.
    pub(crate) fn node_key_of(&self, party: &IdentityId) -> Option<[u8; 32]> {
        let place = self.replica.knowledge().place(&self.replica.head())?;
        place.next_epoch.node_key(party).map(countersign_crypto::PublicKey::bytes)
    }

    /// The node record of a member or guest.
    pub(crate) fn node_of(&self, party: &IdentityId) -> Option<NodeRecord> {
        let place = self.replica.knowledge().place(&self.replica.head())?;
        let member = place.next_epoch.node(party).map(|node| node.value().clone());
        member.or_else(|| self.guests().into_iter().find(|(guest, _)| guest == party).map(|(_, node)| node))
    }

    /// The members, with their node records.
    pub(crate) fn nodes(&self) -> Vec<(IdentityId, NodeRecord)> {
        let Some(place) = self.replica.knowledge().place(&self.replica.head()) else { return Vec::new() };
        let epoch = &place.next_epoch;
        epoch.parties().filter_map(|party| epoch.node(&party).map(|node| (party, node.value().clone()))).collect()
    }

    /// The member or guest that acts through a node key.
    pub(crate) fn party_of(&self, node_key: &[u8; 32]) -> Option<IdentityId> {
        let place = self.replica.knowledge().place(&self.replica.head())?;
        let acts = |party: &IdentityId| place.next_epoch.node_key(party).is_some_and(|key| key.bytes() == *node_key);
        let member = place.next_epoch.parties().find(acts);
        let guest = |(guest, node): (IdentityId, NodeRecord)| (node.node_key.bytes() == *node_key).then_some(guest);
        member.or_else(|| self.guests().into_iter().find_map(guest))
    }

    /// Node records of the other members and guests, once after each change.
    pub(crate) fn new_members(&mut self, me: &Me) -> Vec<NodeRecord> {
        let Some(place) = self.replica.knowledge().place(&self.replica.head()) else { return Vec::new() };
        let epoch = Arc::clone(&place.next_epoch);
        let guests = self.guests();
        if self.met.replace((epoch.number(), guests.len())) == Some((epoch.number(), guests.len())) {
            return Vec::new();
        }
        let members = epoch.parties().filter_map(|party| epoch.node(&party).map(|node| (party, node.value().clone())));
        members.chain(guests).filter(|(party, _)| *party != me.party).map(|(_, node)| node).collect()
    }

    /// Members and guests that no message can reach: neither their node nor this one has an open port.
    fn unreachable(&self, me: &Me) -> BTreeSet<IdentityId> {
        if me.open_port {
            return BTreeSet::new();
        }
        let closed = |node: &NodeRecord| node.urls.is_empty() && !me.open_ports.contains(&node.node_key.bytes());
        let others = self.nodes().into_iter().chain(self.guests());
        others.filter(|(party, node)| *party != me.party && closed(node)).map(|(party, _)| party).collect()
    }

    /// Whether nobody else in the contract can be reached: then what is open waits for somebody to come.
    fn is_alone(&self) -> bool {
        if self.replica.reaches_everybody() {
            return false;
        }
        let others = self.nodes().into_iter().chain(self.guests());
        let mut others = others.map(|(party, _)| party).filter(|party| *party != self.replica.party()).peekable();
        others.peek().is_some() && others.all(|party| self.replica.is_unreachable(&party))
    }

    /// Whether this party is a member: before, it has an invitation.
    pub(crate) fn is_member(&self, party: &IdentityId) -> bool {
        let place = self.replica.knowledge().place(&self.replica.head());
        place.is_some_and(|place| place.next_epoch.contains(party))
    }

    /// Outboxes in which something waits. Two nodes without an open port never hear each other's acknowledgements: for
    /// them it is enough that everything is final, since then the other signed that it holds it.
    pub(crate) fn waiting(&self) -> Vec<Outbox> {
        let quiet = self.replica.head() == self.replica.knowledge().final_entry();
        let idle =
            |outbox: &Outbox| outbox.delivery == Delivery::Idle || (quiet && self.replica.is_unreachable(&outbox.peer));
        self.replica.outboxes().into_iter().filter(|outbox| !idle(outbox)).collect()
    }

    /// Whether something is open that this node can do something about: undelivered, not final, or waiting for a time.
    pub(crate) fn is_busy(&self) -> bool {
        let open = || self.replica.head() != self.replica.knowledge().final_entry() || !self.waiting().is_empty();
        self.wake.is_some()
            || self.replica.is_erasing()
            || self.runs.is_open()
            || (open() && !self.is_alone())
            || self.replica.wants().next().is_some()
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
