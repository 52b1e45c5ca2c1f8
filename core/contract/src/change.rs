//! Changes of the running process: proposals, votes, and the ballots that are open (decision 0015).

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_ballot::{Ballot, Choice, Standing, Terms};
use countersign_chain::Prefix;
use countersign_codec::{Encode, Json, JsonLimits, Writer};
use countersign_crypto::Digest;
use countersign_rules::Hash;
use countersign_types::{IdentityId, StatementId, Timestamp};
use countersign_workflow::{ChangeKind, Deviation, Preview, Process, Rejection, Scenario, Update};

use crate::apply::{Broken, Said, rules_time};
use crate::{PayloadError, State};

/// Most open ballots that one party proposed: no party takes the room of another.
pub const BALLOTS_MAX: usize = 8;
/// Most ballots that are over and remembered for people, the latest; no part of the state hash.
pub const CLOSED_MAX: usize = 200;

/// Somebody proposes a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Propose {
    /// What kind of change.
    pub change: ChangeKind,
    /// SHA-256 of the scenario that the parties agreed on.
    pub of: Digest,
    /// The deviation or update, canonical.
    pub document: Json,
    /// Of an update: the new scenario, canonical.
    pub to: Option<Json>,
    /// Of a dispute: the statement that is disputed.
    pub entry: Option<StatementId>,
}

/// A party votes on a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The `propose` statement.
    pub proposal: StatementId,
    /// SHA-256 of its document.
    pub document: Digest,
    /// For it or against it.
    pub choice: Choice,
}

/// A proposal that was read and checked.
#[derive(Clone, Debug)]
pub enum Change {
    /// Of a deviation or a dispute.
    Deviation(Deviation),
    /// Of an update.
    Update(Update),
}

/// A ballot that is open, or was.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What kind of change.
    pub kind: ChangeKind,
    /// The party that proposed it.
    pub party: IdentityId,
    /// When, by the time of the process.
    pub opened: Timestamp,
    /// Of a dispute: the statement that is disputed.
    pub entry: Option<StatementId>,
    /// What would happen.
    pub change: Change,
    /// Who votes, and how they did.
    pub ballot: Ballot,
}

impl Change {
    /// Reads what a proposal proposes, beside the scenario that it is about.
    ///
    /// # Errors
    /// The pointer to what is faulty, and the first finding.
    pub fn read(propose: &Propose, agreed: &Scenario) -> Result<Self, (&'static str, String)> {
        let document = propose.document.canonical();
        let first = |findings: Vec<countersign_workflow::Finding>| {
            let error = findings.iter().find(|finding| finding.is_error());
            ("/document", error.map(ToString::to_string).unwrap_or_default())
        };
        let other = |pointer| (pointer, "it is not in canonical form".to_owned());
        let change = match &propose.to {
            None => Self::Deviation(Deviation::load(&document, agreed).map_err(first)?.0),
            Some(to) => {
                let text = to.canonical();
                let scenario = Scenario::load(&text).map_err(|findings| ("/to", first(findings).1))?.0;
                if scenario.canonical() != to {
                    return Err(other("/to"));
                }
                Self::Update(Update::load(&document, agreed, &scenario).map_err(first)?.0)
            }
        };
        if change.document() == &propose.document { Ok(change) } else { Err(other("/document")) }
    }

    /// The canonical document.
    pub fn document(&self) -> &Json {
        match self {
            Self::Deviation(deviation) => deviation.canonical(),
            Self::Update(update) => update.canonical(),
        }
    }

    /// SHA-256 of it.
    pub fn digest(&self) -> Digest {
        Digest::new(match self {
            Self::Deviation(deviation) => deviation.digest(),
            Self::Update(update) => update.digest(),
        })
    }

    /// What it makes of a process, on the spot.
    ///
    /// # Errors
    /// Those of [`Process::adopt`] and [`Process::update`]; then nothing changed but timers that were due.
    pub fn apply(&self, process: &mut Process, time: countersign_rules::Timestamp) -> Result<(), Rejection> {
        match self {
            Self::Deviation(deviation) => process.adopt(deviation, time),
            Self::Update(update) => process.update(update, time),
        }
    }

    /// What it would change at a time: the same function on a copy.
    ///
    /// # Errors
    /// As [`Change::apply`].
    pub fn preview(&self, process: &Process, time: countersign_rules::Timestamp) -> Result<Preview, Rejection> {
        let (before, after) = self.tried(process, time)?;
        Ok(Preview::new(&before, &after))
    }

    /// A process as it is at a time, and as the change would make it.
    ///
    /// # Errors
    /// As [`Change::apply`].
    pub fn tried(
        &self,
        process: &Process,
        time: countersign_rules::Timestamp,
    ) -> Result<(Process, Process), Rejection> {
        let mut before = process.clone();
        before.tick(time);
        let mut after = before.clone();
        self.apply(&mut after, time)?;
        Ok((before, after))
    }
}

