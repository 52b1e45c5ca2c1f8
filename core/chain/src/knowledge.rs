//! K: the verified items that a node holds of one log. It only grows; what it holds decides the branch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_crypto::Digest;
use countersign_member::Epoch;
use countersign_merkle::Frontier;
use countersign_types::{
    EntryId, IdentityId, Outcome, PayloadCommitment, Position, ReceiptId, Signed, StatementId, Timestamp, View,
};

use crate::{Entry, FraudProof, Invalid, LogState, PayloadUse, Prefix, Receipt, Statement};

/// States are kept for so many positions behind the newest, and at every such position further back.
const SNAPSHOT_POSITIONS: u64 = 64;

/// A place that a node knows: genesis, or an entry with all its ancestors.
#[derive(Clone, Debug)]
pub struct Place<S> {
    /// Its position.
    pub position: Position,
    /// The entry before; none for genesis.
    pub parent: Option<EntryId>,
    /// The entry and its statement; none for genesis.
    pub content: Option<(Signed<Entry>, Arc<Signed<Statement>>)>,
    /// The payload that state may read.
    pub payload: Option<Arc<[u8]>>,
    /// What became of the statement.
    pub outcome: Outcome,
    /// The members whose receipts and seals count for it.
    pub epoch: Arc<Epoch>,
    /// The members at the next position.
    pub next_epoch: Arc<Epoch>,
    /// Entries that follow it.
    pub children: Vec<EntryId>,
    /// Parties with a signature on exactly this place: few, so a list is enough.
    pub(crate) signers: Vec<IdentityId>,
    /// The log tree up to here.
    pub frontier: Frontier,
    state: Option<Arc<S>>,
    state_hash: Option<Digest>,
}

/// What became of an item that was offered to K.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is in K now.
    New,
    /// It was there already.
    Known,
    /// Something that it rests on is not there yet.
    Parked,
    /// A receipt whose signer computed another log or state: an alarm, and no receipt.
    Disagrees,
}

/// The verified items of one log.
#[derive(Clone, Debug)]
pub struct Knowledge<S> {
    pub(crate) places: BTreeMap<EntryId, Place<S>>,
    placements: BTreeMap<StatementId, Vec<EntryId>>,
    pub(crate) votes: BTreeMap<View, BTreeMap<IdentityId, Vec<Signed<Receipt>>>>,
    receipts: BTreeMap<ReceiptId, View>,
    /// The smallest id among the receipts of each view.
    openers: BTreeMap<View, ReceiptId>,
    settled: Vec<EntryId>,
    frauds: Vec<FraudProof>,
    alarms: Vec<Signed<Receipt>>,
    /// The only leaf, while there is no fork above the last final entry.
    tip: Option<EntryId>,
    #[cfg(feature = "mutants")]
    mutants: Vec<crate::Mutant>,
}

impl<S: LogState> Knowledge<S> {
    /// The knowledge of a log that consists of its genesis.
    pub fn new(genesis: EntryId, state: S) -> Self {
        let mut frontier = Frontier::new();
        frontier.append(genesis.bytes());
        let place = Place {
            position: Position::ZERO,
            parent: None,
            content: None,
            payload: None,
            outcome: Outcome::Applied,
            epoch: Arc::clone(state.epoch()),
            next_epoch: Arc::clone(state.epoch()),
            children: Vec::new(),
            signers: Vec::new(),
            frontier,
            state: Some(Arc::new(state)),
            state_hash: None,
        };
        Self {
            places: BTreeMap::from([(genesis, place)]),
            placements: BTreeMap::new(),
            votes: BTreeMap::new(),
            receipts: BTreeMap::new(),
            openers: BTreeMap::new(),
            settled: vec![genesis],
            frauds: Vec::new(),
            alarms: Vec::new(),
            tip: Some(genesis),
            #[cfg(feature = "mutants")]
            mutants: Vec::new(),
        }
    }

    /// Stops following a rule.
    #[cfg(feature = "mutants")]
    pub fn drop_rule(&mut self, mutant: crate::Mutant) {
        self.mutants.push(mutant);
    }

    /// Whether a rule is not followed.
    #[cfg(feature = "mutants")]
    pub fn drops(&self, mutant: crate::Mutant) -> bool {
        self.mutants.contains(&mutant)
    }

    /// A place, if it is known.
    pub fn place(&self, entry: &EntryId) -> Option<&Place<S>> {
        self.places.get(entry)
    }

