//! `action …`: what is open, and doing it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use countersign_api_model::{ContractView, Form, InboxItem, Level, OpenAction, Submitted};
use countersign_client::Client;
use countersign_codec::Json;
use countersign_contract::{AttachmentRef, Payload, Response};
use countersign_types::ContractId;
use countersign_workflow::ROOT_PROCESS;
use serde::Serialize;

use crate::attach::{Attached, Attachments};
use crate::context::{self, Global};
use crate::draft::{self, Voice};
use crate::envelopes::{self, Envelopes};
use crate::failure::Failure;
use crate::output::{self, table};
use crate::proving::Prover;
use crate::words::Names;
use crate::{files, voice};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List what is open to you, or to everybody in a contract
    List(List),
    /// Take an action: draft, check, sign, submit
    Do(Box<Do>),
}

/// What to list.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign action list")]
pub struct List {
    /// Everything that is open in this contract, to whomever
    contract: Option<ContractId>,
}

/// What to do.
#[derive(Args, Debug)]
#[command(
    after_long_help = "The node drafts the statement; it is signed only if it says exactly this. --data may be given \
    several times: name=text, name:=JSON, an object in JSON, or @FILE.\n\nExample:\n  \
    countersign action do CONTRACT draft --data rent=950 --attach text=lease.pdf"
)]
pub struct Do {
    /// The contract
    contract: ContractId,
    /// The action
    action: String,
    /// The actor to act as [default: the one it is open to]
    #[arg(long = "as", value_name = "ACTOR")]
    actor: Option<String>,
    /// The process, such as main/goods [default: the one in which it is open]
    #[arg(long, value_name = "PROCESS")]
    process: Option<String>,
    /// The response [default: the expected one]
    #[arg(long)]
    response: Option<String>,
    /// What the response says
    #[arg(long, value_name = "NAME=VALUE")]
    data: Vec<String>,
    /// A file to attach: NAME=FILE, or NAME=FILE;MEDIA; of a list once for each
    #[arg(long, value_name = "NAME=FILE")]
    attach: Vec<String>,
    /// Who signs: a person or admin key of your keystore
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Wait until its place is this certain
    #[arg(long, value_name = "LEVEL")]
    wait: Option<Until>,
    /// Wait at most so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
}

/// The levels one can wait for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Until {
    /// All parties have it; its place may still change.
    Countersigned,
    /// Nothing changes any more.
    Final,
}

impl From<Until> for Level {
    fn from(until: Until) -> Self {
        match until {
            Until::Countersigned => Self::Countersigned,
            Until::Final => Self::Final,
        }
    }
}

/// As the API gives the inbox.
#[derive(Serialize)]
struct Items {
    items: Vec<InboxItem>,
}

impl Command {
    /// Does it.
    pub async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::List(arguments) => arguments.run(global).await,
            Self::Do(arguments) => arguments.run(global).await,
        }
    }
}

impl List {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let client = global.client()?;
        let items = match &self.contract {
            None => client.inbox().await?,
            Some(contract) => {
                let view = client.contract(&contract.to_string()).await?;
                let open = view.process.iter().flat_map(|process| &process.open);
                open.flat_map(|(actor, actions)| actions.iter().map(|action| item(&view, actor, action))).collect()
            }
        };
        if items.is_empty() {
            output::talk("nothing is open");
        }
        let mut told = Vec::new();
        for item in &items {
            let Some(words) = &item.action.instructions else { continue };
            let line = format!("{}: {words}", item.actor);
            // One state tells an actor the same for all that is open to it.
            if !told.contains(&line) {
                output::talk(&line);
                told.push(line);
            }
        }
        global.output().show(&Items { items }, |items| {
            let row = |item: &InboxItem| {
                let open = &item.action;
                let vote = |proposal: &String| format!("change vote {proposal}");
                let action = item.proposal.as_ref().map(vote);
                let action = action
                    .unwrap_or_else(|| format!("{}{} ({})", within(open), open.action, open.responses.join(", ")));
                vec![item.contract.clone(), item.actor.clone(), action, open.title.clone()]
            };
            table(&items.items.iter().map(row).collect::<Vec<_>>())
        })
    }
}

