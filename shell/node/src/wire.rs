//! What two nodes put into the sealed body of a request: a batch of messages about several contracts.

use countersign_chain::Genesis;
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_payload::Opening;
use countersign_replica::Message;
use countersign_types::{ContractId, Signed};

/// Version of the batch.
const VERSION: u64 = 1;
/// Most messages in a batch.
pub(crate) const MESSAGES_MAX: usize = 512;

/// A message between two nodes.
#[derive(Clone, Debug)]
pub(crate) enum NodeMessage {
    /// About a contract.
    About(ContractId, Message),
    /// A founded contract, for a member that does not know it.
    Offer(Box<Signed<Genesis>>, Opening),
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
        }
    }
}

impl Decode for NodeMessage {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.tag("node message")? {
            0 => Ok(Self::About(ContractId::decode(from)?, Message::decode(from)?)),
            1 => Ok(Self::Offer(Box::new(Signed::decode(from)?), Opening::decode(from)?)),
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
