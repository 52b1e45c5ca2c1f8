//! Honest replicas and one adversary Z around a table: nothing moves unless the schedule says so.
use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_chain::{Entry, FraudKind, LogState, Mutant, Receipt, Seal, Statement};
use countersign_payload::Opening;
use countersign_replica::{EntryItem, Input, Item, Message, Record, Replica};
use countersign_sim::{Addition, Contract, Disk, Prepare, Tally, Wording, clock, fresh, state};
use countersign_types::{Count, EntryId, Position, Signed, StatementId, Term, View};

/// What Z gives to somebody.
pub enum Move {
    Entry(EntryId),
    Receipt(EntryId, u64),
    Seal(EntryId, u64),
}

struct Seat {
    replica: Replica<Tally>,
    disk: Disk,
    /// Own items, with their payloads.
    signed: Vec<Item>,
    /// How many of each seat's items were told to it.
    heard: BTreeMap<usize, usize>,
    /// What Z gave.
    from_z: Vec<Item>,
    finals: Vec<EntryId>,
}

pub struct Table {
    contract: Contract,
    prepare: Prepare,
    seats: Vec<Seat>,
    z: usize,
    z_entries: BTreeMap<EntryId, EntryItem>,
    now_ms: u64,
    nonce: u64,
}

impl Table {
    /// `honest` honest parties, and Z.
    pub fn new(honest: usize, mutants: &[Mutant]) -> Self {
        let contract = Contract::new(1, honest + 1);
        let mutants = mutants.to_vec();
        let prepare: Prepare = Arc::new(move |replica| mutants.iter().for_each(|mutant| replica.drop_rule(*mutant)));
        let seat = |index: usize| Seat {
            replica: fresh(&contract, &contract.keys[index], &prepare),
            disk: Disk::default(),
            signed: Vec::new(),
            heard: BTreeMap::new(),
            from_z: Vec::new(),
            finals: Vec::new(),
        };
        let seats = (0..honest).map(seat).collect();
        Self { contract, prepare, seats, z: honest, z_entries: BTreeMap::new(), now_ms: 0, nonce: 0 }
    }

    pub fn genesis(&self) -> EntryId {
        self.contract.genesis
    }

    fn handle(&mut self, seat: usize, inputs: Vec<Input>) {
        self.now_ms += 10;
        let now = clock(self.now_ms, 0);
        let seat = &mut self.seats[seat];
        let effects = seat.replica.handle(now, inputs);
        seat.disk.write(&effects.persist);
        let party = seat.replica.party();
        for record in effects.persist {
            if let Record::Item(item) = record
                && item.party() == party
            {
                seat.signed.push(item.as_ref().clone());
            }
        }
        seat.finals.extend_from_slice(seat.replica.knowledge().settled());
    }

    fn receive(&mut self, to: usize, from: usize, items: Vec<Item>) {
        let from = self.contract.keys[from].party();
        let message = Message::Sync { have: Vec::new(), items, proofs: Vec::new() };
        self.handle(to, vec![Input::Receive { from, message }]);
    }

    fn words(&mut self, party: usize, priority: u8, sequence: u64) -> (Arc<Signed<Statement>>, Opening) {
        self.nonce += 1;
        let wording = Wording {
            addition: Addition { amount: 2, priority, attachments: Vec::new() },
            sequence: countersign_types::Sequence::new(sequence),
            requires: Vec::new(),
            seen: None,
            time: clock(self.now_ms, 0),
            nonce: self.nonce,
        };
        state(self.contract.id, &self.contract.keys[party], wording)
    }

    fn submit(&mut self, party: usize, priority: u8) -> Input {
        let author = self.contract.keys[party].party();
        let sequence = self.seats[party].replica.state().unwrap().last_sequence(&author).get() + 1;
        let (statement, opening) = self.words(party, priority, sequence);
        Input::Submit { statement, openings: vec![opening] }
    }