impl Proposal {
    fn encode(&self, out: &mut Writer) {
        self.party.encode(out);
        self.opened.encode(out);
        self.entry.is_some().encode(out);
        if let Some(entry) = &self.entry {
            entry.encode(out);
        }
        self.ballot.encode(out);
    }
}

/// How deep a document nests in a proposal.
pub const DOCUMENT_LIMITS: JsonLimits = JsonLimits { bytes_max: 256 * 1024, depth_max: 1_300 };

impl Propose {
    pub(crate) fn to_json(&self) -> Json {
        let mut members = vec![
            ("change", Json::text(self.change.as_str())),
            ("document", self.document.clone()),
            ("of", hash_json(&self.of)),
        ];
        members.extend(self.to.as_ref().map(|to| ("to", to.clone())));
        members.extend(self.entry.map(|entry| ("entry", Json::text(entry.to_string()))));
        Json::map(members)
    }

    /// Reads the members; none if one is missing, too many or not of its form.
    pub(crate) fn from_json(members: &BTreeMap<String, Json>) -> Result<Self, PayloadError> {
        let change = members
            .get("change")
            .and_then(Json::as_text)
            .and_then(ChangeKind::from_word)
            .ok_or(PayloadError("change"))?;
        let document =
            members.get("document").filter(|document| document.as_map().is_some()).ok_or(PayloadError("document"))?;
        let of = hash(members.get("of")).ok_or(PayloadError("of"))?;
        let to = members.get("to").filter(|to| to.as_map().is_some());
        if members.contains_key("to") != to.is_some() || to.is_some() != (change == ChangeKind::Update) {
            return Err(PayloadError("to"));
        }
        let entry = members
            .get("entry")
            .map(|entry| entry.as_text().and_then(|text| text.parse().ok()).ok_or(PayloadError("entry")));
        let entry = entry.transpose()?;
        if entry.is_some() != (change == ChangeKind::Dispute) {
            return Err(PayloadError("entry"));
        }
        Ok(Self { change, of, document: document.clone(), to: to.cloned(), entry })
    }
}

impl Vote {
    pub(crate) fn to_json(&self) -> Json {
        Json::map([
            ("choice", Json::text(self.choice.as_str())),
            ("document", hash_json(&self.document)),
            ("proposal", Json::text(self.proposal.to_string())),
        ])
    }

    pub(crate) fn from_json(members: &BTreeMap<String, Json>) -> Result<Self, PayloadError> {
        let text = |name: &'static str| members.get(name).and_then(Json::as_text).ok_or(PayloadError(name));
        let choice = Choice::from_word(text("choice")?).ok_or(PayloadError("choice"))?;
        let document = hash(members.get("document")).ok_or(PayloadError("document"))?;
        let proposal = text("proposal")?.parse().map_err(|_| PayloadError("proposal"))?;
        Ok(Self { proposal, document, choice })
    }
}

fn hash_json(digest: &Digest) -> Json {
    Json::text(Hash::new(*digest.bytes()).to_string())
}

fn hash(json: Option<&Json>) -> Option<Digest> {
    Some(Digest::new(*Hash::parse(json?.as_text()?)?.bytes()))
}

impl State {
    /// The open ballots, by their `propose` statement.
    pub fn ballots(&self) -> &BTreeMap<StatementId, Proposal> {
        &self.ballots
    }

    /// The latest ballots that are over, in the order in which they ended, and how.
    pub fn closed_ballots(&self) -> &[(StatementId, Proposal, Standing)] {
        &self.closed
    }

    /// The part `changes` of the state hash; none as long as nothing is proposed or changed.
    pub(crate) fn hash_changes(&self) -> Option<Digest> {
        let process = self.process.as_ref().and_then(Process::changes_bytes);
        if self.ballots.is_empty() && process.is_none() {
            return None;
        }
        let mut out = Writer::default();
        out.uint(self.ballots.len() as u64);
        for (id, proposal) in self.ballots.iter() {
            id.encode(&mut out);
            proposal.encode(&mut out);
        }
        process.is_some().encode(&mut out);
        process.iter().for_each(|bytes| out.raw(bytes));
        Some(Digest::of(&out.into_bytes()))
    }

    /// The time of the process.
    fn process_time(&self) -> Timestamp {
        let time = self.process.as_ref().and_then(|process| Timestamp::from_millis(process.time().ms()));
        time.unwrap_or(self.founded)
    }

    /// Ends the ballots whose time is over.
    pub(crate) fn close_lapsed(&mut self) {
        if self.ballots.is_empty() {
            return;
        }
        let now = self.process_time();
        let lapsed = self.ballots.iter().filter(|(_, proposal)| proposal.ballot.standing(now) == Standing::Lapsed);
        let lapsed: Vec<StatementId> = lapsed.map(|(id, _)| *id).collect();
        lapsed.iter().for_each(|id| self.close(id, Standing::Lapsed));
    }

