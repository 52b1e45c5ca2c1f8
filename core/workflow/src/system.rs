//! Actions that a node does by itself: what `run` says, and what it comes to in a process (decision 0014).

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::{Error as RulesError, Rule, Text, Timestamp, Value};
use thiserror::Error;

use crate::branch::Branch;
use crate::process::Process;
use crate::question::{Asking, Question};
use crate::scenario::{Needs, Response};
use crate::view::{Locals, View};

/// Most bytes of the body of a request, or of the input of a program: 64 KiB.
pub const REQUEST_BYTES_MAX: usize = 64 << 10;

/// What `run` says, compiled.
#[derive(Debug)]
pub(crate) struct Run {
    pub what: What,
    /// Milliseconds.
    pub timeout: u64,
    pub retry: Option<Retry>,
    pub poll: Option<Poll>,
}

/// Members of a map, each an expression.
pub(crate) type Expressions = Vec<(Text, Rule)>;

#[derive(Debug)]
pub(crate) enum What {
    Http { method: String, url: String, headers: Expressions, body: Expressions, secret: Option<String> },
    Webhook { url: String, body: Expressions },
    Program { name: String, input: Expressions },
    Contract(Asking),
}

impl Run {
    /// What it asks another contract, if that is what it does.
    pub fn asking(&self) -> Option<&Asking> {
        match &self.what {
            What::Contract(asking) => Some(asking),
            What::Http { .. } | What::Webhook { .. } | What::Program { .. } => None,
        }
    }
}

/// When a failed attempt is made again; times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often after the first attempt.
    pub times: u32,
    /// Before the second attempt.
    pub first: u64,
    /// What the time is multiplied with after each attempt.
    pub factor: u32,
    /// The longest time.
    pub longest: u64,
}

/// How often to ask again while an answer is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poll {
    /// Milliseconds between two questions.
    pub every: u64,
    /// How often.
    pub times: u32,
}

/// What a node shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// An HTTP request whose answer is the response.
    Http {
        /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
        method: String,
        /// The address.
        url: String,
        /// Headers by name.
        headers: BTreeMap<String, String>,
        /// The JSON object that is sent; none if the scenario has no `body`.
        body: Option<Json>,
        /// The name of the secret to send.
        secret: Option<String>,
    },
    /// A signed message; that it was taken is the response.
    Webhook {
        /// The address.
        url: String,
        /// The JSON object that is sent.
        body: Json,
    },
    /// A program of the node.
    Program {
        /// What the operator calls it.
        name: String,
        /// The JSON object that it reads.
        input: Json,
    },
    /// A question to another contract of this party.
    Contract(Question),
}

/// A system action that starts by itself in a process, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemRun {
    /// The process, by its path.
    pub process: String,
    /// Who acts.
    pub actor: String,
    /// The action.
    pub action: String,
    /// The standing that the entry which led into the state must have.
    pub needs: Needs,
    /// The longest time of one attempt, in milliseconds.
    pub timeout: u64,
    /// Whether to try again.
    pub retry: Option<Retry>,
    /// Whether to ask again.
    pub poll: Option<Poll>,
}

/// Why a system action cannot be put in a request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RunError {
    /// An expression ends with an error.
    #[error("the expression of `{0}` ends with {1}")]
    Expression(String, &'static str),
    /// A header is no text in one line.
    #[error("header `{0}` is no text in one line")]
    Header(String),
    /// It is too long.
    #[error("the request has {0} bytes, at most {REQUEST_BYTES_MAX}")]
    TooLong(usize),
    /// There is no such system action.
    #[error("no such system action")]
    Unknown,
}

/// Why a system action failed, as its response `error` says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// A word.
    pub reason: String,
    /// A sentence.
    pub detail: String,
    /// The status of the HTTP answer, or of the program.
    pub status: Option<i64>,
    /// How many attempts were made.
    pub attempts: u32,
    /// SHA-256 of the transcript of the attempts.
    pub witness: [u8; 32],
}

/// An entry of a process into a state; no other entry of any process in the contract is equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Which process, of all that ever began: a path can be taken again.
    number: u64,
    /// How many states it had entered.
    count: usize,
    /// How many steps the contract had taken.
    steps: usize,
}

impl Process {
    /// The system actions that start by themselves now: of each process alive the default action, if it has `run`.
    pub fn system_runs(&self, time: Timestamp) -> Vec<SystemRun> {
        let all = self.all_from_below().into_iter();
        all.filter_map(|(_, branch)| branch.system_run(time.max(self.time))).collect()
    }

    /// Whether an action of a process, by its path, is one that a node does.
    pub fn is_system(&self, process: &str, action: &str) -> bool {
        self.process(process).and_then(|one| one.action(action)).is_some_and(|action| action.is_system())
    }

    /// The JSON Schema of the data of a response to a system action of a process, by its path.
    pub fn system_schema(&self, process: &str, action: &str, response: &str) -> Option<Json> {
        let branch = self.branch(&self.find(process)?)?;
        let (_, action) = branch.body.action(action).filter(|(_, action)| action.run.is_some())?;
        action.response(response).map(|(_, response)| response.data.to_json().clone())
    }

    /// By which entry into a state each process alive is where it is, by its path. If an entry of the log changes that,
    /// it led into the state.
    pub fn entries(&self) -> BTreeMap<&str, Entered> {
        let entered = |branch: &Branch| Entered {
            number: branch.number,
            count: branch.passed.count(),
            steps: branch.passed.last().map_or(0, |(steps, _)| *steps),
        };
        self.all().into_iter().map(|(_, branch)| (&*branch.path, entered(branch))).collect()
    }

