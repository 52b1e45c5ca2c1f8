//! What the machine does with each answer, and what it never does.

use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_executor::{
    Answer, Attempt, Blocked, Effects, Executor, Gate, INTERRUPTIONS_MAX, Input, Outcome, Placed, RUNS_MAX, Record,
    Run, RunState, Trigger, Unretried,
};
use countersign_types::{RunId, StatementId, Timestamp};
use countersign_workflow::{Poll, Retry};
use proptest::prelude::*;

use crate::world::{at, failed, heard, ok, retry, trigger};

/// Begins a run.
fn begun(trigger: Trigger) -> (Executor, Attempt) {
    let mut executor = Executor::new(1, []);
    let mut effects = executor.handle(at(0), 0, [Input::Triggers(vec![trigger])]);
    assert_eq!(effects.persist.len(), 1);
    (executor, effects.attempt.remove(0))
}

fn answer(attempt: &Attempt, heard: countersign_executor::Heard) -> Input {
    Input::Heard { run: attempt.run, term: attempt.term, number: attempt.number, heard }
}

fn statement() -> StatementId {
    StatementId::new(Digest::of(b"statement"))
}

fn state(executor: &Executor, id: &RunId) -> RunState {
    executor.run(id).unwrap().state.clone()
}

fn outcome(executor: &Executor, id: &RunId) -> String {
    let outcome = executor.run(id).unwrap().outcome.clone().unwrap();
    let reason = outcome.failure().map(|failure| failure.reason.clone()).unwrap_or_default();
    format!("{} {} {reason}", outcome.as_str(), outcome.response())
}

#[test]
fn a_run_goes_from_its_trigger_to_its_end() {
    let (mut executor, attempt) = begun(trigger(1, None, None));
    assert_eq!((attempt.number, attempt.term, attempt.polls), (1, 1, false));
    let effects = executor.handle(at(10), 0, [answer(&attempt, ok())]);
    assert_eq!((effects.persist.len(), effects.respond.len(), effects.attempt.len()), (1, 1, 0));
    // Handed out once, until it came back.
    assert!(executor.handle(at(20), 0, [Input::Wake]).respond.is_empty());
    executor.handle(at(30), 0, [Input::Deferred(attempt.run)]);
    assert!(executor.handle(at(40), 0, [Input::Wake]).respond.is_empty());
    assert_eq!(executor.handle(at(1_030), 0, [Input::Wake]).respond.len(), 1);
    let effects = executor.handle(at(1_040), 0, [Input::Responded { run: attempt.run, statement: statement() }]);
    assert!(matches!(&effects.persist[..], [Record::Run(run)] if run.state == RunState::Responded(statement())));
    // The state was left by its own response: that is not to be overtaken.
    executor.handle(at(1_050), 0, [Input::Triggers(vec![])]);
    assert_eq!(executor.responded().collect::<Vec<_>>(), [(attempt.run, statement())]);
    executor.handle(at(1_060), 0, [Input::Placed(attempt.run, Placed::Final)]);
    assert_eq!(state(&executor, &attempt.run), RunState::Done);
    assert!(!executor.is_busy());
    // The same trigger, since the response stayed in the state, starts nothing.
    let again = executor.handle(at(1_070), 0, [Input::Triggers(vec![trigger(1, None, None)])]);
    assert!(again.attempt.is_empty() && again.persist.is_empty());
    assert_eq!(executor.retry(&attempt.run, at(1_080)), Err(Unretried::NotStopped));
}

#[test]
fn failures_rest_longer_each_time_and_then_are_told() {
    let (mut executor, mut attempt) = begun(trigger(1, retry(5), None));
    let mut now = 0;
    for (number, rest) in [(2, 1_000), (3, 2_000), (4, 4_000), (5, 8_000), (6, 10_000)] {
        let effects = executor.handle(at(now), 0, [answer(&attempt, failed())]);
        assert_eq!(effects.wake, Some(at(now + rest)), "before attempt {number}");
        assert!(executor.handle(at(now + rest - 1), 0, [Input::Wake]).attempt.is_empty());
        now += rest;
        attempt = executor.handle(at(now), 0, [Input::Wake]).attempt.remove(0);
        assert_eq!(attempt.number, number);
    }
    let effects = executor.handle(at(now), 0, [answer(&attempt, failed())]);
    assert_eq!((effects.respond.len(), effects.wake), (1, None));
    assert_eq!(outcome(&executor, &attempt.run), "failed error unreachable");
    let run = executor.run(&attempt.run).unwrap();
    let failure = run.outcome.as_ref().unwrap().failure().unwrap();
    assert_eq!((failure.attempts, run.transcript.len(), failure.witness), (6, 6, run.witness()));
}

