//! Random nets against an oracle that knows nothing but the rule of firing.

use std::collections::{BTreeMap, BTreeSet};

use countersign_petri::{Net, Pace, Transition};
use proptest::prelude::*;

const PLACES: usize = 5;
const LIMIT: usize = 400;

/// How many tokens each place has.
type Counts = [usize; PLACES];

fn fired(at: &Counts, transition: &Transition) -> Option<Counts> {
    let mut next = *at;
    for place in &transition.consume {
        next[*place] = next[*place].checked_sub(1)?;
    }
    transition.reset.iter().for_each(|place| next[*place] = 0);
    transition.produce.iter().for_each(|place| next[*place] += 1);
    Some(next)
}

/// All markings with what follows them; none if there are too many.
fn reached(net: &Net) -> Option<BTreeMap<Counts, Vec<(usize, Counts)>>> {
    let mut first = [0; PLACES];
    net.initial.iter().for_each(|place| first[*place] += 1);
    let mut known = BTreeMap::new();
    let mut left = vec![first];
    while let Some(at) = left.pop() {
        if known.contains_key(&at) {
            continue;
        }
        let ended = net.ends.iter().any(|end| at[*end] > 0);
        let steps = net.transitions.iter().enumerate().filter(|_| !ended);
        let after: Vec<(usize, Counts)> = steps.filter_map(|(by, found)| Some((by, fired(&at, found)?))).collect();
        left.extend(after.iter().map(|(_, next)| *next));
        known.insert(at, after);
        if known.len() > LIMIT {
            return None;
        }
    }
    Some(known)
}

fn transition() -> impl Strategy<Value = Transition> {
    let places = |count| prop::collection::vec(0..PLACES, count);
    let pace = prop_oneof![Just(Pace::Waits), Just(Pace::Automatic), Just(Pace::System)];
    (places(1..3), places(0..2), places(0..3), pace).prop_map(|(consume, reset, produce, pace)| Transition {
        consume,
        reset,
        produce,
        pace,
    })
}

/// Whether one marking can become another by steps that pass the filter.
fn leads(
    all: &BTreeMap<Counts, Vec<(usize, Counts)>>,
    from: Counts,
    pass: &dyn Fn(usize) -> bool,
    to: &dyn Fn(&Counts) -> bool,
) -> bool {
    let mut seen = BTreeSet::new();
    let mut left = vec![from];
    while let Some(at) = left.pop() {
        if to(&at) {
            return true;
        }
        if seen.insert(at) {
            left.extend(all[&at].iter().filter(|(by, _)| pass(*by)).map(|(_, next)| *next));
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_search_and_the_oracle_agree(transitions in prop::collection::vec(transition(), 1..7)) {
        let net = Net::new(transitions, vec![0], BTreeSet::from([PLACES - 1]), BTreeSet::new());
        let Some(all) = reached(&net) else { return Ok(()) };
        let found = net.verdict(LIMIT + 1);
        prop_assert!(found.whole);
        prop_assert_eq!(found.markings, all.len());
        let happens: BTreeSet<usize> = all.values().flatten().map(|(by, _)| *by).collect();
        let dead: Vec<usize> = (0..net.transitions.len()).filter(|number| !happens.contains(number)).collect();
        prop_assert_eq!(&found.dead, &dead);
        let is_end = |at: &Counts| at[PLACES - 1] > 0;
        let stuck = all.keys().any(|at| !leads(&all, *at, &|_| true, &is_end));
        prop_assert_eq!(found.stuck.is_some(), stuck);
        let left = all.keys().any(|at| is_end(at) && at.iter().sum::<usize>() > 1);
        prop_assert_eq!(found.left_behind.is_some(), left);
        let pace = |by: usize| net.transitions[by].pace;
        let loops = all.iter().any(|(at, after)| {
            let systems = after.iter().filter(|(by, _)| pace(*by) == Pace::System);
            systems.into_iter().any(|(_, next)| leads(&all, *next, &|by| pace(by) != Pace::Waits, &|to| to == at))
        });
        prop_assert_eq!(found.system_loop.is_some(), loops);
        // Each path that is shown can be walked, and leads to what is said of it.
        let mut start = [0; PLACES];
        start[0] = 1;
        let walked = |path: &[usize]| path.iter().fold(start, |at, by| fired(&at, &net.transitions[*by]).unwrap());
        if let Some(path) = &found.stuck {
            prop_assert!(!leads(&all, walked(path), &|_| true, &is_end));
        }
        if let Some(path) = &found.left_behind {
            prop_assert!(is_end(&walked(path)));
        }
    }
}
