//! An honest replica whose messages reach only those whom it likes today.

use countersign_replica::{Message, Send};

use super::puppet::Puppet;
use super::{Byzantine, Hands};

/// Keeps back some of what it signs.
pub struct Withholder {
    puppet: Puppet,
    /// Bit i: party i gets nothing.
    shunned: u64,
}

impl Withholder {
    pub const fn new(puppet: Puppet) -> Self {
        Self { puppet, shunned: 0b101 }
    }

    fn send_some(&self, sends: &[Send], hands: &mut Hands<'_>) {
        for send in sends {
            if let Some(to) = hands.contract.index(&send.to)
                && self.shunned >> to & 1 == 0
            {
                hands.send(to, &send.message);
            }
        }
    }
}

impl Byzantine for Withholder {
    fn receive(&mut self, from: usize, message: Message, hands: &mut Hands<'_>) {
        let sends = self.puppet.receive(from, message, hands);
        self.send_some(&sends, hands);
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        if hands.chance.happens(100) {
            self.shunned = hands.chance.next();
        }
        let mut sends = self.puppet.wake(hands);
        if hands.chance.happens(200) {
            sends.extend(self.puppet.say(hands));
        }
        self.send_some(&sends, hands);
    }

    fn wake(&mut self, hands: &mut Hands<'_>) {
        let sends = self.puppet.wake(hands);
        self.send_some(&sends, hands);
    }

    fn reveal(&mut self, hands: &mut Hands<'_>) {
        self.shunned = 0;
        let everything = self.puppet.everything();
        (0..hands.contract.keys.len()).for_each(|to| hands.send(to, &everything));
    }
}
