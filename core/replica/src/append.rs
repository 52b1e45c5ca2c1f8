//! Append, rebase, rescue (contract log §3.2).

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_chain::{Entry, Invalid, LogState, Statement, StatementKind};
use countersign_payload::{NO_PAYLOAD, Opening};
use countersign_types::{Count, EntryId, Outcome, PayloadCommitment, Position, Signed, StatementId, Timestamp};

use crate::{Answer, EntryItem, Item, Notice, Record, Refusal, Replica};

impl<S: LogState> Replica<S> {
    /// Takes a statement of this party's people and systems, or refuses it without a trace.
    pub(crate) fn submit(&mut self, now: Timestamp, statement: &Arc<Signed<Statement>>, openings: Vec<Opening>) {
        let id = Statement::id(statement);
        let result = match self.entry_of(&id) {
            // The same statement again is the same answer.
            Some(entry) => Ok(entry),
            None if self.backup.is_stopped() => Err(Refusal::OldBackup),
            None => self.try_submit(now, statement, openings),
        };
        self.effects.answers.push(Answer { statement: id, result });
    }

    fn try_submit(
        &mut self,
        now: Timestamp,
        statement: &Arc<Signed<Statement>>,
        openings: Vec<Opening>,
    ) -> Result<EntryId, Refusal> {
        self.drain(now, crate::replica::Trust::Nobody);
        self.follow(now);
        self.append_own(now);
        if let Some(entry) = self.entry_of(&Statement::id(statement)) {
            // It was here already, and lost its place for a moment.
            return Ok(entry);
        }
        let entry = self.draft_entry(statement).ok_or(Refusal::Invalid(Invalid::BadPosition))?;
        if statement.contract != self.contract {
            return Err(Refusal::Invalid(Invalid::Mismatch));
        }
        if self.knowledge.is_ahead(statement, now) {
            return Err(Refusal::Ahead);
        }
        let payload = openings.iter().find(|opening| opening.commitment() == statement.payload);
        if payload.is_none() && statement.payload != NO_PAYLOAD {
            return Err(Refusal::BadOpening);
        }
        let bytes = payload.map(|opening| Arc::clone(opening.bytes()));
        let state = self.state().ok_or(Refusal::Invalid(Invalid::BadPosition))?;
        let key = state.author_key(statement, bytes.as_deref())?;
        statement.verify(&key).map_err(|_| Refusal::BadSignature)?;
        let attachments = state.attachments(statement, bytes.as_deref());
        let lacking = self.lacking(state.as_ref(), statement, bytes.as_deref(), &attachments, &openings, &[]);
        if lacking.is_none_or(|lacking| !lacking.is_empty()) {
            return Err(Refusal::BadOpening);
        }
        let evaluated = self.knowledge.evaluate(&entry, statement, bytes.as_deref())?;
        if let Outcome::Rejected { rule, by } = evaluated.1 {
            return Err(Refusal::Rejected { rule, by });
        }
        self.keep_named(&attachments);
        self.confine(&state, statement, bytes.as_ref(), &attachments);
        let mut commitments = attachments;
        if statement.payload != NO_PAYLOAD {
            commitments.push(statement.payload);
        }
        for opening in openings {
            let commitment = opening.commitment();
            if commitments.contains(&commitment) {
                self.hold_opening(commitment, opening, commitment == statement.payload);
            }
        }
        self.own.push((Arc::clone(statement), commitments.clone()));
        self.append_evaluated(entry, statement, &commitments, evaluated).map_err(Refusal::Invalid)
    }

    /// Appends every own statement that stands nowhere on the held branch, in the order of their authors' numbers
    /// (rebase), and those whose rescue is due.
    pub(crate) fn append_own(&mut self, now: Timestamp) {
        if !self.backup.may_sign() {
            return;
        }
        self.take_on_rescues(now);
        let mut waiting = std::mem::take(&mut self.own);
        loop {
            let before = waiting.len();
            let mut placed = false;
            waiting.retain(|(statement, commitments)| {
                let id = Statement::id(statement);
                if let Some(entry) = self.knowledge.place_on(&self.head, &id) {
                    // Once final it can lose its place no more.
                    return !self.knowledge.is_final(&entry);
                }
                match self.append(statement, commitments) {
                    Ok(_) => {
                        placed = true;
                        true
                    }
                    // Its number is taken for good, or its turn has not come.
                    Err(Invalid::BadSequence) => !self.is_superseded(statement),
                    Err(Invalid::NotEntitled) => !self.is_shut_out(statement),
                    Err(_) => true,
                }
            });
            if !placed || waiting.len() > before {
                break;
            }
        }
        self.own = waiting;
    }

