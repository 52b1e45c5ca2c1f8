//! Randomness as an argument: 32 bytes from outside become a stream.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroize;

use crate::Hasher;

/// A stream of random bytes that follows from 32 bytes given by the caller: SHA-256(seed ‖ counter as u64).
///
/// One seed serves one purpose; [`Seed::split`] makes another.
pub struct Seed {
    key: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Seed {
    /// The stream of these bytes, which must come from a cryptographic source.
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key, counter: 0, block: [0; 32], used: 32 }
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// An independent stream.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self::new(self.array())
    }

    fn fill(&mut self, target: &mut [u8]) {
        for byte in target {
            if self.used >= self.block.len() {
                self.block = *Hasher::plain().with(&self.key).with(&self.counter.to_be_bytes()).finish().bytes();
                self.counter = self.counter.wrapping_add(1);
                self.used = 0;
            }
            *byte = self.block.get(self.used).copied().unwrap_or_default();
            self.used = self.used.saturating_add(1);
        }
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Seed(..)")
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.key.zeroize();
        self.block.zeroize();
    }
}

impl TryRng for Seed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.array()))
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Infallible> {
        self.fill(target);
        Ok(())
    }
}

impl TryCryptoRng for Seed {}
