//! A scenario ready to run: names resolved, expressions and schemas compiled once.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_codec::Json;
use countersign_rules::{Calendar, Duration, Printer, Rule, Schema, TEXT_MAX_DEFAULT, Text, Type};

use crate::action_view::ActionView;
use crate::build;
use crate::change::{BallotRule, ChangeKind, ChangeRules};
use crate::classes::DataClass;
use crate::finding::{Finding, Place};
use crate::proof::Proving;
use crate::system::Run;

/// Most actors of a scenario.
pub const ACTORS_MAX: usize = 100;
/// Most members of a group, and items of an asset that is a list.
pub const MEMBERS_MAX: usize = 1_000;

/// A checked scenario; a clone shares everything.
#[derive(Clone, Debug)]
pub struct Scenario(pub(crate) Arc<Parts>);

/// What a document consists of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub canonical: Json,
    pub digest: [u8; 32],
    pub name: String,
    /// What `main` follows.
    pub root: Arc<Body>,
}

/// What one process follows. Positions in lists stand for names; all lists are in the order of the names.
#[derive(Debug)]
pub(crate) struct Body {
    pub title: Words,
    pub language: String,
    pub clauses: Vec<(String, Written)>,
    pub actors: Vec<Actor>,
    pub assets: Vec<(Text, Words, Schema)>,
    pub vars: Schema,
    pub inputs: Schema,
    /// Those of the document.
    pub calendars: Arc<Vec<(Text, Calendar)>>,
    /// Of the document; none below it.
    pub classes: Vec<DataClass>,
    pub actions: Vec<Action>,
    pub states: Vec<State>,
    pub initial: usize,
    pub result: Vec<(Text, Rule, Place)>,
    pub comments: Option<Comments>,
    pub changes: ChangeRules,
    /// The named types in canonical form, if there are any.
    pub types: Option<Json>,
    /// The names of children that it may start, ascending.
    pub children: Vec<ChildKind>,
    pub signals: Vec<Signal>,
    /// The actors whom effects invite, of this body or of one that it starts.
    pub invites: Actors,
}

/// Words by language.
pub type Words = BTreeMap<String, String>;

/// Words with placeholders, by language.
pub(crate) type Written = BTreeMap<String, Printer>;

/// A set of actors by position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Actors(u128);

impl Actors {
    pub fn add(&mut self, actor: usize) {
        self.0 |= Self::bit(actor);
    }

    pub const fn has(self, actor: usize) -> bool {
        self.0 & Self::bit(actor) != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The positions in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..ACTORS_MAX).filter(move |actor| self.has(*actor))
    }

    const fn bit(actor: usize) -> u128 {
        if actor < ACTORS_MAX { 1 << actor } else { 0 }
    }
}

/// Who acts: an actor by position, and which member of it if it is a group (0 if it is none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Member {
    pub actor: usize,
    pub index: usize,
}

/// A role.
#[derive(Debug)]
pub(crate) struct Actor {
    pub name: Text,
    pub title: Words,
    pub data: Schema,
    pub acts_for: Option<usize>,
    pub joins: Joins,
    pub priority: i8,
    /// Of a group: how many members it has.
    pub many: Option<Many>,
}

/// How many there may be: members of a group, items of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Many {
    /// At least.
    pub min: usize,
    /// At most.
    pub max: usize,
}

impl Actor {
    /// The name of a member: that of the role, and of a group with the member's number.
    pub fn key(&self, index: usize) -> Text {
        if self.many.is_some() { format!("{}.{index}", self.name).into() } else { self.name.clone() }
    }
}

/// How a role finds its party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joins {
    /// It is bound when the process starts.
    Start,
    /// It is bound later, by invitation.
    Invitation,
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// It binds, and needs a person's key.
    Performative,
    /// It tells.
    Informative,
}

/// The standing that the entry which led into the state must have before an action is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Every party holds it.
    Countersigned,
    /// It can no longer change.
    Final,
}