    /// The state after an entry: kept, or replayed from the nearest one kept.
    pub fn state(&self, entry: &EntryId) -> Option<Arc<S>> {
        let mut replay = Vec::new();
        let mut at = *entry;
        let mut state = loop {
            let place = self.places.get(&at)?;
            if let Some(state) = &place.state {
                break Arc::clone(state);
            }
            replay.push(at);
            at = place.parent?;
        };
        for at in replay.into_iter().rev() {
            let place = self.places.get(&at)?;
            let (entry, statement) = place.content.as_ref()?;
            let prefix = Branch { knowledge: self, head: place.parent? };
            state = Arc::new(state.apply(&prefix, entry, statement, place.payload.as_deref()).ok()?.0);
        }
        Some(state)
    }

    /// The hash of the state after an entry, computed once: the receipts of all members name it.
    pub fn state_hash(&mut self, entry: &EntryId) -> Option<Digest> {
        if let Some(hash) = self.places.get(entry)?.state_hash {
            return Some(hash);
        }
        let hash = self.state(entry)?.hash();
        self.places.get_mut(entry)?.state_hash = Some(hash);
        Some(hash)
    }

    /// Whether an entry with this statement is known.
    pub fn placements(&self, statement: &StatementId) -> &[EntryId] {
        self.placements.get(statement).map_or(&[], Vec::as_slice)
    }

    /// The last final entry (genesis at first).
    pub fn final_entry(&self) -> EntryId {
        // Genesis is settled from the beginning.
        self.settled.last().copied().unwrap_or(EntryId::new(Digest::ZERO))
    }

    /// The final entries by position.
    pub fn settled(&self) -> &[EntryId] {
        &self.settled
    }

    /// Contradictions signed by one key, as found.
    pub fn frauds(&self) -> &[FraudProof] {
        &self.frauds
    }

    /// Receipts whose signer computed something else.
    pub fn alarms(&self) -> &[Signed<Receipt>] {
        &self.alarms
    }

    /// Remembers evidence, one of each kind against each party: more says no more. False if there is such a proof.
    pub fn accuse(&mut self, proof: FraudProof) -> bool {
        let same = |known: &FraudProof| known.kind == proof.kind && known.party() == proof.party();
        let new = !self.frauds.iter().any(same);
        if new {
            self.frauds.push(proof);
        }
        new
    }

    /// The ancestor of `entry` at `position`; the entry itself at its own position.
    pub fn ancestor(&self, entry: &EntryId, position: Position) -> Option<EntryId> {
        let mut at = *entry;
        loop {
            let place = self.places.get(&at)?;
            if place.position <= position {
                return (place.position == position).then_some(at);
            }
            let index = usize::try_from(place.position.get()).ok()?;
            if self.settled.get(index) == Some(&at) {
                return self.settled.get(usize::try_from(position.get()).ok()?).copied();
            }
            at = place.parent?;
        }
    }

    /// Whether `entry` is `ancestor` or follows it.
    pub fn descends(&self, entry: &EntryId, ancestor: &EntryId) -> bool {
        let position = self.places.get(ancestor).map(|place| place.position);
        position.is_some_and(|position| self.ancestor(entry, position).as_ref() == Some(ancestor))
    }

    /// The entries from genesis to `head`, both included.
    pub fn path(&self, head: &EntryId) -> Vec<EntryId> {
        let mut path = Vec::new();
        let mut at = Some(*head);
        while let Some(entry) = at {
            path.push(entry);
            at = self.places.get(&entry).and_then(|place| place.parent);
        }
        path.reverse();
        path
    }

    /// Whether a statement stands on the branch that ends at `head`, and where.
    pub fn place_on(&self, head: &EntryId, statement: &StatementId) -> Option<EntryId> {
        self.placements(statement).iter().find(|entry| self.descends(head, entry)).copied()
    }

    /// Offers an entry whose signatures and commitments hold. [`Admission::Parked`] if its parent is not known.
    pub fn admit_entry(
        &mut self,
        entry: Signed<Entry>,
        statement: Arc<Signed<Statement>>,
        payload: Option<Arc<[u8]>>,
    ) -> Result<Admission, Invalid> {
        let id = Entry::id(&entry);
        if self.places.contains_key(&id) {
            return Ok(Admission::Known);
        }
        let parent_id = entry.previous;
        if !self.places.contains_key(&parent_id) {
            return Ok(Admission::Parked);
        }
        let evaluated = self.evaluate(&entry, &statement, payload.as_deref())?;
        self.admit_evaluated(entry, statement, payload, evaluated)
    }

