//! Explicit synchronisation in a running process: who has acknowledged an entry, and responses that wait before they
//! take effect (language §2.2, §2.3; decision 0021).

use countersign_codec::Json;
use countersign_rules::{Text, Timestamp, Value};

use crate::answer::Admitted;
use crate::branch::Branch;
use crate::process::{Cause, Happened, Process};
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Member, Own};
use crate::step::Step;

/// Most responses that are announced in one process at one time.
pub const ANNOUNCED_MAX: usize = 100;

/// A response that takes effect when it is due, unless somebody objects. It belongs to the state in which it was
/// announced.
#[derive(Clone, Debug)]
pub(crate) struct Announced {
    pub actor: Member,
    pub action: usize,
    pub response: usize,
    pub data: Value,
    pub attachments: Value,
    pub due: Timestamp,
    /// Who objected: then it takes no effect any more.
    pub objected: Option<Member>,
}

/// What falls due by itself in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The timer at this position.
    Timer(usize),
    /// The announced response at this position.
    Announced(usize),
}

/// An announced response, as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncedView {
    /// The process: `main`, or a path such as `main/goods`.
    pub process: String,
    /// The role that announced it.
    pub actor: String,
    /// The action.
    pub action: String,
    /// The response.
    pub response: String,
    /// Its data, plain.
    pub data: Json,
    /// When it takes effect.
    pub due: Timestamp,
    /// The roles that may object.
    pub objectors: Vec<String>,
    /// The role that objected: it takes no effect.
    pub objected: Option<String>,
}

impl Process {
    /// The responses that are announced in the current states, in the order of the processes and of their announcement.
    pub fn announced(&self) -> Vec<AnnouncedView> {
        let all = self.all().into_iter();
        all.flat_map(|(_, branch)| branch.announced.iter().filter_map(|announced| announced.view(branch))).collect()
    }

    /// The processes whose states wait to be acknowledged, with the roles that have not done so.
    pub fn unacknowledged(&self) -> Vec<(String, Vec<String>)> {
        let all = self.all().into_iter();
        let waiting = all.map(|(_, branch)| {
            let names = branch.not_acknowledged_by().map(|member| branch.member_name(member).to_string());
            (branch.path.to_string(), names.collect::<Vec<_>>())
        });
        waiting.filter(|(_, names)| !names.is_empty()).collect()
    }
}

impl Announced {
    fn view(&self, branch: &Branch) -> Option<AnnouncedView> {
        let action = branch.body.actions.get(self.action)?;
        let objectors = action.announce.as_ref().map(|announce| announce.objectors).unwrap_or_default();
        let names = objectors.iter().filter_map(|actor| branch.body.actors.get(actor)).map(|a| a.name.to_string());
        Some(AnnouncedView {
            process: branch.path.to_string(),
            actor: branch.member_name(self.actor).to_string(),
            action: action.name.to_string(),
            response: action.responses.get(self.response)?.name.to_string(),
            data: self.data.to_plain(),
            due: self.due,
            objectors: names.collect(),
            objected: self.objected.map(|member| branch.member_name(member).to_string()),
        })
    }
}

impl Branch {
    /// What falls due by itself, and when: timers first, then what was announced.
    pub fn due(&self) -> impl Iterator<Item = (Timestamp, Due)> {
        let timers = self.timers.iter().enumerate().filter_map(|(at, timer)| Some((timer.next()?, Due::Timer(at))));
        let announced = self.announced.iter().enumerate().filter(|(_, announced)| announced.objected.is_none());
        timers.chain(announced.map(|(at, announced)| (announced.due, Due::Announced(at))))
    }

    /// The roles that are bound, asked to acknowledge the entry of this state, and have not done so.
    pub fn not_acknowledged_by(&self) -> impl Iterator<Item = Member> {
        let asked = self.current().map(|state| state.acknowledge).unwrap_or_default();
        let own = if asked.is_empty() { None } else { self.body.action(Own::Acknowledge.as_str()) };
        let roles = self.all_roles().filter(move |(member, _, role)| role.bound && asked.has(member.actor));
        let did = move |member: Member| own.is_some_and(|(action, _)| self.did.contains(&(member, action, 0)));
        roles.map(|(member, ..)| member).filter(move |member| !did(*member))
    }

    pub fn is_acknowledged(&self) -> bool {
        self.not_acknowledged_by().next().is_none()
    }

