//! From a wish to a statement in the log: the node drafts, the person's side checks and signs, the node appends.

use std::time::{Duration, Instant};

use countersign_api_model::{Level, Outcome, PrepareRequest, Prepared, SubmitRequest, Submitted};
use countersign_chain::{Author, PayloadClass, Statement, StatementKind};
use countersign_client::{Client, WAIT_MAX};
use countersign_contract::Payload;
use countersign_crypto::SigningKey;
use countersign_member::KeyId;
use countersign_payload::Opening;
use countersign_types::{ContractId, IdentityId, Signed, StatementId, Timestamp};

use crate::context::now;
use crate::failure::Failure;
use crate::files;

/// How far the time of a draft may lie from the time of this machine.
const CLOCK_APART_MAX: Duration = Duration::from_secs(300);

/// Whoever makes statements: an identity and one of its keys.
pub struct Voice<'a> {
    /// The person or organisation.
    pub identity: IdentityId,
    /// The key.
    pub key: KeyId,
    /// It signs.
    pub signer: &'a SigningKey,
}

/// A statement of the same author may take the place of a draft: so often it is drafted anew.
const DRAFTS_MAX: usize = 3;

/// Says something in a contract. `attachments` are the openings of what the payload names.
pub async fn say(
    client: &Client,
    contract: ContractId,
    voice: &Voice<'_>,
    payload: &Payload,
    attachments: &[Opening],
) -> Result<Submitted, Failure> {
    drafted(contract, async || say_once(client, contract, voice, payload, attachments).await).await
}

/// Drafts, signs and submits; anew if another statement took the place of the draft.
pub async fn drafted<T>(contract: ContractId, once: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut drafts = 1;
    loop {
        match once().await {
            Err(failure) if failure.code() == "seq_taken" && drafts < DRAFTS_MAX => drafts += 1,
            Err(failure) if failure.code() == "not_entitled" => {
                return Err(failure.next(format!("countersign mandate list {contract}")));
            }
            done => return done.map_err(|failure| failure.or_next(format!("countersign action list {contract}"))),
        }
    }
}

async fn say_once(
    client: &Client,
    contract: ContractId,
    voice: &Voice<'_>,
    payload: &Payload,
    attachments: &[Opening],
) -> Result<Submitted, Failure> {
    let signed = sign(client, contract, voice, payload, attachments).await?;
    submit(client, contract, &signed).await
}

/// A statement that was checked and signed, and has no place yet.
pub struct SignedDraft {
    statement: StatementId,
    /// What the node gets.
    pub request: SubmitRequest,
}

/// Lets the node draft a statement, checks the draft and signs it.
pub async fn sign(
    client: &Client,
    contract: ContractId,
    voice: &Voice<'_>,
    payload: &Payload,
    attachments: &[Opening],
) -> Result<SignedDraft, Failure> {
    let json = serde_json::from_slice(&payload.to_bytes())
        .map_err(|error| Failure::refused("malformed", format!("the payload is not JSON: {error}")))?;
    let request = PrepareRequest {
        author: voice.identity.to_string(),
        key: voice.key.to_string(),
        kind: payload.kind().as_str().to_owned(),
        payload: json,
    };
    let prepared = client.prepare(&contract.to_string(), &request).await?;
    let draft = Draft::read(&prepared)?;
    draft.check(contract, voice, payload.kind(), now(), |opening| **opening.bytes() == *payload.to_bytes())?;
    Ok(draft.sign(voice, attachments))
}

/// What a node drafted: nothing of it counts before it was checked.
pub struct Draft {
    statement: Statement,
    opening: Opening,
}

impl Draft {
    /// Decodes a draft.
    pub fn read(prepared: &Prepared) -> Result<Self, Failure> {
        let statement = files::from_text(&prepared.statement, "the draft of the node")?;
        let opening = files::from_text(&prepared.opening, "the draft of the node")?;
        Ok(Self { statement, opening })
    }