    /// An honest party says something; the entry that it makes of it.
    pub fn append(&mut self, party: usize, priority: u8) -> EntryId {
        let submit = self.submit(party, priority);
        self.handle(party, vec![submit]);
        self.seats[party].replica.head()
    }

    /// What `from` signed arrives at `to`.
    pub fn tell(&mut self, from: usize, to: usize) {
        let items = self.untold(from, to, |_| false);
        self.receive(to, from, items);
    }

    /// The same, up to a receipt.
    pub fn tell_until(&mut self, from: usize, to: usize, entry: EntryId, view: u64) {
        let items = self.untold(from, to, |item| match item {
            Item::Receipt(receipt) => receipt.entry == entry && receipt.view.get() == view,
            Item::Entry(_) | Item::Erasure(_) => false,
        });
        self.receive(to, from, items);
    }

    /// The same, and `to` says something at that moment.
    pub fn tell_and_append(&mut self, from: usize, to: usize) {
        let items = self.untold(from, to, |_| false);
        let from = self.contract.keys[from].party();
        let message = Message::Sync { have: Vec::new(), items, proofs: Vec::new() };
        let submit = self.submit(to, 0);
        self.handle(to, vec![Input::Receive { from, message }, submit]);
    }

    fn untold(&mut self, from: usize, to: usize, last: impl Fn(&Item) -> bool) -> Vec<Item> {
        let told = self.seats[to].heard.get(&from).copied().unwrap_or(0);
        let mut items = Vec::new();
        for item in &self.seats[from].signed[told..] {
            items.push(item.clone());
            if last(item) {
                break;
            }
        }
        self.seats[to].heard.insert(from, told + items.len());
        items
    }

    /// Everybody honest hears everything that anybody honest holds, until nothing new is signed.
    pub fn settle_honest(&mut self) {
        for _ in 0..12 {
            for (from, to) in self.pairs() {
                let items = self.seats[from].from_z.clone();
                self.receive(to, from, items);
                self.tell(from, to);
            }
        }
    }

    fn pairs(&self) -> Vec<(usize, usize)> {
        let seats = 0..self.seats.len();
        seats.clone().flat_map(|from| seats.clone().map(move |to| (from, to))).filter(|(from, to)| from != to).collect()
    }

    /// Time passes.
    pub fn pass(&mut self, millis: u64) {
        for _ in 0..millis / 250 {
            self.now_ms += 250;
            (0..self.seats.len()).for_each(|seat| self.handle(seat, vec![Input::Wake]));
        }
    }

    /// A party loses everything but its disk.
    pub fn restart(&mut self, party: usize) {
        let now = clock(self.now_ms, 0);
        let mut replica = fresh(&self.contract, &self.contract.keys[party], &self.prepare);
        replica.restore(self.seats[party].disk.recover(), now);
        self.seats[party].replica = replica;
    }

    /// Z makes an entry after `parent`, and shows it to nobody.
    pub fn z_entry(&mut self, parent: EntryId, priority: u8) -> EntryId {
        let (statement, opening) = self.words(self.z, priority, 1);
        let position = self.seats.iter().find_map(|seat| seat.replica.knowledge().place(&parent)).unwrap().position;
        let keys = &self.contract.keys[self.z];
        let entry = Entry {
            contract: self.contract.id,
            lane: 0,
            position: position.next(),
            previous: parent,
            statement: Statement::id(&statement),
            party: keys.party(),
            // Whoever is shown an entry of Z in these schedules is shown it first, or after Z's receipts.
            count: Count::new(self.seats.iter().map(|seat| seat.from_z.len() as u64).max().unwrap() + 1),
        };
        let signed = Signed::sign(entry, keys.node().as_ref());
        let id = Entry::id(&signed);
        self.z_entries.insert(id, EntryItem { entry: signed, statement, openings: vec![opening], erased: Vec::new() });
        id
    }