    /// Whether somebody may take an action that comes by itself.
    pub fn own_open(&self, own: Own, who: Member) -> Result<(), Rule> {
        match own {
            Own::Acknowledge => {
                let asked = self.current().map(|state| state.acknowledge).unwrap_or_default();
                match (asked.is_empty() || self.is_acknowledged(), asked.has(who.actor)) {
                    (true, _) => Err(Rule::NotOpen),
                    (false, false) => Err(Rule::NotYours),
                    (false, true) => match self.not_acknowledged_by().any(|member| member == who) {
                        true => Ok(()),
                        false => Err(Rule::NotOpen),
                    },
                }
            }
            Own::Object => {
                let mut waiting = self.waiting().peekable();
                match (waiting.peek().is_none(), waiting.any(|(_, announced)| self.may_object(announced, who))) {
                    (true, _) => Err(Rule::NotOpen),
                    (false, false) => Err(Rule::NotYours),
                    (false, true) => Ok(()),
                }
            }
        }
    }

    /// What is announced and not objected to, with its position.
    pub fn waiting(&self) -> impl Iterator<Item = (usize, &Announced)> {
        self.announced.iter().enumerate().filter(|(_, announced)| announced.objected.is_none())
    }

    /// Whether somebody has announced a response to this action, and nobody objected so far.
    pub fn has_announced(&self, who: Member, action: usize) -> bool {
        self.waiting().any(|(_, announced)| (announced.actor, announced.action) == (who, action))
    }

    fn may_object(&self, announced: &Announced, who: Member) -> bool {
        let announce = self.body.actions.get(announced.action).and_then(|action| action.announce.as_ref());
        announce.is_some_and(|announce| announce.objectors.has(who.actor))
    }

    /// What an objection is about, by its position: `data.announced` names it as `actor.action`.
    pub fn objected_to(&self, who: Member, data: &Value) -> Result<usize, Rejection> {
        let Value::Text(named) = data.get("announced") else {
            return Err(
                Rejection::new(Rule::InvalidData, "an objection names what was announced").pointing("/announced")
            );
        };
        let found = self.waiting().find(|(_, announced)| {
            let action = self.body.actions.get(announced.action).map_or("", |action| &action.name);
            format!("{}.{action}", self.member_name(announced.actor)) == **named
        });
        match found {
            None => {
                let message = format!("nothing is announced that is called {named}");
                Err(Rejection::new(Rule::InvalidData, message).pointing("/announced"))
            }
            Some((_, announced)) if !self.may_object(announced, who) => Err(Rejection::new(
                Rule::NotYours,
                format!("{named} is not for {} to object to", self.member_name(who)),
            )),
            Some((at, _)) => Ok(at),
        }
    }
}

impl Step<'_> {
    /// An acknowledgement or an objection: it takes no transition.
    pub(crate) fn synchronise(&mut self, own: Own, admitted: &Admitted) -> Result<(), Rejection> {
        let Admitted { at, actor, action, response, data, .. } = admitted;
        let branch = self.branch_mut(at)?;
        match own {
            Own::Acknowledge => {
                std::sync::Arc::make_mut(&mut branch.did).insert((*actor, *action, *response));
            }
            Own::Object => {
                let position = branch.objected_to(*actor, data)?;
                if let Some(announced) = branch.announced.get_mut(position) {
                    announced.objected = Some(*actor);
                }
            }
        }
        let (name, response): (Text, Text) = (own.as_str().into(), "ok".into());
        let cause = Cause::Response { actor: branch.member_name(*actor), action: name, response };
        let (process, state) = (branch.path.clone(), branch.state_name());
        self.process.history.push(Happened { process, cause, state, time: self.process.time });
        Ok(())
    }

    /// A response is announced: it is kept until it is due. One that somebody objected to makes room for it.
    pub(crate) fn announce(&mut self, admitted: Admitted, wait: countersign_rules::Duration) -> Result<(), Rejection> {
        let Admitted { at, actor, action, response, data, attachments } = admitted;
        let due = self.process.time.plus(wait);
        let due = due.ok_or_else(|| Rejection::new(Rule::ExpressionError, "it would be due beyond the year 9999"))?;
        let branch = self.branch_mut(&at)?;
        branch.announced.retain(|known| (known.actor, known.action) != (actor, action));
        if branch.announced.len() >= ANNOUNCED_MAX {
            return Err(Rejection::new(Rule::Limit, format!("{ANNOUNCED_MAX} responses are announced already")));
        }
        branch.announced.push(Announced { actor, action, response, data, attachments, due, objected: None });
        Ok(())
    }
}
