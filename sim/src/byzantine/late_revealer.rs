//! A party that hears everything, says nothing, builds a branch of its own and shows it when nobody expects it.

use countersign_replica::Message;

use super::puppet::Puppet;
use super::{Byzantine, Hands};

/// Builds in secret.
pub struct LateRevealer {
    puppet: Puppet,
    shows: bool,
    hears: bool,
}

impl LateRevealer {
    pub const fn new(puppet: Puppet) -> Self {
        Self { puppet, shows: true, hears: true }
    }
}

impl Byzantine for LateRevealer {
    fn receive(&mut self, from: usize, message: Message, hands: &mut Hands<'_>) {
        if !self.hears {
            return;
        }
        let sends = self.puppet.receive(from, message, hands);
        if self.shows {
            hands.send_all(&sends);
        }
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        if hands.chance.happens(50) {
            self.shows = false;
            self.hears = hands.chance.happens(500);
        }
        let mut sends = self.puppet.wake(hands);
        if hands.chance.happens(300) {
            sends.extend(self.puppet.say(hands));
        }
        if self.shows {
            hands.send_all(&sends);
        }
    }

    fn wake(&mut self, hands: &mut Hands<'_>) {
        let sends = self.puppet.wake(hands);
        if self.shows {
            hands.send_all(&sends);
        }
    }

    fn reveal(&mut self, hands: &mut Hands<'_>) {
        self.shows = true;
        self.hears = true;
        let everything = self.puppet.everything();
        (0..hands.contract.keys.len()).for_each(|to| hands.send(to, &everything));
    }
}
