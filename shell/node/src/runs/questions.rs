//! Questions to other contracts: said there once, and answered with the proof (decision 0022).

use std::sync::Arc;
use std::time::Duration;

use countersign_actions::{failed, rejected};
use countersign_api::Kind;
use countersign_chain::{Author, Statement};
use countersign_contract::{Payload, Response, State};
use countersign_crypto::{Digest, Signer};
use countersign_executor::{Answer, Attempt, Heard};
use countersign_member::KeyId;
use countersign_payload::Opening;
use countersign_proof::{Bundle, Selection, Source};
use countersign_types::{ContractId, EntryId, Outcome, PayloadCommitment, RunId, Signed, StatementId};
use countersign_workflow::{Question, Request, Said};
use tokio::sync::{mpsc, oneshot};

use crate::active::{Active, Me};
use crate::clock::Now;
use crate::contracts::Contracts;
use crate::driver::Command;

/// So long until another contract is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Refusals that are no rule of the other contract but a matter of time: another statement took the number, the clock is
/// behind, or the node asks the others first what they hold of it.
const PASSING: [&str; 5] = ["seq_taken", "bad_position", "time_ahead", "old_backup", "unknown_contract"];

/// What a look at the other contract comes to.
enum Look {
    /// Nothing yet.
    Wait,
    /// This is to be said there.
    Say(Arc<Signed<Statement>>, Opening),
    /// That is what came of it.
    Heard(Box<Heard>),
}

impl Look {
    fn failed(reason: &str, detail: impl Into<String>) -> Self {
        Self::Heard(Box::new(failed(reason, detail)))
    }
}

/// Asks, and waits for the answer as long as an attempt may take.
pub(super) async fn ask(
    commands: mpsc::Sender<Command>,
    asking: ContractId,
    attempt: &Attempt,
    question: Question,
) -> Heard {
    let limit = Duration::from_millis(attempt.timeout.millis());
    match tokio::time::timeout(limit, pursue(&commands, asking, attempt.run, question)).await {
        Ok(heard) => heard,
        Err(_) if attempt.polls => Heard { answer: Answer::NotReady, status: None, digest: None },
        Err(_) => failed("timeout", "the other contract did not answer in time"),
    }
}

