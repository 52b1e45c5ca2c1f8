//! The two-sided self-check: what each side sees of the other.

use std::time::Duration;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, SealingKey};
use countersign_types::{Code, Timestamp};

use crate::{NetError, NodeUrl, Peer, Stage};

/// The version of the messages of the check.
const VERSION: u64 = 1;

/// Most addresses in a check.
pub(crate) const URLS_MAX: usize = 8;

/// Most bytes of the text of an address and port, as the peer sees it.
const ADDRESS_BYTES_MAX: usize = 64;

/// Where others reach this node: what its node record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// Its addresses, at most 8 are tried.
    pub urls: Vec<NodeUrl>,
    /// SHA-256 of the SubjectPublicKeyInfo of its TLS key.
    pub spki_hash: Digest,
}

/// "This is what I believe of me; what do you see?"
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckRequest {
    pub(crate) sealing_key: SealingKey,
    /// Where to call back; nothing if no call back is asked for.
    pub(crate) reachable: Option<Reachable>,
}

/// "This is what I see."
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckAnswer {
    /// When the request was there, by the answering node's clock.
    pub(crate) received: Timestamp,
    /// When the answer was ready: a call back lies between.
    pub(crate) answered: Timestamp,
    /// Address and port the request came from.
    pub(crate) address: String,
    pub(crate) record: RecordMatch,
    pub(crate) call_back: CallBack,
}

/// What the peer has on record of us, compared with what we say of ourselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordMatch {
    /// It has nothing.
    Unknown,
    /// It has a record.
    Known {
        /// Whether the addresses are ours.
        urls: bool,
        /// Whether the TLS key is ours.
        certificate: bool,
        /// Whether the sealing key is ours.
        sealing_key: bool,
    },
}

impl RecordMatch {
    pub(crate) fn compare(record: Option<&Peer>, said: &CheckRequest) -> Self {
        let Some(record) = record else { return Self::Unknown };
        let reachable = said.reachable.as_ref();
        Self::Known {
            urls: reachable.is_none_or(|reachable| reachable.urls == record.urls),
            certificate: reachable.is_none_or(|reachable| reachable.spki_hash == record.spki_hash),
            sealing_key: said.sealing_key == record.sealing_key,
        }
    }
}

/// Whether the peer reached us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallBack {
    /// We did not ask.
    NotAsked,
    /// It calls back only whom it knows.
    NotAllowed,
    /// It tried.
    Tried(Vec<CallBackTry>),
}

/// What came of calling back one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallBackTry {
    /// The address.
    pub url: NodeUrl,
    /// Nothing if it was reached; else the code of the peer's [`NetError`].
    pub fault: Option<Code>,
    /// The TLS key it found, if that was the fault.
    pub found: Option<Digest>,
    /// Our clock less the peer's in seconds, if that was the fault; else 0.
    pub by_seconds: i64,
}

/// What a peer told in an answered check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The peer's time less ours, in milliseconds, give or take half of the round trip.
    pub clock_ahead_ms: i64,
    /// How long request and answer were on the way.
    pub round_trip: Duration,
    /// Our address and port as the peer sees them.
    pub address: String,
    /// Whether its record of us is right.
    pub record: RecordMatch,
    /// Whether it reached us.
    pub call_back: CallBack,
}

/// What came of checking one address of the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlCheck {
    /// The address; nothing if the peer has none.
    pub url: Option<NodeUrl>,
    /// What the peer told, or why nothing came.
    pub outcome: Result<Seen, NetError>,
}

/// The whole check of a peer, an entry per address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// In the order of the record.
    pub urls: Vec<UrlCheck>,
}

impl Seen {
    /// From four times as in RFC 5905: request sent (ours), received and answered (theirs), answer here (ours).
    pub(crate) fn new(sent: Timestamp, answer: CheckAnswer, here: Timestamp) -> Self {
        let less = |later: Timestamp, earlier: Timestamp| later.millis().saturating_sub(earlier.millis());
        let (there, back) = (less(answer.received, sent), less(answer.answered, here));
        let round_trip = less(here, sent).saturating_sub(less(answer.answered, answer.received));
        Self {
            clock_ahead_ms: there.saturating_add(back) / 2,
            round_trip: Duration::from_millis(u64::try_from(round_trip).unwrap_or_default()),
            address: answer.address,
            record: answer.record,
            call_back: answer.call_back,
        }
    }
}

impl CallBackTry {
    pub(crate) fn new(url: NodeUrl, outcome: Result<(), NetError>) -> Self {
        let fault = outcome.as_ref().err().map(NetError::code);
        let found = match outcome {
            Err(NetError::WrongCertificate { found, .. }) => Some(found),
            _ => None,
        };
        let by_seconds = match outcome {
            Err(NetError::ClockOff { by_seconds }) => by_seconds,
            _ => 0,
        };
        Self { url, fault, found, by_seconds }
    }

    /// The peer's error in calling us back, as far as it can be told from its code.
    pub(crate) fn error(&self, me: &Reachable) -> Option<NetError> {
        let code = self.fault.clone()?;
        Some(match code.as_str() {
            "unknown_host" => NetError::UnknownHost,
            "refused" => NetError::Refused,
            "unreachable" => NetError::Unreachable,
            "timeout" => NetError::Timeout { stage: Stage::Connect },
            "wrong_certificate" => {
                NetError::WrongCertificate { expected: me.spki_hash, found: self.found.unwrap_or(Digest::ZERO) }
            }
            "tls" => NetError::Tls,
            "closed" => NetError::Closed,
            "wrong_sealing_key" => NetError::WrongSealingKey,
            "clock_off" => NetError::ClockOff { by_seconds: self.by_seconds },
            "bad_reply" => NetError::BadReply,
            _ => NetError::PeerRefused { code },
        })
    }
}

