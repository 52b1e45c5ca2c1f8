//! What two nodes put into the sealed body of a request (page `docs/spec/node-batch.md`): a batch of messages about
//! several contracts, or what somebody with an invitation asks.

use std::sync::Arc;

use countersign_chain::{Genesis, Statement};
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_member::Member;
use countersign_payload::{Chunk, Opening};
use countersign_replica::{Item, Message};
use countersign_types::{Code, ContractId, PayloadCommitment, Signed, StatementId};

/// Version of the batch.
const VERSION: u64 = 1;
/// Most messages in a batch.
pub(crate) const MESSAGES_MAX: usize = 512;
/// What is held of one party, as it travels: its id, a count and a mark.
const HELD_BYTES: usize = 74;
/// Most items in one page for a guest.
pub(crate) const PAGE_ITEMS_MAX: usize = 4_096;
/// A page is closed once it holds so many bytes of items; one item may be larger.
pub(crate) const PAGE_BYTES: usize = 1 << 20;

/// A message between two nodes.
#[derive(Clone, Debug)]
pub(crate) enum NodeMessage {
    /// About a contract.
    About(ContractId, Message),
    /// A founded contract, for a member that does not know it.
    Offer(Box<Signed<Genesis>>, Opening),
    /// A chunk of a payload is asked for.
    Ask(Part),
    /// A chunk that was asked for.
    Chunk(ContractId, PayloadCommitment, Box<Chunk>),
    /// A chunk that was asked for is not here, or not for the sender.
    Denied(Part, Code),
}

/// A chunk of a payload of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    pub(crate) contract: ContractId,
    pub(crate) commitment: PayloadCommitment,
    pub(crate) index: u64,
}

impl NodeMessage {
    /// Whether this is about chunks, and so answered beside the driver: a long payload never delays an entry.
    pub(crate) const fn is_about_chunks(&self) -> bool {
        matches!(self, Self::Ask(_) | Self::Chunk(..) | Self::Denied(..))
    }
}

impl Encode for Part {
    fn encode(&self, out: &mut Writer) {
        self.contract.encode(out);
        self.commitment.encode(out);
        out.uint(self.index);
    }
}

impl Decode for Part {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (contract, commitment) = (ContractId::decode(from)?, PayloadCommitment::decode(from)?);
        Ok(Self { contract, commitment, index: from.uint()? })
    }
}

impl NodeMessage {
    /// Bytes on the wire, about.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::About(_, Message::Refuse { .. }) => 64,
            Self::About(_, Message::Sync { have, items, proofs }) => {
                let items = items.iter().fold(64_usize, |size, item| size.saturating_add(item.size()));
                let proofs = proofs.iter().fold(0_usize, |size, proof| size.saturating_add(proof.to_bytes().len()));
                items.saturating_add(proofs).saturating_add(have.len().saturating_mul(HELD_BYTES))
            }
            Self::Offer(genesis, charter) => {
                genesis.to_bytes().len().saturating_add(charter.bytes().len()).saturating_add(64)
            }
            Self::Ask(_) | Self::Denied(..) => 128,
            Self::Chunk(_, _, chunk) => chunk.to_bytes().len().saturating_add(128),
        }
    }
}

/// The body of a request or a reply.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch(pub(crate) Vec<NodeMessage>);

impl Encode for NodeMessage {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::About(contract, message) => {
                out.uint(0);
                contract.encode(out);
                message.encode(out);
            }
            Self::Offer(genesis, charter) => {
                out.uint(1);
                genesis.encode(out);
                charter.encode(out);
            }
            Self::Ask(part) => {
                out.uint(2);
                part.encode(out);
            }
            Self::Chunk(contract, commitment, chunk) => {
                out.uint(3);
                contract.encode(out);
                commitment.encode(out);
                chunk.encode(out);
            }
            Self::Denied(part, code) => {
                out.uint(4);
                part.encode(out);
                code.encode(out);
            }
        }
    }
}

