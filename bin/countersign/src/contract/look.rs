//! `contract list`, `show` and `log`.

use clap::Args;
use countersign_api_model::{
    ContractList, ContractStatus, ContractSummary, ContractView, Entry, ErasedPayload, ErasureView, Level, Network,
    Outcome, Prose,
};
use countersign_types::ContractId;
use countersign_workflow::ROOT_PROCESS;
use serde_json::Value;

use super::erase::brief;
use crate::action;
use crate::context::Global;
use crate::failure::Failure;
use crate::node::recover;
use crate::output::{self, table};
use crate::words::{self, Names, short};

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign contract list")]
pub struct List {}

/// Which contract.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Example:\n  countersign contract show CONTRACT\n  countersign contract show CONTRACT --prose"
)]
pub struct Show {
    /// The contract
    contract: ContractId,
    /// As a text on paper: parties, values, clauses
    #[arg(long)]
    prose: bool,
}

/// Which contract, and from where.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign contract log CONTRACT --after 10")]
pub struct Log {
    /// The contract
    contract: ContractId,
    /// Only what stands after this position
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
}

impl List {
    /// Lists.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let contracts = global.client()?.all_contracts().await?;
        if contracts.is_empty() {
            output::talk("there is no contract on this node");
        }
        let list = ContractList { contracts, next: None };
        global.output().show(&list, |list| {
            let row = |one: &ContractSummary| {
                vec![one.contract.clone(), status(one.status).to_owned(), one.founded.clone(), one.title.clone()]
            };
            table(&list.contracts.iter().map(row).collect::<Vec<_>>())
        })
    }
}

impl Show {
    /// Shows.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (client, contract) = (global.client()?, self.contract.to_string());
        let unknown = |error| Failure::from(error).or_next("countersign contract list");
        if self.prose {
            let prose = client.prose(&contract).await.map_err(unknown)?;
            return global.output().show(&prose, on_paper);
        }
        let shown = client.contract(&contract).await.map_err(unknown)?;
        global.output().show(&shown, view)
    }
}

impl Log {
    /// Shows.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let client = global.client()?;
        let contract = self.contract.to_string();
        let shown = client.contract(&contract).await;
        let shown = shown.map_err(|error| Failure::from(error).or_next("countersign contract list"))?;
        let entries = client.whole_log(&contract, self.after).await?;
        let log = countersign_api_model::Log { entries, next: None, length: shown.position };
        let names = Names::of(&shown);
        global.output().show(&log, |log| {
            let row = |entry: &Entry| {
                vec![
                    entry.position.to_string(),
                    entry.time.clone(),
                    names.party(entry.party.as_ref().unwrap_or(&entry.appended_by)),
                    what(entry),
                    outcome(&entry.outcome),
                    words::level(entry.standing.level).to_owned(),
                ]
            };
            table(&log.entries.iter().map(row).collect::<Vec<_>>())
        })
    }
}

/// A block a paragraph, its number first.
fn on_paper(prose: &Prose) -> String {
    let mut text = format!("{}\n", prose.title);
    for block in &prose.blocks {
        let words: String = block.runs.iter().map(|run| run.text.as_str()).collect();
        let gap = if block.number.is_empty() { "" } else { "  " };
        text.push_str(&format!("\n{}{gap}{words}\n", block.number));
    }
    text
}

const fn status(status: ContractStatus) -> &'static str {
    match status {
        ContractStatus::Offered => "offered",
        ContractStatus::Invited => "invited",
        ContractStatus::Active => "active",
    }
}

/// What a statement says, in a few words.
pub fn what(entry: &Entry) -> String {
    let text = |key: &str| entry.payload.as_ref().and_then(|payload| payload.get(key)).and_then(Value::as_str);
    match (entry.kind.as_str(), &entry.payload) {
        (kind, None) => format!("{kind} (erased)"),
        ("response", _) => {
            let response = text("response").map(|response| format!(".{response}")).unwrap_or_default();
            format!("{}: {}{response}", text("actor").unwrap_or("?"), text("action").unwrap_or("?"))
        }
        ("mandate", _) => format!("mandate for {}", text("person").map(short).unwrap_or_default()),
        ("mandate_revoke", _) => format!("takes back {}", text("mandate").map(short).unwrap_or_default()),
        ("comment", _) => format!("comment: {}", text("text").unwrap_or_default()),
        (kind, _) => kind.to_owned(),
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".to_owned(),
        Outcome::Rejected { rule, by } if by.is_empty() => format!("rejected: {rule}"),
        Outcome::Rejected { rule, by } => format!("rejected: {rule} ({by})"),
        Outcome::Failed { witness } => format!("failed: {witness}"),
    }
}