    /// [`Knowledge::admit_entry`] with what [`Knowledge::evaluate`] said of the same entry, statement and payload.
    pub fn admit_evaluated(
        &mut self,
        entry: Signed<Entry>,
        statement: Arc<Signed<Statement>>,
        payload: Option<Arc<[u8]>>,
        (next, outcome): (S, Outcome),
    ) -> Result<Admission, Invalid> {
        let id = Entry::id(&entry);
        if self.places.contains_key(&id) {
            return Ok(Admission::Known);
        }
        let parent_id = entry.previous;
        let Some(parent) = self.places.get(&parent_id) else { return Ok(Admission::Parked) };
        let mut frontier = parent.frontier.clone();
        frontier.append(id.bytes());
        let place = Place {
            position: entry.position,
            parent: Some(parent_id),
            epoch: Arc::clone(&parent.next_epoch),
            next_epoch: Arc::clone(next.epoch()),
            signers: vec![entry.party],
            children: Vec::new(),
            content: Some((entry, statement)),
            payload,
            outcome,
            frontier,
            state: Some(Arc::new(next)),
            state_hash: None,
        };
        self.insert(id, parent_id, place);
        Ok(Admission::New)
    }

    /// What an entry would do after its parent, which must be known.
    pub fn evaluate(
        &self,
        entry: &Entry,
        statement: &Signed<Statement>,
        payload: Option<&[u8]>,
    ) -> Result<(S, Outcome), Invalid> {
        let parent = self.places.get(&entry.previous).ok_or(Invalid::BadPosition)?;
        if entry.position != parent.position.next() || entry.lane != 0 {
            return Err(Invalid::BadPosition);
        }
        if Statement::id(statement) != entry.statement {
            return Err(Invalid::Mismatch);
        }
        if !parent.next_epoch.contains(&entry.party) {
            return Err(Invalid::NotEntitled);
        }
        let state = self.state(&entry.previous).ok_or(Invalid::Mismatch)?;
        state.apply(&Branch { knowledge: self, head: entry.previous }, entry, statement, payload)
    }

    fn insert(&mut self, id: EntryId, parent_id: EntryId, place: Place<S>) {
        let position = place.position;
        if let Some((entry, _)) = &place.content {
            push_once(self.placements.entry(entry.statement).or_default(), id);
            self.accuse_siblings(&parent_id, entry.clone());
        }
        self.places.insert(id, place);
        self.tip = match self.tip {
            Some(tip) if tip == parent_id => Some(id),
            // What forks below the last final entry is no branch to choose.
            Some(tip) if !self.descends(&id, &self.final_entry()) => Some(tip),
            _ => None,
        };
        if let Some(parent) = self.places.get_mut(&parent_id) {
            push_once(&mut parent.children, id);
        }
        self.drop_old_state(&id, position);
    }

    fn accuse_siblings(&mut self, parent: &EntryId, entry: Signed<Entry>) {
        let siblings = self.places.get(parent).map_or(&[] as &[_], |place| &place.children);
        let same = siblings.iter().filter_map(|sibling| {
            let (other, _) = self.places.get(sibling)?.content.as_ref()?;
            (other.party == entry.party).then(|| FraudProof::double_entry(other.clone(), entry.clone()))
        });
        for proof in same.collect::<Vec<_>>() {
            self.accuse(proof);
        }
    }

    fn drop_old_state(&mut self, newest: &EntryId, position: Position) {
        let Some(old) = position.get().checked_sub(SNAPSHOT_POSITIONS) else { return };
        let final_position = self.settled.len().saturating_sub(1) as u64;
        if old > final_position
            && old % SNAPSHOT_POSITIONS != 0
            && let Some(entry) = self.ancestor(newest, Position::new(old))
            && let Some(place) = self.places.get_mut(&entry)
        {
            place.state = None;
        }
    }

