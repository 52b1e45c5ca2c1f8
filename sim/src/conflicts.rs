//! How often parties add to a log at once: the model of the LTO paper, section 11.1, against replicas that ship.

use std::collections::BTreeSet;

use countersign_types::EntryId;

use crate::plan::{Link, Order, Plan, Saying};
use crate::property::Violation;
use crate::{Chance, World};

/// The window *t*: how long a message takes from any party to any other.
pub const WINDOW_MS: u64 = 1_200;
/// The frequency *f*: what all parties together add, on average, in a minute.
pub const ADDED_A_MINUTE: u64 = 10;

/// What `windows` windows came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// Windows that were run.
    pub windows: u64,
    /// Windows in which two parties added to the log, neither knowing of the other.
    pub conflicts: u64,
    /// What was added in all.
    pub added: u64,
    /// Of it, what was added in ignorance of something, of its own window or of one before.
    pub forks: u64,
}

impl Conflicts {
    /// The share of windows with a conflict.
    pub fn measured(&self) -> f64 {
        self.conflicts as f64 / self.windows.max(1) as f64
    }

    /// Adds the windows of another run.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            windows: self.windows + other.windows,
            conflicts: self.conflicts + other.conflicts,
            added: self.added + other.added,
            forks: self.forks + other.forks,
        }
    }
}

/// Formula (4): the chance that at least two of `parties` add to the log within one window.
pub fn formula(parties: usize) -> f64 {
    let all = parties as f64;
    let one = ADDED_A_MINUTE as f64 * WINDOW_MS as f64 / 60_000.0 / all;
    let rest = 1.0 - one;
    1.0 - rest.powf(all) - all * one * rest.powf(all - 1.0)
}

/// Runs one contract of `parties` through `windows` windows. In each, each party adds one statement with the chance
/// *f t / n* of formula (1), at any moment of it; every message takes one window.
pub fn conflicts(seed: u64, parties: usize, windows: u64) -> Result<Conflicts, Violation> {
    let mut plan = Plan::calm(seed, parties);
    plan.link = Link { delay_ms_min: WINDOW_MS, delay_ms_max: WINDOW_MS, order: Order::Kept, ..plan.link };
    plan.write_ms_max = 0;
    plan.quiet_from_ms = windows * WINDOW_MS;
    plan.script = script(seed, parties, windows);
    let mut world = World::new(plan);
    let mut count = Conflicts { windows, ..Conflicts::default() };
    let mut added: Vec<(u64, EntryId)> = Vec::new();
    let mut said = BTreeSet::new();
    let mut conflicting = BTreeSet::new();
    while world.step()?.is_some() {
        let window = world.now_ms() / WINDOW_MS;
        for (_, party) in world.honest() {
            let Some(replica) = &party.replica else { continue };
            let (knowledge, head) = (replica.knowledge(), replica.head());
            let Some((entry, _)) = knowledge.place(&head).and_then(|place| place.content.as_ref()) else { continue };
            // A statement that lost its place is appended again: that adds nothing.
            if entry.party != party.keys.party() || !said.insert(entry.statement) {
                continue;
            }
            let unknown: Vec<u64> =
                added.iter().filter(|(_, other)| knowledge.place(other).is_none()).map(|(window, _)| *window).collect();
            count.added += 1;
            count.forks += u64::from(!unknown.is_empty());
            if unknown.contains(&window) {
                conflicting.insert(window);
            }
            added.push((window, head));
        }
    }
    count.conflicts = conflicting.len() as u64;
    Ok(count)
}

fn script(seed: u64, parties: usize, windows: u64) -> Vec<Saying> {
    let mut chance = Chance::new(seed ^ 0x000C_0FF1_1C75);
    let mut script = Vec::new();
    for window in 0..windows {
        for party in 0..parties {
            // One in 60 000 n / (f t), so that the chance is exact.
            if chance.below(60_000 * parties as u64) < ADDED_A_MINUTE * WINDOW_MS {
                let at_ms = window * WINDOW_MS + chance.below(WINDOW_MS);
                let (amount, priority) = (2, 0);
                let (attached, erases, requires, strict) = (false, false, false, false);
                script.push(Saying { at_ms, party, amount, priority, attached, erases, requires, strict });
            }
        }
    }
    script
}
