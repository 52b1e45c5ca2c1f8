//! Connections that wait for the next request.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;

/// A connection ready for a request.
pub(crate) type Sender = http1::SendRequest<Full<Bytes>>;

/// Most connections kept.
const KEPT_MAX: usize = 64;

/// How long one is kept. Its address was checked when it was opened, and stays what it is.
const KEPT_FOR: Duration = Duration::from_secs(15);

/// Idle connections by origin, oldest first.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Idle>>);

struct Idle {
    origin: String,
    sender: Sender,
    since: Instant,
}

impl Idle {
    fn is_usable(&self) -> bool {
        !self.sender.is_closed() && self.since.elapsed() < KEPT_FOR
    }
}

impl Pool {
    /// The connection to this origin that was used last.
    pub(crate) fn take(&self, origin: &str) -> Option<Sender> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(Idle::is_usable);
        let at = idle.iter().rposition(|kept| kept.origin == origin)?;
        Some(idle.remove(at).sender)
    }

    /// Keeps a connection whose last answer was read to its end.
    pub(crate) fn keep(&self, origin: String, sender: Sender) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(Idle::is_usable);
        if idle.len() < KEPT_MAX && !sender.is_closed() {
            idle.push(Idle { origin, sender, since: Instant::now() });
        }
    }
}
