//! Virtual time, the network, and the order of events: the one place where a run happens.

mod honest;

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::{Decode, Encode};
use countersign_crypto::{Digest, Hasher};
use countersign_replica::{Held, Input, Message};
use countersign_types::EntryId;

use crate::byzantine::{Byzantine, Hands, mock, stranger};
use crate::keys::{Contract, Keys};
use crate::party::{Party, Prepare};
use crate::plan::{Fate, Fault, Order, Plan, Role, Saying};
use crate::property::Violation;
use crate::watch::{Broken, Watch};
use crate::{Chance, Property};

/// A Byzantine party does something about so often.
const ACT_MS_MAX: u64 = 400;
/// Nothing changed for so long: it is quiet. Longer than any rescue (rank + 1 retry intervals) and than the first
/// delays of `CALM`.
const QUIET_AFTER_MS: u64 = 30_000;

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    Deliver { from: usize, to: usize, bytes: Arc<[u8]> },
    Wake { party: usize, run: u64 },
    Written { party: usize, run: u64 },
    Say(Saying),
    Crash { party: usize, down_ms: u64, fate: Fate },
    Start { party: usize },
    SetBack { party: usize, writes: usize },
    Recover { party: usize },
    Act { party: usize },
    Quiet,
    Reveal,
}

/// A member.
enum Member {
    Honest(Box<Party>),
    Byzantine(Box<dyn Byzantine>),
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Over every event and every head.
    pub audit: Digest,
    /// Events.
    pub events: u64,
    /// Position of the head.
    pub entries: u64,
    /// Position of the last final entry.
    pub finals: u64,
    /// The highest view.
    pub views: u64,
    /// Virtual time at the end.
    pub ended_ms: u64,
}

/// A run.
pub struct World {
    plan: Plan,
    contract: Contract,
    prepare: Prepare,
    now_ms: u64,
    queue: BTreeMap<(u64, u64), Event>,
    next: u64,
    members: Vec<Member>,
    strangers: Vec<Keys>,
    arrivals: BTreeMap<(usize, usize), u64>,
    watch: Watch,
    chance: Chance,
    audit: Hasher,
    events: u64,
    changed_ms: u64,
    held: BTreeMap<usize, (EntryId, Vec<Held>)>,
    calm: bool,
    ended: bool,
    narrated: bool,
}

impl World {
    /// The beginning of a plan.
    pub fn new(plan: Plan) -> Self {
        Self::with(plan, Arc::new(|_| {}))
    }