/// The process of an action before its name, unless it is `main`.
pub fn within(open: &OpenAction) -> String {
    if open.process == ROOT_PROCESS { String::new() } else { format!("{}: ", open.process) }
}

/// What is open in one contract, to anybody: who of them may do it is known to their own nodes.
fn item(view: &ContractView, actor: &str, action: &OpenAction) -> InboxItem {
    let titles = view.members.iter().find_map(|member| member.actor_titles.get(actor));
    let process = view.process.as_ref();
    let part = process.and_then(|process| process.processes.iter().find(|part| part.process == action.process));
    let due = process.and_then(|process| {
        let own = process.timers.iter().filter(|timer| timer.goto.is_some() && timer.process == action.process);
        own.min_by_key(|timer| &timer.due)
    });
    InboxItem {
        contract: view.contract.clone(),
        title: view.title.clone(),
        actor: actor.to_owned(),
        actor_title: titles.cloned().unwrap_or_default(),
        state: part.map(|part| part.state.clone()).unwrap_or_default(),
        state_title: part.map(|part| part.state_title.clone()).unwrap_or_default(),
        since: part.and_then(|part| part.entered.clone()).unwrap_or_default(),
        deadline: due.map(|timer| timer.due.clone()),
        persons: Vec::new(),
        proposal: None,
        action: action.clone(),
    }
}

impl Do {
    async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (mut data, mut attachments) = (data(&self.data)?, attachments(&self.attach)?);
        let client = global.client()?;
        let keys = global.keys()?;
        let view = client.contract(&self.contract.to_string()).await?;
        let place = place_of(&view, &self.action, self.actor.as_deref(), self.process.as_deref())?;
        let speaker = voice::speaker(&client, &keys, self.contract, self.by.as_deref()).await?;
        let response = self.response.as_deref();
        let form = place.form(response)?;
        for words in self.fill(&view, &place, form, &speaker.voice(), &mut data)? {
            output::talk(&words);
        }
        let (data, envelopes) = envelopes::seal(form, &data, &mut attachments, &mut context::seed()?)?;
        let deed = Deed {
            process: &place.open.process,
            actor: place.role(),
            action: &self.action,
            response,
            data,
            attachments,
            envelopes,
        };
        let mut done = deed.perform(&client, self.contract, &speaker.voice()).await?;
        if let Some(until) = self.wait {
            let statement = done.statement.parse().map_err(|_| Failure::refused("bad_answer", "no statement id"))?;
            let patience = Duration::from_secs(self.timeout);
            done = draft::wait(&client, self.contract, &statement, until.into(), patience).await?;
        }
        let names = Names::of(&view);
        let within = match place.open.process.as_str() {
            ROOT_PROCESS => String::new(),
            process => format!(" in {process}"),
        };
        let did = format!("{} as {}: {}{within}", speaker.name, place.role(), self.action);
        global.output().show(&done, |done| told(&did, done, &names))
    }
}

impl Do {
    /// Puts what the person's side writes in place of what was typed: commitments, questions and proofs.
    fn fill(
        &self,
        view: &ContractView,
        place: &Place<'_>,
        form: &Form,
        voice: &Voice<'_>,
        data: &mut Json,
    ) -> Result<Vec<String>, Failure> {
        let member = view.members.iter().find(|member| member.actors.iter().any(|played| played == place.actor));
        let Some(member) = member else { return Ok(Vec::new()) };
        let prover = Prover {
            contract: self.contract,
            process: &place.open.process,
            action: &self.action,
            party: &member.party,
            signer: voice.signer,
        };
        prover.fill(data, form, context::seed()?)
    }
}

/// What happened, in words.
fn told(did: &str, done: &Submitted, names: &Names) -> String {
    format!("{did}: applied at position {}\n{}\n{}\n", done.position, names.standing(&done.standing), done.statement)
}

