//! Who is no member gets nothing, changes nothing, and learns nothing.

use std::sync::Arc;

use countersign_chain::{Author, Basis, Entry, PayloadClass, Settings, Statement, StatementKind};
use countersign_codec::{Decode, Encode, Reader, Writer};
use countersign_contract::Payload;
use countersign_crypto::{Digest, SealingSecret, Seed, Signer, SigningKey};
use countersign_member::KeyId;
use countersign_net::{Alias, Link, LocalNode, NetError, Peer, SystemClock};
use countersign_payload::Opening;
use countersign_replica::{EntryItem, Item, Message};
use countersign_types::{ContractId, Count, EntryId, Position, Sequence, Signed, from_base32};

use crate::invite::APPRAISAL;
use crate::party::{Party, agree, eventually, now, told};

/// A node key that nobody knows.
struct Stranger {
    node: Arc<SigningKey>,
    link: Link,
}

impl Stranger {
    fn new(number: u8) -> Self {
        let node = Arc::new(SigningKey::new([number; 32]));
        let signer = Arc::clone(&node) as Arc<dyn Signer + Send + Sync>;
        let sealing = SealingSecret::new([number; 32]);
        let local = LocalNode::new(signer, sealing, Arc::new(SystemClock), Seed::new([number; 32]));
        Self { node, link: Link::new(Arc::new(local)) }
    }

    async fn send(&self, to: &Party, messages: &[Vec<u8>]) -> Result<Vec<u8>, NetError> {
        let record = &to.member.node;
        let peer = Peer {
            node_key: record.node_key,
            sealing_key: record.sealing_key,
            urls: record.urls.iter().map(|url| url.parse().unwrap()).collect(),
            spki_hash: record.tls,
        };
        let mut body = Writer::default();
        body.uint(1);
        body.uint(messages.len() as u64);
        messages.iter().for_each(|message| body.raw(message));
        self.link.exchange(&peer, Alias::NODE, &body.into_bytes()).await
    }
}

/// A message about a contract, as `docs/spec/node-batch.md` has it.
fn about(contract: &ContractId, message: &Message) -> Vec<u8> {
    let mut out = Writer::default();
    out.uint(0);
    contract.encode(&mut out);
    message.encode(&mut out);
    out.into_bytes()
}

fn asks(contract: &ContractId) -> Vec<u8> {
    about(contract, &Message::Sync { have: Vec::new(), items: Vec::new(), proofs: Vec::new() })
}

/// The only message of a reply.
fn only(reply: &[u8]) -> (ContractId, Message) {
    let mut from = Reader::new(reply);
    assert_eq!((from.uint().unwrap(), from.uint().unwrap(), from.uint().unwrap()), (1, 1, 0));
    let answer = (ContractId::decode(&mut from).unwrap(), Message::decode(&mut from).unwrap());
    from.finish().unwrap();
    answer
}