    /// The beginning of a plan with replicas that `prepare` changes: how a test drops a rule.
    pub fn with(plan: Plan, prepare: Prepare) -> Self {
        let contract = Contract::new(plan.seed, plan.parties.len());
        let member = |(index, role): (usize, &Role)| match role {
            Role::Honest => Member::Honest(Box::new(Party::new(&contract, index, &prepare))),
            Role::Byzantine(kind) => Member::Byzantine(mock(*kind, &contract, index, &prepare)),
        };
        let members: Vec<_> = plan.parties.iter().enumerate().map(member).collect();
        let honest = plan.parties.iter().zip(&contract.keys).filter(|(role, _)| **role == Role::Honest);
        let honest = honest.map(|(_, keys)| keys.party()).collect();
        let mut world = Self {
            watch: Watch::new(plan.properties.clone(), honest),
            strangers: (0..plan.strangers).map(|index| Keys::new(plan.seed, 1_000 + index)).collect(),
            chance: Chance::new(plan.seed ^ 0x5EED),
            plan,
            prepare,
            now_ms: 0,
            queue: BTreeMap::new(),
            next: 0,
            members,
            contract,
            arrivals: BTreeMap::new(),
            audit: Hasher::plain(),
            events: 0,
            changed_ms: 0,
            held: BTreeMap::new(),
            calm: false,
            ended: false,
            narrated: false,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        for saying in self.plan.script.clone() {
            self.at(saying.at_ms, Event::Say(saying));
        }
        for crash in self.plan.crashes.clone() {
            self.at(crash.at_ms, Event::Crash { party: crash.party, down_ms: crash.down_ms, fate: crash.fate });
        }
        for party in 0..self.members.len() + self.strangers.len() {
            if !matches!(self.members.get(party), Some(Member::Honest(_))) {
                self.at(0, Event::Act { party });
            }
        }
        for fault in self.plan.faults.clone() {
            match fault {
                Fault::Clock { party, offset_ms } => {
                    if let Some(Member::Honest(party)) = self.members.get_mut(party) {
                        party.clock_ms = offset_ms;
                    }
                }
                Fault::SetBack { party, at_ms, writes, recover_ms } => {
                    self.at(at_ms, Event::SetBack { party, writes });
                    self.at(recover_ms, Event::Recover { party });
                }
                Fault::Write { .. } | Fault::DiskFull { .. } => {}
            }
        }
        for party in 0..self.members.len() {
            self.at(0, Event::Start { party });
        }
        self.at(self.plan.quiet_from_ms, Event::Quiet);
    }

    fn at(&mut self, at_ms: u64, event: Event) {
        self.queue.insert((at_ms.max(self.now_ms), self.next), event);
        self.next += 1;
    }

    /// Runs to the end.
    pub fn run(mut self) -> Result<Report, Violation> {
        while self.step()?.is_some() {}
        Ok(self.report())
    }

    /// Tells every step in words: slow.
    #[must_use]
    pub const fn narrated(mut self) -> Self {
        self.narrated = true;
        self
    }

    /// One event; what it was (in words if [`World::narrated`]), or none at the end.
    pub fn step(&mut self) -> Result<Option<String>, Violation> {
        if self.ended {
            return Ok(None);
        }
        let Some(((at_ms, _), event)) = self.queue.pop_first() else { return Ok(None) };
        self.now_ms = at_ms;
        self.events += 1;
        let line = if self.narrated { self.describe(&event) } else { String::new() };
        let audit = std::mem::replace(&mut self.audit, Hasher::plain()).with(&at_ms.to_be_bytes());
        self.audit = match &event {
            Event::Deliver { from, to, bytes } => audit.with(&[*from as u8, *to as u8]).with(bytes),
            other => audit.with(format!("{other:?}").as_bytes()),
        };
        let mut done = self.perform(event);
        if done.is_ok() && self.calm && self.is_quiet() {
            done = self.end();
        }
        let now_ms = self.now_ms;
        done.map_err(|(property, detail)| Violation { property, seed: self.plan.seed, at_ms: now_ms, detail })?;
        Ok(Some(line))
    }

    fn describe(&self, event: &Event) -> String {
        let now = self.now_ms;
        match event {
            Event::Deliver { from, to, bytes } => {
                let what = Message::from_bytes(bytes).map_or_else(|error| error.to_string(), |message| tell(&message));
                format!("{now:>7} ms  {from} → {to}  {what}")
            }
            other => format!("{now:>7} ms  {other:?}"),
        }
    }

    /// The honest parties with their index.
    pub fn honest(&self) -> impl Iterator<Item = (usize, &Party)> {
        self.members.iter().enumerate().filter_map(|(index, member)| match member {
            Member::Honest(party) => Some((index, party.as_ref())),
            Member::Byzantine(_) => None,
        })
    }

    /// Virtual time.
    pub const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// What each honest party holds, in a line.
    pub fn summary(&self) -> String {
        let line = |(index, party): (usize, &Party)| match &party.replica {
            None => format!("{index}: down"),
            Some(replica) => {
                let knowledge = replica.knowledge();
                let position = |entry| knowledge.place(&entry).map_or(0, |place| place.position.get());
                let (head, settled) = (position(replica.head()), position(knowledge.final_entry()));
                let have: Vec<_> = replica.have().iter().map(|held| held.count.get()).collect();
                format!(
                    "{index}: head {head} {:?}, final {settled}, view {}, have {have:?}",
                    replica.head(),
                    knowledge.highest_view()
                )
            }
        };
        self.honest().map(line).collect::<Vec<_>>().join("; ")
    }

    fn perform(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::Deliver { from, to, bytes } => self.deliver(from, to, &bytes),
            Event::Wake { party, run } => self.wake(party, run),
            Event::Written { party, run } => self.written(party, run),
            Event::Say(saying) => self.say(saying),
            Event::Crash { party, down_ms, fate } => self.crash(party, down_ms, fate),
            Event::Start { party } => self.start(party),
            Event::SetBack { party, writes } => self.set_back(party, writes),
            Event::Recover { party } => self.recover(party),
            Event::Act { party } => self.act(party),
            Event::Quiet => self.quieten(),
            Event::Reveal => self.reveal(),
        }
    }

