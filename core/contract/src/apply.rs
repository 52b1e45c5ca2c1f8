//! What a statement does at its place.

use std::sync::Arc;

use countersign_chain::{Entry, Invalid, LogState, PayloadClass, PayloadUse, Prefix, Statement};
use countersign_codec::Encode;
use countersign_member::{Denied, IdentityKey, KeyPurpose, KeyRing, Request};
use countersign_payload::NO_PAYLOAD;
use countersign_rules::Timestamp as RulesTimestamp;
use countersign_types::{Code, IdentityId, Outcome, Position, Signed, StatementId, Timestamp};
use countersign_workflow::{Answer, Entitlement, KeyKind, Process, ROOT_PROCESS};

use crate::{Comment, Erase, OutcomeLine, Payload, Response, State, commitment_text};

/// A rule that a statement broke, and by what.
pub(crate) struct Broken {
    rule: &'static str,
    by: String,
}

impl Broken {
    pub(crate) fn by(rule: &'static str, by: impl Into<String>) -> Self {
        Self { rule, by: by.into() }
    }
}

impl From<&'static str> for Broken {
    fn from(rule: &'static str) -> Self {
        Self { rule, by: String::new() }
    }
}

/// Where a statement stands, and who says it.
pub(crate) struct Said<'a> {
    pub(crate) id: StatementId,
    pub(crate) position: Position,
    pub(crate) statement: &'a Statement,
    /// The party of the author.
    pub(crate) party: IdentityId,
    /// The purpose of the key.
    pub(crate) purpose: KeyPurpose,
}

impl State {
    pub(crate) fn replay(
        &self,
        prefix: &dyn Prefix,
        entry: &Entry,
        statement: &Signed<Statement>,
        payload: Option<&[u8]>,
    ) -> Result<(Self, Outcome), Invalid> {
        let author = statement.author.identity;
        let last = self.sequences.get(&author).copied().unwrap_or_default();
        if statement.contract != self.contract || entry.contract != self.contract {
            return Err(Invalid::Mismatch);
        }
        if statement.sequence != last.next() {
            return Err(Invalid::BadSequence);
        }
        // Whoever cannot be verified here cannot stand here: the log takes an entry on all nodes or on none.
        self.author_key(statement, payload)?;
        let mut next = self.clone();
        let done = next.perform(prefix, entry.position, statement, payload);
        // Only what took effect can be required. After a rejected answer whose timers moved a process, nothing.
        next.note_moves(self, done.is_ok().then_some(entry.statement));
        next.note_entries(self, entry.position);
        next.close_lapsed();
        let outcome = match done {
            Ok(()) => Outcome::Applied,
            Err(broken) => Outcome::rejected(Code::known(broken.rule), broken.by),
        };
        Arc::make_mut(&mut next.sequences).insert(author, statement.sequence);
        let line = OutcomeLine { position: entry.position, statement: entry.statement, outcome };
        next.outcomes.append(&line.to_bytes());
        Ok((next, line.outcome))
    }

    /// Either changes the state, or leaves it as it was but for the time and timers of the process.
    fn perform(
        &mut self,
        prefix: &dyn Prefix,
        position: Position,
        signed: &Signed<Statement>,
        payload: Option<&[u8]>,
    ) -> Result<(), Broken> {
        let statement = signed.value();
        let author = &statement.author;
        if let Some(missing) = statement.requires.iter().find(|other| !prefix.is_applied(other)) {
            return Err(Broken::by("requires", missing.to_string()));
        }
        if statement.class != PayloadClass::Shared {
            return Err(Broken::by("malformed", "class"));
        }
        let payload = match payload {
            Some(bytes) => {
                Payload::from_bytes(statement.kind, bytes).map_err(|error| Broken::by("malformed", error.0))?
            }
            None if statement.payload == NO_PAYLOAD => return Err("malformed".into()),
            None => return Err("payload_unavailable".into()),
        };
        if let Payload::Join(join) = payload {
            return self.join(position, author, *join);
        }
        let ring = self.rings.get(&author.identity).ok_or("not_entitled")?;
        if !ring.may_sign(&author.key, position, statement.basis.position) {
            return Err(Broken::by("not_entitled", author.key.to_string()));
        }
        let purpose = ring.key(&author.key).map(IdentityKey::purpose).ok_or("not_entitled")?;
        let said = Said { id: Statement::id(signed), position, statement, party: ring.party(), purpose };
        match payload {
            Payload::Response(response) => self.respond(&said, &response),
            Payload::Tick(process) => self.tick(&said, &process),
            Payload::Comment(comment) => self.comment(&said, &comment),
            Payload::Identity(inception) => self.introduce(&said, &inception),
            Payload::Mandate(mandate) => self.mandate(&said, mandate),
            Payload::MandateRevoke(mandate) => self.revoke(&said, &mandate),
            Payload::KeyRotate(rotate) => self.rotate(&said, &rotate),
            Payload::Invite(invite) => self.invite(&said, invite),
            Payload::Confirm(confirm) => self.confirm(&said, &confirm),
            Payload::Erase(erase) => self.erase(prefix, &said, &erase),
            Payload::Propose(propose) => self.propose(prefix, &said, &propose),
            Payload::Vote(vote) => self.vote(&said, &vote),
            Payload::Join(_) => Err("malformed".into()),
        }
    }