    /// Offers a receipt whose signature holds. It counts only if this node computed the same log and state, and, for
    /// a view after 0, if it names a known receipt of the view before (dense views).
    pub fn admit_receipt(&mut self, receipt: Signed<Receipt>) -> Result<Admission, Invalid> {
        let id = Receipt::id(&receipt);
        if self.receipts.contains_key(&id) {
            return Ok(Admission::Known);
        }
        let Some(place) = self.places.get(&receipt.entry) else { return Ok(Admission::Parked) };
        if !place.next_epoch.contains(&receipt.party) || receipt.term.get() != 0 {
            return Err(Invalid::NotEntitled);
        }
        if receipt.position != place.position || receipt.epoch != place.next_epoch.number() {
            return Err(Invalid::BadPosition);
        }
        match (receipt.view.previous(), receipt.opens) {
            (None, None) => {}
            (Some(before), Some(opens)) => match self.receipts.get(&opens) {
                None => return Ok(Admission::Parked),
                Some(view) if *view == before => {}
                Some(_) => return Err(Invalid::Mismatch),
            },
            _ => return Err(Invalid::Mismatch),
        }
        if let Some(seal) = receipt.sealed
            && self.ancestor(&receipt.entry, seal.position) != Some(seal.entry)
        {
            return Err(Invalid::Mismatch);
        }
        let log_root = place.frontier.root();
        if receipt.log_root != log_root || Some(receipt.state_hash) != self.state_hash(&receipt.entry) {
            if !self.alarms.contains(&receipt) {
                self.alarms.push(receipt);
            }
            return Ok(Admission::Disagrees);
        }
        self.receipts.insert(id, receipt.view);
        let opener = self.openers.entry(receipt.view).or_insert(id);
        *opener = id.min(*opener);
        if let Some(place) = self.places.get_mut(&receipt.entry) {
            push_once(&mut place.signers, receipt.party);
        }
        self.count_vote(receipt);
        self.settle();
        Ok(Admission::New)
    }

    /// Keeps of each party and view the deepest receipts: one for an honest party, several for one that signed on two
    /// paths, which is evidence against it.
    fn count_vote(&mut self, receipt: Signed<Receipt>) {
        let (view, party) = (receipt.view, receipt.party);
        let before = self.votes.get(&view).and_then(|votes| votes.get(&party)).cloned().unwrap_or_default();
        let covers = |deep: &Receipt, shallow: &Receipt| {
            self.descends(&deep.entry, &shallow.entry)
                && shallow
                    .sealed
                    .is_none_or(|seal| deep.sealed.is_some_and(|deeper| self.descends(&deeper.entry, &seal.entry)))
        };
        if before.iter().any(|other| covers(other, &receipt) && Receipt::id(other) != Receipt::id(&receipt)) {
            return;
        }
        let proofs: Vec<_> = before.iter().filter_map(|other| self.double_receipt(other, &receipt)).collect();
        let mut after: Vec<_> = before.iter().filter(|other| !covers(&receipt, other)).cloned().collect();
        after.push(receipt);
        self.votes.entry(view).or_default().insert(party, after);
        for proof in proofs {
            self.accuse(proof);
        }
    }

    fn double_receipt(&self, one: &Signed<Receipt>, other: &Signed<Receipt>) -> Option<FraudProof> {
        let (shallow, deep) = if one.position <= other.position { (one, other) } else { (other, one) };
        let on_path = self.ancestor(&deep.entry, shallow.position)?;
        if on_path == shallow.entry {
            return None;
        }
        let path = self.path(&deep.entry);
        FraudProof::double_receipt(shallow.clone(), deep.clone(), on_path, &path)
    }

    /// Moves the last final entry as deep as the seals of one view allow (F1, contract log §3.3).
    fn settle(&mut self) {
        let base = self.final_entry();
        let views: Vec<_> = self.votes.keys().copied().collect();
        let deepest = views
            .into_iter()
            .filter_map(|view| self.deepest_final(view, &base))
            .max_by_key(|entry| self.places.get(entry).map(|place| place.position));
        let Some(entry) = deepest.filter(|entry| *entry != base) else { return };
        let mut path = Vec::new();
        let mut at = entry;
        while at != base {
            path.push(at);
            match self.places.get(&at).and_then(|place| place.parent) {
                Some(parent) => at = parent,
                None => return,
            }
        }
        let state = self.state(&entry);
        self.settled.extend(path.iter().rev());
        // Not all are dropped: whether an entry can stand somewhere must not depend on what is final here already.
        for settled in path.iter().chain([&base]) {
            if let Some(place) = self.places.get_mut(settled)
                && place.position.get() % SNAPSHOT_POSITIONS != 0
            {
                place.state = None;
            }
        }
        if let Some(place) = self.places.get_mut(&entry) {
            place.state = state;
        }
        self.tip = self.only_leaf(entry);
    }

