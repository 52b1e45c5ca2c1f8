//! The person of an honest party: says one thing after the other, and asks again until answered.

use std::collections::VecDeque;
use std::sync::Arc;

use countersign_chain::{LogState, Statement};
use countersign_crypto::Digest;
use countersign_payload::Opening;
use countersign_replica::{Answer, Input, Refusal, Replica};
use countersign_types::{ContractId, PayloadCommitment, Signed, StatementId, Timestamp};

use crate::keys::Keys;
use crate::plan::Saying;
use crate::tally::{Addition, Tally, Wording, erase, state};

/// The statements of one person.
pub struct Client {
    keys: Arc<Keys>,
    contract: ContractId,
    waiting: VecDeque<Saying>,
    current: Option<(Saying, Arc<Signed<Statement>>, Vec<Opening>)>,
    nonce: u64,
    /// Files that it attached and did not ask to erase.
    attached: Vec<PayloadCommitment>,
    accepted: Vec<StatementId>,
}

impl Client {
    /// The person of `keys`, who has said nothing.
    pub const fn new(keys: Arc<Keys>, contract: ContractId) -> Self {
        Self {
            keys,
            contract,
            waiting: VecDeque::new(),
            current: None,
            nonce: 0,
            attached: Vec::new(),
            accepted: Vec::new(),
        }
    }

    /// The person wants to say this. What to submit now, if nothing is under way.
    pub fn say(&mut self, saying: Saying, replica: Option<&Replica<Tally>>, now: Timestamp) -> Option<Input> {
        self.waiting.push_back(saying);
        if self.current.is_some() {
            return None;
        }
        self.next(replica?, now)
    }

    /// The node answered. What to submit now.
    pub fn answered(&mut self, answer: &Answer, replica: &Replica<Tally>, now: Timestamp) -> Option<Input> {
        let (saying, statement, _) = self.current.take()?;
        if Statement::id(&statement) != answer.statement {
            self.current = Some((saying, statement, Vec::new()));
            return None;
        }
        match &answer.result {
            Ok(_) => self.accepted.push(answer.statement),
            Err(Refusal::Invalid(_)) => self.waiting.push_front(saying),
            Err(_) => {}
        }
        self.next(replica, now)
    }

    /// The node is back after a restart: what was not answered is said again, in the same words.
    pub fn again(&mut self, replica: &Replica<Tally>, now: Timestamp) -> Option<Input> {
        match &self.current {
            Some((_, statement, openings)) => {
                Some(Input::Submit { statement: Arc::clone(statement), openings: openings.clone() })
            }
            None => self.next(replica, now),
        }
    }

    /// Statements that the node accepted.
    pub fn accepted(&self) -> &[StatementId] {
        &self.accepted
    }

    /// Whether everything is said and answered.
    pub fn is_done(&self) -> bool {
        self.current.is_none() && self.waiting.is_empty()
    }

    fn next(&mut self, replica: &Replica<Tally>, now: Timestamp) -> Option<Input> {
        let saying = self.waiting.pop_front()?;
        let (statement, openings) = self.put(&saying, replica, now)?;
        self.current = Some((saying, Arc::clone(&statement), openings.clone()));
        Some(Input::Submit { statement, openings })
    }

    fn put(
        &mut self,
        saying: &Saying,
        replica: &Replica<Tally>,
        now: Timestamp,
    ) -> Option<(Arc<Signed<Statement>>, Vec<Opening>)> {
        let seen = replica.state()?;
        self.nonce += 1;
        let salt = *Digest::of(self.keys.party().bytes()).bytes();
        let attachment = saying.attached.then(|| Opening::new(salt, self.nonce.to_be_bytes().to_vec()));
        let head = replica.knowledge().place(&replica.head())?;
        let requires = head.content.iter().filter(|_| saying.requires).map(|(entry, _)| entry.statement);
        let wording = Wording {
            addition: Addition {
                amount: saying.amount,
                priority: saying.priority,
                attachments: attachment.iter().map(Opening::commitment).collect(),
            },
            sequence: seen.last_sequence(&self.keys.party()).next(),
            requires: requires.collect(),
            seen: saying.strict.then(|| seen.seen()),
            time: now,
            nonce: self.nonce,
        };
        if let Some(file) = self.attached.pop_if(|_| saying.erases) {
            let (statement, opening) = erase(self.contract, &self.keys, wording, &file);
            return Some((statement, vec![opening]));
        }
        self.attached.extend(attachment.iter().map(Opening::commitment));
        let (statement, opening) = state(self.contract, &self.keys, wording);
        Some((statement, attachment.into_iter().chain([opening]).collect()))
    }
}
