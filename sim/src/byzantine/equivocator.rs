//! Two replicas with one key: each shows its own history to its own part of the others.

use countersign_replica::Message;

use super::puppet::Puppet;
use super::{Byzantine, Hands};

/// Shows two faces to different parties.
pub struct Equivocator {
    faces: [Puppet; 2],
}

impl Equivocator {
    pub const fn new(one: Puppet, other: Puppet) -> Self {
        Self { faces: [one, other] }
    }

    /// Parties with an even rank see the first face.
    fn each(
        &mut self,
        hands: &mut Hands<'_>,
        mut what: impl FnMut(&mut Puppet, &mut Hands<'_>) -> Vec<countersign_replica::Send>,
    ) {
        for (side, face) in self.faces.iter_mut().enumerate() {
            let sends = what(face, hands);
            for send in sends {
                if let Some(to) = hands.contract.index(&send.to)
                    && to % 2 == side
                {
                    hands.send(to, &send.message);
                }
            }
        }
    }
}

impl Byzantine for Equivocator {
    fn receive(&mut self, from: usize, message: Message, hands: &mut Hands<'_>) {
        let mut side = 0;
        self.each(hands, |face, hands| {
            let hears = from % 2 == side;
            side += 1;
            if hears { face.receive(from, message.clone(), hands) } else { Vec::new() }
        });
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        self.each(hands, |face, hands| {
            let sends = face.wake(hands);
            if hands.chance.happens(300) { sends.into_iter().chain(face.say(hands)).collect() } else { sends }
        });
    }

    fn wake(&mut self, hands: &mut Hands<'_>) {
        self.each(hands, |face, hands| face.wake(hands));
    }

    fn reveal(&mut self, hands: &mut Hands<'_>) {
        for side in 0..2 {
            let everything = self.faces[side].everything();
            (0..hands.contract.keys.len()).for_each(|to| hands.send(to, &everything));
        }
    }
}
