//! A bar for long work: on stderr, and only for a person.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// Work shorter than this has no bar.
const SHORT: Duration = Duration::from_millis(300);
/// Between two drawings.
const PAUSE: Duration = Duration::from_millis(100);
/// Width of the bar.
const WIDTH: u64 = 30;

/// How far long work is.
pub struct Progress {
    what: String,
    begun: Instant,
    drawn: Option<Instant>,
    /// Nobody looks: nothing is drawn.
    silent: bool,
}

impl Progress {
    /// Work that begins. `what` is what is done, to what.
    pub fn new(what: String) -> Self {
        Self { what, begun: Instant::now(), drawn: None, silent: !stderr().is_terminal() }
    }

    /// So many bytes of so many are done.
    pub fn tell(&mut self, done: u64, of: u64) {
        let soon = match self.drawn {
            None => self.begun.elapsed() < SHORT,
            Some(drawn) => drawn.elapsed() < PAUSE && done < of,
        };
        if self.silent || soon {
            return;
        }
        self.drawn = Some(Instant::now());
        // Nobody listening is no failure.
        let _ = write!(stderr().lock(), "\r{}", bar(&self.what, done, of));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = writeln!(stderr().lock());
        }
    }
}

fn bar(what: &str, done: u64, of: u64) -> String {
    let filled = done.min(of).saturating_mul(WIDTH).checked_div(of).unwrap_or(WIDTH);
    let dashes = |count: u64, sign: &str| sign.repeat(usize::try_from(count).unwrap_or_default());
    let mebibytes = |bytes: u64| format!("{:.1}", bytes as f64 / f64::from(1_u32 << 20));
    format!(
        "{what}  [{}{}]  {} of {} MiB",
        dashes(filled, "#"),
        dashes(WIDTH.saturating_sub(filled), "."),
        mebibytes(done),
        mebibytes(of)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        let full = |done, of| bar("x", done, of).matches('#').count();
        assert_eq!((full(0, 10), full(5, 10), full(10, 10), full(20, 10), full(0, 0)), (0, 15, 30, 30, 30));
        assert!(bar("uploading a", 5 << 20, 20 << 20).ends_with("5.0 of 20.0 MiB"));
    }
}