    // ---- the network

    fn send(&mut self, from: usize, to: usize, bytes: Arc<[u8]>) {
        let link = self.plan.link;
        let now = self.now_ms;
        let parted = self.plan.partitions.iter().any(|part| {
            (part.from_ms..part.until_ms).contains(&now) && (part.sides >> from & 1) != (part.sides >> to & 1)
        });
        let lost = self.chance.happens(link.loss_permille);
        if !self.calm && (parted || lost) {
            return;
        }
        let copies = 1 + u64::from(!self.calm && self.chance.happens(link.duplicate_permille));
        for _ in 0..copies {
            let mut at = now + self.chance.between(link.delay_ms_min, link.delay_ms_max);
            if link.order == Order::Kept {
                let last = self.arrivals.entry((from, to)).or_default();
                at = at.max(*last);
                *last = at;
            }
            self.at(at, Event::Deliver { from, to, bytes: Arc::clone(&bytes) });
        }
    }

    fn deliver(&mut self, from: usize, to: usize, bytes: &[u8]) -> Result<(), Broken> {
        let keys = self.contract.keys.get(from).map(|keys| keys.party());
        let stranger = self.strangers.get(from.wrapping_sub(self.members.len())).map(Keys::party);
        let (Some(party), Ok(message)) = (keys.or(stranger), Message::from_bytes(bytes)) else { return Ok(()) };
        let known = keys.is_some();
        if !known
            && let Some(Member::Honest(honest)) = self.members.get_mut(to)
            && honest.replica.is_some()
        {
            // What is due anyway is not the stranger's doing.
            honest.inbox.push(Input::Wake);
            self.turn(to)?;
        }
        let before = if known { None } else { self.mark(to) };
        match self.members.get_mut(to) {
            Some(Member::Honest(honest)) if honest.replica.is_some() => {
                honest.inbox.push(Input::Receive { from: party, message });
                self.turn(to)?;
            }
            Some(Member::Byzantine(_)) => {
                self.puppet(to, |mock, hands| mock.receive(from, message, hands));
            }
            _ => {}
        }
        if !known && before != self.mark(to) {
            return Err((Property::GarbageChangesNothing, format!("party {to}")));
        }
        Ok(())
    }

    /// Head, state and K of an honest party that is not in the middle of something else.
    fn mark(&self, of: usize) -> Option<(EntryId, EntryId, Vec<Held>, usize)> {
        let Some(Member::Honest(party)) = self.members.get(of) else { return None };
        let replica = party.replica.as_ref().filter(|_| party.inbox.is_empty() && party.writing.is_none())?;
        let knowledge = replica.knowledge();
        Some((replica.head(), knowledge.final_entry(), replica.have(), knowledge.frauds().len()))
    }

    // ---- Byzantine parties and strangers

