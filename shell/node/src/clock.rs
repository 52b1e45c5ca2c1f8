//! Two readings of one clock: what it says, and what never goes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_net::Clock;
use countersign_types::{Interval, Timestamp};

/// A moment, read twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    /// What the clock says: for times that people and other nodes see.
    pub(crate) wall: Timestamp,
    /// Never goes back, and goes on while the clock was set back: for delays.
    pub(crate) steady: Timestamp,
}

/// The clock of the drive loop.
pub(crate) struct SteadyClock {
    wall: Arc<dyn Clock>,
    last: (Timestamp, Instant),
}

impl SteadyClock {
    pub(crate) fn new(wall: Arc<dyn Clock>) -> Self {
        let last = (wall.now(), Instant::now());
        Self { wall, last }
    }

    /// The moment. The steady reading follows the clock when that is ahead of it, else the time that passed.
    pub(crate) fn now(&mut self) -> Now {
        let instant = Instant::now();
        let wall = self.wall.now();
        let (before, then) = self.last;
        let passed = instant.saturating_duration_since(then).as_millis();
        let passed = Interval::from_millis(u64::try_from(passed).unwrap_or(u64::MAX));
        let steady = wall.max(before.after(passed));
        // Whole milliseconds only, so that what is left over counts next time.
        if steady > before {
            let used =
                if wall > before.after(passed) { instant } else { then + Duration::from_millis(passed.millis()) };
            self.last = (steady, used);
        }
        Now { wall, steady }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn a_clock_set_back_does_not_stop_delays() {
        let wall = Arc::new(AtomicI64::new(10_000_000));
        let read = Arc::clone(&wall);
        let clock = move || Timestamp::from_millis(read.load(Ordering::Relaxed)).unwrap();
        let mut clock = SteadyClock::new(Arc::new(clock));
        let first = clock.now();
        wall.fetch_sub(3_600_000, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(30));
        let second = clock.now();
        assert!(second.wall < first.wall);
        assert!(second.steady >= first.steady.after(Interval::from_millis(30)));
        wall.fetch_add(7_200_000, Ordering::Relaxed);
        let third = clock.now();
        assert_eq!(third.steady, third.wall);
        assert!(third.steady > second.steady);
    }
}
