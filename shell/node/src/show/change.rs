//! Changes of a running contract, as pages show them.

use countersign_api::{Kind, Refusal};
use countersign_api_model as model;
use countersign_ballot::{Need, Standing};
use countersign_codec::Json;
use countersign_contract::{Change, Proposal, State};
use countersign_crypto::Digest;
use countersign_rules::Hash;
use countersign_types::{IdentityId, StatementId, Timestamp};
use countersign_workflow::{Deviation, Finding, Open, Preview, Process, Scenario, Update};

use super::names::Names;
use crate::view::{plain, time_in};

fn hash(digest: Digest) -> String {
    Hash::new(*digest.bytes()).to_string()
}

fn process_of(state: &State) -> Result<&Process, Refusal> {
    state.process().ok_or_else(|| Refusal::new(Kind::Conflict, "not_started", "the process has not started"))
}

/// What is proposed, and how it stands.
pub(crate) fn changes(state: &State, names: &Names, now: Timestamp) -> Result<model::ChangeList, Refusal> {
    let process = process_of(state)?;
    let agreed = process.agreed();
    let live = process.deviations().iter().map(|adopted| model::DeviationView {
        name: adopted.deviation.name().to_owned(),
        hash: hash(Digest::new(adopted.deviation.digest())),
        spent: adopted.spent,
    });
    let at = Timestamp::from_millis(time_in(process, now).max(process.time()).ms()).unwrap_or(now);
    let open = state.ballots().iter().map(|(id, open)| (id, open, open.ballot.standing(at)));
    let closed = state.closed_ballots().iter().rev().map(|(id, closed, standing)| (id, closed, *standing));
    Ok(model::ChangeList {
        agreed: hash(Digest::new(agreed.digest())),
        scenario: plain(agreed.canonical()),
        deviations: live.collect(),
        proposals: open.chain(closed).map(|one| proposal(state, process, names, now, one)).collect(),
    })
}

fn proposal(
    state: &State,
    process: &Process,
    names: &Names,
    now: Timestamp,
    (id, held, standing): (&StatementId, &Proposal, Standing),
) -> model::ProposalView {
    let votes = held.ballot.votes().map(|(party, choice)| model::VoteView {
        party: party.to_string(),
        name: names.of_party(state, party),
        choice: choice.map(|choice| choice.as_str().to_owned()),
    });
    let tried = (standing == Standing::Open).then(|| held.change.preview(process, time_in(process, now)));
    let (preview, rule) = tried.map_or((None, None), shown);
    let document = held.change.document();
    let title = document.get("title").and_then(Json::as_map).into_iter().flatten();
    model::ProposalView {
        proposal: id.to_string(),
        change: held.kind.as_str().to_owned(),
        title: title.filter_map(|(language, words)| Some((language.clone(), words.as_text()?.to_owned()))).collect(),
        document: plain(document),
        to: new_scenario(&held.change),
        hash: hash(held.change.digest()),
        entry: held.entry.map(|entry| entry.to_string()),
        party: held.party.to_string(),
        opened: held.opened.to_string(),
        deadline: held.ballot.terms().deadline.to_string(),
        need: match held.ballot.terms().need {
            Need::All => "all".to_owned(),
            Need::Majority => "majority".to_owned(),
            Need::Share(share) => share.to_string(),
        },
        standing: standing.as_str().to_owned(),
        votes: votes.collect(),
        preview,
        rule,
    }
}

type Shown = (Option<model::ChangePreview>, Option<String>);

fn shown(tried: Result<Preview, countersign_workflow::Rejection>) -> Shown {
    match tried {
        Ok(preview) => (Some(view(preview)), None),
        Err(rejection) => (None, Some(rejection.rule.as_str().to_owned())),
    }
}

fn view(preview: Preview) -> model::ChangePreview {
    let actions = |open: Vec<Open>| open.into_iter().map(|open| open.action).collect();
    let data = preview.data.into_iter().map(|(path, before, after)| model::DataChange {
        path,
        before: plain(&before),
        after: plain(&after),
    });
    let open = preview.open.into_iter().map(|(actor, before, after)| model::OpenChange {
        actor,
        before: actions(before),
        after: actions(after),
    });
    model::ChangePreview {
        state: preview.state.0,
        state_after: preview.state.1,
        states_added: preview.states_added,
        states_removed: preview.states_removed,
        data: data.collect(),
        open: open.collect(),
        next_due: preview.next_due.0.map(|due| due.to_string()),
        next_due_after: preview.next_due.1.map(|due| due.to_string()),
    }
}

/// Of an update: the new scenario.
fn new_scenario(change: &Change) -> Option<serde_json::Value> {
    match change {
        Change::Update(update) => Some(plain(update.to().canonical())),
        Change::Deviation(_) => None,
    }
}

/// The title of an action of a deviation that is over, as it was agreed on.
pub(crate) fn title_of_gone(state: &State, action: &str, language: &str) -> Option<String> {
    let agreed = state.closed_ballots().iter().rev().filter(|(.., standing)| *standing == Standing::Accepted);
    let titles = agreed.filter_map(|(_, closed, _)| closed.change.document().get("actions")?.get(action)?.get("title"));
    titles.filter_map(|title| title.get(language).and_then(Json::as_text).map(str::to_owned)).next()
}

/// What waits for the vote of a party: with the title of the change, its statement and its deadline.
pub(crate) fn asked(state: &State, party: &IdentityId, now: Timestamp) -> Vec<(String, String, Timestamp, Timestamp)> {
    let language = state.process().map_or("", |process| process.agreed().language());
    let at = state.process().and_then(|process| Timestamp::from_millis(time_in(process, now).max(process.time()).ms()));
    let asks = |held: &Proposal| {
        held.ballot.standing(at.unwrap_or(now)) == Standing::Open
            && held.ballot.votes().any(|(elector, choice)| elector == party && choice.is_none())
    };
    let open = state.ballots().iter().filter(|(_, held)| asks(held));
    open.map(|(id, held)| {
        let words = held.change.document().get("title");
        let title = words.and_then(|words| words.get(language)).and_then(Json::as_text).unwrap_or_default();
        (title.to_owned(), id.to_string(), held.opened, held.ballot.terms().deadline)
    })
    .collect()
}

/// What a document would change now.
pub(crate) fn dry_run(state: &State, request: &model::DryRunRequest, now: Timestamp) -> Result<model::DryRun, Refusal> {
    let process = process_of(state)?;
    let agreed = process.agreed();
    let text = request.document.as_bytes();
    let change = match &request.to {
        None => Change::Deviation(Deviation::load(text, agreed).map_err(faulty)?.0),
        Some(to) => {
            let (to, _) = Scenario::load(to.as_bytes()).map_err(faulty)?;
            Change::Update(Update::load(text, agreed, &to).map_err(faulty)?.0)
        }
    };
    let tried = change.tried(process, time_in(process, now));
    let scenario = tried.as_ref().ok().map(|(_, after)| plain(after.scenario().canonical()));
    let (preview, rule) = shown(tried.map(|(before, after)| Preview::new(&before, &after)));
    Ok(model::DryRun {
        of: hash(Digest::new(agreed.digest())),
        document: plain(change.document()),
        hash: hash(change.digest()),
        to: new_scenario(&change),
        scenario,
        preview,
        rule,
    })
}

fn faulty(findings: Vec<Finding>) -> Refusal {
    let errors = findings.iter().filter(|finding| finding.is_error());
    let words = errors.take(10).map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Refusal::new(Kind::Invalid, "invalid_scenario", words)
}
