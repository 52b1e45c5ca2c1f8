//! A model disk: a journal of commits, of which the last may be torn.

use std::collections::BTreeMap;

use countersign_chain::FraudProof;
use countersign_codec::{Decode, Encode};
use countersign_crypto::Digest;
use countersign_payload::Opening;
use countersign_replica::{Item, Record, Restored, Stop};
use countersign_types::PayloadCommitment;

use crate::Fate;

/// What one write puts on the disk, piece by piece.
#[derive(Clone, Debug)]
enum Piece {
    Item(Vec<u8>),
    Twin(Vec<u8>),
    Opening(PayloadCommitment, Vec<u8>),
    Fraud(Vec<u8>),
    Awaited(Vec<u8>),
    Settled(Digest),
    Stop(Option<Stop>),
    /// Everything before belongs to a whole write.
    Commit,
}

/// The disk of one party. Bytes only: what is read back was decoded.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    journal: Vec<Piece>,
}

impl Disk {
    /// Writes records as one commit.
    pub fn write(&mut self, records: &[Record]) {
        self.journal.extend(records.iter().filter_map(piece));
        self.journal.push(Piece::Commit);
    }

    /// A write that failed, and what it left.
    pub fn fail(&mut self, records: &[Record], fate: Fate) {
        match fate {
            Fate::Lost => {}
            Fate::Kept => self.write(records),
            Fate::Torn => self.journal.extend(records.iter().take(records.len().div_ceil(2)).filter_map(piece)),
        }
    }

    /// Deletes payloads, wherever they stand.
    pub fn erase(&mut self, payloads: &[PayloadCommitment]) {
        self.journal.retain(|piece| !matches!(piece, Piece::Opening(commitment, _) if payloads.contains(commitment)));
    }

    /// How many payloads stand on it.
    pub fn payloads(&self) -> usize {
        self.journal.iter().filter(|piece| matches!(piece, Piece::Opening(..))).count()
    }

    /// Whether a payload stands anywhere.
    pub fn holds(&self, payload: &PayloadCommitment) -> bool {
        self.journal.iter().any(|piece| matches!(piece, Piece::Opening(commitment, _) if commitment == payload))
    }

    /// What a node finds after a restart: whole commits. A torn end is cut off, so that it can never become whole.
    pub fn recover(&mut self) -> Restored {
        let whole = self.journal.iter().rposition(|piece| matches!(piece, Piece::Commit)).map_or(0, |last| last + 1);
        self.journal.truncate(whole);
        let mut restored = Restored::default();
        let mut awaited: BTreeMap<Digest, Item> = BTreeMap::new();
        for piece in &self.journal {
            match piece {
                Piece::Item(bytes) => restored.items.push(read(bytes)),
                Piece::Twin(bytes) => restored.twins.push(read(bytes)),
                Piece::Opening(_, bytes) => restored.openings.push(read::<Opening>(bytes)),
                Piece::Fraud(bytes) => restored.frauds.push(read::<FraudProof>(bytes)),
                Piece::Awaited(bytes) => {
                    let item: Item = read(bytes);
                    awaited.insert(item.digest(), item);
                }
                Piece::Settled(digest) => drop(awaited.remove(digest)),
                Piece::Stop(stop) => restored.stop = *stop,
                Piece::Commit => {}
            }
        }
        restored.awaited = awaited.into_values().collect();
        restored
    }

    /// The disk as it was after its first `commits` writes.
    #[must_use]
    pub fn back_to(&self, commits: usize) -> Self {
        let mut journal = Vec::new();
        let mut seen = 0;
        for piece in &self.journal {
            if seen == commits {
                break;
            }
            seen += usize::from(matches!(piece, Piece::Commit));
            journal.push(piece.clone());
        }
        Self { journal }
    }

    /// How many whole writes.
    pub fn commits(&self) -> usize {
        self.journal.iter().filter(|piece| matches!(piece, Piece::Commit)).count()
    }
}

/// What a record puts on the disk: nothing, if it is about payloads that a model does not hold outside.
fn piece(record: &Record) -> Option<Piece> {
    Some(match record {
        Record::Item(item) => Piece::Item(item.bare().to_bytes()),
        Record::Twin(item) => Piece::Twin(item.bare().to_bytes()),
        Record::Opening(commitment, opening) => Piece::Opening(*commitment, opening.to_bytes()),
        Record::Fraud(proof) => Piece::Fraud(proof.to_bytes()),
        Record::Awaited(item) => Piece::Awaited(item.to_bytes()),
        Record::Settled(digest) => Piece::Settled(*digest),
        Record::Stop(stop) => Piece::Stop(*stop),
        Record::Named(_) => return None,
    })
}

fn read<T: Decode>(bytes: &[u8]) -> T {
    T::from_bytes(bytes).expect("what was encoded is decoded")
}