/// An action to take, with everything that it says.
pub struct Deed<'a> {
    /// In which process: `main`, or a path such as `main/goods`.
    pub process: &'a str,
    /// As whom.
    pub actor: &'a str,
    /// The action.
    pub action: &'a str,
    /// The response; none for the expected one.
    pub response: Option<&'a str>,
    /// Its data.
    pub data: Json,
    /// Its attachments by name.
    pub attachments: Vec<Attached>,
    /// The envelopes of its personal data.
    pub envelopes: Envelopes,
}

impl Deed<'_> {
    /// Says it in a contract. Each attachment is committed to with a salt of its own.
    pub async fn perform(self, client: &Client, contract: ContractId, voice: &Voice<'_>) -> Result<Submitted, Failure> {
        let mut seed = context::seed()?;
        let mut refs: BTreeMap<String, Vec<AttachmentRef>> = self.envelopes.refs;
        let mut attachments = Attachments::default();
        for attached in self.attachments {
            let attachment = attachments.add(client, contract, &attached, &mut seed).await?;
            refs.entry(attached.name).or_default().push(attachment);
        }
        let payload = Payload::Response(Response {
            process: self.process.to_owned(),
            actor: self.actor.to_owned(),
            action: self.action.to_owned(),
            response: self.response.map(str::to_owned),
            data: self.data,
            attachments: refs,
        });
        attachments.openings.extend(self.envelopes.openings);
        draft::say(client, contract, voice, &payload, &attachments.openings).await
    }
}

/// Where an action is open, and to whom.
struct Place<'v> {
    /// By its name in `main`.
    actor: &'v str,
    open: &'v OpenAction,
}

impl<'v> Place<'v> {
    /// The actor by its name in the process of the action.
    fn role(&self) -> &'v str {
        if self.open.role.is_empty() { self.actor } else { &self.open.role }
    }

    /// What to fill in for a response; the expected one, if none is named. It says what is personal, so nothing is
    /// signed without it.
    fn form(&self, response: Option<&str>) -> Result<&'v Form, Failure> {
        let response = response.unwrap_or(&self.open.expect);
        self.open.forms.iter().find(|form| form.response == response).ok_or_else(|| {
            let known = self.open.responses.join(", ");
            let said = format!("{} has no response {response} here; there are: {known}", self.open.action);
            Failure::refused("unknown_response", said)
        })
    }
}

/// Where an action is open: of several actors to an own one, unless one is named.
fn place_of<'v>(
    view: &'v ContractView,
    action: &str,
    actor: Option<&str>,
    process: Option<&str>,
) -> Result<Place<'v>, Failure> {
    let open = view.process.iter().flat_map(|process| &process.open);
    let all = open.flat_map(|(actor, actions)| actions.iter().map(move |open| Place { actor, open }));
    let named = all.filter(|place| {
        place.open.action == action
            && process.is_none_or(|process| place.open.process == process)
            && actor.is_none_or(|actor| place.actor == actor || place.open.role == actor)
    });
    let mut found: Vec<Place<'v>> = named.collect();
    let list = format!("countersign action list {}", view.contract);
    let Some(first) = found.first().map(|first| first.actor) else {
        let whom = actor.unwrap_or("anybody");
        return Err(Failure::refused("not_open", format!("{action} is not open to {whom} now")).next(list));
    };
    if found.iter().any(|place| place.actor != first) {
        let own = view.members.iter().find(|member| member.own);
        found.retain(|place| own.is_some_and(|own| own.actors.iter().any(|played| played == place.actor)));
    }
    let several = found.len() > 1;
    match found.pop() {
        Some(place) if !several => Ok(place),
        Some(place) if found.iter().all(|other| other.actor == place.actor) => {
            let message = format!("{action} is open in several processes: name one with --process");
            Err(Failure::misuse(message).next(list))
        }
        _ => Err(Failure::misuse(format!("{action} is open to several actors: name one with --as")).next(list)),
    }
}