/// A contract for a person to read.
pub fn view(view: &ContractView) -> String {
    let names = Names::of(view);
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![
        row("contract", view.contract.clone()),
        row("title", view.title.clone()),
        row("status", format!("{}, founded {}", status(view.status), view.founded)),
    ];
    if view.network == Network::Test {
        rows.push(row("network", "test: nothing in it binds anybody".to_owned()));
    }
    rows.extend([
        row("position", format!("{}, final up to {}", view.position, view.final_position)),
        row("state hash", view.state_hash.clone()),
    ]);
    for member in &view.members {
        rows.push(row("member", format!("{}, has position {}", names.party(&member.party), member.received)));
    }
    match &view.process {
        None => rows.push(row("state", "not started: not every actor has joined".to_owned())),
        Some(process) => {
            let over = process.outcome.as_ref().map(|outcome| format!(" ({outcome})")).unwrap_or_default();
            rows.push(row("state", format!("{}: {}{over}", process.state, process.title)));
            for part in process.processes.iter().filter(|part| part.process != ROOT_PROCESS) {
                let over = part.outcome.as_ref().map(|outcome| format!(" ({outcome})")).unwrap_or_default();
                rows.push(row("process", format!("{}: {}: {}{over}", part.process, part.state, part.state_title)));
            }
            if !process.previous.is_empty() {
                rows.push(row("previous", process.previous.join(", ")));
            }
            for (actor, actions) in &process.open {
                let open = actions
                    .iter()
                    .map(|open| format!("{}{} ({})", action::within(open), open.action, open.responses.join(", ")));
                rows.push(row("open", format!("{actor}: {}", open.collect::<Vec<_>>().join("; "))));
            }
            for waiting in &process.unacknowledged {
                rows.push(row("acknowledge", format!("{}: waits for {}", waiting.process, waiting.actors.join(", "))));
            }
            for announced in &process.announced {
                let what = format!("{}.{}", announced.actor, announced.action);
                let fate = match &announced.objected {
                    Some(objector) => format!("{objector} objected"),
                    None => format!("takes effect at {}", announced.due),
                };
                rows.push(row("announced", format!("{what}: {fate}")));
            }
            for timer in &process.timers {
                let goto = timer.goto.as_ref().map(|goto| format!(" to {goto}")).unwrap_or_default();
                rows.push(row("timer", format!("{}{goto}", timer.due)));
            }
            for (name, value) in [("assets", &process.assets), ("vars", &process.vars), ("result", &process.result)] {
                if value.as_object().is_some_and(|members| !members.is_empty()) {
                    rows.push(row(name, value.to_string()));
                }
            }
        }
    }
    for role in view.open_roles.iter().filter(|role| role.waits) {
        let who = role.party.as_ref().map_or_else(|| "whoever is invited".to_owned(), |party| names.party(party));
        rows.push(row("missing", format!("{}: {}, who is to be {who}", role.actor, role.title)));
    }
    for waiting in &view.waiting {
        rows.push(row("waiting", format!("for {} since {}", names.party(&waiting.party), waiting.since)));
    }
    if let Some(old) = &view.old_backup {
        rows.push(row("old_backup", recover::in_words(old, |party| names.party(party))));
    }
    for party in &view.accused {
        rows.push(row("accused", format!("{}: it signed what an honest node never signs", names.party(party))));
    }
    rows.extend(view.erasures.iter().flat_map(|erasure| erased(&names, erasure)).map(|line| row("erasure", line)));
    table(&rows)
}

/// For each file: who asked to erase it and why, who signed that they did, and who did not.
fn erased(names: &Names, erasure: &ErasureView) -> Vec<String> {
    let by: Vec<_> = erasure.erased_by.iter().map(|by| format!("{} at {}", names.party(&by.party), by.time)).collect();
    let done = match (by.is_empty(), erasure.standing.level) {
        (false, _) => format!("erased by {}", by.join(", ")),
        (true, Level::Final) => "erased by nobody yet".to_owned(),
        (true, _) => "to be erased once that is final".to_owned(),
    };
    let missing = match erasure.waiting_for.is_empty() {
        true => "that is every member".to_owned(),
        false => format!("no word of {}", names.parties(&erasure.waiting_for)),
    };
    let asked = format!("asked by {} at position {}", names.party(&erasure.asked_by), erasure.position);
    let line = |file: &ErasedPayload| {
        format!("{} ({}), {asked}, {}: {done}; {missing}", file.name, brief(&file.commitment), erasure.reason)
    };
    erasure.payloads.iter().map(line).collect()
}