#[derive(Debug)]
pub(crate) struct Action {
    pub name: Text,
    pub place: Place,
    pub title: Words,
    pub clause: Option<String>,
    pub kind: ActionKind,
    pub by: Actors,
    pub condition: Option<Rule>,
    pub seen: Vec<Vec<Text>>,
    pub responses: Vec<Response>,
    pub expect: usize,
    pub needs: Option<Needs>,
    pub priority: i8,
    pub run: Option<Run>,
    /// Its responses wait before they take effect.
    pub announce: Option<Announce>,
    /// It comes by itself, the document does not declare it.
    pub own: Option<Own>,
}

/// How long a response waits before it takes effect, and who may object until then.
#[derive(Debug)]
pub(crate) struct Announce {
    pub wait: Duration,
    pub objectors: Actors,
}

/// An action that comes with a key of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    /// With `acknowledge` of a state.
    Acknowledge,
    /// With `announce` of an action.
    Object,
}

impl Own {
    pub const ALL: [Self; 2] = [Self::Acknowledge, Self::Object];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Object => "object",
        }
    }

    /// The key that it comes with.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Object => "announce",
        }
    }

    /// Its title, in English whatever the language of the document.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Acknowledge => "Acknowledge",
            Self::Object => "Object",
        }
    }
}

impl std::fmt::Display for Own {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

#[derive(Debug)]
pub(crate) struct Response {
    pub name: Text,
    pub title: Words,
    pub data: Schema,
    pub attachments: Vec<Attachment>,
    pub effects: Vec<Effect>,
    /// What it proves without showing it.
    pub proving: Option<Proving>,
}

#[derive(Debug)]
pub(crate) struct Attachment {
    pub name: Text,
    pub media: Option<Vec<String>>,
    pub optional: bool,
    /// Of a list of files: how many.
    pub many: Option<Many>,
    pub bytes_max: i64,
    /// The data class that the file belongs to.
    pub personal: Option<Text>,
}

impl Attachment {
    /// What expressions see of it.
    pub fn type_of(&self) -> Type {
        let file = Type::attachment(self.personal.clone());
        match self.many {
            None => file.optional(),
            Some(many) => {
                let (min, max) = (many.min as u64, many.max as u64);
                Type::of(countersign_rules::Kind::List { of: Arc::new(file), min, max }).optional()
            }
        }
    }

    /// Whether a response must bring one.
    pub fn is_required(&self) -> bool {
        !self.optional && self.many.is_none_or(|many| many.min > 0)
    }
}

#[derive(Debug)]
pub(crate) struct State {
    pub name: Text,
    pub place: Place,
    pub title: Words,
    pub clause: Option<String>,
    pub instructions: Vec<(usize, Written)>,
    pub effects: Vec<Effect>,
    /// The children that start when it is entered, in their order.
    pub start: Vec<Arc<Start>>,
    /// Who is asked to acknowledge its entry before anything else goes on.
    pub acknowledge: Actors,
    pub transitions: Vec<Transition>,
    pub outcome: Option<Outcome>,
}

/// What the children of one name have in common.
#[derive(Debug)]
pub(crate) struct ChildKind {
    pub name: Text,
    /// Whether it is a list, one child for each of a list.
    pub many: bool,
    pub body: Arc<Body>,
}

/// How children begin.
#[derive(Debug)]
pub(crate) struct Start {
    pub place: Place,
    pub child: Text,
    pub body: Arc<Body>,
    pub condition: Option<Rule>,
    /// What the inputs are set to.
    pub with: Vec<(Text, Rule)>,
    /// By the position of the child's actor, the position of the parent's.
    pub roles: Vec<usize>,
    pub each: Option<Each>,
    /// Whether it goes on when its parent leaves the state.
    pub own: bool,
}

/// One child for each item of a list.
#[derive(Debug)]
pub(crate) struct Each {
    /// The input that the item becomes.
    pub input: Text,
    pub items: Rule,
    /// One after the other.
    pub sequential: bool,
}

/// What processes tell each other.
#[derive(Debug)]
pub(crate) struct Signal {
    pub name: Text,
    pub data: Schema,
    /// Whether it waits for a state that hears it.
    pub hold: bool,
}

/// Whom a signal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Parent,
    Children,
    /// Every process, the sender too.
    Contract,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// As agreed.
    Success,
    /// Not as agreed.
    Failure,
    /// Called off.
    Cancelled,
}

