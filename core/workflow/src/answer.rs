//! What somebody says to a process, and what is checked before anything is done (language §4, steps 2 and 3).

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::{Hash, Timestamp, Value};

use crate::branch::Branch;
use crate::classes::{ENVELOPE_BYTES_MAX, ENVELOPE_MEDIA, ENVELOPE_NAME};
use crate::process::{Process, ROOT_PROCESS};
use crate::question::ProofReader;
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Action, ActionKind, Attachment, Many, Member, Own, Response, State, Trigger};
use crate::system::Run;
use crate::view::{Locals, View};

/// Most characters of the name of a file.
const FILE_NAME_CHARACTERS_MAX: usize = 255;
/// Most characters of a media type.
const MEDIA_CHARACTERS_MAX: usize = 127;

/// Whose key signed a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A person's.
    User,
    /// A system's.
    System,
}

/// What the mandates at this place and time say of an author (contract log §13.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entitlement {
    /// The author may act so.
    Entitled,
    /// There is no mandate: `not_entitled`.
    NotEntitled,
    /// There is one, and a value is above its limit: `beyond_mandate`.
    BeyondMandate,
}

/// A response to an action.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The contract; none in a play without one.
    pub contract: Option<&'a str>,
    /// The process it is meant for: `main`, or a path such as `main/goods`.
    pub process: &'a str,
    /// The role its author acts as, by its name in that process.
    pub actor: &'a str,
    /// The party its author belongs to; none in a play without parties.
    pub party: Option<&'a str>,
    /// Whose key signed it.
    pub key: KeyKind,
    /// The action.
    pub action: &'a str,
    /// The response; none for the expected one.
    pub response: Option<&'a str>,
    /// Its data, plain JSON; `null` is no data.
    pub data: &'a Json,
    /// Its attachments: name → `{hash, name, media, bytes}` or a list of one such; `commitment` says the same as `hash`.
    pub attachments: &'a Json,
    /// The digest of what its author saw.
    pub seen: Option<[u8; 32]>,
    /// The time its statement declares.
    pub time: Timestamp,
    /// What reads proofs of other contracts; none in a play.
    pub proofs: Option<ProofReader>,
}

/// An answer that passed steps 2 and 3.
pub(crate) struct Admitted {
    /// The positions of the process, from `main` on.
    pub at: Vec<usize>,
    pub actor: Member,
    pub action: usize,
    pub response: usize,
    pub data: Value,
    pub attachments: Value,
}

/// Steps 2 and 3, in the order of the language; the first failure counts.
pub(crate) fn admit(
    process: &Process,
    answer: &Answer<'_>,
    entitlement: &dyn Fn(&Process) -> Entitlement,
) -> Result<Admitted, Rejection> {
    if process.outcome().is_some() {
        return Err(Rejection::new(Rule::ProcessOver, format!("the process is over in {}", process.state())));
    }
    let at = process.find(answer.process);
    let found = at.as_ref().and_then(|at| process.branch(at)).and_then(|branch| {
        let (action_at, action) = branch.body.action(answer.action)?;
        Some((branch, branch.current()?, action_at, action))
    });
    let (Some(at), Some((branch, state, action_at, action))) = (at.as_ref(), found) else {
        if answer.process == ROOT_PROCESS && process.was_deviation(answer.action) {
            let message = format!("the deviation that had {} is spent", answer.action);
            return Err(Rejection::new(Rule::DeviationSpent, message));
        }
        let message = format!("no action of {} is called {}", answer.process, answer.action);
        return Err(Rejection::new(Rule::UnknownAction, message));
    };
    let reject = |rule: Rule, message: String| Err(Rejection::new(rule, message).at(action.place));
    match entitlement(process) {
        Entitlement::Entitled => {}
        Entitlement::NotEntitled => {
            return reject(Rule::NotEntitled, format!("no mandate for {} as {}", action.name, answer.actor));
        }
        Entitlement::BeyondMandate => {
            return reject(Rule::BeyondMandate, format!("{} is above the limit of the mandate", action.name));
        }
    }
    let bound = branch.named(answer.actor).filter(|(_, role)| role.bound && role.party.as_deref() == answer.party);
    let Some((actor, _)) = bound else {
        return reject(Rule::NotAnActor, format!("the author is not bound to {}", answer.actor));
    };
    if action.kind == ActionKind::Performative && answer.key != KeyKind::User && action.run.is_none() {
        return reject(Rule::WrongKey, format!("{} binds, so it needs a person's key", action.name));
    }
    let found = action.response(answer.response.unwrap_or_else(|| expected(action)));
    if action.own.is_none() && !branch.is_acknowledged() {
        return reject(Rule::NotAcknowledged, format!("not everybody who is asked has acknowledged {}", state.name));
    }
    may_take(branch, state, (action_at, action), found.map(|(at, _)| at), actor).map_err(|rule| match rule {
        Rule::NotOpen => {
            Rejection::new(rule, format!("{} is not open in {}", action.name, state.name)).at(action.place)
        }
        _ => Rejection::new(rule, format!("{} is not for {}", action.name, answer.actor)).at(action.place),
    })?;
    if !condition_holds(branch, action, actor, process.time) {
        return reject(Rule::ConditionNotMet, format!("the condition of {} does not hold", action.name));
    }
    let Some((response_at, response)) = found else {
        let message = format!("{} has no response {}", action.name, answer.response.unwrap_or_default());
        return reject(Rule::UnknownResponse, message);
    };
    let data = data_of(response, answer.data).map_err(|rejection| rejection.at(action.place))?;
    if action.own == Some(Own::Object) {
        branch.objected_to(actor, &data).map_err(|rejection| rejection.at(action.place))?;
    }
    let attachments = attachments_of(response, answer.attachments).map_err(|rejection| rejection.at(action.place))?;
    envelopes_of(response, answer).map_err(|rejection| rejection.at(action.place))?;
    if !action.seen.is_empty() && answer.seen != branch.seen_of(&action.seen, process.time) {
        return reject(Rule::SeenChanged, format!("what {} depends on is not what its author saw", action.name));
    }
    if let Some(proving) = &response.proving {
        proving.check(branch, answer, &response.name, &data)?;
    }
    if let (Some(asking), "ok") = (action.run.as_ref().and_then(Run::asking), &*response.name) {
        asking.check(branch, actor, answer, response, action.place)?;
    }
    Ok(Admitted { at: at.clone(), actor, action: action_at, response: response_at, data, attachments })
}