    /// Whether a final entry took the number of a statement: then it can never stand anywhere.
    fn is_superseded(&mut self, statement: &Signed<Statement>) -> bool {
        let superseded = self
            .knowledge
            .state(&self.knowledge.final_entry())
            .is_some_and(|state| state.last_sequence(&statement.author.identity) >= statement.sequence);
        if superseded {
            self.effects.notices.push(Notice::Abandoned { statement: Statement::id(statement) });
        }
        superseded
    }

    /// Whether a newcomer's `join` can never stand anywhere: another took its invitation, and that is final.
    fn is_shut_out(&mut self, statement: &Signed<Statement>) -> bool {
        // What this node appended before, only a used invitation keeps out; and nothing gives one back.
        let shut_out = statement.kind == StatementKind::Join && self.knowledge.is_final(&self.head);
        if shut_out {
            self.effects.notices.push(Notice::Abandoned { statement: Statement::id(statement) });
        }
        shut_out
    }

    fn draft_entry(&self, statement: &Signed<Statement>) -> Option<Entry> {
        let place = self.knowledge.place(&self.head)?;
        Some(Entry {
            contract: self.contract,
            lane: 0,
            position: place.position.next(),
            previous: self.head,
            statement: Statement::id(statement),
            party: self.party,
            count: self.own_count().next(),
        })
    }

    /// Signs an entry for a statement after the head. Whatever its outcome there, it stays.
    fn append(
        &mut self,
        statement: &Arc<Signed<Statement>>,
        commitments: &[PayloadCommitment],
    ) -> Result<EntryId, Invalid> {
        let entry = self.draft_entry(statement).ok_or(Invalid::BadPosition)?;
        let payload = self.openings.get(&statement.payload).map(|opening| Arc::clone(opening.bytes()));
        let evaluated = self.knowledge.evaluate(&entry, statement, payload.as_deref())?;
        self.append_evaluated(entry, statement, commitments, evaluated)
    }

    /// [`Replica::append`] with what K said of the draft.
    fn append_evaluated(
        &mut self,
        entry: Entry,
        statement: &Arc<Signed<Statement>>,
        commitments: &[PayloadCommitment],
        evaluated: (S, Outcome),
    ) -> Result<EntryId, Invalid> {
        let payload = self.openings.get(&statement.payload).map(|opening| Arc::clone(opening.bytes()));
        let entry = Signed::sign(entry, self.signer.as_ref());
        let id = Entry::id(&entry);
        let position = entry.position;
        self.knowledge.admit_evaluated(entry.clone(), Arc::clone(statement), payload, evaluated)?;
        let mut openings = Vec::with_capacity(commitments.len());
        openings.extend(commitments.iter().filter_map(|commitment| self.openings.get(commitment).cloned()));
        let item = EntryItem { entry, statement: Arc::clone(statement), openings, erased: Vec::new() };
        self.keep_own(Item::Entry(Box::new(item)));
        self.head = id;
        self.tell_placed(id, position);
        Ok(id)
    }

    fn tell_placed(&mut self, entry: EntryId, position: Position) {
        if let Some(place) = self.knowledge.place(&entry) {
            let outcome = place.outcome.clone();
            self.effects.notices.push(Notice::Extended { entry, position, outcome });
        }
    }

    /// An item of this party: durable before it is sent (`P0`).
    pub(crate) fn keep_own(&mut self, item: Item) {
        let item = Arc::new(item);
        debug_assert_eq!(item.count(), self.own_count().next(), "the own counter has no gap");
        self.effects.persist.push(Record::Item(Arc::clone(&item)));
        self.lanes.entry(self.party).or_default().push(item);
    }

