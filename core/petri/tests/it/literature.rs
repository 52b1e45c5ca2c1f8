//! Nets of the literature: W. van der Aalst, "The application of Petri nets to workflow management" (1998), and nets with
//! reset arcs as in "Soundness of workflow nets" (2011).

use std::collections::BTreeSet;

use countersign_petri::{MARKINGS_MAX, Net, NetVerdict, Pace, Transition};

/// A transition from places to places.
pub fn step(consume: &[usize], produce: &[usize]) -> Transition {
    Transition { consume: consume.to_vec(), reset: Vec::new(), produce: produce.to_vec(), pace: Pace::Waits }
}

/// A net that begins in place 0 and ends in the last place.
pub fn net(end: usize, transitions: Vec<Transition>) -> Net {
    Net::new(transitions, vec![0], BTreeSet::from([end]), BTreeSet::new())
}

fn verdict(end: usize, transitions: Vec<Transition>) -> NetVerdict {
    let verdict = net(end, transitions).verdict(MARKINGS_MAX);
    assert!(verdict.whole);
    verdict
}

#[test]
fn a_parallel_split_that_is_joined_is_sound() {
    let found = verdict(5, vec![step(&[0], &[1, 2]), step(&[1], &[3]), step(&[2], &[4]), step(&[3, 4], &[5])]);
    assert_eq!(found, NetVerdict { whole: true, markings: 6, ..NetVerdict::default() });
}

#[test]
fn a_choice_that_is_joined_as_if_it_were_parallel_never_ends() {
    // One of two branches is taken, and the join waits for both.
    let split = [step(&[0], &[1]), step(&[0], &[2])];
    let found = verdict(3, [&split[..], &[step(&[1, 2], &[3])]].concat());
    assert_eq!(found.dead, [2], "the join");
    assert_eq!(found.stuck, Some(vec![]), "from the start no end can be reached");
}

#[test]
fn a_split_that_is_joined_by_a_choice_leaves_a_token_behind() {
    let found = verdict(3, vec![step(&[0], &[1, 2]), step(&[1], &[3]), step(&[2], &[3])]);
    assert_eq!(found.left_behind, Some(vec![0, 1]));
    assert!(found.stuck.is_none() && found.dead == [2_usize; 0]);
}

#[test]
fn a_loop_without_a_way_out_is_found_with_the_way_into_it() {
    let found = verdict(3, vec![step(&[0], &[3]), step(&[0], &[1]), step(&[1], &[2]), step(&[2], &[1])]);
    assert_eq!(found.stuck, Some(vec![1]));
}

#[test]
fn a_reset_arc_makes_a_cancelled_region_end_properly() {
    // The customer cancels while two checks run: without the reset arc their tokens would stay behind.
    let checks = [step(&[0], &[1, 2, 3]), step(&[1], &[4]), step(&[2], &[5]), step(&[3, 4, 5], &[6])];
    let cancel = |reset: &[usize]| Transition { reset: reset.to_vec(), ..step(&[3], &[6]) };
    let with = verdict(6, [&checks[..], &[cancel(&[1, 2, 4, 5])]].concat());
    assert_eq!(with, NetVerdict { whole: true, markings: with.markings, ..NetVerdict::default() });
    let without = verdict(6, [&checks[..], &[cancel(&[])]].concat());
    assert_eq!(without.left_behind, Some(vec![0, 4]));
}

#[test]
fn a_net_that_piles_up_tokens_is_not_decided() {
    let found = net(2, vec![step(&[0], &[0, 1]), step(&[0], &[2])]).verdict(10_000);
    assert!(!found.whole, "more tokens than any marking may have");
    assert!(found.dead.is_empty(), "what was not looked at is not called dead");
    assert!(found.stuck.is_none(), "nor stuck");
}

#[test]
fn systems_that_keep_each_other_busy_are_a_loop() {
    let mut steps = vec![step(&[0], &[1]), step(&[1], &[2]), step(&[2], &[1]), step(&[1], &[3])];
    let busy = |mut steps: Vec<Transition>, first: Pace, second: Pace| {
        (steps[1].pace, steps[2].pace) = (first, second);
        verdict(3, steps).system_loop
    };
    assert_eq!(busy(steps.clone(), Pace::System, Pace::Automatic), Some(vec![1, 2]));
    assert_eq!(busy(steps.clone(), Pace::System, Pace::Waits), None, "somebody acts in between");
    assert_eq!(
        busy(std::mem::take(&mut steps), Pace::Automatic, Pace::Automatic),
        None,
        "E305 and `runaway` are for this"
    );
}