impl Decode for NodeMessage {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("node message")? {
            0 => Ok(Self::About(ContractId::decode(from)?, Message::decode(from)?)),
            1 => Ok(Self::Offer(Box::new(Signed::decode(from)?), Opening::decode(from)?)),
            2 => Part::decode(from).map(Self::Ask),
            3 => Ok(Self::Chunk(
                ContractId::decode(from)?,
                PayloadCommitment::decode(from)?,
                Box::new(Chunk::decode(from)?),
            )),
            4 => Ok(Self::Denied(Part::decode(from)?, Code::decode(from)?)),
            tag => Err(DecodeError::Tag { what: "node message", tag: tag.into() }),
        }
    }
}

impl Encode for Batch {
    fn encode(&self, out: &mut Writer) {
        out.uint(VERSION);
        out.list(self.0.iter());
    }
}

impl Decode for Batch {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.uint()? {
            VERSION => from.list("messages", MESSAGES_MAX).map(Self),
            tag => Err(DecodeError::Tag { what: "batch", tag }),
        }
    }
}

/// What somebody asks with the one-time key of an invitation.
#[derive(Clone, Debug)]
pub(crate) enum GuestRequest {
    /// The contract, from so many items on.
    Read(u64),
    /// To join: the statement and its payload.
    Join(Arc<Signed<Statement>>, Opening),
    /// A chunk of a payload.
    Chunk(PayloadCommitment, u64),
}

/// The answer.
#[derive(Clone, Debug)]
pub(crate) enum GuestReply {
    /// A part of the contract.
    Page(Box<GuestPage>),
    /// The `join` stands in the log: the nonce that the `invite` committed to.
    Joined([u8; 32]),
    /// The chunk.
    Chunk(Box<Chunk>),
}

/// A part of a contract.
#[derive(Clone, Debug)]
pub(crate) struct GuestPage {
    /// The `invite` statement.
    pub(crate) invitation: StatementId,
    /// Who invites.
    pub(crate) inviter: Member,
    /// Position 0.
    pub(crate) genesis: Signed<Genesis>,
    /// Its payload.
    pub(crate) charter: Opening,
    /// Items of all parties, with their payloads, those of one party by ascending count.
    pub(crate) items: Vec<Item>,
    /// Where the next page begins; none if this is the last.
    pub(crate) next: Option<u64>,
}

impl Encode for GuestRequest {
    fn encode(&self, out: &mut Writer) {
        out.uint(VERSION);
        match self {
            Self::Read(from) => {
                out.uint(0);
                out.uint(*from);
            }
            Self::Join(statement, opening) => {
                out.uint(1);
                statement.as_ref().encode(out);
                opening.encode(out);
            }
            Self::Chunk(commitment, index) => {
                out.uint(2);
                commitment.encode(out);
                out.uint(*index);
            }
        }
    }
}

impl Decode for GuestRequest {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match (from.uint()?, from.tag("guest request")?) {
            (VERSION, 0) => from.uint().map(Self::Read),
            (VERSION, 1) => Ok(Self::Join(Arc::new(Signed::decode(from)?), Opening::decode(from)?)),
            (VERSION, 2) => Ok(Self::Chunk(PayloadCommitment::decode(from)?, from.uint()?)),
            (VERSION, tag) => Err(DecodeError::Tag { what: "guest request", tag: tag.into() }),
            (tag, _) => Err(DecodeError::Tag { what: "guest request version", tag }),
        }
    }
}

impl Encode for GuestReply {
    fn encode(&self, out: &mut Writer) {
        out.uint(VERSION);
        match self {
            Self::Page(page) => {
                out.uint(0);
                page.invitation.encode(out);
                page.inviter.encode(out);
                page.genesis.encode(out);
                page.charter.encode(out);
                out.list(page.items.iter());
                page.next.is_some().encode(out);
                if let Some(next) = page.next {
                    out.uint(next);
                }
            }
            Self::Joined(nonce) => {
                out.uint(1);
                out.raw(nonce);
            }
            Self::Chunk(chunk) => {
                out.uint(2);
                chunk.encode(out);
            }
        }
    }
}

