//! A simulation as a value: who takes part, what goes wrong when, what is said, what must hold.

use crate::{Chance, Property};

/// What a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs the replica that ships.
    Honest,
    /// Runs a mock of `byzantine/`, with keys of its own.
    Byzantine(Mock),
}

/// The mocks of `byzantine/` that are members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mock {
    /// Shows two faces, each with its own history, to different parties.
    Equivocator,
    /// Keeps back some of what it signs, for some parties.
    Withholder,
    /// Goes back to an older disk and signs anew.
    Rewriter,
    /// Sends old and damaged messages of anybody again.
    Replayer,
    /// Builds a branch in secret and shows it late.
    LateRevealer,
    /// Signs receipts and seals for whatever exists.
    Signer,
}

impl Mock {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Equivocator, Self::Withholder, Self::Rewriter, Self::Replayer, Self::LateRevealer, Self::Signer];
}

/// How messages travel between any two parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Shortest delay.
    pub delay_ms_min: u64,
    /// Longest delay.
    pub delay_ms_max: u64,
    /// Messages lost, of a thousand.
    pub loss_permille: u64,
    /// Messages that arrive twice, of a thousand.
    pub duplicate_permille: u64,
    /// Whether messages can overtake each other.
    pub order: Order,
}

/// Whether messages of one sender to one receiver arrive in the order in which they were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// They do.
    Kept,
    /// Each takes its own time.
    Mixed,
}

/// Two groups that do not hear each other for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// From when.
    pub from_ms: u64,
    /// Until when.
    pub until_ms: u64,
    /// Bit i: on which side party i is.
    pub sides: u64,
}

/// What a write that did not succeed left on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Lost,
    /// All of it, but nobody was told.
    Kept,
    /// A part, which recovery must recognise as such.
    Torn,
}

impl Fate {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lost, Self::Kept, Self::Torn];
}

/// What a node does when a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It forgets what it computed, and reads its disk again.
    Continues,
    /// It stops, and is started again later.
    Stops,
}

/// A crash at a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// When.
    pub at_ms: u64,
    /// Who.
    pub party: usize,
    /// For how long.
    pub down_ms: u64,
    /// What becomes of a write under way.
    pub fate: Fate,
}

/// Something that goes wrong with a disk or a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// One write fails.
    Write {
        /// Whose.
        party: usize,
        /// Its number, from 0.
        write: u64,
        /// What it left.
        fate: Fate,
        /// What the node does.
        reaction: Reaction,
    },
    /// A disk takes nothing for a while; what was to be written is tried again.
    DiskFull {
        /// Whose.
        party: usize,
        /// From when.
        from_ms: u64,
        /// Until when.
        until_ms: u64,
    },
    /// A disk goes back to what it was some writes ago, and the process begins again with it.
    SetBack {
        /// Whose.
        party: usize,
        /// When.
        at_ms: u64,
        /// How many writes are lost.
        writes: usize,
        /// When the operator asks to go on.
        recover_ms: u64,
    },
    /// A clock is off by so much from the beginning.
    Clock {
        /// Whose.
        party: usize,
        /// Ahead, if positive.
        offset_ms: i64,
    },
}

/// A statement to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saying {
    /// When, at the earliest: one after the other is answered.
    pub at_ms: u64,
    /// By whose person.
    pub party: usize,
    /// Added to the counter.
    pub amount: u8,
    /// Higher wins a fork.
    pub priority: u8,
    /// Whether a second payload travels with it.
    pub attached: bool,
    /// Whether it asks to erase the last file that its author attached, if there is one, instead of adding.
    pub erases: bool,
    /// Whether it rests on the last statement that its author sees.
    pub requires: bool,
    /// Whether it names the counter that its author sees.
    pub strict: bool,
}

/// When a party sends what it signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// `P0`: after it is on disk.
    PersistFirst,
    /// The mutant without `P0`.
    SendFirst,
}

/// Everything that a run depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Of all chance.
    pub seed: u64,
    /// Members, one each.
    pub parties: Vec<Role>,
    /// Nodes that are no members and send what they like.
    pub strangers: usize,
    /// The network.
    pub link: Link,
    /// Its partitions.
    pub partitions: Vec<Partition>,
    /// Crashes.
    pub crashes: Vec<Crash>,
    /// Other faults.
    pub faults: Vec<Fault>,
    /// Statements.
    pub script: Vec<Saying>,
    /// When everything that goes wrong ends.
    pub quiet_from_ms: u64,
    /// Longest wait for quiet.
    pub quiet_ms_max: u64,
    /// Time of one write.
    pub write_ms_max: u64,
    /// Whether parties persist before they send.
    pub discipline: Discipline,
    /// What must hold.
    pub properties: Vec<Property>,
}