#[test]
fn no_retry_is_one_attempt_and_a_no_is_final() {
    let (mut executor, attempt) = begun(trigger(1, None, None));
    executor.handle(at(1), 0, [answer(&attempt, failed())]);
    assert_eq!(outcome(&executor, &attempt.run), "failed error unreachable");
    let (mut executor, attempt) = begun(trigger(1, retry(5), None));
    let data = Json::map([("reason", Json::text("no money"))]);
    let no = Answer::Rejected { detail: "402".into(), data: Some(data.clone()) };
    let effects = executor.handle(at(1), 0, [answer(&attempt, heard(no, Some(402)))]);
    assert_eq!((effects.respond.len(), outcome(&executor, &attempt.run).as_str()), (1, "rejected error rejected"));
    let schema = Json::map([(
        "properties",
        Json::map([("reason", Json::Map(Default::default())), ("status", Json::Map(Default::default()))]),
    )]);
    assert_eq!(executor.run(&attempt.run).unwrap().data(&schema), Some(data));
    // Its own words do not fit: those of the node do. If these do not either, it is vetoed.
    let refused = |by: &str| Input::Refused { run: attempt.run, rule: "invalid_data".into(), by: by.into() };
    let effects = executor.handle(at(2), 0, [refused("/reason")]);
    assert_eq!(effects.respond.len(), 1);
    let data = executor.run(&attempt.run).unwrap().data(&schema).unwrap();
    assert_eq!(data.to_string(), r#"{"reason":"rejected","status":402}"#);
    executor.handle(at(3), 0, [refused("/reason")]);
    assert_eq!(state(&executor, &attempt.run), RunState::Vetoed("invalid_data".into()));
    assert!(!executor.is_busy());
}

#[test]
fn an_answer_that_cannot_be_the_response_becomes_an_error() {
    let (mut executor, attempt) = begun(trigger(1, retry(5), None));
    executor.handle(at(1), 0, [answer(&attempt, ok())]);
    let refused = Input::Refused { run: attempt.run, rule: "invalid_data".into(), by: "/reference".into() };
    let effects = executor.handle(at(2), 0, [refused]);
    assert_eq!((effects.respond.len(), effects.attempt.len()), (1, 0), "what was done is not done again");
    assert_eq!(outcome(&executor, &attempt.run), "failed error invalid_answer");
    // Others veto at its place: nothing further is said.
    executor.handle(at(3), 0, [Input::Responded { run: attempt.run, statement: statement() }]);
    let effects = executor.handle(at(4), 0, [Input::Placed(attempt.run, Placed::Rejected("not_open".into()))]);
    assert!(effects.respond.is_empty());
    assert_eq!(state(&executor, &attempt.run), RunState::Vetoed("not_open".into()));
}

#[test]
fn a_response_that_can_get_no_place_is_given_again() {
    let (mut executor, attempt) = begun(trigger(1, None, None));
    executor.handle(at(1), 0, [answer(&attempt, ok())]);
    executor.handle(at(2), 0, [Input::Responded { run: attempt.run, statement: statement() }]);
    let effects = executor.handle(at(3), 0, [Input::Placed(attempt.run, Placed::Abandoned)]);
    assert_eq!((effects.respond.len(), effects.attempt.len()), (1, 0));
}

#[test]
fn it_asks_again_until_the_answer_is_ready() {
    let poll = Some(Poll { every: 60_000, times: 2 });
    let (mut executor, mut attempt) = begun(trigger(1, None, poll));
    assert!(attempt.polls);
    for minute in 1..=2 {
        let effects =
            executor.handle(at((minute - 1) * 60_000), 9, [answer(&attempt, heard(Answer::NotReady, Some(202)))]);
        assert_eq!(effects.wake, Some(at(minute * 60_000)));
        attempt = executor.handle(at(minute * 60_000), 9, [Input::Wake]).attempt.remove(0);
    }
    executor.handle(at(130_000), 9, [answer(&attempt, heard(Answer::NotReady, Some(202)))]);
    assert_eq!(outcome(&executor, &attempt.run), "failed error not_ready");
}

#[test]
fn another_way_out_of_the_state_ends_a_run() {
    let (mut executor, attempt) = begun(trigger(1, retry(5), None));
    let effects = executor.handle(at(1), 0, [Input::Triggers(vec![])]);
    assert_eq!(
        (effects.abort.as_slice(), state(&executor, &attempt.run)),
        ([attempt.run].as_slice(), RunState::Overtaken)
    );
    // What comes back then is of no use.
    let effects = executor.handle(at(2), 0, [answer(&attempt, ok())]);
    assert!(effects.persist.is_empty() && effects.respond.is_empty());
    assert_eq!(executor.retry(&attempt.run, at(3)), Err(Unretried::NotStopped));
    // The branch on which it was asked is held again.
    let effects = executor.handle(at(4), 0, [Input::Triggers(vec![trigger(1, retry(5), None)])]);
    assert_eq!(effects.attempt[0].number, 2);
}

#[test]
fn only_the_attempt_under_way_is_heard() {
    let (mut executor, attempt) = begun(trigger(1, retry(5), None));
    executor.handle(at(1), 0, [answer(&attempt, failed())]);
    let second = executor.handle(at(2_000), 0, [Input::Wake]).attempt.remove(0);
    let before = executor.run(&attempt.run).unwrap().clone();
    executor.handle(at(2_001), 0, [answer(&attempt, ok())]);
    assert_eq!(*executor.run(&attempt.run).unwrap(), before, "an earlier attempt");
    // The node starts again: the attempt of the earlier term is made again, and what it brings is not heard.
    let mut executor = Executor::new(2, [before]);
    let third = executor.handle(at(3_000), 0, [Input::Triggers(vec![trigger(1, retry(5), None)])]).attempt.remove(0);
    assert_eq!((third.number, third.term), (3, 2));
    let effects = executor.handle(at(3_001), 0, [answer(&second, ok())]);
    assert!(effects.respond.is_empty(), "an earlier term");
    assert_eq!(executor.handle(at(3_002), 0, [answer(&third, ok())]).respond.len(), 1);
    let words: Vec<_> = executor.run(&third.run).unwrap().transcript.iter().map(|line| line.word.as_str()).collect();
    assert_eq!(words, ["unreachable", "interrupted", "ok"]);
}

#[test]
fn a_run_that_ends_the_node_again_and_again_waits_for_the_operator() {
    let asked = || [Input::Triggers(vec![trigger(1, None, None)])];
    let (executor, attempt) = begun(trigger(1, None, None));
    let mut run = executor.run(&attempt.run).unwrap().clone();
    for term in 2..=u64::from(INTERRUPTIONS_MAX) + 1 {
        let mut executor = Executor::new(term, [run]);
        assert_eq!(executor.handle(at(0), 0, asked()).attempt.len(), 1, "term {term}");
        run = executor.run(&attempt.run).unwrap().clone();
    }
    let mut executor = Executor::new(99, [run]);
    assert!(executor.handle(at(0), 0, asked()).attempt.is_empty());
    assert!(matches!(state(&executor, &attempt.run), RunState::Stopped(word, _) if word == "interrupted"));
    assert_eq!(executor.retry(&attempt.run, at(1)), Ok(()));
    assert_eq!(executor.handle(at(1), 0, [Input::Wake]).attempt.len(), 1);
}

#[test]
fn what_is_not_allowed_is_neither_attempted_nor_answered() {
    let mut asked = trigger(1, None, None);
    let open = asked.gate.clone();
    asked.gate = Gate::Blocked(Blocked::NotAllowed("host bank.example".into()));
    let mut executor = Executor::new(1, []);
    let effects = executor.handle(at(0), 0, [Input::Triggers(vec![asked.clone()])]);
    assert!(effects.attempt.is_empty() && effects.persist.is_empty());
    assert_eq!((executor.blocked().count(), executor.is_busy()), (1, false));
    // Allowed, attempted, and allowed no more since: it waits, and goes on when it is allowed again.
    asked.gate = open;
    let attempt = executor.handle(at(1), 0, [Input::Triggers(vec![asked.clone()])]).attempt.remove(0);
    let no = Answer::NotAllowed { detail: "host bank.example".into() };
    let effects = executor.handle(at(2), 0, [answer(&attempt, heard(no, None))]);
    assert!(effects.respond.is_empty());
    assert!(matches!(state(&executor, &attempt.run), RunState::Stopped(word, _) if word == "not_allowed"));
    let run = executor.run(&attempt.run).unwrap().clone();
    // Only an attempt finds an address that is not allowed: an open gate alone is not tried again and again.
    for turn in 3..6 {
        let effects = executor.handle(at(turn), 0, [Input::Triggers(vec![asked.clone()])]);
        assert!(effects.attempt.is_empty() && effects.persist.is_empty(), "turn {turn}");
    }
    // The operator asks, or starts the node with other settings.
    assert_eq!(executor.retry(&attempt.run, at(6)), Ok(()));
    assert_eq!(executor.handle(at(6), 0, [Input::Wake]).attempt.len(), 1);
    let mut executor = Executor::new(2, [run]);
    assert_eq!(executor.handle(at(7), 0, [Input::Triggers(vec![asked])]).attempt.len(), 1);
}

#[test]
fn what_is_allowed_no_more_is_not_attempted_again() {
    let mut asked = trigger(1, retry(5), None);
    let (mut executor, attempt) = begun(asked.clone());
    executor.handle(at(1), 0, [answer(&attempt, failed())]);
    let open = std::mem::replace(&mut asked.gate, Gate::Blocked(Blocked::NotAllowed("this scenario".into())));
    let effects = executor.handle(at(60_000), 0, [Input::Triggers(vec![asked.clone()])]);
    assert_eq!((effects.attempt.len(), effects.wake), (0, None));
    assert!(matches!(state(&executor, &attempt.run), RunState::Stopped(word, _) if word == "not_allowed"));
    asked.gate = open;
    assert_eq!(executor.handle(at(60_001), 0, [Input::Triggers(vec![asked])]).attempt.len(), 1);
}

#[test]
fn a_request_that_cannot_be_put_together_is_an_error_without_attempt() {
    let mut asked = trigger(1, retry(5), None);
    asked.gate = Gate::Broken("the expression of `amount` ends with overflow".into());
    let mut executor = Executor::new(1, []);
    let id = asked.id;
    let effects = executor.handle(at(0), 0, [Input::Triggers(vec![asked])]);
    assert_eq!((effects.attempt.len(), effects.respond.len()), (0, 1));
    assert_eq!(outcome(&executor, &id), "failed error bad_request");
    // If even that is refused, the operator can have it said again; there is no request that could be made again.
    executor.handle(at(1), 0, [Input::Refused { run: id, rule: "invalid_data".into(), by: "/reason".into() }]);
    assert_eq!(state(&executor, &id), RunState::Vetoed("invalid_data".into()));
    assert_eq!(executor.retry(&id, at(2)), Ok(()));
    let effects = executor.handle(at(3), 0, [Input::Wake]);
    assert_eq!((effects.attempt.len(), effects.respond.len(), effects.wake), (0, 1, None));
}

#[test]
fn only_so_many_runs_are_remembered() {
    let mut executor = Executor::new(1, []);
    let mut forgotten = 0;
    for number in 0..RUNS_MAX as u64 + 20 {
        let now = at(i64::try_from(number).unwrap());
        let effects = executor.handle(now, 0, [Input::Triggers(vec![trigger(number, None, None)])]);
        forgotten += effects.persist.iter().filter(|record| matches!(record, Record::Forget(_))).count();
    }
    assert_eq!((executor.runs().count(), forgotten), (RUNS_MAX, 20));
    assert!(executor.run(&trigger(19, None, None).id).is_none() && executor.run(&trigger(20, None, None).id).is_some());
}

/// What can happen to one run.
#[derive(Clone, Debug)]
enum Step {
    Asked(bool),
    Answer(u8, u8),
    Took,
    Refused,
    Placed(u8),
    Wait(i64),
    Restart,
    Retry,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        any::<bool>().prop_map(Step::Asked),
        (0_u8..5, 0_u8..3).prop_map(|(what, back)| Step::Answer(what, back)),
        Just(Step::Took),
        Just(Step::Refused),
        (0_u8..3).prop_map(Step::Placed),
        (0_i64..20_000).prop_map(Step::Wait),
        Just(Step::Restart),
        Just(Step::Retry),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    /// Whatever comes in whatever order: nothing is attempted that the disk does not know, nothing is attempted after an
    /// outcome unless the operator asks, one attempt at a time, and no response after one that was taken.
    #[test]
    fn no_order_of_inputs_makes_it_act_twice(steps in steps(), seed in any::<u64>()) {
        let asked = trigger(1, Some(Retry { times: 3, first: 1_000, factor: 3, longest: 9_000 }), Some(Poll { every: 700, times: 2 }));
        let mut executor = Executor::new(1, []);
        let mut disk: Option<Run> = None;
        let (mut term, mut now) = (1, at(0));
        let mut attempts: Vec<Attempt> = Vec::new();
        let (mut taken, mut retried) = (false, true);
        for step in steps {
            let inputs = match step {
                Step::Asked(is_asked) => vec![Input::Triggers(if is_asked { vec![asked.clone()] } else { vec![] })],
                Step::Answer(what, back) => {
                    let Some(attempt) = attempts.iter().rev().nth(back.into()) else { continue };
                    let heard = match what {
                        0 => ok(),
                        1 => heard(Answer::NotReady, Some(202)),
                        2 => heard(Answer::Rejected { detail: "no".into(), data: None }, Some(400)),
                        3 => heard(Answer::NotAllowed { detail: "host".into() }, None),
                        _ => failed(),
                    };
                    vec![answer(attempt, heard)]
                }
                Step::Took => vec![Input::Responded { run: asked.id, statement: statement() }],
                Step::Refused => vec![Input::Refused { run: asked.id, rule: "not_open".into(), by: String::new() }],
                Step::Placed(0) => vec![Input::Placed(asked.id, Placed::Final)],
                Step::Placed(1) => vec![Input::Placed(asked.id, Placed::Abandoned)],
                Step::Placed(_) => vec![Input::Placed(asked.id, Placed::Rejected("not_open".into()))],
                Step::Wait(millis) => {
                    now = Timestamp::from_millis(now.millis() + millis).unwrap();
                    vec![Input::Wake]
                }
                Step::Restart => {
                    term += 1;
                    executor = Executor::new(term, disk.clone());
                    vec![Input::Triggers(vec![asked.clone()])]
                }
                Step::Retry => {
                    retried |= executor.retry(&asked.id, now).is_ok();
                    vec![Input::Wake]
                }
            };
            taken |= matches!(&inputs[..], [Input::Responded { .. }]) && executor.run(&asked.id).is_some_and(|run| run.state == RunState::Known);
            let before = executor.run(&asked.id).map(|run| run.outcome.is_some());
            let Effects { persist, attempt, respond, .. } = executor.handle(now, seed, inputs);
            for record in persist {
                if let Record::Run(run) = record {
                    disk = Some(*run);
                }
            }
            prop_assert_eq!(disk.as_ref(), executor.run(&asked.id));
            prop_assert!(attempt.len() <= 1 && attempt.len() + respond.len() <= 1);
            for one in attempt {
                prop_assert!(before != Some(true) || retried, "an attempt after the outcome");
                let noted = disk.as_ref().map(|run| (run.attempts, run.state.clone()));
                prop_assert_eq!(noted, Some((one.number, RunState::Attempting { term, since: now })));
                retried = false;
                attempts.push(one);
            }
            if let Some(Outcome::Ok(_)) = executor.run(&asked.id).and_then(|run| run.outcome.as_ref()) {
                prop_assert!(attempts.iter().any(|one| one.number == executor.run(&asked.id).unwrap().attempts));
            }
            if taken && !respond.is_empty() {
                // Only after it lost its place for good, or the operator began anew.
                let state = executor.run(&asked.id).unwrap().state.clone();
                prop_assert_eq!(state, RunState::Known);
            }
        }
    }
}
