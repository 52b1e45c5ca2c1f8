//! How long to wait before the next attempt.

use std::time::Duration;

/// Doubling waits with chance in them, so that many nodes do not come back in step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait before the first repetition.
    pub first: Duration,
    /// The longest wait ever.
    pub max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), max: Duration::from_secs(300) }
    }
}

impl Backoff {
    /// The wait after `attempt` failures (0 for the first): between half and all of min(max, first × 2^attempt).
    /// `jitter` is any random number.
    pub fn delay(&self, attempt: u32, jitter: u64) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX));
        let whole = u64::try_from(doubled.min(self.max).as_millis()).unwrap_or(u64::MAX);
        let half = whole / 2;
        Duration::from_millis(half + jitter % (whole - half + 1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = Backoff { first: Duration::from_millis(100), max: Duration::from_secs(1) };
        let longest: Vec<_> = (0..6).map(|attempt| backoff.delay(attempt, 0).as_millis()).collect();
        assert_eq!(longest, [50, 100, 200, 400, 500, 500]);
        assert_eq!(backoff.delay(0, 50).as_millis(), 100);
        assert_eq!(backoff.delay(0, 51).as_millis(), 50);
    }

    proptest! {
        #[test]
        fn a_wait_is_between_half_and_all(attempt: u32, jitter: u64) {
            let backoff = Backoff::default();
            let delay = backoff.delay(attempt, jitter);
            prop_assert!(delay >= backoff.first / 2 && delay <= backoff.max);
        }
    }
}
