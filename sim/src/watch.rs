//! The observer of a run: sees what all honest parties hold and send, and says which property does not hold.

use std::collections::{BTreeMap, BTreeSet};

use countersign_chain::{LogState, Statement};
use countersign_crypto::Digest;
use countersign_replica::{Held, Item, Message, Replica};
use countersign_types::{Count, EntryId, IdentityId, Position, StatementId, View};

use crate::Property;
use crate::party::Party;
use crate::tally::Tally;

/// A property that did not hold, and what was seen.
pub type Broken = (Property, String);

/// What was seen so far.
#[derive(Debug)]
pub struct Watch {
    properties: Vec<Property>,
    honest: BTreeSet<IdentityId>,
    finals: BTreeMap<Position, EntryId>,
    deepest_final: BTreeMap<IdentityId, EntryId>,
    counts: BTreeMap<(IdentityId, Count), Digest>,
    views: BTreeMap<(IdentityId, View), EntryId>,
    receipted: BTreeSet<StatementId>,
    held: BTreeMap<IdentityId, (EntryId, Vec<Held>, usize)>,
}

impl Watch {
    /// The observer of these honest parties.
    pub const fn new(properties: Vec<Property>, honest: BTreeSet<IdentityId>) -> Self {
        Self {
            properties,
            honest,
            finals: BTreeMap::new(),
            deepest_final: BTreeMap::new(),
            counts: BTreeMap::new(),
            views: BTreeMap::new(),
            receipted: BTreeSet::new(),
            held: BTreeMap::new(),
        }
    }

    fn ask(&self, property: Property, broken: Option<String>) -> Result<(), Broken> {
        match broken {
            Some(detail) if self.properties.contains(&property) => Err((property, detail)),
            _ => Ok(()),
        }
    }

    /// After an event at one honest party.
    pub fn after_event(&mut self, replica: &Replica<Tally>) -> Result<(), Broken> {
        // Everything below is a function of K, head and proofs.
        let held = (replica.head(), replica.have(), replica.knowledge().frauds().len());
        if self.held.get(&replica.party()) == Some(&held) {
            return Ok(());
        }
        self.held.insert(replica.party(), held);
        let broken = self.choice_is_that_of_the_specification(replica);
        self.ask(Property::ChoiceIsThatOfTheSpecification, broken)?;
        let broken = self.final_entries_never_conflict(replica);
        self.ask(Property::FinalEntriesNeverConflict, broken)?;
        let broken = self.final_entries_stay_on_the_log(replica);
        self.ask(Property::FinalEntriesStayOnTheLog, broken)?;
        let broken = self.no_honest_party_is_named(replica);
        self.ask(Property::NoHonestPartyIsNamed, broken)
    }

    fn choice_is_that_of_the_specification(&self, replica: &Replica<Tally>) -> Option<String> {
        let knowledge = replica.knowledge();
        let (fast, slow) = (knowledge.choose(), knowledge.choose_among_branches());
        let held = replica.head();
        (fast != slow || held != slow).then(|| format!("chose {fast:?}, holds {held:?}, specified {slow:?}"))
    }

    fn final_entries_never_conflict(&mut self, replica: &Replica<Tally>) -> Option<String> {
        for (position, entry) in replica.knowledge().settled().iter().enumerate() {
            let position = Position::new(position as u64);
            let first = *self.finals.entry(position).or_insert(*entry);
            if first != *entry {
                return Some(format!("position {position}: {first:?} and {entry:?} at {:?}", replica.party()));
            }
        }
        None
    }

    fn final_entries_stay_on_the_log(&mut self, replica: &Replica<Tally>) -> Option<String> {
        let (party, now) = (replica.party(), replica.knowledge().final_entry());
        let before = self.deepest_final.get(&party).copied();
        let deeper = before.is_none_or(|before| replica.knowledge().descends(&now, &before));
        if deeper {
            self.deepest_final.insert(party, now);
        }
        // After a crash a party may have forgotten that something is final; it must not hold another branch.
        let place = before.and_then(|before| Some((before, replica.knowledge().place(&before)?.position)));
        let (before, position) = place?;
        let head = replica.knowledge().place(&replica.head())?.position;
        let stays = replica.knowledge().descends(&replica.head(), &before)
            || (head < position && replica.knowledge().descends(&before, &replica.head()));
        (!stays).then(|| format!("{party:?} left {before:?}"))
    }

    fn no_honest_party_is_named(&self, replica: &Replica<Tally>) -> Option<String> {
        let frauds = replica.knowledge().frauds();
        let named = frauds.iter().find(|proof| self.honest.contains(&proof.party()))?;
        Some(format!("{:?} holds {} against {:?}", replica.party(), named.kind.as_str(), named.party()))
    }

    /// Before an honest party sends something.
    pub fn before_send(&mut self, replica: &Replica<Tally>, message: &Message) -> Result<(), Broken> {
        let Message::Sync { items, .. } = message else { return Ok(()) };
        for item in items.iter().filter(|item| item.party() == replica.party()) {
            // Said before, and judged by what its signer knew then.
            if self.counts.get(&(item.party(), item.count())) == Some(&item.digest()) {
                continue;
            }
            let twin = self.counters_have_no_twins(item);
            self.ask(Property::CountersHaveNoTwins, twin)?;
            let apart = self.one_path_per_view(replica, item);
            self.ask(Property::OnePathPerView, apart)?;
        }
        Ok(())
    }