impl Outcome {
    /// The word of the language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Transition {
    pub place: Place,
    pub trigger: Trigger,
    pub condition: Option<Rule>,
    pub effects: Vec<Effect>,
    pub goto: Goto,
    pub title: Option<Words>,
    /// The live deviation that it belongs to, by position; none if it is one of the agreed scenario.
    pub deviation: Option<usize>,
}

#[derive(Debug)]
pub(crate) enum Trigger {
    /// One of these responses, given by one of these actors: (action, response) by position.
    On { responses: Vec<(usize, usize)>, by: Actors },
    /// As soon as it is true.
    When(Rule),
    /// So long after the state was entered.
    After(Delay),
    /// At this point in time, evaluated anew after each step.
    At(Rule),
    /// So often, so long after the state was entered and after each other.
    Every { interval: Duration, times: u32 },
    /// When this signal is heard, by its position in the signals of the body.
    Signal(usize),
}

/// How long after a state was entered.
#[derive(Debug)]
pub(crate) enum Delay {
    /// A duration.
    For(Rule),
    /// Until the end of so many working days, in the calendar at this position.
    BusinessDays { count: Rule, calendar: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goto {
    Stay,
    State(usize),
}

#[derive(Debug)]
pub(crate) struct Effect {
    pub place: Place,
    pub condition: Option<Rule>,
    pub kind: EffectKind,
}

#[derive(Debug)]
pub(crate) enum EffectKind {
    Set(Target, Rule),
    Append(Target, Rule),
    Merge(Target, Rule),
    Mark(Text),
    /// Opens the role of the actor at this position, for a party or for anybody.
    Invite {
        actor: usize,
        party: Option<Rule>,
    },
    /// Nobody plays the role of the actor at this position any more.
    Remove(usize),
    Start(Arc<Start>),
    /// Ends the children of this name.
    Cancel(Text),
    Signal {
        /// By its position in the signals of the sender.
        signal: usize,
        to: To,
        with: Vec<(Text, Rule)>,
    },
}

/// What an effect writes to.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub section: Section,
    /// The path below the section, the name of the asset, var or field first.
    pub path: Vec<Text>,
}

/// A part of a process that effects may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Assets,
    Vars,
    /// The data of this actor.
    Actor(Member),
    /// The data of whoever acts.
    ActingActor,
}

/// Who may comment, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comments {
    pub(crate) by: Actors,
    /// The media types of a comment.
    pub media: Vec<String>,
    /// Most bytes of a comment.
    pub bytes_max: i64,
}