    /// Checks a draft whose payload the node chose in part: its kind, and what `says` asks of it.
    pub fn check_payload(
        &self,
        contract: ContractId,
        voice: &Voice<'_>,
        kind: StatementKind,
        says: impl Fn(&Payload) -> bool,
    ) -> Result<(), Failure> {
        self.check(contract, voice, kind, now(), |opening| {
            Payload::from_bytes(kind, opening.bytes()).is_ok_and(|payload| says(&payload))
        })
    }

    /// The draft says exactly what was wished, and nothing else: otherwise nothing is signed.
    fn check(
        &self,
        contract: ContractId,
        voice: &Voice<'_>,
        kind: StatementKind,
        now: Timestamp,
        says: impl Fn(&Opening) -> bool,
    ) -> Result<(), Failure> {
        let Self { statement, opening } = self;
        let author = Author { identity: voice.identity, key: voice.key };
        let apart = now.since(statement.time).max(statement.time.since(now)).millis();
        let wrong = if statement.contract != contract {
            "is for another contract"
        } else if statement.kind != kind {
            "is of another kind"
        } else if statement.author != author {
            "names another author"
        } else if statement.class != PayloadClass::Shared || statement.payload != opening.commitment() {
            "commits to another payload"
        } else if !says(opening) {
            "has another payload"
        } else if u128::from(apart) > CLOCK_APART_MAX.as_millis() {
            "has a time that is far from the time of this machine"
        } else {
            return Ok(());
        };
        Err(wrong_draft(&format!("the draft of the node {wrong}")))
    }

    /// Signs a draft that was checked. `attachments` are the openings of what its payload names.
    pub fn sign(self, voice: &Voice<'_>, attachments: &[Opening]) -> SignedDraft {
        let signed = Signed::sign(self.statement, voice.signer);
        let openings = std::iter::once(&self.opening).chain(attachments).map(files::to_text).collect();
        let request = SubmitRequest { statement: files::to_text(&signed), openings };
        SignedDraft { statement: Statement::id(&signed), request }
    }
}

/// Gives a signed statement its place.
pub async fn submit(client: &Client, contract: ContractId, signed: &SignedDraft) -> Result<Submitted, Failure> {
    let submitted = client.submit(&contract.to_string(), &signed.request).await?;
    if submitted.statement != signed.statement.to_string() {
        return Err(Failure::refused("other_statement", "the node answered for another statement")
            .next(format!("countersign contract log {contract}")));
    }
    accepted(submitted)
}

/// The node drafted something else than was asked.
pub fn wrong_draft(why: &str) -> Failure {
    Failure::refused("wrong_draft", format!("nothing was signed: {why}")).next("countersign node status")
}

/// A statement whose outcome is a rejection is refused, as if the node had said so at once.
fn accepted(submitted: Submitted) -> Result<Submitted, Failure> {
    match &submitted.outcome {
        Outcome::Applied => Ok(submitted),
        Outcome::Rejected { rule, by } => {
            let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
            Err(Failure::refused(rule, format!("rejected at position {}{by}", submitted.position)))
        }
        Outcome::Failed { witness } => Err(Failure::refused("failed", format!("it did not succeed, says {witness}"))),
    }
}

