//! What a check found, in sentences with something to do.

use countersign_crypto::PublicKey;
use countersign_types::{Code, to_base32};

use crate::check::{CallBack, CallBackTry, CheckReport, Reachable, RecordMatch, Seen};
use crate::{NetError, NodeUrl};

/// From here on a difference of clocks is worth telling, long before requests are refused.
const CLOCK_AHEAD_MS_MAX: u64 = 5_000;

/// Who has to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// This node.
    Ours,
    /// The peer.
    Theirs,
    /// It cannot be told which of the two.
    Either,
    /// Nobody.
    Nobody,
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable word for it.
    pub code: Code,
    /// Who has to do something.
    pub side: Side,
    /// What it is about: an address, `clock` or `record`.
    pub subject: String,
    /// What was seen.
    pub sentence: String,
    /// What to do; empty if nothing.
    pub suggestion: &'static str,
}

impl Finding {
    /// Whether somebody has to do something.
    pub fn is_fault(&self) -> bool {
        self.side != Side::Nobody
    }
}

impl CheckReport {
    /// Whether the peer answered at every address it has, and nothing is wrong on either side.
    pub fn is_good(&self, me: Option<&Reachable>) -> bool {
        !self.findings(me).iter().any(Finding::is_fault)
    }

    /// Everything found. `me` is what was given to the check.
    pub fn findings(&self, me: Option<&Reachable>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for check in &self.urls {
            match &check.outcome {
                Ok(seen) => of_answer(check.url.as_ref(), seen, me, &mut findings),
                Err(error) => findings.push(of_their_address(check.url.as_ref(), error)),
            }
        }
        findings
    }
}

fn of_answer(url: Option<&NodeUrl>, seen: &Seen, me: Option<&Reachable>, findings: &mut Vec<Finding>) {
    let millis = seen.round_trip.as_millis();
    findings.push(Finding {
        code: Code::known("answered"),
        side: Side::Nobody,
        subject: name(url),
        sentence: format!("the peer answered in {millis} ms and sees this node at {}", seen.address),
        suggestion: "",
    });
    if seen.clock_ahead_ms.unsigned_abs() > CLOCK_AHEAD_MS_MAX {
        findings.push(of_clock("clock_drift", seen.clock_ahead_ms / 1_000));
    }
    of_record(seen.record, findings);
    match &seen.call_back {
        CallBack::NotAsked => {}
        CallBack::NotAllowed => findings.push(Finding {
            code: Code::known("not_called_back"),
            side: Side::Theirs,
            subject: "call back".to_owned(),
            sentence: "the peer does not know this node and did not call back".to_owned(),
            suggestion: "accept the invitation of the peer first, then check again",
        }),
        CallBack::Tried(tries) => {
            findings.extend(tries.iter().filter_map(|tried| Some(of_our_address(tried, me?))));
        }
    }
}

fn of_clock(code: &'static str, by_seconds: i64) -> Finding {
    let way = if by_seconds < 0 { "behind" } else { "ahead of" };
    Finding {
        code: Code::known(code),
        side: Side::Either,
        subject: "clock".to_owned(),
        sentence: format!("the peer's clock is {} s {way} the clock of this node", by_seconds.unsigned_abs()),
        suggestion: "compare both clocks with a time service (for example `timedatectl` or `chronyc tracking`) and \
                     correct the one that is wrong",
    }
}

fn of_record(record: RecordMatch, findings: &mut Vec<Finding>) {
    let RecordMatch::Known { urls, certificate, sealing_key } = record else { return };
    let parts = [
        (urls, "record_urls", "other addresses"),
        (certificate, "record_certificate", "another TLS key"),
        (sealing_key, "record_sealing_key", "another sealing key"),
    ];
    findings.extend(parts.into_iter().filter(|(right, ..)| !right).map(|(_, code, what)| Finding {
        code: Code::known(code),
        side: Side::Ours,
        subject: "record".to_owned(),
        sentence: format!("the peer has {what} of this node on record"),
        suggestion: "send the peer the current node record of this node",
    }));
}

fn of_their_address(url: Option<&NodeUrl>, error: &NetError) -> Finding {
    let (side, suggestion) = match error {
        NetError::NoUrl => (Side::Nobody, "the peer has to poll this node, so this node needs an open port"),
        NetError::UnknownHost => (Side::Either, "check the host name in the peer's record, and the name service here"),
        NetError::Refused => (Side::Theirs, "ask the peer whether its node runs and listens on this port"),
        NetError::Unreachable => (Side::Either, "check the network of this node, then ask the peer about its own"),
        NetError::Timeout { .. } => {
            (Side::Either, "a firewall may drop the connection: open this port outward here and inward at the peer")
        }
        NetError::WrongCertificate { .. } => {
            (Side::Either, "do not go on: ask the peer for its node record by another way and compare the key")
        }
        NetError::Tls => (Side::Theirs, "another service may listen on this port: compare the port with the peer"),
        NetError::Closed => (Side::Theirs, "ask the peer for the log of its node at this time"),
        NetError::WrongKey { .. } => {
            (Side::Either, "the address or the node key on record is old: ask the peer for its current node record")
        }
        NetError::WrongSealingKey => {
            (Side::Either, "the sealing key on record is old: ask the peer for its current node record")
        }
        NetError::ClockOff { by_seconds } => return of_clock("clock_off", *by_seconds),
        NetError::Busy { .. } => (Side::Theirs, "try again later"),
        NetError::PeerRefused { .. } => (Side::Either, "look up the code in docs/errors"),
        NetError::TooLarge { .. } => (Side::Theirs, "the peer takes too little: it may not know this node"),
        NetError::BadReply => (Side::Theirs, "another service may listen on this port: compare the port with the peer"),
    };
    let mut sentence = error.to_string();
    if let NetError::WrongKey { expected, found } = error {
        sentence = wrong_key(expected, found.as_deref());
    }
    Finding { code: error.code(), side, subject: name(url), sentence, suggestion }
}

fn wrong_key(expected: &PublicKey, found: Option<&PublicKey>) -> String {
    let text = |key: &PublicKey| to_base32(&key.bytes());
    match found {
        Some(found) => {
            format!("the node at this address has the node key {}, not {}", text(found), text(expected))
        }
        None => format!("the node at this address does not have the node key {}", text(expected)),
    }
}

fn of_our_address(tried: &CallBackTry, me: &Reachable) -> Finding {
    let subject = tried.url.to_string();
    let Some(error) = tried.error(me) else {
        let sentence = "the peer reaches this node at this address".to_owned();
        return Finding { code: Code::known("reached"), side: Side::Nobody, subject, sentence, suggestion: "" };
    };
    let suggestion = match error {
        NetError::UnknownHost => "the name is not known outside: correct the address in the settings of this node",
        NetError::Refused => "nothing listens there: check the port, and that it is forwarded to this node",
        NetError::Unreachable | NetError::Timeout { .. } => {
            "open this port inward in the firewall, or run without an address: then this node polls its peers"
        }
        NetError::WrongCertificate { .. } | NetError::Tls => {
            "something in between ends TLS, or another service has this port: pass TCP through to this node unchanged"
        }
        NetError::ClockOff { by_seconds } => return of_clock("clock_off", by_seconds.saturating_neg()),
        _ => "another node or service has this address: correct the address in the settings of this node",
    };
    let sentence = format!("the peer does not reach this node: {error}");
    Finding { code: error.code(), side: Side::Ours, subject, sentence, suggestion }
}

fn name(url: Option<&NodeUrl>) -> String {
    url.map_or_else(|| "addresses".to_owned(), NodeUrl::to_string)
}
