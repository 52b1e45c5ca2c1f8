//! Who has an invitation: what the inviter's node answers to a request signed by the one-time key (contract log §13.14).

use std::sync::Arc;

use countersign_api::Refusal as ApiRefusal;
use countersign_chain::{Statement, StatementKind};
use countersign_codec::{Decode, Encode};
use countersign_contract::Payload;
use countersign_crypto::PublicKey;
use countersign_member::{Invitation, Member};
use countersign_net::{Delivery, Refusal};
use countersign_replica::Item;
use countersign_store::{Batch as StoreBatch, Store};
use countersign_types::{Code, ContractId, StatementId};
use tokio::sync::{mpsc, oneshot};

use crate::Error;
use crate::active::Active;
use crate::contracts::Contracts;
use crate::driver::Command;
use crate::records::{self, OwnInvitation};
use crate::transfers;
use crate::wire::{GuestPage, GuestReply, GuestRequest, PAGE_BYTES, PAGE_ITEMS_MAX, Part};

/// Answers guests.
pub(crate) struct Guests {
    pub(crate) commands: mpsc::Sender<Command>,
    /// This party and its node.
    pub(crate) member: Member,
    pub(crate) store: Arc<Store>,
}

fn refuse(code: &'static str) -> Refusal {
    Refusal::Other(Code::known(code))
}

fn busy() -> Refusal {
    Refusal::Busy { retry_after_seconds: 5 }
}

/// What is allowed to who has the link.
enum Grant {
    /// To read.
    Page(Box<GuestPage>),
    /// To submit a `join`, and to learn the nonce once it has a place.
    Join(ContractId, [u8; 32]),
    /// The same `join` has its place already.
    Joined([u8; 32]),
    /// To read a chunk of a payload.
    Chunk(Part),
}

impl Guests {
    pub(crate) async fn answer(&self, delivery: Delivery) -> Result<Vec<u8>, Refusal> {
        let request = GuestRequest::from_bytes(&delivery.body).map_err(|_| Refusal::Malformed)?;
        let asked = request.clone();
        let (from, alias, member) = (delivery.from, delivery.alias.0, self.member.clone());
        let (reply, granted) = oneshot::channel();
        let query = Box::new(move |contracts: &mut Contracts| {
            // Who asked may have gone.
            let _ = reply.send(grant(contracts, &from, &alias, &asked, member));
        });
        self.commands.send(Command::Query(query)).await.map_err(|_| busy())?;
        let reply = match (granted.await.map_err(|_| busy())??, request) {
            (Grant::Page(page), _) => GuestReply::Page(page),
            (Grant::Joined(nonce), _) => GuestReply::Joined(nonce),
            (Grant::Chunk(part), _) => {
                let read = transfers::read(Arc::clone(&self.store), part).await;
                let chunk = read.map_err(|error| of_error(&error))?.ok_or_else(|| refuse("unknown_payload"))?;
                GuestReply::Chunk(Box::new(chunk))
            }
            (Grant::Join(contract, nonce), GuestRequest::Join(statement, opening)) => {
                let (reply, placed) = oneshot::channel();
                let command = Command::Submit { contract, statement, openings: vec![opening], reply };
                self.commands.send(command).await.map_err(|_| busy())?;
                placed.await.map_err(|_| busy())?.map_err(of_api)?;
                GuestReply::Joined(nonce)
            }
            (Grant::Join(..), GuestRequest::Read(_) | GuestRequest::Chunk(..)) => return Err(Refusal::Internal),
        };
        Ok(reply.to_bytes())
    }
}

fn of_api(refusal: ApiRefusal) -> Refusal {
    Code::new(&refusal.code).map_or(Refusal::Internal, Refusal::Other)
}

fn of_error(error: &Error) -> Refusal {
    tracing::error!(%error, "cannot answer a guest");
    Refusal::Internal
}

