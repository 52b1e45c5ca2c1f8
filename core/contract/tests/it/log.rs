//! One log without nodes: statements get a place whatever their outcome, as a dishonest node could place them.

use std::collections::BTreeSet;

use countersign_chain::{
    Author, Basis, Entry, Genesis, Invalid, LogState, PayloadClass, PayloadUse, Prefix, Statement, StatementKind,
};
use countersign_contract::{Payload, Response, State};
use countersign_payload::{NO_PAYLOAD, Opening};
use countersign_types::{Count, EntryId, Outcome, PayloadCommitment, Position, Signed, StatementId, Timestamp};

use crate::people::{Voice, array, key, party};
use crate::scenarios::{Founding, at};
use crate::second::Record;

/// A log and its state.
#[derive(Clone)]
pub struct Log {
    pub state: State,
    pub applied: BTreeSet<StatementId>,
    pub position: Position,
    pub head: EntryId,
    /// The declared time of what is said next.
    pub now: Timestamp,
    /// The last statement.
    pub last: StatementId,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// The company whose node gives places.
    pub host: String,
    /// Everything that was said, to say it again.
    pub said: Vec<Said>,
    /// The same for others.
    record: Record,
}

/// A statement with its place and payload.
pub type Said = (Signed<Entry>, Signed<Statement>, Option<Vec<u8>>);

struct Before<'a> {
    applied: &'a BTreeSet<StatementId>,
    said: &'a [Said],
    state: &'a State,
}

impl Prefix for Before<'_> {
    fn is_applied(&self, statement: &StatementId) -> bool {
        self.applied.contains(statement)
    }

    fn uses(&self, payloads: &[PayloadCommitment]) -> Vec<Option<PayloadUse>> {
        let mut uses = vec![None; payloads.len()];
        for (_, statement, payload) in self.said {
            let attachments = self.state.attachments(statement, payload.as_deref());
            PayloadUse::note(&mut uses, payloads, statement, &attachments);
        }
        uses
    }
}

/// What became of a statement, in short: `applied`, `rule` or `rule(by)`.
pub fn short(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".into(),
        Outcome::Rejected { rule, by } if by.is_empty() => rule.to_string(),
        Outcome::Rejected { rule, by } => format!("{rule}({by})"),
        Outcome::Failed { .. } => "failed".into(),
    }
}

impl Log {
    pub fn new(founding: &Founding) -> Self {
        Self {
            state: founding.state(),
            applied: BTreeSet::new(),
            position: Position::ZERO,
            head: Genesis::entry(&founding.genesis),
            now: at(0),
            last: StatementId::new(*Genesis::entry(&founding.genesis).digest()),
            outcome: None,
            host: founding.host.clone(),
            said: Vec::new(),
            record: Record::of(founding),
        }
    }

    /// Drafts what `prepare` would.
    pub fn draft(&self, voice: &Voice, payload: Payload) -> (Statement, Opening) {
        let wish = countersign_contract::Wish {
            author: Author { identity: voice.identity, key: voice.key_id() },
            payload,
            time: self.now,
            nonce: array(&format!("nonce {}", self.position)),
            salt: array(&format!("salt {}", self.position)),
        };
        let prepared = self.state.prepare(self.position, self.head, wish, |_| false);
        (prepared.statement, prepared.opening)
    }

    /// Says something and tells what became of it.
    pub fn say(&mut self, voice: &Voice, payload: Payload) -> String {
        let (statement, opening) = self.draft(voice, payload);
        self.place(voice, statement, Some(opening.bytes()))
    }

    /// Says any bytes.
    pub fn say_bytes(&mut self, voice: &Voice, kind: StatementKind, bytes: &[u8]) -> String {
        let opening = Opening::new([7; 32], bytes);
        let statement = Statement {
            contract: self.state.contract(),
            kind,
            author: Author { identity: voice.identity, key: voice.key_id() },
            sequence: self.state.last_sequence(&voice.identity).next(),
            basis: Basis { position: self.position, entry: self.head, seen: None },
            requires: Vec::new(),
            time: self.now,
            nonce: array(&format!("nonce {}", self.position)),
            payload: opening.commitment(),
            class: PayloadClass::Shared,
        };
        self.place(voice, statement, Some(bytes))
    }