    fn counters_have_no_twins(&mut self, item: &Item) -> Option<String> {
        let first = *self.counts.entry((item.party(), item.count())).or_insert(item.digest());
        (first != item.digest()).then(|| format!("{:?} signed {} twice", item.party(), item.count()))
    }

    fn one_path_per_view(&mut self, replica: &Replica<Tally>, item: &Item) -> Option<String> {
        let Item::Receipt(receipt) = item else { return None };
        let knowledge = replica.knowledge();
        for entry in knowledge.path(&receipt.entry) {
            let content = knowledge.place(&entry).and_then(|place| place.content.as_ref());
            self.receipted.extend(content.map(|(entry, _)| entry.statement));
        }
        let deepest = self.views.entry((receipt.party, receipt.view)).or_insert(receipt.entry);
        if knowledge.descends(&receipt.entry, deepest) {
            *deepest = receipt.entry;
            return None;
        }
        let deepest = *deepest;
        let apart = !knowledge.descends(&deepest, &receipt.entry);
        apart.then(|| format!("{:?} in view {}: {deepest:?} and {:?}", receipt.party, receipt.view, receipt.entry))
    }

    /// Once nothing goes wrong any more.
    pub fn after_quiet(&self, parties: &[&Party], all_honest: bool) -> Result<(), Broken> {
        let replicas: Vec<_> = parties.iter().filter_map(|party| party.replica.as_ref()).collect();
        self.ask(Property::HonestPartiesAgreeAfterQuiet, agreement(&replicas))?;
        for party in parties {
            let lost = lost(&replicas, party.client.accepted());
            self.ask(Property::NoHonestStatementIsLost, lost)?;
        }
        self.ask(Property::NothingReceiptedIsLost, self.receipted_lost(&replicas))?;
        let held = parties.iter().find_map(|party| held(party, &replicas));
        self.ask(Property::ErasedBytesAreGone, held)?;
        let open = replicas.iter().find(|replica| replica.knowledge().final_entry() != replica.head());
        let open = open.filter(|_| all_honest).map(|replica| {
            let knowledge = replica.knowledge();
            let position = |entry| knowledge.place(&entry).map_or(0, |place| place.position.get());
            let (settled, head) = (position(knowledge.final_entry()), position(replica.head()));
            format!("{:?} is final up to {settled} of {head}, view {}", replica.party(), knowledge.highest_view())
        });
        self.ask(Property::AllHonestQuietIsFinal, open)
    }

    fn receipted_lost(&self, replicas: &[&Replica<Tally>]) -> Option<String> {
        let replica = replicas.first()?;
        let state = replica.state()?;
        let lost = self.receipted.iter().find(|id| {
            let placed = replica.knowledge().placements(id).first();
            let place = placed.and_then(|entry| replica.knowledge().place(entry));
            let statement = place.and_then(|place| place.content.as_ref()).map(|(_, statement)| statement);
            // Its number went to another statement of its author: an honest author never does that.
            let superseded = statement.is_some_and(|statement| {
                !self.honest.contains(&statement.author.identity)
                    && state.last_sequence(&statement.author.identity) >= statement.sequence
            });
            replica.entry_of(id).is_none() && !superseded
        })?;
        Some(format!("{lost:?}"))
    }
}

fn lost(replicas: &[&Replica<Tally>], accepted: &[StatementId]) -> Option<String> {
    for replica in replicas {
        for id in accepted {
            let path = replica.knowledge().path(&replica.head());
            let contents = path.iter().filter_map(|entry| replica.knowledge().place(entry)?.content.as_ref());
            let times = contents.filter(|(_, statement)| Statement::id(statement) == *id).count();
            if times != 1 {
                return Some(format!("{id:?} is {times} times on the log of {:?}", replica.party()));
            }
        }
    }
    None
}

/// What a party holds although a final request named it, or did not sign for, or does not know of another.
fn held(party: &Party, replicas: &[&Replica<Tally>]) -> Option<String> {
    let replica = party.replica.as_ref()?;
    let knowledge = replica.knowledge();
    for place in knowledge.settled().iter().filter_map(|entry| knowledge.place(entry)) {
        let Some((entry, statement)) = place.content.as_ref().filter(|_| place.outcome.is_applied()) else { continue };
        let named = replica.state()?.erases(statement, place.payload.as_deref());
        if let Some(held) = named.iter().find(|one| party.disk.holds(one) || replica.opening(one).is_some()) {
            return Some(format!("{:?} holds {held:?}", replica.party()));
        }
        let known = replica.erased_by(&entry.statement);
        let signed = |other: &&&Replica<Tally>| {
            let settled = other.entry_of(&entry.statement).is_some_and(|entry| other.knowledge().is_final(&entry));
            settled && !known.iter().any(|(party, _)| *party == other.party())
        };
        if let Some(silent) = replicas.iter().find(signed).filter(|_| !named.is_empty()) {
            return Some(format!("{:?} does not know that {:?} erased", replica.party(), silent.party()));
        }
    }
    None
}

fn agreement(replicas: &[&Replica<Tally>]) -> Option<String> {
    let summary = |replica: &Replica<Tally>| (replica.head(), replica.state().map(|state| state.hash()));
    let first = replicas.first()?;
    let other = replicas.iter().find(|replica| summary(replica) != summary(first))?;
    let show = |replica: &Replica<Tally>| {
        let have: Vec<_> = replica.have().iter().map(|held| held.count.get()).collect();
        format!("{:?} holds {:?} with {have:?}", replica.party(), replica.head())
    };
    Some(format!("{}; {}", show(first), show(other)))
}