    fn only_leaf(&self, from: EntryId) -> Option<EntryId> {
        let mut at = from;
        loop {
            match self.places.get(&at)?.children.as_slice() {
                [] => return Some(at),
                [child] => at = *child,
                _ => return None,
            }
        }
    }

    /// The only leaf above the last final entry, if there is no fork.
    pub(crate) const fn tip(&self) -> Option<EntryId> {
        self.tip
    }

    /// The highest view of a receipt in K.
    pub fn highest_view(&self) -> View {
        self.votes.keys().next_back().copied().unwrap_or(View::ZERO)
    }

    /// The smallest id among known receipts of a view (contract log §13.11).
    pub fn opener(&self, view: View) -> Option<ReceiptId> {
        self.openers.get(&view).copied()
    }

    /// Whether each of the members has a receipt of `view` or a higher one in K (`CALM`).
    pub fn all_reached(&self, view: View, epoch: &Epoch) -> bool {
        epoch.parties().all(|party| self.votes.range(view..).any(|(_, votes)| votes.contains_key(&party)))
    }

    /// The parties with a receipt, of any view, for an entry or one after it.
    pub fn delivered_to(&self, entry: &EntryId) -> BTreeSet<IdentityId> {
        let mut parties = BTreeSet::new();
        for (party, receipts) in self.votes.values().flatten() {
            if !parties.contains(party) && receipts.iter().any(|receipt| self.descends(&receipt.entry, entry)) {
                parties.insert(*party);
            }
        }
        parties
    }

    /// Whether all members gave receipts of one view for an entry or something after it (contract log §3.3).
    pub fn is_countersigned(&self, entry: &EntryId) -> bool {
        let Some(place) = self.places.get(entry) else { return false };
        self.votes.values().any(|votes| {
            place.epoch.parties().all(|party| {
                let given = votes.get(&party).map_or(&[] as &[_], Vec::as_slice);
                given.iter().any(|receipt| self.descends(&receipt.entry, entry))
            })
        })
    }

    /// Whether an entry lies at or before the last final one on its path.
    pub fn is_final(&self, entry: &EntryId) -> bool {
        let position = self.places.get(entry).and_then(|place| usize::try_from(place.position.get()).ok());
        position.and_then(|position| self.settled.get(position)) == Some(entry)
    }

    /// Whether a payload is what some known statement says, on whatever branch.
    pub fn is_own_payload(&self, payload: &PayloadCommitment) -> bool {
        let statements = self.places.values().filter_map(|place| place.content.as_ref());
        statements.into_iter().any(|(_, statement)| statement.payload == *payload)
    }

    /// Whether an entry must wait for the clock (`AHEAD`): its declared time lies too far ahead of `now`.
    pub fn is_ahead(&self, statement: &Statement, now: Timestamp) -> bool {
        #[cfg(feature = "mutants")]
        if self.drops(crate::Mutant::NoAhead) {
            return false;
        }
        let state = self.places.get(&self.final_entry()).and_then(|place| place.state.as_ref());
        state.is_some_and(|state| statement.time > state.latest_time(now))
    }
}

/// Adds what is not there yet. Most of these lists have one item for ever, so there is room for one.
fn push_once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.reserve_exact(usize::from(list.is_empty()));
        list.push(item);
    }
}

/// The entries up to `head`, as a state may ask of them.
struct Branch<'a, S> {
    knowledge: &'a Knowledge<S>,
    head: EntryId,
}

impl<S: LogState> Prefix for Branch<'_, S> {
    fn is_applied(&self, statement: &StatementId) -> bool {
        let entry = self.knowledge.place_on(&self.head, statement);
        let place = entry.and_then(|entry| self.knowledge.places.get(&entry));
        place.is_some_and(|place| place.outcome.is_applied())
    }

    fn uses(&self, payloads: &[PayloadCommitment]) -> Vec<Option<PayloadUse>> {
        let mut uses = vec![None; payloads.len()];
        let Some(state) = self.knowledge.state(&self.head) else { return uses };
        for entry in self.knowledge.path(&self.head) {
            let place = self.knowledge.places.get(&entry);
            if let Some((place, (_, statement))) = place.and_then(|place| Some((place, place.content.as_ref()?))) {
                let attachments = state.attachments(statement, place.payload.as_deref());
                PayloadUse::note(&mut uses, payloads, statement, &attachments);
            }
        }
        uses
    }
}