async fn pursue(commands: &mpsc::Sender<Command>, asking: ContractId, run: RunId, question: Question) -> Heard {
    let mut seen = None;
    loop {
        let (reply, answer) = oneshot::channel();
        let one = question.clone();
        let query = move |contracts: &mut Contracts| {
            let mut seen = seen;
            let look = look(contracts, &asking, &run, &one, &mut seen);
            drop(reply.send((look, seen)));
        };
        let gone = || failed("stopped", "the node stops");
        if commands.send(Command::Query(Box::new(query))).await.is_err() {
            return gone();
        }
        let Ok((look, now)) = answer.await else { return gone() };
        seen = now;
        match look {
            Look::Heard(heard) => return *heard,
            Look::Wait => {}
            Look::Say(statement, opening) => {
                if let Some(heard) = say(commands, &question, statement, opening).await {
                    return heard;
                }
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Says something in the other contract. None if it has a place there, or can be said again later.
async fn say(
    commands: &mpsc::Sender<Command>,
    question: &Question,
    statement: Arc<Signed<Statement>>,
    opening: Opening,
) -> Option<Heard> {
    let contract = question.contract.parse().ok()?;
    let (reply, answer) = oneshot::channel();
    let submit = Command::Submit { contract, statement, openings: vec![opening], reply };
    commands.send(submit).await.ok()?;
    let refusal = answer.await.ok()?.err()?;
    if matches!(refusal.kind, Kind::Busy | Kind::Failed) || PASSING.contains(&refusal.code.as_str()) {
        return None;
    }
    let by = refusal.by.map(|by| format!(" {by}")).unwrap_or_default();
    Some(rejected(format!("{}: the other contract would reject the request: {}{by}", question.contract, refusal.code)))
}

/// What was seen last: nothing can have changed if both are the same.
type Seen = Option<(EntryId, EntryId)>;

fn look(contracts: &mut Contracts, asking: &ContractId, run: &RunId, question: &Question, seen: &mut Seen) -> Look {
    let (me, now) = (contracts.me.clone(), contracts.clock.now());
    let unknown = || Look::failed("unknown_contract", format!("this node has no contract {}", question.contract));
    let Ok(other) = question.contract.parse::<ContractId>() else { return unknown() };
    if other == *asking {
        return Look::failed("bad_request", "a contract does not ask itself");
    }
    let active = match contracts.get(&other) {
        Ok(Some(active)) => active,
        Ok(None) => return unknown(),
        Err(error) => {
            tracing::error!(contract = %other, %error, "cannot load contract");
            return Look::failed("failed", "this node cannot read the other contract; its log says why");
        }
    };
    if active.muted || !active.is_member(&me.party) {
        return Look::failed("not_member", format!("this party is no member of {other}"));
    }
    if active.replica.stopped().is_some() || active.replica.is_inquiring() {
        return Look::Wait;
    }
    let places = (active.replica.head(), active.replica.knowledge().final_entry());
    if seen.replace(places) == Some(places) {
        return Look::Wait;
    }
    let shown = match &question.request {
        None => latest(active, question).map(|answer| vec![answer]),
        Some(request) => match requested(active, request, run, &me, now) {
            Asked::Look(look) => return look,
            Asked::Final(request) => answered(active, question, request),
        },
    };
    match shown {
        None => Look::Wait,
        Some(statements) => match proof(active, statements) {
            Err(look) => look,
            Ok(text) => heard(contracts, asking, run, question, &me, &text),
        },
    }
}

/// Whether the request was said.
enum Asked {
    /// Its final place says so.
    Final(EntryId),
    /// Not yet, or it was rejected.
    Look(Look),
}

fn requested(active: &Active, request: &Request, run: &RunId, me: &Me, now: Now) -> Asked {
    let knowledge = active.replica.knowledge();
    let nonce = nonce_of(run);
    let said = knowledge.path(&active.replica.head()).into_iter().find_map(|entry| {
        let place = knowledge.place(&entry)?;
        let (_, statement) = place.content.as_ref()?;
        let own = statement.author.identity == me.party && statement.nonce == nonce;
        own.then(|| (entry, place.outcome.clone()))
    });
    match said {
        Some((entry, _)) if !knowledge.is_final(&entry) => Asked::Look(Look::Wait),
        Some((entry, Outcome::Applied)) => Asked::Final(entry),
        Some((_, outcome)) => {
            let rule = match outcome {
                Outcome::Rejected { rule, by } => format!("{rule} {by}"),
                Outcome::Applied | Outcome::Failed { .. } => "failed".to_owned(),
            };
            let contract = active.replica.contract();
            Asked::Look(Look::Heard(Box::new(rejected(format!("{contract}: the request was rejected: {rule}")))))
        }
        None => Asked::Look(draft(active, request, nonce, me, now).unwrap_or(Look::Wait)),
    }
}

/// The request, signed. Its nonce follows from the run, so that it is found again after a crash.
fn draft(active: &Active, request: &Request, nonce: [u8; 16], me: &Me, now: Now) -> Option<Look> {
    let payload = Payload::Response(Response {
        process: countersign_workflow::ROOT_PROCESS.to_owned(),
        actor: request.actor.clone(),
        action: request.action.clone(),
        response: Some(request.response.clone()),
        data: request.data.clone(),
        attachments: std::collections::BTreeMap::new(),
    });
    let author = Author { identity: me.party, key: KeyId::of_signing(&me.system.public_key()) };
    let salt = crate::home::random().ok()?;
    let prepared = active.prepare(now.wall, author, payload, nonce, *Digest::of(&salt).bytes())?;
    let statement = Arc::new(Signed::sign(prepared.statement, me.system.as_ref()));
    Some(Look::Say(statement, prepared.opening))
}

fn nonce_of(run: &RunId) -> [u8; 16] {
    let [nonce, ..] = run.bytes().as_chunks::<16>().0 else { return [0; 16] };
    *nonce
}

/// The applied responses of the final part of the log, from an entry on.
fn finals(active: &Active) -> impl DoubleEndedIterator<Item = (EntryId, StatementId, Said)> {
    let knowledge = active.replica.knowledge();
    let path = knowledge.path(&knowledge.final_entry());
    path.into_iter().filter_map(move |id| {
        let place = knowledge.place(&id)?;
        let (entry, statement) = place.content.as_ref().filter(|_| place.outcome.is_applied())?;
        let Ok(Payload::Response(response)) = Payload::from_bytes(statement.kind, place.payload.as_deref()?) else {
            return None;
        };
        let said = Said {
            statement: entry.statement.to_string(),
            party: None,
            process: response.process,
            actor: response.actor,
            action: response.action,
            response: response.response,
            data: response.data,
            at: countersign_rules::Timestamp::from_ms(statement.time.millis())?,
        };
        Some((id, entry.statement, said))
    })
}

fn latest(active: &Active, question: &Question) -> Option<StatementId> {
    finals(active).rfind(|(.., said)| question.is_answer(said)).map(|(_, statement, _)| statement)
}

/// The request and its answer; the request alone if that it was applied is the answer.
fn answered(active: &Active, question: &Question, request: EntryId) -> Option<Vec<StatementId>> {
    let mut after = finals(active).skip_while(|(entry, ..)| *entry != request);
    let (_, asked, _) = after.next()?;
    if question.answers.is_empty() {
        return Some(vec![asked]);
    }
    after.find(|(.., said)| question.is_answer(said)).map(|(_, answer, _)| vec![asked, answer])
}

/// The bundle of these statements, as it travels.
fn proof(active: &Active, statements: Vec<StatementId>) -> Result<String, Look> {
    let opening = |commitment: &PayloadCommitment| active.replica.opening(commitment).cloned();
    let source = Source {
        genesis: &active.genesis,
        knowledge: active.replica.knowledge(),
        opening: &opening,
        heading: &|_| None,
        erasures: &|_| Vec::new(),
    };
    let selection = Selection { statements: Some(statements.into_iter().collect()), attachments: false };
    let bundle = Bundle::build(&source, &selection).map_err(|error| Look::failed("no_proof", error.to_string()))?;
    let large = || Look::failed("proof_too_large", "the proof of the answer is longer than a response can carry");
    bundle.for_another().ok_or_else(large)
}

/// The data of `ok`, as everybody will compute them from the proof.
fn heard(
    contracts: &mut Contracts,
    asking: &ContractId,
    run: &RunId,
    question: &Question,
    me: &Me,
    text: &str,
) -> Look {
    let schema = contracts.get(asking).ok().flatten().and_then(|active| {
        let run = active.runs.executor.run(run)?;
        let state: Arc<State> = active.replica.state()?;
        state.process()?.system_schema(&run.process, &run.action, "ok")
    });
    // The state was left meanwhile: whatever is heard is of no use.
    let Some(schema) = schema else { return Look::failed("overtaken", "the state was left by another way") };
    let shown = match countersign_proof::read(text) {
        Ok(shown) => shown,
        Err(why) => return Look::failed("no_proof", why),
    };
    match question.answered(&shown, &me.party.to_string()) {
        None => Look::failed("no_proof", "the bundle does not show the answer"),
        Some(said) => Look::Heard(Box::new(Heard {
            answer: Answer::Ok(question.data(&schema, said, text)),
            status: None,
            digest: Some(*Digest::of(text.as_bytes()).bytes()),
        })),
    }
}