impl Decode for GuestReply {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match (from.uint()?, from.tag("guest reply")?) {
            (VERSION, 0) => Ok(Self::Page(Box::new(GuestPage {
                invitation: StatementId::decode(from)?,
                inviter: Member::decode(from)?,
                genesis: Signed::decode(from)?,
                charter: Opening::decode(from)?,
                items: from.list("items", PAGE_ITEMS_MAX)?,
                next: if bool::decode(from)? { Some(from.uint()?) } else { None },
            }))),
            (VERSION, 1) => from.array().map(Self::Joined),
            (VERSION, 2) => Chunk::decode(from).map(|chunk| Self::Chunk(Box::new(chunk))),
            (VERSION, tag) => Err(DecodeError::Tag { what: "guest reply", tag: tag.into() }),
            (tag, _) => Err(DecodeError::Tag { what: "guest reply version", tag }),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use countersign_crypto::Digest;
    use countersign_payload::{CHUNK_BYTES, Outliner};
    use countersign_types::Count;
    use serde_json::{Value, json};

    use super::*;

    /// `COUNTERSIGN_BLESS=1` writes it anew.
    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/node-batch.json");

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// The second chunk of a payload that is 5 bytes longer than one.
    fn chunk() -> Chunk {
        let mut outliner = Outliner::default();
        let first = vec![7; CHUNK_BYTES];
        outliner.add(&first).unwrap();
        outliner.add(b"lease").unwrap();
        let outline = outliner.finish([9; 32]);
        Chunk { heading: outline.heading.clone(), index: 1, bytes: b"lease".to_vec(), path: outline.path(1).unwrap() }
    }

    fn messages() -> Vec<(&'static str, NodeMessage)> {
        let (contract, chunk) = (ContractId::new(Digest::new([1; 32])), chunk());
        let commitment = chunk.heading.commitment();
        chunk.check(&commitment).unwrap();
        let part = |index| Part { contract, commitment, index };
        let refuse = Message::Refuse { code: Code::known("unknown_contract") };
        let party = countersign_types::IdentityId::new(Digest::new([2; 32]));
        let have = vec![countersign_replica::Held { party, count: Count::new(300), mark: Digest::new([3; 32]) }];
        let sync = Message::Sync { have, items: Vec::new(), proofs: Vec::new() };
        vec![
            ("about: sync", NodeMessage::About(contract, sync)),
            ("about: refuse", NodeMessage::About(contract, refuse)),
            ("ask", NodeMessage::Ask(part(1))),
            ("chunk", NodeMessage::Chunk(contract, commitment, Box::new(chunk))),
            ("denied", NodeMessage::Denied(part(300), Code::known("unknown_payload"))),
        ]
    }

    fn vectors() -> Value {
        let line = |(what, message): (&str, NodeMessage)| json!({"what": what, "bytes": hex(&message.to_bytes())});
        let batch = Batch(messages().into_iter().map(|(_, message)| message).collect());
        // Each is one change away from a batch with one `denied`.
        let (_, denied) = messages().pop().unwrap();
        let good = Batch(vec![denied]).to_bytes();
        let changed = |what: &str, at: usize, to: u8| {
            let mut bytes = good.clone();
            bytes[at] = to;
            json!({"what": what, "bytes": hex(&bytes)})
        };
        let long = [good.as_slice(), &[0]].concat();
        let bad = vec![
            changed("version 2", 0, 2),
            changed("tag 5", 2, 5),
            changed("a code that is not snake_case", good.len() - 1, b'-'),
            changed("a code longer than the bytes that follow", 69, 16),
            json!({"what": "a byte after the end", "bytes": hex(&long)}),
        ];
        json!({
            "messages": messages().into_iter().map(line).collect::<Vec<_>>(),
            "batch": hex(&batch.to_bytes()),
            "refused": bad,
        })
    }

    #[test]
    fn batches_are_those_of_the_vectors() {
        let found = vectors();
        if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
            std::fs::write(FILE, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        }
        let kept: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
        assert_eq!(found, kept, "COUNTERSIGN_BLESS=1 writes the vectors anew");
        for line in kept["messages"].as_array().unwrap() {
            let bytes = unhex(line["bytes"].as_str().unwrap());
            assert_eq!(NodeMessage::from_bytes(&bytes).unwrap().to_bytes(), bytes, "{line}");
        }
        let batch = unhex(kept["batch"].as_str().unwrap());
        assert_eq!(Batch::from_bytes(&batch).unwrap().to_bytes(), batch);
        for line in kept["refused"].as_array().unwrap() {
            assert!(Batch::from_bytes(&unhex(line["bytes"].as_str().unwrap())).is_err(), "{line}");
        }
    }
}