    /// Z signs and gives.
    pub fn z_gives(&mut self, to: usize, moves: &[Move]) {
        for step in moves {
            let item = self.z_item(to, step);
            self.seats[to].from_z.push(item.clone());
            self.receive(to, self.z, vec![item]);
        }
    }

    fn z_item(&self, to: usize, step: &Move) -> Item {
        let keys = &self.contract.keys[self.z];
        let seat = &self.seats[to];
        let knowledge = seat.replica.knowledge();
        let (entry, view, seals) = match step {
            Move::Entry(entry) => return Item::Entry(Box::new(self.z_entries[entry].clone())),
            Move::Receipt(entry, view) => (entry, View::new(*view), false),
            Move::Seal(entry, view) => (entry, View::new(*view), true),
        };
        let place = knowledge.place(entry).unwrap();
        let receipt = Receipt {
            contract: self.contract.id,
            party: keys.party(),
            epoch: place.next_epoch.number(),
            term: Term::ZERO,
            view,
            count: Count::new(seat.from_z.len() as u64 + 1),
            position: place.position,
            entry: *entry,
            log_root: place.frontier.root(),
            state_hash: knowledge.state(entry).unwrap().hash(),
            sealed: seals.then_some(Seal { position: place.position, entry: *entry }),
            opens: view.previous().map(|before| knowledge.opener(before).unwrap()),
        };
        Item::Receipt(Box::new(Signed::sign(receipt, keys.node().as_ref())))
    }

    /// Whether two parties recorded finals that lie on two paths.
    pub fn conflict(&self) -> bool {
        let mut by_position: BTreeMap<Position, EntryId> = BTreeMap::new();
        let finals = self.seats.iter().flat_map(|seat| {
            let place = |entry: &EntryId| Some((seat.replica.knowledge().place(entry)?.position, *entry));
            seat.finals.iter().filter_map(place).collect::<Vec<_>>()
        });
        finals.into_iter().any(|(position, entry)| *by_position.entry(position).or_insert(entry) != entry)
    }

    pub fn was_final(&self, entry: EntryId) -> bool {
        self.seats.iter().all(|seat| seat.finals.contains(&entry))
    }

    /// Whether an entry is on the branch of a party.
    pub fn holds(&self, party: usize, entry: EntryId) -> bool {
        let replica = &self.seats[party].replica;
        replica.knowledge().descends(&replica.head(), &entry)
    }

    /// Whether an entry is in K of a party.
    pub fn knows(&self, party: usize, entry: EntryId) -> bool {
        self.seats[party].replica.knowledge().place(&entry).is_some()
    }

    /// Whether every honest party holds the proof that Z gave two items one count.
    pub fn counter_names_z(&self) -> bool {
        let z = self.contract.keys[self.z].party();
        self.seats.iter().all(|seat| {
            let frauds = seat.replica.knowledge().frauds();
            frauds.iter().any(|proof| proof.kind == FraudKind::DoubleCount && proof.party() == z)
        })
    }

    /// Whether no party holds two proofs of one kind against one party.
    pub fn names_each_fraud_once(&self) -> bool {
        self.seats.iter().all(|seat| {
            let frauds = seat.replica.knowledge().frauds();
            let named: Vec<_> = frauds.iter().map(|proof| (proof.party(), proof.kind)).collect();
            named.iter().enumerate().all(|(at, one)| !named[..at].contains(one))
        })
    }

    /// Whether the statement of an entry of Z has a place at a party.
    pub fn stands(&self, party: usize, entry: EntryId) -> bool {
        let statement: StatementId = self.z_entries[&entry].entry.statement;
        self.seats[party].replica.entry_of(&statement).is_some()
    }

    pub fn names_an_honest_party(&self) -> bool {
        let z = self.contract.keys[self.z].party();
        let frauds = self.seats.iter().flat_map(|seat| seat.replica.knowledge().frauds());
        frauds.into_iter().any(|proof| proof.party() != z)
    }
}