    /// Whether a party may have payloads erased: attachments that its own people brought. What a statement says itself
    /// stays, since nobody could replay the log without it.
    fn erase(&self, prefix: &dyn Prefix, said: &Said<'_>, erase: &Erase) -> Result<(), Broken> {
        self.may_decide(said)?;
        for (commitment, known) in erase.commitments.iter().zip(prefix.uses(&erase.commitments)) {
            let rule = match known {
                None => "unknown_payload",
                Some(PayloadUse::Own) => "not_erasable",
                Some(PayloadUse::Attached(author)) => match self.rings.get(&author).map(KeyRing::party) {
                    Some(party) if party == said.party => continue,
                    _ => "not_yours",
                },
            };
            return Err(Broken::by(rule, commitment_text(commitment)));
        }
        Ok(())
    }

    /// Notes by what each process entered the state in which it is, if that is not the one it was in before.
    fn note_moves(&mut self, before: &Self, by: Option<StatementId>) {
        let was = before.process.as_ref().map(Process::entries).unwrap_or_default();
        let is = self.process.as_ref().map(Process::entries).unwrap_or_default();
        if was == is {
            return;
        }
        let entered_by = Arc::make_mut(&mut self.entered_by);
        entered_by.retain(|path, _| is.contains_key(path.as_str()));
        for path in is.iter().filter(|(path, entry)| was.get(*path) != Some(*entry)).map(|(path, _)| *path) {
            match by {
                Some(statement) => entered_by.insert(path.to_owned(), statement),
                None => entered_by.remove(path),
            };
        }
    }

    /// Where each process entered its state.
    fn note_entries(&mut self, before: &Self, position: Position) {
        let Some(process) = &self.process else { return };
        let known = before.process.as_ref().map(Process::entries).unwrap_or_default();
        let entries = process.entries();
        if entries == known {
            return;
        }
        let place = |(path, entered): (&&str, &_)| {
            let stayed = known.get(path) == Some(entered);
            let place = if stayed { self.entered_at.get(*path).copied().unwrap_or_default() } else { position };
            ((*path).to_owned(), place)
        };
        self.entered_at = Arc::new(entries.iter().map(place).collect());
    }

    fn respond(&mut self, said: &Said<'_>, response: &Response) -> Result<(), Broken> {
        let mut process = self.process.take().ok_or("not_started")?;
        let result = self.respond_in(&mut process, said, response);
        // Timers that fired stay fired, whatever became of the response.
        self.process = Some(process);
        result
    }

