//! Failed sign-ins by address: a bound on guessing and on the work it makes.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{Kind, Refusal};

/// So many failures of one address within [`WINDOW`] are answered.
const FAILURES_MAX: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are remembered; the one with the oldest window gives way.
const ADDRESSES_MAX: usize = 1_024;

/// Failures within the current window of each address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tries(Arc<Mutex<BTreeMap<IpAddr, (Instant, u32)>>>);

impl Tries {
    /// Refuses an address that failed too often.
    pub(crate) fn check(&self, address: IpAddr, now: Instant) -> Result<(), Refusal> {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tries.get(&address) {
            Some((begun, failures)) if now.duration_since(*begun) < WINDOW && *failures >= FAILURES_MAX => {
                Err(Refusal::new(Kind::Busy, "too_many_attempts", "too many failed sign-ins from this address")
                    .suggest("try again in a minute"))
            }
            _ => Ok(()),
        }
    }

    /// One more failure.
    pub(crate) fn failed(&self, address: IpAddr, now: Instant) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= ADDRESSES_MAX && !tries.contains_key(&address) {
            let oldest = tries.iter().min_by_key(|(_, (begun, _))| *begun).map(|(address, _)| *address);
            oldest.map(|oldest| tries.remove(&oldest));
        }
        let (begun, failures) = tries.entry(address).or_insert((now, 0));
        if now.duration_since(*begun) >= WINDOW {
            (*begun, *failures) = (now, 0);
        }
        *failures = failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_fails_too_often_waits_and_others_do_not() {
        let (tries, now) = (Tries::default(), Instant::now());
        let [one, other] = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
        for _ in 0..FAILURES_MAX {
            assert!(tries.check(one, now).is_ok());
            tries.failed(one, now);
        }
        assert_eq!(tries.check(one, now).map_err(|refusal| refusal.code), Err("too_many_attempts".to_owned()));
        assert!(tries.check(other, now).is_ok());
        assert!(tries.check(one, now + WINDOW).is_ok());
    }

    #[test]
    fn the_memory_is_bounded() {
        let (tries, now) = (Tries::default(), Instant::now());
        for number in 0..3_000_u32 {
            tries.failed(IpAddr::from(number.to_be_bytes()), now + Duration::from_millis(number.into()));
        }
        assert_eq!(tries.0.lock().unwrap_or_else(PoisonError::into_inner).len(), ADDRESSES_MAX);
    }
}
