//! Parties that do what they like with keys of their own. Each is a member; [`stranger`] is none.

mod equivocator;
mod late_revealer;
mod puppet;
mod replayer;
mod rewriter;
mod signer;
pub mod stranger;
mod withholder;

use std::sync::Arc;

use countersign_codec::Encode;
use countersign_replica::{Message, Send};

use crate::keys::Contract;
use crate::plan::Mock;
use crate::{Chance, party::Prepare};

/// What a mock can do.
pub struct Hands<'a> {
    /// The contract, with the keys of all: a mock uses only its own.
    pub contract: &'a Contract,
    /// Now.
    pub now_ms: u64,
    /// Its chance.
    pub chance: &'a mut Chance,
    /// Messages to be sent: to whom, what.
    pub out: Vec<(usize, Arc<[u8]>)>,
}

impl Hands<'_> {
    /// Sends a message.
    pub fn send(&mut self, to: usize, message: &Message) {
        self.send_bytes(to, message.to_bytes().into());
    }

    /// Sends bytes, whatever they are.
    pub fn send_bytes(&mut self, to: usize, bytes: Arc<[u8]>) {
        self.out.push((to, bytes));
    }

    /// Sends what a replica wants to send.
    pub fn send_all(&mut self, sends: &[Send]) {
        for send in sends {
            if let Some(to) = self.contract.index(&send.to) {
                self.send(to, &send.message);
            }
        }
    }
}

/// A Byzantine party.
pub trait Byzantine {
    /// A message arrived.
    fn receive(&mut self, from: usize, message: Message, hands: &mut Hands<'_>);
    /// Time to do something.
    fn act(&mut self, hands: &mut Hands<'_>);
    /// Time passed; nothing new is begun any more.
    fn wake(&mut self, hands: &mut Hands<'_>);
    /// Everything kept back is shown.
    fn reveal(&mut self, hands: &mut Hands<'_>);
}

/// The mock of party `index`.
pub fn mock(kind: Mock, contract: &Contract, index: usize, prepare: &Prepare) -> Box<dyn Byzantine> {
    let puppet = || puppet::Puppet::new(contract, index, prepare);
    match kind {
        Mock::Equivocator => Box::new(equivocator::Equivocator::new(puppet(), puppet())),
        Mock::Withholder => Box::new(withholder::Withholder::new(puppet())),
        Mock::Rewriter => Box::new(rewriter::Rewriter::new(puppet())),
        Mock::Replayer => Box::new(replayer::Replayer::new(puppet())),
        Mock::LateRevealer => Box::new(late_revealer::LateRevealer::new(puppet())),
        Mock::Signer => Box::new(signer::Signer::new(puppet())),
    }
}