    /// A statement without any payload.
    pub fn say_nothing(&mut self, voice: &Voice, kind: StatementKind) -> String {
        let (mut statement, _) = self.draft(voice, Payload::Tick("main".into()));
        statement.kind = kind;
        statement.payload = NO_PAYLOAD;
        self.place(voice, statement, None)
    }

    pub fn act(&mut self, voice: &Voice, actor: &str, action: &str) -> String {
        self.answer(voice, actor, action, None, "{}")
    }

    pub fn answer(&mut self, voice: &Voice, actor: &str, action: &str, response: Option<&str>, data: &str) -> String {
        self.say(voice, response_of(actor, action, response, data))
    }

    /// Gives a statement the next place.
    pub fn place(&mut self, voice: &Voice, statement: Statement, payload: Option<&[u8]>) -> String {
        match self.try_place(voice, statement, payload) {
            Ok(outcome) => short(&outcome),
            Err(invalid) => format!("invalid: {invalid}"),
        }
    }

    pub fn try_place(
        &mut self,
        voice: &Voice,
        statement: Statement,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, Invalid> {
        let signed = Signed::sign(statement, &key(&voice.name, &voice.use_of));
        let expected = self.state.author_key(&signed, payload);
        let entry = Entry {
            contract: self.state.contract(),
            lane: 0,
            position: self.position.next(),
            previous: self.head,
            statement: Statement::id(&signed),
            party: party(&self.host),
            count: Count::new(self.position.next().get()),
        };
        let before = Before { applied: &self.applied, said: &self.said, state: &self.state };
        let applied = self.state.apply(&before, &entry, &signed, payload);
        // Who may verify and who may apply never differ: else one node appends what another cannot take.
        match (&expected, &applied) {
            (Err(refused), Err(invalid)) => assert_eq!(refused, invalid),
            (Err(refused), Ok((_, outcome))) => panic!("{refused}, but {outcome:?}"),
            (Ok(key), _) => signed.verify(key).unwrap(),
        }
        let done = applied.as_ref().ok().map(|(state, outcome)| (state, outcome));
        self.record.note(&entry, &signed, payload, done);
        let (state, outcome) = applied?;
        self.state = state;
        self.position = entry.position;
        self.last = entry.statement;
        self.outcome = Some(outcome.clone());
        if outcome.is_applied() {
            self.applied.insert(entry.statement);
        }
        let entry = Signed::sign(entry, &key(&self.host, "node"));
        self.head = Entry::id(&entry);
        self.said.push((entry, signed, payload.map(<[u8]>::to_vec)));
        Ok(outcome)
    }

    pub fn wait(&mut self, millis: i64) {
        self.now = Timestamp::from_millis(self.now.millis() + millis).unwrap();
    }

    pub fn process(&self) -> &str {
        self.state.process().map_or("not started", |process| process.state())
    }
}

pub fn response_of(actor: &str, action: &str, response: Option<&str>, data: &str) -> Payload {
    Payload::Response(Response {
        process: "main".into(),
        actor: actor.into(),
        action: action.into(),
        response: response.map(str::to_owned),
        data: crate::people::json(data),
        attachments: Default::default(),
    })
}

impl Log {
    /// Reads everything that was said anew.
    pub fn again(&self, founding: &Founding) -> Self {
        let mut log = Self::new(founding);
        for (index, (entry, statement, payload)) in self.said.iter().enumerate() {
            let before = Before { applied: &log.applied, said: &self.said[..index], state: &log.state };
            let (state, outcome) = log.state.apply(&before, entry, statement, payload.as_deref()).unwrap();
            log.state = state;
            if outcome.is_applied() {
                log.applied.insert(entry.statement);
            }
        }
        log
    }
}