    /// `RESCUE`: whoever receipted an entry is answerable for its statement, after (own rank + 1) × retry interval.
    pub(crate) fn plan_rescues(&mut self, now: Timestamp, displaced: &[StatementId]) {
        #[cfg(feature = "mutants")]
        if self.knowledge.drops(countersign_chain::Mutant::NoRescue) {
            return;
        }
        let rank = self.knowledge.place(&self.head).and_then(|place| place.next_epoch.rank(&self.party));
        let delay = self.retry.times(rank.map_or(1, |rank| rank.saturating_add(1) as u64));
        for statement in displaced {
            let own = self.own.iter().any(|(own, _)| Statement::id(own) == *statement);
            if !own && self.has_receipted(statement) {
                self.rescues.entry(*statement).or_insert(now.after(delay));
            }
        }
    }

    /// Whether this party gave a receipt that covers an entry with this statement.
    fn has_receipted(&self, statement: &StatementId) -> bool {
        let own = self.lanes.get(&self.party).map_or(&[] as &[_], |lane| lane.after(Count::ZERO));
        let receipted = |entry: &EntryId| {
            own.iter().rev().any(|item| match item.as_ref() {
                Item::Receipt(receipt) => self.knowledge.descends(&receipt.entry, entry),
                Item::Entry(_) | Item::Erasure(_) => false,
            })
        };
        self.knowledge.placements(statement).iter().any(receipted)
    }

    fn take_on_rescues(&mut self, now: Timestamp) {
        let head = self.head;
        let knowledge = &self.knowledge;
        self.rescues.retain(|statement, _| knowledge.place_on(&head, statement).is_none());
        let due: Vec<_> = self.rescues.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        let mut taken = Vec::new();
        for statement in due {
            self.rescues.remove(&statement);
            let placed = self.knowledge.placements(&statement).first().and_then(|entry| self.knowledge.place(entry));
            if let Some((_, statement)) = placed.and_then(|place| place.content.as_ref()) {
                taken.push(Arc::clone(statement));
            }
        }
        // Rescue keeps author order (contract log §13.7).
        taken.sort_by_key(|statement| (statement.author.identity, statement.sequence));
        for statement in taken {
            let payload = self.openings.get(&statement.payload).map(|opening| Arc::clone(opening.bytes()));
            let mut commitments =
                self.state().map_or_else(Vec::new, |state| state.attachments(&statement, payload.as_deref()));
            if statement.payload != NO_PAYLOAD {
                commitments.push(statement.payload);
            }
            self.own.push((statement, commitments));
        }
    }

    /// After a restart this party answers again for what it receipted and what has no place.
    pub(crate) fn restore_rescues(&mut self, now: Timestamp) {
        let own = self.lanes.get(&self.party).map_or(&[] as &[_], |lane| lane.after(Count::ZERO));
        let mut seen = BTreeSet::new();
        let mut displaced = Vec::new();
        for item in own {
            let Item::Receipt(receipt) = item.as_ref() else { continue };
            let mut at = Some(receipt.entry);
            while let Some(entry) = at.filter(|entry| !self.knowledge.is_final(entry) && seen.insert(*entry)) {
                let Some(place) = self.knowledge.place(&entry) else { break };
                let statement = place.content.as_ref().map(|(entry, _)| entry.statement);
                displaced.extend(statement.filter(|id| self.knowledge.place_on(&self.head, id).is_none()));
                at = place.parent;
            }
        }
        self.plan_rescues(now, &displaced);
    }

    /// After a restart this party answers again for what its own entries carried.
    pub(crate) fn restore_own(&mut self) {
        let items: Vec<_> = self.lanes.get(&self.party).map_or(Vec::new(), |lane| lane.after(Count::ZERO).to_vec());
        for item in items {
            let Item::Entry(item) = item.as_ref() else { continue };
            let id = Statement::id(&item.statement);
            let known = self.own.iter().any(|(own, _)| Statement::id(own) == id);
            let final_now = self.entry_of(&id).is_some_and(|entry| self.knowledge.is_final(&entry));
            if !known && !final_now {
                let commitments = item.openings.iter().map(Opening::commitment).collect();
                self.own.push((Arc::clone(&item.statement), commitments));
            }
        }
    }
}