/// What the one-time key `from` may do now.
fn grant(
    contracts: &mut Contracts,
    from: &PublicKey,
    alias: &[u8; 16],
    request: &GuestRequest,
    member: Member,
) -> Result<Grant, Refusal> {
    let record = records::invitation(&contracts.store, from).map_err(|error| of_error(&error))?;
    // One answer for a key that was never given out and for one of another alias.
    let mut record = record.filter(|record| record.alias == *alias).ok_or_else(|| refuse("unknown_invitation"))?;
    if contracts.now() > record.until {
        return Err(refuse("invitation_expired"));
    }
    let store = Arc::clone(&contracts.store);
    let active = contracts.get(&record.contract).map_err(|error| of_error(&error))?;
    let active = active.ok_or_else(|| refuse("unknown_invitation"))?;
    if let GuestRequest::Join(statement, _) = request
        && record.statement.is_some()
        && active.replica.entry_of(&Statement::id(statement)).is_some()
    {
        return Ok(Grant::Joined(record.nonce));
    }
    let state = active.replica.state().ok_or(Refusal::Internal)?;
    let found = state.invitations().iter().find(|(_, invitation)| invitation.key == *from);
    let Some((id, invitation)) = found else {
        let gone = record.statement.is_some();
        return Err(refuse(if gone { "invitation_used" } else { "unknown_invitation" }));
    };
    if invitation.joining.is_some() {
        return Err(refuse("invitation_used"));
    }
    let head = active.replica.knowledge().place(&active.replica.head());
    if head.is_none_or(|head| head.position >= invitation.expires) {
        return Err(refuse("invitation_expired"));
    }
    let granted = match request {
        GuestRequest::Read(after) => Grant::Page(Box::new(page(&store, active, *id, member, *after)?)),
        GuestRequest::Chunk(commitment, index) => {
            Grant::Chunk(Part { contract: record.contract, commitment: *commitment, index: *index })
        }
        GuestRequest::Join(statement, opening) => {
            let payload = Payload::from_bytes(StatementKind::Join, opening.bytes()).map_err(|_| Refusal::Malformed)?;
            let holds = statement.kind == StatementKind::Join
                && statement.payload == opening.commitment()
                && matches!(&payload, Payload::Join(join) if join.invitation == *id);
            if !holds {
                return Err(Refusal::Malformed);
            }
            Grant::Join(record.contract, record.nonce)
        }
    };
    remember(contracts, from, &mut record, *id)?;
    Ok(granted)
}

/// Once seen in the log, an invitation that is there no more was used.
fn remember(
    contracts: &Contracts,
    key: &PublicKey,
    record: &mut OwnInvitation,
    id: StatementId,
) -> Result<(), Refusal> {
    if record.statement.replace(id) == Some(id) {
        return Ok(());
    }
    let mut batch = StoreBatch::new();
    records::put_invitation(&mut batch, key, record);
    contracts.store.commit_now(batch).map_err(|error| of_error(&error.into()))
}

fn page(
    store: &countersign_store::Store,
    active: &Active,
    invitation: StatementId,
    inviter: Member,
    after: u64,
) -> Result<GuestPage, Refusal> {
    let contract = active.replica.contract();
    let history = records::history(store, &contract).map_err(|error| of_error(&error))?;
    let total = history.len();
    let first = usize::try_from(after).unwrap_or(usize::MAX).min(total);
    let mut items: Vec<Item> = Vec::new();
    let mut bytes = 0_usize;
    for item in history.into_iter().skip(first).take(PAGE_ITEMS_MAX) {
        let item = active.replica.with_payloads(&item, None);
        bytes = bytes.saturating_add(item.size());
        if bytes > PAGE_BYTES && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    let reached = first.saturating_add(items.len());
    Ok(GuestPage {
        invitation,
        inviter,
        genesis: active.genesis.clone(),
        charter: active.charter.clone(),
        items,
        next: (reached < total).then_some(reached as u64),
    })
}

/// An invitation of a contract, for who is asked to compare words.
pub(crate) fn words(
    contract: &ContractId,
    invitation: &Invitation,
    inviter: &Member,
    nonce: &[u8; 32],
) -> Option<Vec<String>> {
    let joining = invitation.joining.as_ref()?;
    let words = countersign_member::fingerprint(contract, inviter, &joining.member, nonce, &joining.nonce);
    Some(words.iter().map(|word| (*word).to_owned()).collect())
}
