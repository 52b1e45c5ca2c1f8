//! A table for durability: each write × {fails, fails but persisted, torn} × {continues, stops}.
use countersign_sim::{Crash, Fate, Fault, Plan, Reaction, Report, Saying, World};

/// Two parties who both speak at once, so that there are a fork, a move and a rebase to be written.
fn story() -> Plan {
    let mut plan = Plan::calm(7, 2);
    for (at_ms, party, priority) in [(10, 0, 0), (10, 1, 1), (60, 0, 1), (61, 1, 0)] {
        plan.script.push(Saying {
            at_ms,
            party,
            amount: 2,
            priority,
            attached: party == 0,
            erases: false,
            requires: false,
            strict: false,
        });
    }
    plan
}

fn run(plan: Plan) -> Report {
    World::new(plan).run().unwrap_or_else(|violation| panic!("{violation}"))
}

#[test]
fn every_write_may_fail_in_every_way() {
    let mut cells = 0;
    for party in 0..2 {
        for write in 0..16 {
            for fate in Fate::ALL {
                for reaction in [Reaction::Continues, Reaction::Stops] {
                    let mut plan = story();
                    plan.faults.push(Fault::Write { party, write, fate, reaction });
                    let report = run(plan);
                    assert_eq!((report.entries, report.finals), (4, 4), "{party} {write} {fate:?} {reaction:?}");
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, 2 * 16 * 3 * 2);
}

#[test]
fn every_write_of_the_story_is_in_the_table() {
    // A failure after the last write changes nothing: the run is the one without failure.
    let whole = run(story());
    for party in 0..2 {
        let fails = |write| {
            let mut plan = story();
            plan.faults.push(Fault::Write { party, write, fate: Fate::Lost, reaction: Reaction::Stops });
            run(plan).audit != whole.audit
        };
        let writes = (0..16).filter(|write| fails(*write)).count();
        assert!((5..16).contains(&writes), "party {party} writes {writes} times");
    }
}

#[test]
fn a_crash_may_come_at_any_millisecond() {
    for at_ms in 0..90 {
        for fate in Fate::ALL {
            let mut plan = story();
            plan.crashes.push(Crash { at_ms, party: usize::from(at_ms % 2 == 0), down_ms: 40, fate });
            let report = run(plan);
            assert_eq!((report.entries, report.finals), (4, 4), "{at_ms} {fate:?}");
        }
    }
}

#[test]
fn a_full_disk_only_delays() {
    let mut plan = story();
    plan.faults.push(Fault::DiskFull { party: 0, from_ms: 12, until_ms: 900 });
    let report = run(plan);
    assert_eq!((report.entries, report.finals), (4, 4));
}