impl Scenario {
    /// Reads a scenario from YAML or JSON, at most 1 MiB, with the warnings about it.
    ///
    /// # Errors
    /// All findings of the check, warnings too, if one of them is an error (language §4.1).
    pub fn load(bytes: &[u8]) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        build::load(bytes)
    }

    /// The canonical form (language §2.6).
    pub fn canonical(&self) -> &Json {
        &self.0.canonical
    }

    /// SHA-256 of the canonical form: the scenario's id, without its text form.
    pub fn digest(&self) -> [u8; 32] {
        self.0.digest
    }

    /// Its `name`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its `title` by language.
    pub fn title(&self) -> &Words {
        &self.0.root.title
    }

    /// The language that prevails between translations.
    pub fn language(&self) -> &str {
        &self.0.root.language
    }

    /// The names of the roles, ascending.
    pub fn actors(&self) -> impl Iterator<Item = &str> {
        self.0.root.actors.iter().map(|actor| &*actor.name)
    }

    /// The role that a name means: its own, or of a group that of a member such as `sureties.0`.
    pub fn role(&self, name: &str) -> Option<&str> {
        self.0.root.role(name).map(|(_, actor)| &*actor.name)
    }

    /// How many members a group has; none for a role that is no group.
    pub fn group(&self, actor: &str) -> Option<Many> {
        self.0.root.actor(actor).and_then(|(_, actor)| actor.many)
    }

    /// The title of a role, or of the role of a member, by language.
    pub fn actor_title(&self, actor: &str) -> Option<&Words> {
        self.0.root.role(actor).map(|(_, actor)| &actor.title)
    }

    /// How a role, or the role of a member, finds its party.
    pub fn joins(&self, actor: &str) -> Option<Joins> {
        self.0.root.role(actor).map(|(_, actor)| actor.joins)
    }

    /// The role whose party a role belongs to; itself unless `acts_for` says otherwise.
    pub fn acts_for<'n>(&'n self, actor: &'n str) -> Option<&'n str> {
        let (position, declared) = self.0.root.role(actor)?;
        if declared.many.is_some() {
            return Some(actor);
        }
        self.0.root.actors.get(self.0.root.principal(position)).map(|actor| &*actor.name)
    }

    /// The priority of a role, or of the role of a member, in a fork.
    pub fn actor_priority(&self, actor: &str) -> Option<i8> {
        self.0.root.role(actor).map(|(_, actor)| actor.priority)
    }

    /// The JSON Schema of the own data of a role, or of a member, supplied on joining.
    pub fn actor_schema(&self, actor: &str) -> Option<Json> {
        self.0.root.role(actor).map(|(_, actor)| actor.data.to_json().clone())
    }

    /// The JSON Schema of what the process is started with.
    pub fn input_schema(&self) -> Json {
        self.0.root.inputs.to_json().clone()
    }

    /// The names of the actions, ascending.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.0.root.actions.iter().map(|action| &*action.name)
    }

    /// An action by name.
    pub fn action(&self, action: &str) -> Option<ActionView<'_>> {
        self.0.root.action(action).map(|(_, action)| ActionView::new(action, &self.0.root))
    }

    /// The names of the states, ascending.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.0.root.states.iter().map(|state| &*state.name)
    }

    /// The title of a state by language.
    pub fn state_title(&self, state: &str) -> Option<&Words> {
        self.0.root.state(state).map(|state| &state.title)
    }

    /// The clause that a state cites.
    pub fn state_clause(&self, state: &str) -> Option<&str> {
        self.0.root.state(state).and_then(|state| state.clause.as_deref())
    }

    /// The rules for comments; none if there are no comments.
    pub fn comments(&self) -> Option<&Comments> {
        self.0.root.comments.as_ref()
    }

    /// Who decides on a change of a kind, and how; none if it cannot be proposed.
    pub fn ballot(&self, kind: ChangeKind) -> Option<BallotRule> {
        self.0.root.changes.rule(kind)
    }

    /// Whether an actor is one of those whose parties decide on changes of a kind.
    pub fn decides(&self, actor: &str, kind: ChangeKind) -> bool {
        let position = self.0.root.role(actor).map(|(position, _)| position);
        self.ballot(kind).is_some_and(|rule| position.is_some_and(|actor| rule.who.has(actor)))
    }

    /// Whether a role may comment.
    pub fn may_comment(&self, actor: &str) -> bool {
        let position = self.0.root.role(actor).map(|(position, _)| position);
        self.0.root.comments.as_ref().is_some_and(|comments| position.is_some_and(|actor| comments.by.has(actor)))
    }
}

