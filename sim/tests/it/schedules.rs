//! The traces of contract log §11.1 as fixed schedules: each holds with its rule and fails without it. P0 and P1 are
//! honest, Z is not. `R(x,v)` and `S(x,v)` are receipt and seal.
#[path = "schedules/table.rs"]
mod table;

use std::sync::Arc;

use countersign_chain::Mutant;
use countersign_replica::Replica;
use countersign_sim::{Discipline, Plan, World};
use table::{Move, Table};

/// T1, `SEAL`: what all have receipted is countersigned, not final.
fn two_certificates_at_two_places(mutants: &[Mutant]) -> bool {
    let mut table = Table::new(2, mutants);
    let a = table.append(0, 0);
    table.tell(0, 1);
    // P0 and P1 gave R(a,0), and do not know it of each other.
    let b = table.z_entry(table.genesis(), 9);
    table.z_gives(0, &[Move::Entry(b)]);
    table.z_gives(1, &[Move::Entry(b)]);
    table.pass(2_000);
    table.tell(0, 1);
    table.z_gives(1, &[Move::Receipt(b, 0), Move::Receipt(b, 1)]);
    table.tell_until(1, 0, a, 0);
    table.z_gives(0, &[Move::Receipt(a, 0)]);
    table.conflict()
}

#[test]
fn t1_seal() {
    assert!(!two_certificates_at_two_places(&[Mutant::NoAbandoned]));
    assert!(two_certificates_at_two_places(&[Mutant::NoSeal, Mutant::NoAbandoned]));
}

/// T2, `WALK`: a higher view that certifies a short prefix does not undo a certificate below it.
fn short_prefix_in_a_high_view(mutants: &[Mutant]) -> bool {
    let mut table = Table::new(2, mutants);
    let p = table.append(0, 0);
    table.settle_honest();
    let a = table.append(0, 0);
    table.settle_honest();
    for party in [0, 1] {
        table.z_gives(party, &[Move::Receipt(a, 0)]);
    }
    table.settle_honest();
    for party in [0, 1] {
        table.z_gives(party, &[Move::Seal(a, 0)]);
    }
    table.settle_honest();
    for party in [0, 1] {
        table.z_gives(party, &[Move::Receipt(p, 1)]);
    }
    table.settle_honest();
    let x = table.z_entry(p, 9);
    for party in [0, 1] {
        table.z_gives(party, &[Move::Entry(x)]);
    }
    table.settle_honest();
    assert!(table.was_final(a), "a was final");
    // Whether an entry can stand somewhere does not depend on what is final here already.
    assert!(table.knows(0, x) && table.knows(1, x));
    !table.holds(0, a) || !table.holds(1, a)
}

#[test]
fn t2_walk() {
    assert!(!short_prefix_in_a_high_view(&[Mutant::NoAbandoned]));
    assert!(short_prefix_in_a_high_view(&[Mutant::NoWalk, Mutant::NoAbandoned]));
}

/// T4, `BUMP`: within a view one path. Without it an honest key is named.
fn moves_within_a_view(mutants: &[Mutant]) -> bool {
    let mut table = Table::new(2, mutants);
    table.append(0, 0);
    table.tell(0, 1);
    table.tell(1, 0);
    let b = table.z_entry(table.genesis(), 9);
    for party in [0, 1] {
        table.z_gives(party, &[Move::Entry(b)]);
    }
    table.pass(2_000);
    table.settle_honest();
    table.names_an_honest_party()
}

#[test]
fn t4_bump() {
    assert!(!moves_within_a_view(&[Mutant::NoAbandoned]));
    assert!(moves_within_a_view(&[Mutant::NoBump, Mutant::NoAbandoned]));
}

/// `COUNTER`: one number, two items, shown to two parties; both build upon what they saw.
fn two_items_with_one_count(mutants: &[Mutant]) -> Table {
    let mut table = Table::new(2, mutants);
    let b = table.z_entry(table.genesis(), 9);
    table.z_gives(0, &[Move::Entry(b)]);
    let genesis = table.genesis();
    table.z_gives(1, &[Move::Receipt(genesis, 0)]);
    table.settle_honest();
    assert!(table.holds(0, b) && table.holds(1, b));
    table
}

#[test]
fn counter_names_whoever_uses_a_number_twice() {
    assert!(two_items_with_one_count(&[]).counter_names_z());
    assert!(!two_items_with_one_count(&[Mutant::NoCounter]).counter_names_z());
}

/// However often Z contradicts itself, of each kind one proof is kept: the list is bounded, and fits into messages.
#[test]
fn one_proof_of_each_kind_is_kept() {
    let mut table = Table::new(2, &[]);
    let genesis = table.genesis();
    let entries: Vec<_> = (0..8).map(|priority| table.z_entry(genesis, priority)).collect();
    entries.into_iter().for_each(|entry| table.z_gives(0, &[Move::Entry(entry)]));
    table.settle_honest();
    assert!(table.counter_names_z());
    assert!(table.names_each_fraud_once());
}

/// T8, `RESCUE`: Z appends b and P0 receipts it; a displaces b and Z never appends again.
fn acknowledged_and_gone(mutants: &[Mutant]) -> bool {
    let mut table = Table::new(2, mutants);
    let b = table.z_entry(table.genesis(), 0);
    table.z_gives(0, &[Move::Entry(b)]);
    table.append(1, 9);
    table.settle_honest();
    table.pass(6_000);
    table.settle_honest();
    !table.stands(0, b) || !table.stands(1, b)
}

#[test]
fn t8_rescue() {
    assert!(!acknowledged_and_gone(&[]));
    assert!(acknowledged_and_gone(&[Mutant::NoRescue]));
}

/// T8 again, with a crash of the rescuer before the rescue is due.
#[test]
fn t8_rescue_survives_a_crash() {
    let mut table = Table::new(2, &[]);
    let b = table.z_entry(table.genesis(), 0);
    table.z_gives(0, &[Move::Entry(b)]);
    table.append(1, 9);
    table.settle_honest();
    table.restart(0);
    table.restart(1);
    table.pass(6_000);
    table.settle_honest();
    assert!(table.stands(0, b) && table.stands(1, b));
}

/// T8 in one batch: the move and a statement of the own person arrive together.
#[test]
fn t8_rescue_is_planned_when_a_statement_comes_with_the_move() {
    let mut table = Table::new(2, &[]);
    let b = table.z_entry(table.genesis(), 0);
    table.z_gives(0, &[Move::Entry(b)]);
    table.append(1, 9);
    table.tell_and_append(1, 0);
    table.settle_honest();
    table.pass(6_000);
    table.settle_honest();
    assert!(table.stands(0, b) && table.stands(1, b));
}

/// T3a, `P0`: what is sent before it is on disk can be contradicted after a crash, unless somebody tells in time.
fn breaches(discipline: Discipline) -> usize {
    let run = |seed| {
        let mut plan = Plan::random(seed);
        plan.parties.fill(countersign_sim::Role::Honest);
        plan.discipline = discipline;
        let prepare = |replica: &mut Replica<_>| replica.drop_rule(Mutant::NoStop);
        World::with(plan, Arc::new(prepare)).run().is_err()
    };
    (0..60).filter(|seed| run(*seed)).count()
}

#[test]
fn t3a_p0() {
    assert_eq!(breaches(Discipline::PersistFirst), 0);
    assert!(breaches(Discipline::SendFirst) > 0);
}
