//! Named rules in small runs that read as stories.
use std::sync::Arc;

use countersign_chain::Mutant;
use countersign_replica::Replica;
use countersign_sim::{Fault, Link, Mock, Order, Partition, Plan, Report, Role, Saying, World};

/// One statement of a party.
pub(crate) fn say(plan: &mut Plan, at_ms: u64, party: usize) {
    plan.script.push(Saying {
        at_ms,
        party,
        amount: 2,
        priority: 0,
        attached: false,
        erases: false,
        requires: false,
        strict: false,
    });
}

fn run(plan: Plan) -> Report {
    World::new(plan).run().unwrap_or_else(|violation| panic!("{violation}"))
}

#[test]
fn in_quiet_an_entry_is_final_after_two_exchanges() {
    for parties in 1..=5 {
        let mut plan = Plan::calm(1, parties);
        plan.link = Link { delay_ms_min: 50, delay_ms_max: 50, ..plan.link };
        plan.write_ms_max = 0;
        say(&mut plan, 200, 0);
        let report = run(plan);
        assert_eq!((report.entries, report.finals, report.views), (1, 1, 0), "{parties} parties");
    }
}

#[test]
fn both_sides_of_a_partition_are_heard_in_the_end() {
    let mut plan = Plan::calm(2, 4);
    plan.partitions.push(Partition { from_ms: 0, until_ms: 3_000, sides: 0b0011 });
    plan.quiet_from_ms = 3_000;
    (0..4).for_each(|party| say(&mut plan, 100, party));
    (0..4).for_each(|party| say(&mut plan, 600, party));
    let report = run(plan);
    assert_eq!((report.entries, report.finals), (8, 8));
}

/// Whether P1 holds less than P0 for long, whose clock is a minute ahead.
fn waits_for_the_clock(mutants: &'static [Mutant]) -> bool {
    let mut plan = Plan::calm(3, 2);
    plan.faults.push(Fault::Clock { party: 0, offset_ms: 60_000 });
    plan.quiet_ms_max = 300_000;
    say(&mut plan, 100, 0);
    say(&mut plan, 150, 1);
    let drop_rules = |replica: &mut _| mutants.iter().for_each(|mutant| Replica::drop_rule(replica, *mutant));
    let mut world = World::with(plan, Arc::new(drop_rules));
    let mut waited = false;
    while world.step().unwrap().is_some() {
        let heads: Vec<_> = world.honest().map(|(_, party)| party.replica.as_ref().unwrap().have()).collect();
        let now = world.report().ended_ms;
        waited |= (1_000..40_000).contains(&now) && heads[0] != heads[1];
    }
    let report = world.report();
    assert_eq!((report.entries, report.finals), (2, 2));
    waited
}

/// `AHEAD`: an entry whose declared time lies too far ahead waits outside K; it delays its author, not the others.
#[test]
fn ahead_delays_the_author_with_the_fast_clock_only() {
    assert!(waits_for_the_clock(&[]));
    assert!(!waits_for_the_clock(&[Mutant::NoAhead]));
}

/// `COUNTER`: items of one signer are taken in the order of its counter, gaps wait, and two items with one count name
/// their signer; honest parties agree all the same, whatever each was shown.
#[test]
fn counter_names_an_equivocator_and_honest_parties_agree() {
    let mut named = 0;
    for seed in 0..12 {
        let mut plan = Plan::calm(seed, 3);
        plan.parties[2] = Role::Byzantine(Mock::Equivocator);
        plan.quiet_from_ms = 3_000;
        say(&mut plan, 300, 0);
        say(&mut plan, 500, 1);
        let mut world = World::new(plan);
        while world.step().unwrap_or_else(|violation| panic!("{violation}")).is_some() {}
        let frauds = |world: &World| -> usize {
            world.honest().map(|(_, party)| party.replica.as_ref().unwrap().knowledge().frauds().len()).min().unwrap()
        };
        named += usize::from(frauds(&world) > 0);
    }
    assert!(named >= 10, "{named}");
}

#[test]
fn constant_delays_of_any_length_lead_to_a_final_head() {
    for parties in [2, 3] {
        for delay in 0..=12 {
            let mut plan = Plan::calm(4, parties);
            plan.link = Link { delay_ms_min: delay, delay_ms_max: delay, order: Order::Kept, ..plan.link };
            plan.write_ms_max = 0;
            (0..parties).for_each(|party| say(&mut plan, 100, party));
            let report = run(plan);
            assert_eq!(report.entries, report.finals, "{parties} parties, {delay} ms");
        }
    }
}

#[test]
fn erased_files_leave_every_disk() {
    let mut plan = Plan::calm(5, 3);
    let words = |at_ms, attached, erases| Saying {
        at_ms,
        party: 1,
        amount: 2,
        priority: 0,
        attached,
        erases,
        requires: false,
        strict: false,
    };
    plan.script = vec![words(100, true, false), words(400, false, true)];
    let mut world = World::new(plan);
    let mut held = 0;
    while world.step().unwrap_or_else(|violation| panic!("{violation}")).is_some() {
        held = held.max(world.honest().map(|(_, party)| party.disk.payloads()).max().unwrap_or(0));
    }
    assert_eq!(held, 3, "two payloads and a file stood on a disk");
    assert!(world.honest().all(|(_, party)| party.disk.payloads() == 2), "the file is gone");
}