impl Action {
    pub fn response(&self, name: &str) -> Option<(usize, &Response)> {
        let position = self.responses.binary_search_by(|response| (*response.name).cmp(name)).ok()?;
        self.responses.get(position).map(|response| (position, response))
    }
}

impl Body {
    pub fn actor(&self, name: &str) -> Option<(usize, &Actor)> {
        let position = self.actors.binary_search_by(|actor| (*actor.name).cmp(name)).ok()?;
        self.actors.get(position).map(|actor| (position, actor))
    }

    /// Who is meant by a name: `debtor`, or of a group `sureties.0`. Whether there is such a member is not asked.
    pub fn member(&self, name: &str) -> Option<Member> {
        let (role, number) = name.split_once('.').map_or((name, None), |(role, number)| (role, Some(number)));
        let (actor, declared) = self.actor(role)?;
        let index = match (number, declared.many) {
            (None, None) => 0,
            (Some(number), Some(_)) => {
                let index: usize = number.parse().ok().filter(|index| *index < MEMBERS_MAX)?;
                Some(index).filter(|index| index.to_string() == number)?
            }
            _ => return None,
        };
        Some(Member { actor, index })
    }

    /// The role that a name means: its own, or of a group that of a member.
    pub fn role(&self, name: &str) -> Option<(usize, &Actor)> {
        self.actor(name).or_else(|| {
            let position = self.member(name)?.actor;
            self.actors.get(position).map(|actor| (position, actor))
        })
    }

    pub fn action(&self, name: &str) -> Option<(usize, &Action)> {
        let position = self.actions.binary_search_by(|action| (*action.name).cmp(name)).ok()?;
        self.actions.get(position).map(|action| (position, action))
    }

    /// A response to an action; without a name the expected one.
    pub fn response(&self, action: &str, response: Option<&str>) -> Option<&Response> {
        let (_, action) = self.action(action)?;
        match response {
            Some(name) => action.response(name).map(|(_, response)| response),
            None => action.responses.get(action.expect),
        }
    }

    pub fn state(&self, name: &str) -> Option<&State> {
        let position = self.states.binary_search_by(|state| (*state.name).cmp(name)).ok()?;
        self.states.get(position)
    }

    /// Whether there may be a process of this path below one that follows this body: `goods`, or `outer.0/leaf`.
    pub fn may_have(&self, path: &str) -> bool {
        let found = path.split('/').try_fold(self, |body, name| {
            let (base, number) = name.split_once('.').map_or((name, None), |(base, number)| (base, Some(number)));
            let kind = body.children.iter().find(|kind| *kind.name == *base)?;
            let fits = match number {
                Some(number) => kind.many && number.parse::<u32>().is_ok(),
                None => !kind.many,
            };
            fits.then_some(&*kind.body)
        });
        found.is_some()
    }

    pub fn calendar(&self, name: &str) -> Option<&Calendar> {
        let position = self.calendars.binary_search_by(|(calendar, _)| (**calendar).cmp(name)).ok()?;
        self.calendars.get(position).map(|(_, calendar)| calendar)
    }

    /// The actor at the end of the chain of `acts_for`.
    pub fn principal(&self, actor: usize) -> usize {
        // The chain has no loop (checked when the scenario was loaded); the bound makes this total.
        (0..ACTORS_MAX).fold(actor, |actor, _| self.actors.get(actor).and_then(|a| a.acts_for).unwrap_or(actor))
    }
}

/// The type of the members every actor has.
pub(crate) fn actor_type(data: &Schema) -> BTreeMap<Text, Type> {
    let mut members = match &data.type_of().kind {
        countersign_rules::Kind::Record(members) => (**members).clone(),
        _ => BTreeMap::new(),
    };
    members.insert("key".into(), Type::text(TEXT_MAX_DEFAULT));
    members.insert("identity".into(), Type::of(countersign_rules::Kind::Party).optional());
    members.insert("index".into(), Type::int().optional());
    members
}
