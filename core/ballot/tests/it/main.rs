//! Larger tests of ballots: any electorate, any order of votes.
#![expect(clippy::unwrap_used, reason = "tests fail by panic")]

use countersign_ballot::{Ballot, BallotError, Choice, ELECTORS_MAX, Need, Share, Standing, Terms};
use countersign_codec::Encode;
use countersign_crypto::Digest;
use countersign_types::{IdentityId, Timestamp};
use proptest::prelude::*;

fn elector(number: u16) -> IdentityId {
    IdentityId::new(Digest::of(&number.to_be_bytes()))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn ballot(need: Need, weights: &[u32]) -> Ballot {
    let terms = Terms { scope: "deviation".into(), need, deadline: at(1_000), effect: Digest::of(b"what follows") };
    let electorate = weights.iter().enumerate().map(|(number, weight)| (elector(number as u16), *weight));
    Ballot::open(terms, electorate).unwrap()
}

fn any_need() -> impl Strategy<Value = Need> {
    let share = (1..=60_u16, 1..=60_u16).prop_map(|(left, right)| {
        let (part, whole) = (left.min(right), left.max(right));
        Need::Share(Share::parse(&format!("{part}/{whole}")).unwrap())
    });
    prop_oneof![Just(Need::All), Just(Need::Majority), share]
}

/// Weights, a choice or silence of each, and an order.
type Votes = (Vec<u32>, Vec<Option<bool>>, Vec<usize>);

fn any_votes() -> impl Strategy<Value = Votes> {
    (1..12_usize).prop_flat_map(|count| {
        let order = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
        (prop::collection::vec(1..100_u32, count), prop::collection::vec(prop::option::of(any::<bool>()), count), order)
    })
}

fn cast(ballot: &mut Ballot, choices: &[Option<bool>], order: impl Iterator<Item = usize>) -> Standing {
    for number in order {
        let Some(yes) = choices[number] else { continue };
        let choice = if yes { Choice::Yes } else { Choice::No };
        match ballot.vote(&elector(number as u16), choice, at(1)) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error, BallotError::Closed);
                assert_ne!(ballot.standing(at(1)), Standing::Open);
            }
        }
    }
    ballot.standing(at(1))
}

proptest! {
    #[test]
    fn the_order_of_votes_never_changes_the_result((weights, choices, order) in any_votes(), need in any_need()) {
        let straight = cast(&mut ballot(need, &weights), &choices, 0..weights.len());
        let shuffled = cast(&mut ballot(need, &weights), &choices, order.into_iter());
        prop_assert_eq!(straight, shuffled);
    }

    /// Against a count of all votes by hand, with the share as a cross product of i128.
    #[test]
    fn the_result_is_that_of_all_votes_together((weights, choices, order) in any_votes(), need in any_need()) {
        let count = |of: Option<bool>| -> i128 {
            weights.iter().zip(&choices).filter(|(_, choice)| **choice == of).map(|(weight, _)| i128::from(*weight)).sum()
        };
        let (yes, no, silent) = (count(Some(true)), count(Some(false)), count(None));
        let total = yes + no + silent;
        let enough = |yes: i128| match need {
            Need::All => yes == total,
            Need::Majority => 2 * yes > total,
            Need::Share(share) => {
                let text = share.to_string();
                let (part, whole) = text.split_once('/').unwrap();
                yes * whole.parse::<i128>().unwrap() >= total * part.parse::<i128>().unwrap()
            }
        };
        let expected = match (enough(yes), enough(yes + silent)) {
            (true, _) => Standing::Accepted,
            (false, false) => Standing::Rejected,
            (false, true) => Standing::Open,
        };
        prop_assert_eq!(cast(&mut ballot(need, &weights), &choices, order.into_iter()), expected);
    }

    #[test]
    fn a_vote_counts_before_the_deadline_only(time in 0..2_000_i64) {
        let mut ballot = ballot(Need::All, &[1, 1]);
        let voted = ballot.vote(&elector(0), Choice::Yes, at(time));
        prop_assert_eq!(voted, if time < 1_000 { Ok(Standing::Open) } else { Err(BallotError::Closed) });
        prop_assert_eq!(ballot.standing(at(1_000)), Standing::Lapsed);
    }
}

#[test]
fn one_vote_each_and_it_stays() {
    let mut ballot = ballot(Need::Majority, &[1, 1, 1]);
    assert_eq!(ballot.vote(&elector(0), Choice::No, at(1)), Ok(Standing::Open));
    assert_eq!(ballot.vote(&elector(0), Choice::Yes, at(2)), Err(BallotError::AlreadyVoted));
    assert_eq!(ballot.vote(&elector(9), Choice::Yes, at(2)), Err(BallotError::NotEntitled));
    assert_eq!(ballot.vote(&elector(1), Choice::No, at(3)), Ok(Standing::Rejected));
    assert_eq!(ballot.vote(&elector(2), Choice::Yes, at(4)), Err(BallotError::Closed));
    // A decision stands after the deadline too.
    assert_eq!(ballot.standing(at(5_000)), Standing::Rejected);
}

#[test]
fn a_ballot_without_electors_or_with_too_many_is_not_opened() {
    let open = |count: usize, weight: u32, scope: &str| {
        let terms =
            Terms { scope: scope.into(), need: Need::All, deadline: at(1), effect: Digest::of(b"what follows") };
        Ballot::open(terms, (0..count).map(|number| (elector(number as u16), weight))).map(|_| ())
    };
    assert_eq!(open(ELECTORS_MAX, 1, "update"), Ok(()));
    for (count, weight, scope) in [(0, 1, "update"), (ELECTORS_MAX + 1, 1, "update"), (1, 0, "update"), (1, 1, "")] {
        assert_eq!(open(count, weight, scope), Err(BallotError::Unsound));
    }
}

#[test]
fn two_ballots_that_differ_have_different_bytes() {
    let one = ballot(Need::All, &[1, 2]);
    let mut voted = one.clone();
    voted.vote(&elector(1), Choice::Yes, at(1)).unwrap();
    let bytes = [&one, &voted, &ballot(Need::Majority, &[1, 2]), &ballot(Need::All, &[2, 1])].map(Encode::to_bytes);
    for (at, left) in bytes.iter().enumerate() {
        assert!(bytes.iter().skip(at + 1).all(|right| left != right));
    }
}
