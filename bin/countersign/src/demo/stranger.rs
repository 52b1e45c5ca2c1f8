//! A node that is no member, and what it gets.

use std::sync::Arc;

use countersign_chain::{Author, Basis, Entry, PayloadClass, Statement, StatementKind};
use countersign_codec::{Decode, Encode, Reader, Writer};
use countersign_crypto::{SealingSecret, Seed, Signer, SigningKey};
use countersign_member::{KeyId, Member};
use countersign_net::{Alias, Link, LocalNode, Peer, SystemClock};
use countersign_payload::NO_PAYLOAD;
use countersign_replica::{EntryItem, Item, Message};
use countersign_types::{ContractId, Count, EntryId, IdentityId, Position, Sequence, Signed};

use crate::context;
use crate::failure::Failure;

/// What the stranger was told.
pub struct Answers {
    /// When it asked for everything.
    pub read: String,
    /// When it sent an entry.
    pub append: String,
}

/// Asks a node for a contract by its id, and sends it an entry, with keys that nobody knows.
pub async fn intrude(node: &Member, contract: ContractId) -> Result<Answers, Failure> {
    let seed = &mut context::seed()?;
    let key = Arc::new(SigningKey::generate(seed));
    let local =
        LocalNode::new(Arc::clone(&key) as _, SealingSecret::new(seed.array()), Arc::new(SystemClock), seed.split());
    let link = Link::new(Arc::new(local));
    let record = node.node.value();
    let peer = Peer {
        node_key: record.node_key,
        sealing_key: record.sealing_key,
        urls: record.urls.iter().filter_map(|url| url.parse().ok()).collect(),
        spki_hash: record.tls,
    };
    let nothing = Message::Sync { have: Vec::new(), items: Vec::new(), proofs: Vec::new() };
    let forged = Message::Sync { have: Vec::new(), items: vec![entry(contract, &key, seed)], proofs: Vec::new() };
    Ok(Answers {
        read: ask(&link, &peer, contract, &nothing).await?,
        append: ask(&link, &peer, contract, &forged).await?,
    })
}

/// An entry right after genesis, well formed and signed by the stranger.
fn entry(contract: ContractId, key: &SigningKey, seed: &mut Seed) -> Item {
    let identity = IdentityId::new(countersign_crypto::Digest::new(seed.array()));
    let genesis = EntryId::new(*contract.digest());
    let statement = Statement {
        contract,
        kind: StatementKind::Comment,
        author: Author { identity, key: KeyId::of_signing(&key.public_key()) },
        sequence: Sequence::new(1),
        basis: Basis { position: Position::ZERO, entry: genesis, seen: None },
        requires: Vec::new(),
        time: context::now(),
        nonce: seed.array(),
        payload: NO_PAYLOAD,
        class: PayloadClass::Shared,
    };
    let statement = Signed::sign(statement, key);
    let entry = Entry {
        contract,
        lane: 0,
        position: Position::new(1),
        previous: genesis,
        statement: Statement::id(&statement),
        party: identity,
        count: Count::new(1),
    };
    let entry = Signed::sign(entry, key);
    Item::Entry(Box::new(EntryItem { entry, statement: Arc::new(statement), openings: Vec::new(), erased: Vec::new() }))
}

/// One message in a batch of two nodes (page `docs/spec/node-batch.md`), and the code of the refusal that answers it.
async fn ask(link: &Link, peer: &Peer, contract: ContractId, message: &Message) -> Result<String, Failure> {
    let mut out = Writer::default();
    out.uint(1);
    out.uint(1);
    out.uint(0);
    contract.encode(&mut out);
    message.encode(&mut out);
    let reply = link.exchange(peer, Alias::NODE, &out.into_bytes()).await;
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => return Ok(format!("refused with {}", error.code())),
    };
    refusal(&reply, contract).ok_or_else(|| Failure::refused("intruded", "the stranger got more than a refusal"))
}

/// The code, if the reply is one refusal about the contract and nothing else.
fn refusal(reply: &[u8], contract: ContractId) -> Option<String> {
    let from = &mut Reader::new(reply);
    let head = (from.uint().ok()?, from.uint().ok()?, from.uint().ok()?);
    let about = ContractId::decode(from).ok()?;
    match Message::decode(from).ok()? {
        Message::Refuse { code } if head == (1, 1, 0) && about == contract && from.finish().is_ok() => {
            Some(format!("refused with {code}, as for a contract that does not exist"))
        }
        _ => None,
    }
}
