//! Every schedule within bounds, over the pure core: K and the voter, with signatures that nobody checks. A breadth
//! first search of our own: a state is a set of items for each party, its successors need clones of K, and nothing of
//! a checker but the visited set is used; a library would hash the same bytes for more code.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use countersign_chain::{
    Admission, Decision, Draft, Entry, Knowledge, LogState, Mutant, Receipt, Seal, Statement, Voter,
};
use countersign_crypto::{Digest, Signature};
use countersign_sim::{Addition, Contract, RETRY, Tally, Wording, clock, state};
use countersign_types::{Count, EntryId, IdentityId, Interval, Signed, Term, Timestamp, View};

/// Entries of a model: parent by number (0 is genesis, the others count from 1), priority.
type Shape = [(usize, u8)];

/// An entry, its statement, its payload.
type Parts = (Signed<Entry>, Arc<Signed<Statement>>, Arc<[u8]>);

struct Model {
    contract: Contract,
    entries: Vec<Parts>,
    ids: Vec<EntryId>,
    /// With all entries: for roots and states.
    all: Knowledge<Tally>,
}

impl Model {
    /// Entry i of the shape is appended by party `author` (its last one).
    fn new(parties: usize, shape: &Shape) -> Self {
        let contract = Contract::new(5, parties);
        let keys = Arc::clone(contract.keys.last().unwrap());
        let mut model = Self {
            all: Knowledge::new(contract.genesis, contract.state()),
            ids: vec![contract.genesis],
            entries: Vec::new(),
            contract,
        };
        for (number, (parent, priority)) in shape.iter().enumerate() {
            let place = model.all.place(&model.ids[*parent]).unwrap();
            let sequence = model.all.state(&model.ids[*parent]).unwrap().last_sequence(&keys.party());
            let addition = Addition { amount: 2, priority: *priority, attachments: Vec::new() };
            let wording = Wording {
                addition,
                sequence: sequence.next(),
                requires: Vec::new(),
                seen: None,
                time: clock(0, 0),
                nonce: number as u64,
            };
            let (statement, opening) = state(model.contract.id, &keys, wording);
            let entry = Entry {
                contract: model.contract.id,
                lane: 0,
                position: place.position.next(),
                previous: model.ids[*parent],
                statement: Statement::id(&statement),
                party: keys.party(),
                count: Count::new(number as u64 + 1),
            };
            let entry = Signed::unverified(entry, Signature::new([0; 64]));
            let payload = Arc::clone(opening.bytes());
            let admitted = model.all.admit_entry(entry.clone(), Arc::clone(&statement), Some(Arc::clone(&payload)));
            assert_eq!(admitted, Ok(Admission::New));
            model.ids.push(Entry::id(&entry));
            model.entries.push((entry, statement, payload));
        }
        model
    }

    fn party(&self, index: usize) -> IdentityId {
        self.contract.keys[index].party()
    }

    /// A receipt by anybody. Count and opener are the same for all, so that equal acts are equal items.
    fn receipt(&self, party: usize, draft: &Draft) -> Signed<Receipt> {
        let place = self.all.place(&draft.entry).unwrap();
        let receipt = Receipt {
            contract: self.contract.id,
            party: self.party(party),
            epoch: place.next_epoch.number(),
            term: Term::ZERO,
            view: draft.view,
            count: Count::ZERO,
            position: draft.position,
            entry: draft.entry,
            log_root: place.frontier.root(),
            state_hash: self.all.state(&draft.entry).unwrap().hash(),
            sealed: draft.sealed,
            opens: draft.opens,
        };
        Signed::unverified(receipt, Signature::new([0; 64]))
    }
}

/// An honest party of the model.
#[derive(Clone)]
struct Seat {
    knowledge: Knowledge<Tally>,
    voter: Voter,
    held: BTreeSet<Digest>,
    signed: Vec<Signed<Receipt>>,
}

impl Seat {
    fn new(model: &Model, index: usize, mutants: &[Mutant]) -> Self {
        let mut knowledge = Knowledge::new(model.contract.genesis, model.contract.state());
        mutants.iter().for_each(|mutant| knowledge.drop_rule(*mutant));
        Self { knowledge, voter: Voter::new(model.party(index)), held: BTreeSet::new(), signed: Vec::new() }
    }

    fn take_entry(&mut self, model: &Model, number: usize) -> bool {
        let (entry, statement, payload) = &model.entries[number];
        let payload = Some(Arc::clone(payload));
        let taken = self.knowledge.admit_entry(entry.clone(), Arc::clone(statement), payload) == Ok(Admission::New);
        taken && self.held.insert(*model.ids[number + 1].digest())
    }

    fn take_receipt(&mut self, receipt: &Signed<Receipt>) -> bool {
        let taken = self.knowledge.admit_receipt(receipt.clone()) == Ok(Admission::New);
        taken && self.held.insert(receipt.digest())
    }

