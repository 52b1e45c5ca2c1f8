//! Words for proposals and for what a change would do.

use countersign_api_model::{ChangeList, ChangePreview, ProposalView};

use crate::output::table;
use crate::words::Names;

fn row<const COLUMNS: usize>(cells: [&str; COLUMNS]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// What a proposal is called, in the first language that it has.
fn title(proposal: &ProposalView) -> &str {
    proposal.title.values().next().map_or("", String::as_str)
}

/// The proposals of a contract, and the deviations that are live.
pub fn list(changes: &ChangeList, names: &Names) -> String {
    if changes.proposals.is_empty() {
        return String::new();
    }
    let mut rows = vec![row(["STANDING", "CHANGE", "TITLE", "VOTED", "UNTIL", "PROPOSAL"])];
    rows.extend(changes.proposals.iter().map(|proposal| {
        let voted = proposal.votes.iter().filter(|vote| vote.choice.is_some()).count();
        let voted = format!("{voted} of {}", proposal.votes.len());
        let (standing, change) = (proposal.standing.as_str(), proposal.change.as_str());
        row([standing, change, title(proposal), &voted, &proposal.deadline, &proposal.proposal])
    }));
    let mut text = table(&rows);
    for live in &changes.deviations {
        let standing = if live.spent { "is being used" } else { "is agreed on and not used yet" };
        text.push_str(&format!("{} {standing}\n", live.name));
    }
    text.push_str(&voices(changes, names));
    text
}

/// Who is asked by what is open.
fn voices(changes: &ChangeList, names: &Names) -> String {
    let open = changes.proposals.iter().filter(|proposal| proposal.standing == "open");
    let left = open.filter_map(|proposal| {
        let left = proposal.votes.iter().filter(|vote| vote.choice.is_none());
        let left: Vec<String> = left.map(|vote| vote.party.clone()).collect();
        (!left.is_empty()).then(|| format!("{} waits for {}\n", title(proposal), names.parties(&left)))
    });
    left.collect()
}

/// A proposal: what it is, how the votes stand, and what it would change now.
pub fn proposal(proposal: &ProposalView, names: &Names) -> String {
    let mut rows = vec![
        row([proposal.change.as_str(), title(proposal)]),
        row(["standing", &proposal.standing]),
        row(["proposed", &format!("{} by {}", proposal.opened, names.party(&proposal.party))]),
        row(["until", &proposal.deadline]),
        row(["needs", &proposal.need]),
        row(["document", &proposal.hash]),
    ];
    rows.extend(proposal.entry.as_deref().map(|entry| row(["disputes", entry])));
    rows.extend(proposal.votes.iter().map(|vote| {
        let choice = vote.choice.as_deref().unwrap_or("has not voted");
        row(["vote", &format!("{}: {choice}", names.party(&vote.party))])
    }));
    let mut text = table(&rows);
    if proposal.standing == "open" {
        text.push_str(&would(proposal.preview.as_ref(), proposal.rule.as_deref()));
    }
    text
}

/// What a change would do now, before and after.
pub fn would(preview: Option<&ChangePreview>, rule: Option<&str>) -> String {
    let Some(preview) = preview else {
        return format!("It does not fit now: {}.\n", rule.unwrap_or("unknown"));
    };
    let mut rows = vec![row(["NOW", "BEFORE", "AFTER"]), row(["state", &preview.state, &preview.state_after])];
    let added = preview.states_added.join(", ");
    let removed = preview.states_removed.join(", ");
    if !(added.is_empty() && removed.is_empty()) {
        rows.push(row(["states", &removed, &added]));
    }
    for data in &preview.data {
        rows.push(row([&data.path, &data.before.to_string(), &data.after.to_string()]));
    }
    for open in &preview.open {
        rows.push(row([&format!("open to {}", open.actor), &open.before.join(", "), &open.after.join(", ")]));
    }
    if preview.next_due != preview.next_due_after {
        let due = |due: &Option<String>| due.clone().unwrap_or_else(|| "-".to_owned());
        rows.push(row(["next timer", &due(&preview.next_due), &due(&preview.next_due_after)]));
    }
    table(&rows)
}