fn expected(action: &Action) -> &str {
    action.responses.get(action.expect).map_or("ok", |response| &*response.name)
}

/// Whether an actor may give a response: one that comes by itself if it is asked for, any other if it is open and not
/// announced already.
fn may_take(
    branch: &Branch,
    state: &State,
    (action_at, action): (usize, &Action),
    response: Option<usize>,
    actor: Member,
) -> Result<(), Rule> {
    match action.own {
        Some(own) => branch.own_open(own, actor),
        None if branch.has_announced(actor, action_at) => Err(Rule::NotOpen),
        None => open(state, action_at, response, actor.actor, action),
    }
}

/// Whether some transition of the state names the response and lets the actor give it.
///
/// A response that the action does not have is only found out later: a transition that names the whole action names
/// whatever is answered to it.
fn open(state: &State, action_at: usize, response: Option<usize>, actor: usize, action: &Action) -> Result<(), Rule> {
    let mut named = state.transitions.iter().filter_map(|transition| match &transition.trigger {
        Trigger::On { responses, by } => {
            let names = match response {
                Some(response) => responses.contains(&(action_at, response)),
                None => (0..action.responses.len()).all(|response| responses.contains(&(action_at, response))),
            };
            names.then_some(*by)
        }
        _ => None,
    });
    let mut is_open = false;
    let allowed = named.any(|by| {
        is_open = true;
        by.has(actor)
    });
    match (is_open, allowed && action.by.has(actor)) {
        (false, _) => Err(Rule::NotOpen),
        (true, false) => Err(Rule::NotYours),
        (true, true) => Ok(()),
    }
}

/// Whether `if` of an action holds for an actor; an error or unassigned is no.
pub(crate) fn condition_holds(branch: &Branch, action: &Action, actor: Member, time: Timestamp) -> bool {
    let Some(rule) = &action.condition else { return true };
    let mut locals = Locals::at(time);
    locals.actor = Some(actor);
    rule.holds(&View::new(branch, &locals)).unwrap_or(false)
}

/// The responses to an action that an actor may give now, by position.
pub(crate) fn open_responses(branch: &Branch, state: &State, action_at: usize, actor: Member) -> Vec<usize> {
    let Some(action) = branch.body.actions.get(action_at) else { return Vec::new() };
    if action.own.is_none() && !branch.is_acknowledged() {
        return Vec::new();
    }
    let may = |response: &usize| may_take(branch, state, (action_at, action), Some(*response), actor).is_ok();
    (0..action.responses.len()).filter(may).collect()
}

fn data_of(response: &Response, data: &Json) -> Result<Value, Rejection> {
    let none = Json::Map(BTreeMap::new());
    let data = if *data == Json::Null { &none } else { data };
    response
        .data
        .validate(data)
        .map_err(|invalid| Rejection::new(Rule::InvalidData, invalid.message).pointing(invalid.pointer))
}