    fn take_all(&mut self, receipts: &[Signed<Receipt>]) -> bool {
        let before = self.held.len();
        receipts.iter().for_each(|receipt| {
            self.take_receipt(receipt);
        });
        self.held.len() > before
    }

    fn vote(&mut self, model: &Model, index: usize, now: Timestamp, retry: Interval) -> bool {
        let before = self.knowledge.highest_view();
        let Decision::Sign(draft) = self.voter.decide(&self.knowledge, now, retry, false) else { return false };
        let receipt = model.receipt(index, &draft);
        self.voter.signed(&receipt, draft.view > before);
        let new = self.take_receipt(&receipt);
        self.signed.push(receipt);
        new
    }

    fn settled(&self) -> &[EntryId] {
        self.knowledge.settled()
    }
}

/// What identifies a state: what each holds and signed.
fn fingerprint(seats: &[Seat]) -> Digest {
    let mut bytes = Vec::new();
    for seat in seats {
        seat.held.iter().for_each(|digest| bytes.extend_from_slice(&digest.bytes()[..8]));
        bytes.extend_from_slice(&seat.voter.view().get().to_be_bytes());
        bytes.extend_from_slice(seat.voter.receipted().map_or(Digest::ZERO, |entry| *entry.digest()).bytes());
        bytes.push(0xFF);
    }
    Digest::of(&bytes)
}

/// What the Byzantine parties could sign in views 0 and 1: each receipts and seals a place together with the others.
/// Less would complete fewer certificates, so it adds no conflict.
fn bundles(model: &Model, parties: std::ops::Range<usize>, seats: &[Seat]) -> Vec<Vec<Signed<Receipt>>> {
    let opener = seats.iter().find_map(|seat| seat.signed.first()).map(Receipt::id);
    let views = [(View::ZERO, None), (View::new(1), opener)];
    let places = model.ids.iter().skip(1).flat_map(|entry| views.map(|view| (entry, view)));
    places
        .filter(|(_, (view, opens))| *view == View::ZERO || opens.is_some())
        .map(|(entry, (view, opens))| {
            let position = model.all.place(entry).unwrap().position;
            let sealed = Some(Seal { position, entry: *entry });
            let draft = Draft { view, position, entry: *entry, sealed, opens };
            parties.clone().map(|party| model.receipt(party, &draft)).collect()
        })
        .collect()
}

/// What a search came to.
#[derive(Debug)]
struct Found {
    states: usize,
    conflict: bool,
    /// Every state within the bounds was seen.
    whole: bool,
}

fn explore(honest: usize, parties: usize, shape: &Shape, finality: Finality, states_max: usize) -> Found {
    let model = Model::new(parties, shape);
    let start: Vec<_> = (0..honest).map(|index| Seat::new(&model, index, &[Mutant::NoAbandoned])).collect();
    let mut seen = BTreeSet::from([fingerprint(&start)]);
    let mut open = VecDeque::from([start]);
    while let Some(seats) = open.pop_front() {
        for after in successors(&model, &seats, honest..parties) {
            if !seen.insert(fingerprint(&after)) {
                continue;
            }
            if conflict(&model, &after, finality) {
                return Found { states: seen.len(), conflict: true, whole: false };
            }
            if seen.len() >= states_max {
                return Found { states: seen.len(), conflict: false, whole: false };
            }
            // Bounds: views 0 and 1, and what an honest party does when it comes to view 2.
            if after.iter().all(|seat| seat.voter.view() <= View::new(1)) {
                open.push_back(after);
            }
        }
    }
    Found { states: seen.len(), conflict: false, whole: true }
}

fn successors(model: &Model, seats: &[Seat], byzantine: std::ops::Range<usize>) -> Vec<Vec<Seat>> {
    let mut next = Vec::new();
    let mut add = |index: usize, act: &dyn Fn(&mut Seat) -> bool| {
        let mut after = seats.to_vec();
        if act(&mut after[index]) {
            next.push(after);
        }
    };
    let bundles = bundles(model, byzantine, seats);
    for index in 0..seats.len() {
        for number in 0..model.entries.len() {
            if !seats[index].held.contains(model.ids[number + 1].digest()) {
                add(index, &|seat| seat.take_entry(model, number));
            }
        }
        for bundle in &bundles {
            if bundle.first().is_some_and(|first| !seats[index].held.contains(&first.digest())) {
                add(index, &|seat| seat.take_all(bundle));
            }
        }
        for receipt in seats.iter().flat_map(|seat| &seat.signed) {
            if !seats[index].held.contains(&receipt.digest()) {
                add(index, &|seat| seat.take_receipt(receipt));
            }
        }
        // `CALM` paces by time, and any time may have passed.
        add(index, &|seat| seat.vote(model, index, clock(0, 0), Interval::ZERO));
    }
    next
}

/// What makes an entry final, once the Byzantine parties add theirs: they can at any time.
#[derive(Clone, Copy)]
enum Finality {
    /// Seals of all honest parties in one view.
    Seals,
    /// Receipts of all honest parties in one view: the protocol without `SEAL`.
    Receipts,
}

