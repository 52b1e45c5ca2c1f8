//! Changes of a running contract, as pages show them.

use countersign_api::{Kind, Refusal};
use countersign_api_model as model;
use countersign_ballot::{Need, Standing};
use countersign_codec::Json;
use countersign_contract::{Change, Proposal, State};
use countersign_crypto::Digest;
use countersign_rules::Hash;
use countersign_types::{StatementId, Timestamp};
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
    let (preview, rule) = shown(change.preview(process, time_in(process, now)));
    Ok(model::DryRun {
        of: hash(Digest::new(agreed.digest())),
        document: plain(change.document()),
        hash: hash(change.digest()),
        to: match &change {
            Change::Update(update) => Some(plain(update.to().canonical())),
            Change::Deviation(_) => None,
        },
        preview,
        rule,
    })
}

fn faulty(findings: Vec<Finding>) -> Refusal {
    let errors = findings.iter().filter(|finding| finding.is_error());
    let words = errors.take(10).map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Refusal::new(Kind::Invalid, "invalid_scenario", words)
}
