//! A party that goes back to an older disk and signs anew, as if the time between had not been.

use countersign_replica::Message;

use super::puppet::Puppet;
use super::{Byzantine, Hands};

/// Rewrites its own history.
pub struct Rewriter {
    puppet: Puppet,
}

impl Rewriter {
    pub const fn new(puppet: Puppet) -> Self {
        Self { puppet }
    }
}

impl Byzantine for Rewriter {
    fn receive(&mut self, from: usize, message: Message, hands: &mut Hands<'_>) {
        let sends = self.puppet.receive(from, message, hands);
        hands.send_all(&sends);
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        if hands.chance.happens(80) {
            let commits = hands.chance.below(self.puppet.disk.commits() as u64 + 1);
            self.puppet.go_back(usize::try_from(commits).unwrap_or(0), hands);
        }
        let mut sends = self.puppet.wake(hands);
        if hands.chance.happens(300) {
            sends.extend(self.puppet.say(hands));
        }
        hands.send_all(&sends);
    }

    fn wake(&mut self, hands: &mut Hands<'_>) {
        let sends = self.puppet.wake(hands);
        hands.send_all(&sends);
    }

    fn reveal(&mut self, hands: &mut Hands<'_>) {
        let everything = self.puppet.everything();
        (0..hands.contract.keys.len()).for_each(|to| hands.send(to, &everything));
    }
}