/// Whether two entries that do not lie on one path are final, or can be made so without an honest party.
fn conflict(model: &Model, seats: &[Seat], finality: Finality) -> bool {
    let covered = |seat: &Seat, view: u64| -> BTreeSet<EntryId> {
        let of_view = seat.signed.iter().filter(|receipt| receipt.view.get() == view);
        let ends = of_view.filter_map(|receipt| match finality {
            Finality::Seals => receipt.sealed.map(|seal| seal.entry),
            Finality::Receipts => Some(receipt.entry),
        });
        ends.flat_map(|end| model.all.path(&end)).collect()
    };
    let mut finals = BTreeSet::new();
    for view in 0..=2 {
        let mut common = covered(&seats[0], view);
        seats.iter().skip(1).for_each(|seat| common = &common & &covered(seat, view));
        finals.extend(common);
    }
    finals
        .iter()
        .any(|one| finals.iter().any(|other| !model.all.descends(one, other) && !model.all.descends(other, one)))
}

/// A fork with three entries, and one with a fork above the first entry.
const SHAPES: [&Shape; 2] = [&[(0, 0), (0, 1), (1, 0)], &[(0, 0), (1, 0), (1, 1)]];

#[test]
fn final_entries_never_conflict_with_one_honest_party() {
    for shape in SHAPES {
        for parties in [2, 3] {
            let found = explore(1, parties, shape, Finality::Seals, 60_000);
            assert!(found.whole && !found.conflict && found.states > 100, "{parties} parties, {shape:?}: {found:?}");
        }
    }
}

#[test]
fn final_entries_never_conflict_with_two_honest_parties_and_a_fork_of_two() {
    let found = explore(2, 3, &[(0, 0), (0, 1)], Finality::Seals, states_max());
    assert!(!found.conflict, "{found:?}");
}

/// Most states of a search that is too long for every day; `COUNTERSIGN_SIM_STATES` asks for more.
fn states_max() -> usize {
    std::env::var("COUNTERSIGN_SIM_STATES").ok().and_then(|count| count.parse().ok()).unwrap_or(4_000)
}

#[test]
fn the_search_finds_the_conflict_of_a_model_without_seals() {
    let found = explore(2, 3, &[(0, 0), (0, 1)], Finality::Receipts, 20_000);
    assert!(found.conflict, "{found:?}");
}

/// The view at which all heads are final, if they are within `steps` signing steps; each link is first in, first out
/// and takes `delay` steps. All know b from the beginning, and a, which is ranked higher, after the first receipt.
fn chase(parties: usize, delay: usize, steps: usize, mutants: &[Mutant]) -> Option<u64> {
    let model = Model::new(parties, &[(0, 0), (0, 1)]);
    let mut seats: Vec<_> = (0..parties).map(|index| Seat::new(&model, index, mutants)).collect();
    let mut sent: Vec<usize> = vec![0; parties];
    let mut arrives: BTreeMap<usize, Vec<(usize, Signed<Receipt>)>> = BTreeMap::new();
    let mut waits: Vec<Vec<Signed<Receipt>>> = vec![Vec::new(); parties];
    for step in 0..steps {
        let now = clock(step as u64 * 10, 0);
        for (to, receipt) in arrives.remove(&step).unwrap_or_default() {
            waits[to].push(receipt);
        }
        for index in 0..parties {
            seats[index].take_entry(&model, 0);
            if step > 0 {
                seats[index].take_entry(&model, 1);
            }
            let arrived = std::mem::take(&mut waits[index]);
            waits[index] = arrived.into_iter().filter(|receipt| !seats[index].take_receipt(receipt)).collect();
            seats[index].vote(&model, index, now, RETRY);
        }
        for index in 0..parties {
            for receipt in &seats[index].signed[sent[index]..] {
                let others = (0..parties).filter(|other| *other != index);
                let mail = arrives.entry(step + 1 + delay).or_default();
                mail.extend(others.map(|other| (other, receipt.clone())));
            }
            sent[index] = seats[index].signed.len();
        }
        if seats.iter().all(|seat| seat.settled().len() == 2) {
            return seats.iter().map(|seat| seat.knowledge.highest_view().get()).max();
        }
    }
    None
}

/// T10, `CALM`: with a constant delay of two signing steps honest parties chase each other's views for ever.
#[test]
fn t10_calm() {
    for parties in [2, 3] {
        for delay in 0..=5 {
            let views = chase(parties, delay, 400, &[Mutant::NoAbandoned]);
            assert!(views.is_some_and(|views| views <= 4), "{parties} parties, delay {delay}: {views:?}");
        }
        let restless = |delay: usize| chase(parties, delay, 100, &[Mutant::NoCalm, Mutant::NoAbandoned]).is_none();
        assert!((0..=5).any(restless), "{parties} parties");
    }
}
