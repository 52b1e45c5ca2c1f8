//! A party that sends messages of anybody again, late, damaged, or to others than they were meant for.

use std::sync::Arc;

use countersign_codec::Encode;
use countersign_replica::Message;

use super::puppet::Puppet;
use super::{Byzantine, Hands};

/// Most messages remembered.
const REMEMBERED_MAX: usize = 64;

/// Replays.
pub struct Replayer {
    puppet: Puppet,
    heard: Vec<Arc<[u8]>>,
}

impl Replayer {
    pub const fn new(puppet: Puppet) -> Self {
        Self { puppet, heard: Vec::new() }
    }

    fn replay(&self, hands: &mut Hands<'_>) {
        let Some(bytes) = hands.chance.pick(&self.heard).cloned() else { return };
        let to = usize::try_from(hands.chance.below(hands.contract.keys.len() as u64)).unwrap_or(0);
        let mut bytes = bytes.to_vec();
        if hands.chance.happens(500) {
            let at = usize::try_from(hands.chance.below(bytes.len() as u64)).unwrap_or(0);
            let flip = 1 << hands.chance.below(8);
            bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= flip);
        }
        hands.send_bytes(to, bytes.into());
    }
}

impl Byzantine for Replayer {
    fn receive(&mut self, from: usize, message: Message, hands: &mut Hands<'_>) {
        if self.heard.len() < REMEMBERED_MAX {
            self.heard.push(message.to_bytes().into());
        }
        let sends = self.puppet.receive(from, message, hands);
        hands.send_all(&sends);
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        let sends = self.puppet.wake(hands);
        hands.send_all(&sends);
        for _ in 0..hands.chance.below(4) {
            self.replay(hands);
        }
        if hands.chance.happens(100) {
            let sends = self.puppet.say(hands);
            hands.send_all(&sends);
        }
    }

    fn wake(&mut self, hands: &mut Hands<'_>) {
        let sends = self.puppet.wake(hands);
        hands.send_all(&sends);
    }

    fn reveal(&mut self, hands: &mut Hands<'_>) {
        for bytes in self.heard.clone() {
            (0..hands.contract.keys.len()).for_each(|to| hands.send_bytes(to, Arc::clone(&bytes)));
        }
    }
}
