//! A disk that is set back: found before it signs, stopped, taken up again (decision 0012).

use std::sync::Arc;

use countersign_chain::Mutant;
use countersign_replica::Replica;
use countersign_sim::{Fault, Link, Partition, Plan, World};

use crate::stories::say;

/// Party 0 loses its last writes after everything was delivered, and is asked for more.
fn plan(seed: u64, parties: usize, writes: usize) -> Plan {
    let mut plan = Plan::calm(seed, parties);
    for (at_ms, party) in [(100, 0), (300, 1), (600, 0), (900, 1), (4_100, 0), (4_101, 1), (25_000, 0)] {
        say(&mut plan, at_ms, party);
    }
    plan.faults.push(Fault::SetBack { party: 0, at_ms: 4_000, writes, recover_ms: 20_000 });
    plan.quiet_from_ms = 30_000;
    plan
}

#[test]
fn a_disk_that_was_set_back_signs_nothing_twice_and_goes_on_after_recovery() {
    let mut stopped = 0;
    for seed in 0..24 {
        for parties in 2..=4 {
            let mut world = World::new(plan(seed, parties, 1 + usize::try_from(seed).unwrap_or(0)));
            let mut stops = false;
            while world.step().unwrap_or_else(|violation| panic!("{violation}")).is_some() {
                let (_, party) = world.honest().next().unwrap();
                stops |= party.replica.as_ref().is_some_and(|replica| replica.stopped().is_some());
            }
            stopped += usize::from(stops);
            let report = world.report();
            assert_eq!(report.entries, report.finals, "seed {seed}, {parties} parties");
            // What party 0 was asked for while it stood still was refused.
            assert_eq!(report.entries, if stops { 6 } else { 7 }, "seed {seed}, {parties} parties");
            assert!(world.honest().all(|(_, party)| party.replica.as_ref().unwrap().stopped().is_none()));
        }
    }
    // Losing one write may lose nothing that was signed.
    assert!(stopped > 60, "{stopped}");
}

#[test]
fn without_the_stop_the_parties_never_agree_again() {
    let breaks = |seed: &u64| {
        let prepare = |replica: &mut Replica<_>| replica.drop_rule(Mutant::NoStop);
        World::with(plan(*seed, 3, 9), Arc::new(prepare)).run().is_err()
    };
    assert_eq!((0..12).filter(breaks).count(), 12);
}

#[test]
fn what_is_lost_stays_lost_until_every_member_has_spoken() {
    let mut plan = plan(7, 3, 9);
    // Party 2 hears nothing between the loss and the quiet.
    plan.partitions.push(Partition { from_ms: 3_900, until_ms: 60_000, sides: 0b100 });
    plan.quiet_from_ms = 60_000;
    let mut world = World::new(plan);
    let mut waited = false;
    while world.step().unwrap_or_else(|violation| panic!("{violation}")).is_some() {
        let (_, party) = world.honest().next().unwrap();
        let replica = party.replica.as_ref().unwrap();
        let now = world.report().ended_ms;
        if (25_000..59_000).contains(&now) {
            let stopped = replica.stopped().expect("party 2 did not speak");
            assert!(stopped.stop.recovering && stopped.waiting_for.len() == 1, "{stopped:?}");
            waited = true;
        }
    }
    assert!(waited);
    assert_eq!(world.report().entries, world.report().finals);
}

#[test]
fn it_is_found_on_a_bad_network_too() {
    for seed in 0..12 {
        let mut plan = plan(seed, 3, 12);
        plan.link = Link { delay_ms_min: 1, delay_ms_max: 150, duplicate_permille: 100, ..plan.link };
        let report = World::new(plan).run().unwrap_or_else(|violation| panic!("{violation}"));
        assert_eq!(report.entries, report.finals, "seed {seed}");
    }
}