fn attachments_of(response: &Response, attachments: &Json) -> Result<Value, Rejection> {
    let invalid = |name: &str, message: &str| {
        Rejection::new(Rule::InvalidAttachment, format!("attachment {name} {message}")).pointing(format!("/{name}"))
    };
    let none = BTreeMap::new();
    let given = match attachments {
        Json::Null => &none,
        Json::Map(given) => given,
        _ => return Err(Rejection::new(Rule::InvalidAttachment, "attachments are a map").pointing("")),
    };
    if let Some(name) = given
        .keys()
        .find(|name| !name.starts_with('/') && !response.attachments.iter().any(|known| *known.name == ***name))
    {
        return Err(invalid(name, "is not asked for"));
    }
    let mut values = Vec::new();
    for asked in &response.attachments {
        let found = given.get(&*asked.name).unwrap_or(&Json::Null);
        if let Some(many) = asked.many {
            if *found != Json::Null || !asked.optional {
                let files = files(asked, many, found).map_err(|message| invalid(&asked.name, message))?;
                values.push((asked.name.clone(), files));
            }
            continue;
        }
        match found {
            Json::Null => {
                if !asked.optional {
                    return Err(invalid(&asked.name, "is missing"));
                }
            }
            found => {
                let value = attachment(asked, found).map_err(|message| invalid(&asked.name, message))?;
                values.push((asked.name.clone(), value));
            }
        }
    }
    Ok(Value::map(values))
}

/// Each personal value lies in an envelope of its own, which is called by the pointer of its place in the data, and there
/// is no other envelope (decision 0018).
fn envelopes_of(response: &Response, answer: &Answer<'_>) -> Result<(), Rejection> {
    let invalid = |name: &str, message: &str| {
        let message = format!("the envelope {name} {message}");
        Rejection::new(Rule::InvalidAttachment, message)
            .pointing(format!("/{}", name.replace('~', "~0").replace('/', "~1")))
    };
    let sealed = response.data.sealed(answer.data);
    let given = answer.attachments.as_map().into_iter().flatten();
    if let Some((name, _)) = given
        .filter(|(name, _)| name.starts_with('/'))
        .find(|(name, _)| !sealed.iter().any(|place| place.pointer == ***name))
    {
        return Err(invalid(name, "is for nothing in the data"));
    }
    for place in &sealed {
        let file = match answer.attachments.get(&place.pointer) {
            Some(Json::List(files)) if files.len() == 1 => files.first(),
            _ => None,
        };
        let file = file.ok_or_else(|| invalid(&place.pointer, "is missing"))?;
        let text = |key: &str| file.get(key).and_then(Json::as_text);
        let bytes = file.get("bytes").and_then(Json::as_int).and_then(|bytes| usize::try_from(bytes).ok());
        let fits = text("commitment").and_then(Hash::parse) == Some(place.hash)
            && text("media") == Some(ENVELOPE_MEDIA)
            && text("name") == Some(ENVELOPE_NAME)
            && bytes.is_some_and(|bytes| bytes <= ENVELOPE_BYTES_MAX);
        if !fits {
            return Err(invalid(&place.pointer, "is not what stands in the data"));
        }
    }
    Ok(())
}

/// A list of as many files as are asked for. What is not given is an empty list.
fn files(asked: &Attachment, many: Many, given: &Json) -> Result<Value, &'static str> {
    let given = match given {
        Json::Null => &[],
        Json::List(files) => files.as_slice(),
        _ => return Err("must be a list of files"),
    };
    if given.len() < many.min {
        return Err("has too few files");
    }
    if given.len() > many.max {
        return Err("has too many files");
    }
    if given.iter().any(|file| file.as_map().is_none()) {
        return Err("must be a list of files");
    }
    given.iter().map(|file| attachment(asked, file)).collect::<Result<Vec<_>, _>>().map(Value::list)
}

fn attachment(asked: &Attachment, given: &Json) -> Result<Value, &'static str> {
    let given = match given {
        Json::List(items) => match items.as_slice() {
            [one] => one,
            _ => return Err("must be one file"),
        },
        one => one,
    };
    let members = given.as_map().ok_or("must be a file")?;
    if members.keys().any(|key| !matches!(key.as_str(), "hash" | "commitment" | "name" | "media" | "bytes")) {
        return Err("has an unknown member");
    }
    let text = |key: &str, max: usize| {
        let found = given.get(key).and_then(Json::as_text);
        found.filter(|text| !text.is_empty() && text.chars().count() <= max)
    };
    let hash = match (given.get("hash"), given.get("commitment")) {
        (Some(hash), None) | (None, Some(hash)) => hash.as_text().and_then(Hash::parse),
        _ => None,
    };
    let hash = hash.ok_or("has no hash")?;
    let name = text("name", FILE_NAME_CHARACTERS_MAX).ok_or("has no name")?;
    let media = text("media", MEDIA_CHARACTERS_MAX).ok_or("has no media type")?;
    if asked.personal.is_some() && name != &*asked.name {
        return Err("is personal, so it is called as the scenario calls it");
    }
    if asked.media.as_ref().is_some_and(|allowed| !allowed.iter().any(|allowed| allowed == media)) {
        return Err("has another media type");
    }
    let bytes = given.get("bytes").and_then(Json::as_int).filter(|bytes| *bytes >= 0).ok_or("has no size")?;
    if bytes > asked.bytes_max {
        return Err("is too large");
    }
    Ok(Value::map([
        ("hash", Value::Hash(hash)),
        ("name", Value::text(name)),
        ("media", Value::text(media)),
        ("bytes", Value::Int(bytes)),
    ]))
}