impl Encode for Reachable {
    fn encode(&self, out: &mut Writer) {
        out.list(self.urls.iter());
        self.spki_hash.encode(out);
    }
}

impl Decode for Reachable {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { urls: from.list("urls", URLS_MAX)?, spki_hash: Digest::decode(from)? })
    }
}

impl Encode for NodeUrl {
    fn encode(&self, out: &mut Writer) {
        out.text(&self.to_string());
    }
}

impl Decode for NodeUrl {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = from.text("url", Self::BYTES_MAX)?;
        let url: Self = text.parse().map_err(|_| DecodeError::Value("url"))?;
        // One text per address: an upper-case host or a written port 443 is a second one.
        if url.to_string() == text { Ok(url) } else { Err(DecodeError::Value("url")) }
    }
}

impl Encode for CheckRequest {
    fn encode(&self, out: &mut Writer) {
        out.uint(VERSION);
        self.sealing_key.encode(out);
        self.reachable.encode(out);
    }
}

impl Decode for CheckRequest {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        version(from)?;
        Ok(Self { sealing_key: SealingKey::decode(from)?, reachable: Option::decode(from)? })
    }
}

impl Encode for CheckAnswer {
    fn encode(&self, out: &mut Writer) {
        out.uint(VERSION);
        self.received.encode(out);
        self.answered.encode(out);
        out.text(&self.address);
        self.record.encode(out);
        self.call_back.encode(out);
    }
}

impl Decode for CheckAnswer {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        version(from)?;
        Ok(Self {
            received: Timestamp::decode(from)?,
            answered: Timestamp::decode(from)?,
            address: from.text("address", ADDRESS_BYTES_MAX)?,
            record: RecordMatch::decode(from)?,
            call_back: CallBack::decode(from)?,
        })
    }
}

impl Encode for RecordMatch {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Unknown => out.uint(0),
            Self::Known { urls, certificate, sealing_key } => {
                out.uint(1);
                urls.encode(out);
                certificate.encode(out);
                sealing_key.encode(out);
            }
        }
    }
}

impl Decode for RecordMatch {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.uint()? {
            0 => Ok(Self::Unknown),
            1 => {
                let (urls, certificate) = (bool::decode(from)?, bool::decode(from)?);
                Ok(Self::Known { urls, certificate, sealing_key: bool::decode(from)? })
            }
            tag => Err(DecodeError::Tag { what: "record match", tag }),
        }
    }
}

impl Encode for CallBack {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::NotAsked => out.uint(0),
            Self::NotAllowed => out.uint(1),
            Self::Tried(tries) => {
                out.uint(2);
                out.list(tries.iter());
            }
        }
    }
}

impl Decode for CallBack {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.uint()? {
            0 => Ok(Self::NotAsked),
            1 => Ok(Self::NotAllowed),
            2 => Ok(Self::Tried(from.list("call back", URLS_MAX)?)),
            tag => Err(DecodeError::Tag { what: "call back", tag }),
        }
    }
}

impl Encode for CallBackTry {
    fn encode(&self, out: &mut Writer) {
        self.url.encode(out);
        self.fault.encode(out);
        self.found.encode(out);
        out.int(self.by_seconds);
    }
}

impl Decode for CallBackTry {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            url: NodeUrl::decode(from)?,
            fault: Option::decode(from)?,
            found: Option::decode(from)?,
            by_seconds: from.int()?,
        })
    }
}

fn version(from: &mut Reader<'_>) -> Result<(), DecodeError> {
    match from.uint()? {
        VERSION => Ok(()),
        tag => Err(DecodeError::Tag { what: "check", tag }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_return() {
        let url: NodeUrl = "https://node.example:8443".parse().unwrap();
        let reachable = Reachable { urls: vec![url.clone()], spki_hash: Digest::of(b"key") };
        let request = CheckRequest { sealing_key: SealingKey::new([1; 32]), reachable: Some(reachable) };
        assert_eq!(CheckRequest::from_bytes(&request.to_bytes()), Ok(request));
        let outcomes = [Ok(()), Err(NetError::Refused), Err(NetError::ClockOff { by_seconds: -400 })];
        let tries = outcomes.into_iter().map(|outcome| CallBackTry::new(url.clone(), outcome)).collect();
        let answer = CheckAnswer {
            received: Timestamp::from_millis(1).unwrap(),
            answered: Timestamp::from_millis(2).unwrap(),
            address: "127.0.0.1:1".to_owned(),
            record: RecordMatch::Known { urls: true, certificate: false, sealing_key: true },
            call_back: CallBack::Tried(tries),
        };
        assert_eq!(CheckAnswer::from_bytes(&answer.to_bytes()), Ok(answer));
    }

    proptest! {
        #[test]
        fn any_bytes_have_one_meaning_or_none(bytes: Vec<u8>) {
            if let Ok(answer) = CheckAnswer::from_bytes(&bytes) {
                prop_assert_eq!(answer.to_bytes(), bytes.clone());
            }
            if let Ok(request) = CheckRequest::from_bytes(&bytes) {
                prop_assert_eq!(request.to_bytes(), bytes);
            }
        }
    }
}