    fn puppet(&mut self, index: usize, what: impl FnOnce(&mut dyn Byzantine, &mut Hands<'_>)) {
        let mut chance = self.chance.split();
        let Some(Member::Byzantine(mock)) = self.members.get_mut(index) else { return };
        let mut hands = Hands { contract: &self.contract, now_ms: self.now_ms, chance: &mut chance, out: Vec::new() };
        what(mock.as_mut(), &mut hands);
        for (to, bytes) in hands.out {
            if to != index {
                self.send(index, to, bytes);
            }
        }
    }

    fn act(&mut self, index: usize) -> Result<(), Broken> {
        if self.calm {
            return Ok(());
        }
        if let Some(keys) = self.strangers.get(index.wrapping_sub(self.members.len())) {
            let mut chance = self.chance.split();
            let to = usize::try_from(chance.below(self.members.len() as u64)).unwrap_or(0);
            let mut hands =
                Hands { contract: &self.contract, now_ms: self.now_ms, chance: &mut chance, out: Vec::new() };
            let message = stranger::message(keys, &mut hands);
            self.send(index, to, message.to_bytes().into());
        } else {
            self.puppet(index, |mock, hands| mock.act(hands));
        }
        let next = self.now_ms + self.chance.between(1, ACT_MS_MAX);
        self.at(next, Event::Act { party: index });
        Ok(())
    }

    // ---- quiet

    fn quieten(&mut self) -> Result<(), Broken> {
        self.calm = true;
        self.changed_ms = self.now_ms;
        let down: Vec<_> = self.honest().filter(|(_, party)| party.replica.is_none()).map(|(index, _)| index).collect();
        for index in down {
            self.start(index)?;
        }
        self.at(self.now_ms + 60_000, Event::Reveal);
        Ok(())
    }

    fn reveal(&mut self) -> Result<(), Broken> {
        for index in 0..self.members.len() {
            self.puppet(index, |mock, hands| mock.reveal(hands));
        }
        self.changed_ms = self.now_ms;
        Ok(())
    }

    fn note_change(&mut self, index: usize) {
        let Some(Member::Honest(party)) = self.members.get(index) else { return };
        let Some(replica) = &party.replica else { return };
        let held = (replica.head(), replica.have());
        if self.held.get(&index) != Some(&held) {
            self.held.insert(index, held);
            self.changed_ms = self.now_ms;
        }
    }

    fn is_quiet(&self) -> bool {
        let revealed = !self.queue.values().any(|event| matches!(event, Event::Reveal));
        let long = self.now_ms.saturating_sub(self.changed_ms) > QUIET_AFTER_MS;
        let over = self.now_ms > self.plan.quiet_from_ms + self.plan.quiet_ms_max;
        over || (revealed && long)
    }

    fn end(&mut self) -> Result<(), Broken> {
        self.ended = true;
        let parties: Vec<_> = self.honest().map(|(_, party)| party).collect();
        self.watch.after_quiet(&parties, self.plan.all_honest())
    }

    /// What it came to so far.
    pub fn report(&self) -> Report {
        let replicas: Vec<_> = self.honest().filter_map(|(_, party)| party.replica.as_ref()).collect();
        let position = |of: &dyn Fn(&countersign_replica::Replica<crate::Tally>) -> countersign_types::EntryId| {
            let positions = replicas.iter().filter_map(|replica| replica.knowledge().place(&of(replica)));
            positions.map(|place| place.position.get()).max().unwrap_or(0)
        };
        let mut audit = self.audit.clone();
        for replica in &replicas {
            audit = audit.with(replica.head().bytes());
        }
        Report {
            audit: audit.finish(),
            events: self.events,
            entries: position(&|replica| replica.head()),
            finals: position(&|replica| replica.knowledge().final_entry()),
            views: replicas.iter().map(|replica| replica.knowledge().highest_view().get()).max().unwrap_or(0),
            ended_ms: self.now_ms,
        }
    }
}

/// A message in a few words.
fn tell(message: &Message) -> String {
    use countersign_replica::Item;
    match message {
        Message::Refuse { code } => format!("refuse {code}"),
        Message::Sync { have, items, .. } => {
            let have: Vec<_> = have.iter().map(|held| held.count.get()).collect();
            let item = |item: &Item| match item {
                Item::Entry(item) => {
                    let id = countersign_chain::Entry::id(&item.entry);
                    format!("#{} {id:?} at {} after {:?}", item.entry.count, item.entry.position, item.entry.previous)
                }
                Item::Receipt(receipt) => {
                    let sealed = receipt.sealed.map(|seal| seal.entry);
                    format!("#{} R({:?}, {}) S({sealed:?})", receipt.count, receipt.entry, receipt.view)
                }
                Item::Erasure(receipt) => format!("#{} erased for {:?}", receipt.count, receipt.statement),
            };
            let items: Vec<_> = items.iter().map(item).collect();
            format!("have {have:?} {}", items.join(", "))
        }
    }
}