    fn close(&mut self, id: &StatementId, standing: Standing) {
        let Some(proposal) = Arc::make_mut(&mut self.ballots).remove(id) else { return };
        let closed = Arc::make_mut(&mut self.closed);
        if closed.len() >= CLOSED_MAX {
            closed.remove(0);
        }
        closed.push((*id, proposal, standing));
    }

    /// What both statements begin with: timers that are due, ballots whose time is over.
    fn at_its_time(&mut self, said: &Said<'_>) -> Result<countersign_rules::Timestamp, Broken> {
        let time = rules_time(said.statement.time)?;
        let process = self.process.as_mut().ok_or("not_started")?;
        process.tick(time);
        let time = process.time();
        self.close_lapsed();
        Ok(time)
    }

    /// The parties that decide on changes of a kind: those that play the actors named, and are members.
    pub fn electorate(&self, kind: ChangeKind) -> Vec<IdentityId> {
        let parties = self.process.as_ref().map(|process| process.electors(kind)).unwrap_or_default();
        let members = parties.into_iter().filter_map(|party| party.parse().ok());
        members.filter(|party| self.epoch.contains(party)).collect()
    }

    fn decides(&self, said: &Said<'_>, is_elector: bool, act: &str) -> Result<(), Broken> {
        if !is_elector {
            return Err("not_entitled".into());
        }
        self.may_act(said, act)?;
        if said.purpose.is_personal() { Ok(()) } else { Err("wrong_key".into()) }
    }

    pub(crate) fn propose(&mut self, prefix: &dyn Prefix, said: &Said<'_>, propose: &Propose) -> Result<(), Broken> {
        let time = self.at_its_time(said)?;
        let process = self.process.as_ref().ok_or("not_started")?;
        if process.outcome().is_some() {
            return Err("process_over".into());
        }
        let electorate = self.electorate(propose.change);
        self.decides(said, electorate.contains(&said.party), "propose")?;
        let agreed = process.agreed();
        let rule = agreed.ballot(propose.change).ok_or("not_entitled")?;
        if Digest::new(agreed.digest()) != propose.of {
            return Err(Broken::by("not_in_state", "/of"));
        }
        if self.ballots.values().filter(|open| open.party == said.party).count() >= BALLOTS_MAX {
            return Err("limit".into());
        }
        if let Some(entry) = propose.entry.filter(|entry| !prefix.is_applied(entry)) {
            return Err(Broken::by("unknown_statement", entry.to_string()));
        }
        let change = Change::read(propose, agreed).map_err(|(pointer, _)| Broken::by("invalid_data", pointer))?;
        let deadline = time.plus(rule.within).and_then(|deadline| Timestamp::from_millis(deadline.ms()));
        let terms = Terms {
            scope: propose.change.as_str().to_owned(),
            need: rule.need,
            deadline: deadline.ok_or("limit")?,
            effect: change.digest(),
        };
        let ballot = Ballot::open(terms, electorate.into_iter().map(|party| (party, 1))).map_err(|_| "limit")?;
        let opened = self.process_time();
        let (kind, entry) = (propose.change, propose.entry);
        let proposal = Proposal { kind, party: said.party, opened, entry, change, ballot };
        Arc::make_mut(&mut self.ballots).insert(said.id, proposal);
        Ok(())
    }

    pub(crate) fn vote(&mut self, said: &Said<'_>, vote: &Vote) -> Result<(), Broken> {
        let time = self.at_its_time(said)?;
        let Some(proposal) = self.ballots.get(&vote.proposal) else {
            return Err(Broken::by("ballot_closed", vote.proposal.to_string()));
        };
        let is_elector = proposal.ballot.votes().any(|(elector, _)| *elector == said.party);
        self.decides(said, is_elector, "vote")?;
        if proposal.change.digest() != vote.document {
            return Err(Broken::by("not_in_state", "/document"));
        }
        let mut ballot = proposal.ballot.clone();
        let standing = ballot.vote(&said.party, vote.choice, self.process_time()).map_err(|error| error.as_str())?;
        if standing == Standing::Accepted {
            let (kind, change) = (proposal.kind, proposal.change.clone());
            let mut process = self.process.clone().ok_or("not_started")?;
            change
                .apply(&mut process, time)
                .map_err(|rejection| Broken::by(rejection.rule.as_str(), rejection.pointer.unwrap_or_default()))?;
            self.process = Some(process);
            self.count(&vote.proposal, ballot, standing);
            if kind == ChangeKind::Update {
                // What is left was proposed for a scenario that runs no more.
                let left: Vec<StatementId> = self.ballots.keys().copied().collect();
                left.iter().for_each(|id| self.close(id, Standing::Lapsed));
            }
        } else {
            self.count(&vote.proposal, ballot, standing);
        }
        Ok(())
    }

    fn count(&mut self, id: &StatementId, ballot: Ballot, standing: Standing) {
        if let Some(proposal) = Arc::make_mut(&mut self.ballots).get_mut(id) {
            proposal.ballot = ballot;
        }
        if standing != Standing::Open {
            self.close(id, standing);
        }
    }
}
