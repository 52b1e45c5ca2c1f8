//! Inputs number 0, 1, 2, … of a seed: each a mutation of something known.

/// Most bytes of an input.
const BYTES_MAX: usize = 1 << 18;
/// Bytes at which readers turn.
const EDGES: [u8; 12] = [0, 1, 2, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff];

/// A stream of inputs. Input `n` depends on the number `n`, the seed and the target alone.
pub struct Mutator<'a> {
    seeds: &'a [Vec<u8>],
    words: &'a [&'a str],
    seed: u64,
}

impl<'a> Mutator<'a> {
    /// A stream. With no seeds it begins with nothing.
    pub const fn new(seeds: &'a [Vec<u8>], words: &'a [&'a str], seed: u64) -> Self {
        Self { seeds, words, seed }
    }

    /// Input `number`. The first ones are the seeds as they are.
    pub fn input(&self, number: u64) -> Vec<u8> {
        if let Some(seed) = usize::try_from(number).ok().and_then(|number| self.seeds.get(number)) {
            return seed.clone();
        }
        let mut chance = Chance(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut bytes = self.any(&mut chance).to_vec();
        for _ in 0..=chance.below(4) {
            self.mutate(&mut bytes, &mut chance);
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }

    fn any(&self, chance: &mut Chance) -> &[u8] {
        self.seeds.get(chance.below(self.seeds.len())).map_or(&[], Vec::as_slice)
    }

    fn mutate(&self, bytes: &mut Vec<u8>, chance: &mut Chance) {
        let at = chance.below(bytes.len());
        let end = (at + 1 + chance.below(32)).min(bytes.len());
        match chance.below(10) {
            0 => with(bytes, at, |byte| *byte ^= 1 << chance.below(8)),
            1 => with(bytes, at, |byte| *byte = EDGES[chance.below(EDGES.len())]),
            2 => with(bytes, at, |byte| *byte = byte.wrapping_add(if chance.below(2) == 0 { 1 } else { 0xff })),
            3 => drop(bytes.drain(at..end)),
            4 => bytes.truncate(at),
            5 => insert(bytes, at, &bytes[at..end].repeat(1 + chance.below(8))),
            6 => insert(bytes, at, &chance.next().to_le_bytes()[..1 + chance.below(8)]),
            7 if !self.words.is_empty() => insert(bytes, at, self.words[chance.below(self.words.len())].as_bytes()),
            7 | 8 => {
                // The end of another seed.
                let other = self.any(chance);
                let from = chance.below(other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from.min(other.len())..]);
            }
            _ => {
                // A piece of another seed over this one.
                let other = self.any(chance);
                let from = chance.below(other.len());
                let piece = &other[from.min(other.len())..(from + 1 + chance.below(64)).min(other.len())];
                let end = (at + piece.len()).min(bytes.len());
                bytes.splice(at..end, piece.iter().copied());
            }
        }
    }
}

fn with(bytes: &mut [u8], at: usize, change: impl FnOnce(&mut u8)) {
    if let Some(byte) = bytes.get_mut(at) {
        change(byte);
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

/// Splitmix64: enough to choose mutations, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`; 0 if there is nothing below.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_gives_the_same_input_always_and_others_give_others() {
        let seeds = vec![b"one two three".to_vec(), b"four".to_vec()];
        let (stream, again) = (Mutator::new(&seeds, &["five"], 7), Mutator::new(&seeds, &["five"], 7));
        assert_eq!(stream.input(0), b"one two three");
        let inputs: Vec<_> = (0..500).map(|number| stream.input(number)).collect();
        assert_eq!((0..500).map(|number| again.input(number)).collect::<Vec<_>>(), inputs);
        let other = Mutator::new(&seeds, &["five"], 8);
        assert!((2..500).filter(|number| other.input(*number) != inputs[*number as usize]).count() > 400);
        let different: std::collections::BTreeSet<_> = inputs.iter().collect();
        assert!(different.len() > 300, "only {} different inputs", different.len());
    }

    #[test]
    fn nothing_to_start_from_is_no_fault() {
        let stream = Mutator::new(&[], &[], 1);
        assert!((0..200).any(|number| !stream.input(number).is_empty()));
    }
}