    /// What a system action asks for, with the values that its process has now.
    ///
    /// # Errors
    /// [`RunError`], if it has none, or a value does not fit.
    pub fn system_call(&self, run: &SystemRun, time: Timestamp) -> Result<Call, RunError> {
        let branch = self.find(&run.process).and_then(|at| self.branch(&at)).ok_or(RunError::Unknown)?;
        branch.system_call(&run.actor, &run.action, time.max(self.time))
    }
}

impl Branch {
    fn system_run(&self, time: Timestamp) -> Option<SystemRun> {
        let named = self.actions_named();
        // Most states have none: then nothing need be evaluated.
        if !named.iter().any(|position| self.body.actions.get(*position).is_some_and(|action| action.run.is_some())) {
            return None;
        }
        let roles: Vec<_> = self.all_roles().filter(|(_, _, role)| role.bound).collect();
        let open = roles.iter().map(|(member, actor, _)| (actor, self.open_to(*member, time)));
        let open: Vec<_> = open.filter(|(_, open)| !open.is_empty()).collect();
        let named = named.into_iter().filter_map(|position| self.body.actions.get(position));
        let (action, actor) = named.into_iter().find_map(|action| {
            let who = open.iter().find(|(_, open)| open.iter().any(|open| *open.action == *action.name));
            who.map(|(actor, _)| (action, actor))
        })?;
        let run = action.run.as_ref()?;
        Some(SystemRun {
            process: self.path.to_string(),
            actor: actor.name.to_string(),
            action: action.name.to_string(),
            needs: action.needs.unwrap_or(Needs::Final),
            timeout: run.timeout,
            retry: run.retry,
            poll: run.poll,
        })
    }

    fn system_call(&self, actor: &str, action: &str, time: Timestamp) -> Result<Call, RunError> {
        let run = self.body.action(action).and_then(|(_, action)| action.run.as_ref()).ok_or(RunError::Unknown)?;
        let mut locals = Locals::at(time);
        locals.actor = self.named(actor).map(|(member, _)| member);
        let view = View::new(self, &locals);
        let object = |rules: &Expressions| object(rules, &view);
        Ok(match &run.what {
            What::Http { method, url, headers, body, secret } => Call::Http {
                method: method.clone(),
                url: url.clone(),
                headers: headers_of(values(headers, &view)?)?,
                body: if body.is_empty() { None } else { Some(object(body)?) },
                secret: secret.clone(),
            },
            What::Webhook { url, body } => Call::Webhook { url: url.clone(), body: object(body)? },
            What::Program { name, input } => Call::Program { name: name.clone(), input: object(input)? },
            What::Contract(asking) => Call::Contract(asking.question(self, locals.actor)?),
        })
    }
}

fn values(rules: &Expressions, view: &View<'_>) -> Result<BTreeMap<String, Value>, RunError> {
    let one = |(name, rule): &(Text, Rule)| {
        let failed = |error: RulesError| RunError::Expression(name.to_string(), error.kind.as_str());
        Ok((name.to_string(), rule.eval(view).map_err(failed)?))
    };
    rules.iter().map(one).collect()
}

/// The values of expressions as a JSON object.
pub(crate) fn object(rules: &Expressions, view: &View<'_>) -> Result<Json, RunError> {
    let json = Json::map(values(rules, view)?.iter().map(|(name, value)| (name.clone(), value.to_plain())));
    let bytes = json.canonical().len();
    if bytes > REQUEST_BYTES_MAX { Err(RunError::TooLong(bytes)) } else { Ok(json) }
}

/// Headers that are unassigned are left out.
fn headers_of(values: BTreeMap<String, Value>) -> Result<BTreeMap<String, String>, RunError> {
    let mut headers = BTreeMap::new();
    for (name, value) in values {
        match value {
            Value::Unassigned => {}
            Value::Text(text) if text.chars().all(|letter| (' '..='~').contains(&letter)) => {
                headers.insert(name, text.to_string());
            }
            _ => return Err(RunError::Header(name)),
        }
    }
    Ok(headers)
}

/// The data of the response `error` for a failure: of what it can say, what the schema of the response has room for.
pub fn failure_data(schema: &Json, failure: &Failure) -> Json {
    let properties = schema.get("properties").and_then(Json::as_map);
    let hash = failure.witness.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"));
    let known = [
        ("reason", Some(Json::text(failure.reason.as_str()))),
        ("detail", Some(Json::text(failure.detail.as_str()))),
        ("status", failure.status.map(Json::Int)),
        ("attempts", Some(Json::Int(failure.attempts.into()))),
        ("witness", Some(Json::Text(hash))),
    ];
    let wanted = |name: &str| properties.is_some_and(|properties| properties.contains_key(name));
    Json::map(known.into_iter().filter(|(name, _)| wanted(name)).filter_map(|(name, value)| Some((name, value?))))
}

/// Whether every failure fits a response: also one without status.
pub(crate) fn failures_fit(response: &Response) -> Result<(), String> {
    let failure =
        Failure { reason: "unreachable".into(), detail: "no answer".into(), attempts: 1, ..Failure::default() };
    let data = failure_data(response.data.to_json(), &failure);
    response.data.validate(&data).map(|_| ()).map_err(|invalid| format!("{} {}", invalid.pointer, invalid.message))
}