/// The data of a response from `name=text`, `name:=JSON`, objects and files.
fn data(given: &[String]) -> Result<Json, Failure> {
    let mut members = BTreeMap::new();
    for text in given {
        if text.starts_with('{') || text.starts_with('@') {
            match files::json(text, "--data")? {
                Json::Map(more) => members.extend(more),
                _ => return Err(Failure::misuse("--data is no object")),
            }
            continue;
        }
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| Failure::misuse(format!("--data {text} is neither NAME=VALUE nor an object in JSON")))?;
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => (name, files::json(value, "--data")?),
            None => (name, Json::text(value)),
        };
        members.insert(name.to_owned(), value);
    }
    Ok(Json::Map(members))
}

fn attachments(given: &[String]) -> Result<Vec<Attached>, Failure> {
    let one = |text: &String| {
        let (name, file) =
            text.split_once('=').ok_or_else(|| Failure::misuse(format!("--attach {text} is not NAME=FILE")))?;
        let (path, media) = match file.split_once(';') {
            Some((path, media)) => (Path::new(path), media.to_owned()),
            None => (Path::new(file), media_of(Path::new(file)).to_owned()),
        };
        Ok(Attached::of_file(name, path, media))
    };
    given.iter().map(one).collect()
}

/// The media type that the end of a file's name stands for.
fn media_of(path: &Path) -> &'static str {
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
    match end.as_str() {
        "pdf" => "application/pdf",
        "json" => "application/json",
        "xml" => "application/xml",
        "zip" => "application/zip",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "md" => "text/markdown",
        "txt" => "text/plain",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_text_unless_marked_as_json() {
        let given = ["rent=950", "years:=3", r#"{"place":{"city":"Vigo"}}"#, "note=a=b"].map(str::to_owned);
        let found = data(&given).unwrap().to_string();
        assert_eq!(found, r#"{"note":"a=b","place":{"city":"Vigo"},"rent":"950","years":3}"#);
        assert!(data(&["rent".to_owned()]).is_err());
        assert!(data(&["rent:=9.5".to_owned()]).is_err(), "floats are not exact");
    }

    fn open(process: &str, role: &str, action: &str) -> serde_json::Value {
        let form = serde_json::json!({"response": "ok", "title": "", "schema": {"type": "object"}, "attachments": []});
        serde_json::json!({
            "process": process, "role": role, "action": action, "title": "", "kind": "performative",
            "responses": ["ok"], "expect": "ok", "forms": [form],
        })
    }

    fn view(open: &serde_json::Value) -> ContractView {
        let nothing = serde_json::Value::Null;
        let process = serde_json::json!({
            "state": "s", "title": "", "entered": "", "open": open, "next": [], "previous": [], "assets": nothing,
            "vars": nothing, "inputs": nothing, "result": nothing, "timers": [],
        });
        let view = serde_json::json!({
            "contract": "ctr_x", "status": "active", "title": "", "scenario": "", "founded": "", "members": [],
            "position": 1, "head": "", "final_position": 1, "state_hash": "", "process": process, "waiting": [],
            "accused": [],
        });
        serde_json::from_value(view).unwrap()
    }

    #[test]
    fn nothing_is_said_without_the_form_that_says_what_is_personal() {
        let open =
            serde_json::json!({"owner": [open("main", "owner", "ask")], "friend": [open("main/x", "guest", "ask")]});
        let view = view(&open);
        let place = |actor| place_of(&view, "ask", actor, None).map(|place| (place.role(), place.form(None).is_ok()));
        assert_eq!(place(Some("owner")).ok(), Some(("owner", true)));
        assert_eq!(place(Some("guest")).ok(), Some(("guest", true)), "in every process");
        let refused = |actor| place(actor).map_err(|failure| failure.code().to_owned()).err();
        assert_eq!(refused(Some("stranger")).as_deref(), Some("not_open"));
        assert_eq!(refused(None).as_deref(), Some("misuse"), "open to two");
        let other = place_of(&view, "ask", Some("owner"), None).and_then(|place| place.form(Some("no")));
        assert_eq!(other.map_err(|failure| failure.code().to_owned()).err().as_deref(), Some("unknown_response"));
    }
}
