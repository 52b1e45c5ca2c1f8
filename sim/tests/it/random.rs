//! Random plans: one seed, one run.
use countersign_sim::{Plan, World};

/// How many seeds each of the parts runs; `COUNTERSIGN_SIM_SEEDS` asks for more.
fn seeds() -> u64 {
    std::env::var("COUNTERSIGN_SIM_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(130)
}

fn part(number: u64) {
    let first = number * 1_000_000;
    for seed in first..first + seeds() {
        if let Err(violation) = World::new(Plan::random(seed)).run() {
            panic!("{violation}");
        }
    }
}

/// The plan with the most of everything.
fn hardest() -> Plan {
    let weight = |plan: &Plan| plan.parties.len() * 10 + plan.crashes.len() + plan.faults.len() + plan.partitions.len();
    let plans = (0..200).map(Plan::random).filter(|plan| !plan.all_honest());
    plans.max_by_key(weight).unwrap()
}

#[test]
fn a_seed_gives_the_same_run_twice() {
    for plan in [hardest(), Plan::random(3), Plan::random(11)] {
        let one = World::new(plan.clone()).run().unwrap();
        let two = World::new(plan.clone()).run().unwrap();
        assert_eq!(one, two);
        let other = World::new(Plan { seed: plan.seed + 1, ..plan }).run().unwrap();
        assert_ne!(one.audit, other.audit);
    }
}

#[test]
fn random_plans_hold_part_one() {
    part(0);
}

#[test]
fn random_plans_hold_part_two() {
    part(1);
}

#[test]
fn random_plans_hold_part_three() {
    part(2);
}

#[test]
fn random_plans_hold_part_four() {
    part(3);
}

#[test]
fn the_plans_of_many_seeds_have_every_fault_and_every_mock() {
    let plans: Vec<_> = (0..500).map(Plan::random).collect();
    let some = |what: &dyn Fn(&Plan) -> bool| plans.iter().filter(|plan| what(plan)).count();
    for mock in countersign_sim::Mock::ALL {
        assert!(some(&|plan| plan.parties.contains(&countersign_sim::Role::Byzantine(mock))) > 10, "{mock:?}");
    }
    assert!(some(&Plan::all_honest) > 100);
    assert!(some(&|plan| plan.strangers > 0) > 20);
    assert!(some(&|plan| !plan.partitions.is_empty()) > 100);
    assert!(some(&|plan| !plan.crashes.is_empty()) > 100);
    assert!(some(&|plan| !plan.faults.is_empty()) > 100);
    assert!((2..=5).all(|count| some(&|plan| plan.parties.len() == count) > 50));
}