/// Waits until a statement has a level. Its outcome may change on the way, if its place does.
pub async fn wait(
    client: &Client,
    contract: ContractId,
    statement: &StatementId,
    level: Level,
    patience: Duration,
) -> Result<Submitted, Failure> {
    let begun = Instant::now();
    loop {
        let left = patience.saturating_sub(begun.elapsed());
        let wait = left.min(WAIT_MAX);
        let found = client.statement(&contract.to_string(), &statement.to_string(), level, wait).await?;
        if found.standing.level >= level {
            return accepted(found);
        }
        if begun.elapsed() >= patience {
            let waits = found.standing.waiting_for.join(", ");
            let for_whom = if waits.is_empty() { String::new() } else { format!(", waiting for {waits}") };
            return Err(Failure::refused("timeout", format!("not yet: the statement is at another level{for_whom}"))
                .next("countersign outbox list"));
        }
        // A node that answers early is not asked in a loop without pause.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[cfg(test)]
mod tests {
    use countersign_chain::Basis;
    use countersign_contract::Comment;
    use countersign_crypto::{Digest, Signer};
    use countersign_types::{EntryId, Position, Sequence};

    use super::*;

    #[test]
    fn a_draft_that_says_anything_else_is_not_signed() {
        let signer = SigningKey::new([1; 32]);
        let identity = IdentityId::new(Digest::of(b"anna"));
        let voice = Voice { identity, key: KeyId::of_signing(&signer.public_key()), signer: &signer };
        let author = Author { identity, key: voice.key };
        let contract = ContractId::new(Digest::of(b"lease"));
        let payload =
            Payload::Comment(Comment { text: "yes".into(), media: "text/plain".into(), attachments: Vec::new() });
        let opening = Opening::new([3; 32], payload.to_bytes());
        let now = Timestamp::from_millis(1_000_000).unwrap();
        let good = Statement {
            contract,
            kind: payload.kind(),
            author,
            sequence: Sequence::new(1),
            basis: Basis { position: Position::ZERO, entry: EntryId::new(Digest::ZERO), seen: None },
            requires: Vec::new(),
            time: now,
            nonce: [0; 16],
            payload: opening.commitment(),
            class: PayloadClass::Shared,
        };
        let test = |statement: &Statement, opening: &Opening| {
            let draft = Draft { statement: statement.clone(), opening: opening.clone() };
            let says = |opening: &Opening| **opening.bytes() == *payload.to_bytes();
            let exact = draft.check(contract, &voice, payload.kind(), now, says);
            exact.map_err(|failure| failure.detail().to_owned())
        };
        assert_eq!(test(&good, &opening), Ok(()));
        let wrong = |change: &dyn Fn(&mut Statement)| {
            let mut statement = good.clone();
            change(&mut statement);
            test(&statement, &opening).unwrap_err()
        };
        assert!(wrong(&|draft| draft.contract = ContractId::new(Digest::ZERO)).ends_with("another contract"));
        assert!(wrong(&|draft| draft.kind = countersign_chain::StatementKind::Erase).ends_with("another kind"));
        assert!(wrong(&|draft| draft.author.identity = IdentityId::new(Digest::ZERO)).ends_with("another author"));
        assert!(wrong(&|draft| draft.payload = countersign_payload::NO_PAYLOAD).contains("another payload"));
        assert!(wrong(&|draft| draft.class = PayloadClass::Linked).contains("another payload"));
        assert!(wrong(&|draft| draft.time = Timestamp::MAX).contains("time"));
        let other = Opening::new([3; 32], &b"{\"media\":\"text/plain\",\"text\":\"no\"}"[..]);
        let forged = Statement { payload: other.commitment(), ..good };
        assert!(test(&forged, &other).unwrap_err().ends_with("has another payload"));
        // Where the node chooses a part, the rest is still asked for, and what cannot be read is not signed.
        let partly = |statement: &Statement, opening: &Opening, text: &str| {
            let draft =
                Draft { statement: Statement { time: super::now(), ..statement.clone() }, opening: opening.clone() };
            let says = |payload: &Payload| matches!(payload, Payload::Comment(comment) if comment.text == text);
            draft.check_payload(contract, &voice, payload.kind(), says).is_ok()
        };
        assert!(partly(&forged, &other, "no") && !partly(&forged, &other, "yes"));
        let noise = Opening::new([3; 32], &b"{}"[..]);
        assert!(!partly(&Statement { payload: noise.commitment(), ..forged }, &noise, "no"));
    }
}