impl Plan {
    /// `parties` honest parties on a good network; nothing said, nothing wrong.
    pub fn calm(seed: u64, parties: usize) -> Self {
        Self {
            seed,
            parties: vec![Role::Honest; parties],
            strangers: 0,
            link: Link {
                delay_ms_min: 1,
                delay_ms_max: 20,
                loss_permille: 0,
                duplicate_permille: 0,
                order: Order::Mixed,
            },
            partitions: Vec::new(),
            crashes: Vec::new(),
            faults: Vec::new(),
            script: Vec::new(),
            quiet_from_ms: 1_000,
            quiet_ms_max: 600_000,
            write_ms_max: 3,
            discipline: Discipline::PersistFirst,
            properties: Property::ALL.to_vec(),
        }
    }

    /// The plan of a seed: 2 to 5 parties, up to all but one Byzantine, every kind of fault.
    pub fn random(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let count = usize::try_from(chance.between(2, 5)).unwrap_or(2);
        let mut plan = Self::calm(seed, count);
        if chance.happens(600) {
            let byzantine = chance.between(1, count as u64 - 1);
            for _ in 0..byzantine {
                let party = usize::try_from(chance.below(count as u64)).unwrap_or(0);
                let mock = Mock::ALL[usize::try_from(chance.below(Mock::ALL.len() as u64)).unwrap_or(0)];
                plan.parties[party] = Role::Byzantine(mock);
            }
        }
        plan.strangers = usize::from(chance.happens(200));
        plan.link = Link {
            delay_ms_min: chance.between(0, 5),
            delay_ms_max: chance.between(5, 400),
            loss_permille: chance.below(200) * u64::from(chance.happens(600)),
            duplicate_permille: chance.below(100),
            order: if chance.happens(500) { Order::Kept } else { Order::Mixed },
        };
        plan.quiet_from_ms = chance.between(1_000, 6_000);
        plan.write_ms_max = chance.between(0, 30);
        plan.add_faults(&mut chance);
        plan.add_script(&mut chance);
        plan
    }

    fn add_faults(&mut self, chance: &mut Chance) {
        let (end, count) = (self.quiet_from_ms, self.parties.len() as u64);
        let party = |chance: &mut Chance| usize::try_from(chance.below(count)).unwrap_or(0);
        for _ in 0..chance.below(3) {
            let from_ms = chance.below(end);
            let until_ms = chance.between(from_ms, end);
            self.partitions.push(Partition { from_ms, until_ms, sides: chance.next() });
        }
        for _ in 0..chance.below(3) {
            let fate = Fate::ALL[usize::try_from(chance.below(3)).unwrap_or(0)];
            let (at_ms, down_ms) = (chance.below(end), chance.between(1, 2_000));
            self.crashes.push(Crash { at_ms, party: party(chance), down_ms, fate });
        }
        for _ in 0..chance.below(3) {
            let fate = Fate::ALL[usize::try_from(chance.below(3)).unwrap_or(0)];
            let reaction = if chance.happens(500) { Reaction::Continues } else { Reaction::Stops };
            self.faults.push(Fault::Write { party: party(chance), write: chance.below(30), fate, reaction });
        }
        if chance.happens(200) {
            let from_ms = chance.below(end);
            let until_ms = chance.between(from_ms, end);
            self.faults.push(Fault::DiskFull { party: party(chance), from_ms, until_ms });
        }
        for index in 0..self.parties.len() {
            if chance.happens(300) {
                let offset_ms = i64::try_from(chance.below(8_000)).unwrap_or(0) - 4_000;
                self.faults.push(Fault::Clock { party: index, offset_ms });
            }
        }
    }

    fn add_script(&mut self, chance: &mut Chance) {
        for party in 0..self.parties.len() {
            for _ in 0..chance.between(0, 3) {
                self.script.push(Saying {
                    at_ms: chance.below(self.quiet_from_ms),
                    party,
                    amount: u8::try_from(chance.below(4)).unwrap_or(0),
                    priority: u8::try_from(chance.below(3)).unwrap_or(0),
                    attached: chance.happens(300),
                    erases: chance.happens(300),
                    requires: chance.happens(200),
                    strict: chance.happens(200),
                });
            }
        }
        self.script.sort_by_key(|saying| saying.at_ms);
    }

    /// Whether every party is honest.
    pub fn all_honest(&self) -> bool {
        self.parties.iter().all(|role| *role == Role::Honest)
    }
}
