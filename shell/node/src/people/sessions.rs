//! Who is signed in. In memory alone: a node that starts knows nobody's session.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_api::{Caller, HeldSession};
use countersign_api_model::Role;
use countersign_crypto::Digest;
use countersign_member::KeyId;
use countersign_types::{IdentityId, Interval, Timestamp};
use tokio::sync::watch;

/// A session ends when nothing was asked for so long.
pub(crate) const IDLE: Interval = Interval::from_secs(30 * 60);
/// It ends after so long in any case.
pub(crate) const ABSOLUTE: Interval = Interval::from_secs(12 * 60 * 60);
/// Most sessions of one user; the one that was used longest ago gives way.
pub(crate) const OF_ONE_MAX: usize = 16;
/// Most sessions; the one that was used longest ago gives way.
const SESSIONS_MAX: usize = 1_000;

/// The hash of a token.
pub(crate) type Name = [u8; 32];

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) identity: IdentityId,
    pub(crate) role: Role,
    pub(crate) key: KeyId,
    pub(crate) began: Timestamp,
    pub(crate) used: Timestamp,
    /// Dropped with the session: whoever holds the other end learns of it.
    alive: Arc<watch::Sender<()>>,
}

impl Session {
    pub(crate) fn idle_until(&self) -> Timestamp {
        self.used.after(IDLE).min(self.until())
    }

    pub(crate) fn until(&self) -> Timestamp {
        self.began.after(ABSOLUTE)
    }

    /// A clock that was set back before the beginning ends it, too.
    fn is_good(&self, now: Timestamp) -> bool {
        now >= self.began && now < self.idle_until()
    }
}

/// All sessions, by the hash of their token.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<Name, Session>>);

impl Sessions {
    fn held(&self) -> MutexGuard<'_, BTreeMap<Name, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new session under a new token.
    pub(crate) fn begin(&self, token: &str, identity: IdentityId, role: Role, key: KeyId, now: Timestamp) -> Session {
        let (alive, _) = watch::channel(());
        let session = Session { identity, role, key, began: now, used: now, alive: Arc::new(alive) };
        let mut held = self.held();
        held.retain(|_, session| session.is_good(now));
        let of_one = |session: &Session| session.identity == identity;
        make_room(&mut held, OF_ONE_MAX, of_one);
        make_room(&mut held, SESSIONS_MAX, |_| true);
        held.insert(name_of(token), session.clone());
        session
    }

    /// The session that a token opens. Counts as use.
    pub(crate) fn caller(&self, token: &str, now: Timestamp) -> Option<Caller> {
        let name = name_of(token);
        self.touch(&name, now).map(|session| Caller {
            role: session.role,
            session: Some(HeldSession {
                name,
                identity: session.identity.to_string().into(),
                ends: session.alive.subscribe(),
            }),
        })
    }

    /// A good session; one whose time is over is gone. Counts as use.
    pub(crate) fn touch(&self, name: &Name, now: Timestamp) -> Option<Session> {
        let mut held = self.held();
        let session = held.get_mut(name)?;
        if !session.is_good(now) {
            held.remove(name);
            return None;
        }
        session.used = session.used.max(now);
        Some(session.clone())
    }

    /// Ends a session.
    pub(crate) fn end(&self, name: &Name) {
        self.held().remove(name);
    }

    /// Ends all sessions of a user.
    pub(crate) fn end_all(&self, identity: &IdentityId) {
        self.held().retain(|_, session| session.identity != *identity);
    }

    /// How many a user has.
    pub(crate) fn count(&self, identity: &IdentityId, now: Timestamp) -> usize {
        self.held().values().filter(|session| session.identity == *identity && session.is_good(now)).count()
    }
}

fn make_room(held: &mut BTreeMap<Name, Session>, most: usize, among: impl Fn(&Session) -> bool) {
    while held.values().filter(|session| among(session)).count() >= most {
        let oldest = held.iter().filter(|(_, session)| among(session)).min_by_key(|(_, session)| session.used);
        let Some(oldest) = oldest.map(|(name, _)| *name) else { return };
        held.remove(&oldest);
    }
}

fn name_of(token: &str) -> Name {
    *Digest::of(token.as_bytes()).bytes()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use countersign_crypto::Signer;
    use countersign_crypto::SigningKey;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000 + minutes * 60_000).unwrap()
    }

    fn begin(sessions: &Sessions, token: &str, who: u8, minutes: i64) {
        let key = KeyId::of_signing(&SigningKey::new([7; 32]).public_key());
        sessions.begin(token, IdentityId::new(Digest::of(&[who])), Role::Member, key, at(minutes));
    }

    #[test]
    fn a_session_ends_by_idleness_by_age_and_by_order() {
        let sessions = Sessions::default();
        begin(&sessions, "a", 1, 0);
        assert!(sessions.caller("a", at(29)).is_some() && sessions.caller("b", at(29)).is_none());
        assert!(sessions.caller("a", at(58)).is_some());
        assert!(sessions.caller("a", at(88)).is_none() && sessions.caller("a", at(58)).is_none());
        begin(&sessions, "c", 1, 100);
        for minutes in (100..100 + 12 * 60).step_by(20) {
            assert!(sessions.caller("c", at(minutes)).is_some(), "{minutes}");
        }
        assert!(sessions.caller("c", at(100 + 12 * 60)).is_none());
        begin(&sessions, "d", 1, 0);
        begin(&sessions, "e", 2, 0);
        let mut listens = sessions.caller("d", at(1)).unwrap().session.unwrap().ends;
        sessions.end_all(&IdentityId::new(Digest::of(&[1])));
        assert!(sessions.caller("d", at(1)).is_none() && sessions.caller("e", at(1)).is_some());
        assert!(listens.has_changed().is_err());
        assert!(listens.borrow_and_update().eq(&()));
    }

    #[test]
    fn a_user_has_a_bounded_number_and_the_least_used_gives_way() {
        let sessions = Sessions::default();
        begin(&sessions, "other", 2, 0);
        for number in 0..OF_ONE_MAX {
            begin(&sessions, &number.to_string(), 1, 1);
        }
        assert!(sessions.caller("0", at(2)).is_some());
        begin(&sessions, "one more", 1, 3);
        let good = |token: &str| sessions.caller(token, at(3)).is_some();
        assert!(good("0") && good("one more") && good("other"));
        assert_eq!(sessions.count(&IdentityId::new(Digest::of(&[1])), at(3)), OF_ONE_MAX);
    }
}
