//! A party that signs receipts and seals for whatever exists, in any view, and gives them to whom it likes.

use countersign_chain::Seal;
use countersign_replica::{Item, Message};
use countersign_types::{Count, View};

use super::puppet::Puppet;
use super::{Byzantine, Hands};

/// Signs whatever.
pub struct Signer {
    puppet: Puppet,
    signed: Vec<Message>,
}

impl Signer {
    pub const fn new(puppet: Puppet) -> Self {
        Self { puppet, signed: Vec::new() }
    }

    fn sign(&mut self, hands: &mut Hands<'_>) {
        let places = self.puppet.places();
        let knowledge = self.puppet.replica.knowledge();
        let view = View::new(hands.chance.below(knowledge.highest_view().get() + 2));
        let Some(entry) = hands.chance.pick(&places).copied() else { return };
        let path = knowledge.path(&entry);
        let sealed = hands
            .chance
            .pick(&path)
            .filter(|_| hands.chance.happens(500))
            .and_then(|sealed| Some(Seal { position: knowledge.place(sealed)?.position, entry: *sealed }));
        let count = Count::new(self.puppet.own_count().get() + hands.chance.below(3));
        let Some(receipt) = self.puppet.receipt(entry, view, sealed, count) else { return };
        let items = vec![Item::Receipt(Box::new(receipt))];
        let message = Message::Sync { have: Vec::new(), items, proofs: Vec::new() };
        let to = usize::try_from(hands.chance.below(hands.contract.keys.len() as u64)).unwrap_or(0);
        hands.send(to, &message);
        self.signed.push(message);
    }
}

impl Byzantine for Signer {
    fn receive(&mut self, from: usize, message: Message, hands: &mut Hands<'_>) {
        let sends = self.puppet.receive(from, message, hands);
        hands.send_all(&sends);
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        let mut sends = self.puppet.wake(hands);
        if hands.chance.happens(200) {
            sends.extend(self.puppet.say(hands));
        }
        hands.send_all(&sends);
        if hands.chance.happens(400) {
            self.sign(hands);
        }
    }

    fn wake(&mut self, hands: &mut Hands<'_>) {
        let sends = self.puppet.wake(hands);
        hands.send_all(&sends);
    }

    fn reveal(&mut self, hands: &mut Hands<'_>) {
        for message in self.signed.clone() {
            (0..hands.contract.keys.len()).for_each(|to| hands.send(to, &message));
        }
    }
}
