//! Runs as the API shows them.

use countersign_api_model as model;
use countersign_codec::Json;
use countersign_crypto::Digest;
use countersign_executor::{Blocked, Outcome, Run, RunState, Trigger};
use countersign_types::{RunId, from_base32};
use countersign_workflow::{Call, Word};

use crate::active::Active;
use crate::view::words;

/// The runs of a contract, each with the name by which it is sorted: those that wait first, then those under way, then
/// those that are over, of each the newest first.
pub(crate) fn runs(active: &Active) -> Vec<(String, model::RunView)> {
    let executor = &active.runs.executor;
    let waiting = executor
        .blocked()
        .map(|(trigger, blocked)| (name(Rank::Waiting, i64::MAX, &trigger.id), blocked_view(active, trigger, blocked)));
    let known = executor.runs().map(|run| {
        let rank = if run.is_over() { Rank::Over } else { Rank::UnderWay };
        (name(rank, run.claimed.millis(), &run.id), view(active, run))
    });
    waiting.chain(known).collect()
}

#[derive(Clone, Copy)]
enum Rank {
    Waiting,
    UnderWay,
    Over,
}

fn name(rank: Rank, claimed: i64, run: &RunId) -> String {
    format!("{} {:020} {run}", rank as u8, i64::MAX.saturating_sub(claimed))
}

fn title(active: &Active, process: &str, action: &str) -> String {
    let state = active.replica.state();
    let running = state.as_ref().and_then(|state| state.process());
    let found = running.map(|running| {
        let view = running.process(process);
        words(running.scenario(), view.and_then(|view| view.action(action)).map(|action| action.title()))
    });
    found.filter(|title| !title.is_empty()).unwrap_or_else(|| action.to_owned())
}

fn blocked_view(active: &Active, trigger: &Trigger, blocked: &Blocked) -> model::RunView {
    let (state, reason, detail) = match blocked {
        Blocked::Standing(level) => ("waiting", *level, format!("the step into this state is not {level} yet")),
        Blocked::NotAllowed(what) => ("not_allowed", "not_allowed", what.clone()),
    };
    model::RunView {
        run: trigger.id.to_string(),
        process: trigger.process.clone(),
        entry: trigger.entry.to_string(),
        actor: trigger.actor.clone(),
        action: trigger.action.clone(),
        title: title(active, &trigger.process, &trigger.action),
        state: state.to_owned(),
        reason: Some(reason.to_owned()),
        detail: Some(detail),
        claimed: None,
        next_attempt: None,
        attempts: 0,
        outcome: None,
        statement: None,
        question: None,
        transcript: Vec::new(),
    }
}

pub(crate) fn view(active: &Active, run: &Run) -> model::RunView {
    let failure = run.outcome.as_ref().and_then(|outcome| outcome.failure());
    let last = run.transcript.last().filter(|line| line.word != "ok");
    let (reason, detail) = match &run.state {
        RunState::Stopped(word, detail) => (Some(word.clone()), Some(detail.clone())),
        RunState::Vetoed(rule) => (Some(rule.clone()), None),
        _ => match failure {
            Some(failure) => (Some(failure.reason.clone()), Some(failure.detail.clone())),
            None => (last.map(|line| line.word.clone()), None),
        },
    };
    model::RunView {
        run: run.id.to_string(),
        process: run.process.clone(),
        entry: run.entry.to_string(),
        actor: run.actor.clone(),
        action: run.action.clone(),
        title: title(active, &run.process, &run.action),
        state: run.state.as_str().to_owned(),
        reason,
        detail,
        claimed: Some(run.claimed.to_string()),
        next_attempt: match run.state {
            RunState::Resting(at) => Some(at.to_string()),
            _ => None,
        },
        attempts: run.attempts,
        outcome: run.outcome.as_ref().map(|outcome| outcome.as_str().to_owned()),
        statement: match run.state {
            RunState::Responded(statement) => Some(statement.to_string()),
            _ => None,
        },
        question: question(run),
        transcript: run.transcript.iter().map(attempt).collect(),
    }
}

fn question(run: &Run) -> Option<model::RunQuestion> {
    let Some(Call::Contract(question)) = &run.call else { return None };
    let request = question.request.as_ref();
    let proof = match &run.outcome {
        Some(Outcome::Ok(data)) => data.get("proof").and_then(Json::as_text).and_then(from_base32),
        _ => None,
    };
    Some(model::RunQuestion {
        contract: question.contract.clone(),
        request: request.map(|request| format!("{}.{}", request.action, request.response)),
        answers: question.answers.iter().map(Word::written).collect(),
        proof: proof.map(|bundle| format!("sha256:{}", Digest::of(&bundle))),
    })
}

fn attempt(line: &countersign_executor::Line) -> model::RunAttempt {
    model::RunAttempt {
        number: line.number,
        began: line.began.to_string(),
        ended: line.ended.to_string(),
        word: line.word.clone(),
        status: line.status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_stands_before_what_goes_on_and_the_newest_first() {
        let run = RunId::new(Digest::of(b"run"));
        let order = [
            name(Rank::Waiting, i64::MAX, &run),
            name(Rank::UnderWay, 1_000_000, &run),
            name(Rank::UnderWay, 999, &run),
            name(Rank::Over, i64::MAX, &run),
            name(Rank::Over, 0, &run),
        ];
        assert!(order.is_sorted_by(|left, right| left < right), "{order:?}");
    }
}