    fn respond_in(&self, process: &mut Process, said: &Said<'_>, response: &Response) -> Result<(), Broken> {
        let party_of_actor = process.party_in(&response.process, &response.actor).flatten().map(str::to_owned);
        // A mandate names actors of `main`; in a child the same role may be called otherwise. That of a group holds for
        // each member that the party plays.
        let role = process.role_in_main(&response.process, &response.actor);
        let role = role.as_deref().unwrap_or(&response.actor);
        let role = process.scenario().role(role).unwrap_or(role).to_owned();
        let own_party = said.party.to_string();
        let beyond = std::cell::RefCell::new(String::new());
        let entitlement = |process: &Process| {
            let time = Timestamp::from_millis(process.time().ms()).unwrap_or_default();
            let is_system = process.is_system(&response.process, &response.action);
            match self.entitled(said, response, (&role, is_system), party_of_actor.as_deref(), time) {
                Ok(()) => Entitlement::Entitled,
                Err(Denied::NotEntitled) => Entitlement::NotEntitled,
                Err(Denied::Beyond(field)) => {
                    *beyond.borrow_mut() = field;
                    Entitlement::BeyondMandate
                }
            }
        };
        let attachments = response.attachments_json();
        let contract = said.statement.contract.to_string();
        let answer = Answer {
            contract: Some(&contract),
            process: &response.process,
            actor: &response.actor,
            party: party_of_actor.as_deref().or(Some(&own_party)),
            key: if said.purpose.is_personal() { KeyKind::User } else { KeyKind::System },
            action: &response.action,
            response: response.response.as_deref(),
            data: &response.data,
            attachments: &attachments,
            seen: said.statement.basis.seen.map(|seen| *seen.bytes()),
            time: rules_time(said.statement.time)?,
            proofs: Some(self.proofs),
        };
        process.respond(&answer, &entitlement).map_err(|rejection| {
            let by = rejection.pointer.filter(|pointer| !pointer.is_empty()).unwrap_or_else(|| beyond.take());
            Broken::by(rejection.rule.as_str(), by)
        })
    }

    /// Whether the author may act as a role of `main`: by an admin key of the role's party, which holds every mandate, by
    /// its system key if the action is one of systems, or by a mandate of that party (§13.1).
    fn entitled(
        &self,
        said: &Said<'_>,
        response: &Response,
        (role, is_system): (&str, bool),
        party: Option<&str>,
        time: Timestamp,
    ) -> Result<(), Denied> {
        let author = &said.statement.author;
        let own = said.party.to_string();
        let decides = said.purpose == KeyPurpose::Admin || (is_system && said.purpose == KeyPurpose::System);
        if author.identity == said.party && decides && party == Some(own.as_str()) {
            return Ok(());
        }
        let request = Request {
            person: &author.identity,
            key: &author.key,
            actor: Some(role),
            action: &response.action,
            data: Some(&response.data),
            time,
        };
        let mut denied = Denied::NotEntitled;
        for record in self.mandates.values() {
            if party != Some(record.party.to_string().as_str()) {
                continue;
            }
            match record.mandate.covers(&request) {
                Ok(()) => return Ok(()),
                Err(Denied::NotEntitled) => {}
                Err(beyond) => denied = beyond,
            }
        }
        Err(denied)
    }

    fn tick(&mut self, said: &Said<'_>, name: &str) -> Result<(), Broken> {
        let time = rules_time(said.statement.time)?;
        if !self.epoch.contains(&said.party) || !matches!(said.purpose, KeyPurpose::System | KeyPurpose::Admin) {
            return Err("not_entitled".into());
        }
        let process = self.process.as_mut().filter(|_| name == ROOT_PROCESS).ok_or("unknown_process")?;
        process.tick(time);
        Ok(())
    }

    fn comment(&self, said: &Said<'_>, comment: &Comment) -> Result<(), Broken> {
        let scenario = self.scenario();
        let rule = scenario.comments().ok_or("comments_closed")?;
        if !rule.media.contains(&comment.media) {
            return Err(Broken::by("invalid_data", "/media"));
        }
        for (index, file) in comment.attachments.iter().enumerate() {
            let fits = i64::try_from(file.bytes).is_ok_and(|bytes| bytes <= rule.bytes_max);
            if !fits || !rule.media.contains(&file.media) {
                return Err(Broken::by("invalid_attachment", format!("/attachments/{index}")));
            }
        }
        if !i64::try_from(comment.text.len()).is_ok_and(|bytes| bytes <= rule.bytes_max) {
            return Err(Broken::by("invalid_data", "/text"));
        }
        let party = said.party.to_string();
        let plays = self.process.as_ref().map(|process| process.roles_of(&party)).unwrap_or_default();
        if self.epoch.contains(&said.party) && plays.iter().any(|actor| scenario.may_comment(actor)) {
            Ok(())
        } else {
            Err("not_entitled".into())
        }
    }
}

pub(crate) fn rules_time(time: Timestamp) -> Result<RulesTimestamp, Broken> {
    RulesTimestamp::from_ms(time.millis()).ok_or_else(|| "limit".into())
}