/// An entry that claims to be the owner's, signed by somebody else.
fn forged(contract: ContractId, head: EntryId, owner: &Party, node: &SigningKey, key: &SigningKey) -> Item {
    let opening = Opening::new([1; 32], Payload::Tick("main".into()).to_bytes());
    let statement = Statement {
        contract,
        kind: StatementKind::Tick,
        author: Author { identity: owner.id(), key: KeyId::of_signing(&owner.admin.public_key()) },
        sequence: Sequence::new(1),
        basis: Basis { position: Position::new(0), entry: head, seen: None },
        requires: Vec::new(),
        time: now(),
        nonce: [1; 16],
        payload: opening.commitment(),
        class: PayloadClass::Shared,
    };
    let statement = Arc::new(Signed::sign(statement, key));
    let entry = Entry {
        contract,
        lane: 0,
        position: Position::new(1),
        previous: head,
        statement: Statement::id(&statement),
        party: owner.id(),
        count: Count::new(1),
    };
    let entry = Signed::sign(entry, node);
    Item::Entry(Box::new(EntryItem { entry, statement, openings: vec![opening], erased: Vec::new() }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_reads_nothing_and_appends_nothing() {
    let owner = Party::start("owner", 61, true).await;
    let friend = Party::start("friend", 62, true).await;
    let outsider = Party::start("outsider", 63, true).await;
    let contract = owner.found_as(APPRAISAL, &[&friend], &[("owner", &owner)], [1; 32], Settings::default()).await;
    friend.accept(&contract).await;
    agree(&contract, &[&owner, &friend]).await;
    let before = owner.view(&contract).await;
    let id: ContractId = contract.parse().unwrap();
    let absent = ContractId::new(Digest::of(b"no such contract"));
    let stranger = Stranger::new(64);

    // Hidden and absent are one answer.
    let (_, hidden) = only(&stranger.send(&owner, &[asks(&id)]).await.unwrap());
    let (_, nothing) = only(&stranger.send(&owner, &[asks(&absent)]).await.unwrap());
    assert_eq!(hidden, nothing);
    let Message::Refuse { code } = hidden else { panic!("{hidden:?}") };
    assert_eq!(code.as_str(), "unknown_contract");

    // Nor does it append: with its own node key, in the owner's name, with the owner's own signature on the statement.
    let head: EntryId = before.head.parse().unwrap();
    for key in [&owner.admin, stranger.node.as_ref()] {
        let item = forged(id, head, &owner, &stranger.node, key);
        let message = Message::Sync { have: Vec::new(), items: vec![item], proofs: Vec::new() };
        let (_, answer) = only(&stranger.send(&owner, &[about(&id, &message)]).await.unwrap());
        assert_eq!(answer, nothing);
    }

    // A contract in which it is no founder, offered to a founder.
    let other = owner.founding(APPRAISAL, &[&friend], &[("owner", &owner)], [2; 32], Settings::default());
    let offer = offer(&other);
    assert_eq!(stranger.send(&friend, std::slice::from_ref(&offer)).await.unwrap(), [1, 0]);
    assert_eq!(friend.client().contracts(None, 10).await.unwrap().contracts.len(), 1);

    // More than a stranger may send.
    let large = Message::Sync {
        have: Vec::new(),
        items: vec![forged(id, head, &owner, &stranger.node, &owner.admin); 60],
        proofs: Vec::new(),
    };
    let refused = stranger.send(&owner, &[about(&id, &large)]).await.unwrap_err();
    assert_eq!(refused.code().as_str(), "too_large");
    assert_eq!(stranger.send(&owner, &[b"garbage".to_vec()]).await.unwrap_err().code().as_str(), "malformed");

    // Its own API knows nothing either.
    let client = outsider.client();
    for refused in [
        client.contract(&contract).await.err().map(told),
        client.whole_log(&contract, None).await.err().map(told),
        client.accept(&contract).await.err().map(told),
        client.invitations(&contract).await.err().map(told),
        client.contract(&absent.to_string()).await.err().map(told),
    ] {
        assert_eq!(refused.as_deref(), Some("unknown_contract: no such contract here"));
    }
    let after = owner.view(&contract).await;
    assert_eq!((after.state_hash, after.head, after.accused), (before.state_hash, before.head, before.accused));
}

fn offer(request: &countersign_api_model::FoundRequest) -> Vec<u8> {
    let parts = [&request.genesis, &request.charter].map(|part| from_base32(part).unwrap());
    [vec![1], parts.concat()].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_has_one_open_offer() {
    let mut stranger = Party::start("stranger", 65, true).await;
    let victim = Party::start("victim", 66, true).await;
    for nonce in 0..3 {
        stranger.found_as(APPRAISAL, &[&victim], &[("owner", &stranger)], [nonce; 32], Settings::default()).await;
    }
    let offers = async || victim.client().contracts(None, 10).await.unwrap().contracts;
    eventually("an offer arrives", async || !offers().await.is_empty()).await;
    stranger.restart().await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(offers().await.len(), 1);
    // Whoever accepts knows it from then on.
    victim.client().accept(&offers().await[0].contract).await.unwrap();
    eventually("the others arrive", async || offers().await.len() == 3).await;
}
