//! The signature of a request (RFC 9421), and how a receiver checks it.

use countersign_crypto::Signer;
use countersign_net::{Claim, Profile, SignatureFault, SignedFields, content_digest};
use countersign_types::Timestamp;

use crate::{Request, Url};

/// The signature of a request with a body.
const WITH_BODY: Profile = Profile {
    tag: "countersign-outgoing",
    label: "countersign",
    components: &["@method", "@authority", "@path", "@query", "idempotency-key", "content-digest", "content-type"],
};

/// The signature of a request without one.
const WITHOUT_BODY: Profile =
    Profile { components: &["@method", "@authority", "@path", "@query", "idempotency-key"], ..WITH_BODY };

/// `Content-Digest` if there is a body, `Signature-Input`, `Signature`. None for what is no header text.
pub(crate) fn sign(
    signer: &dyn Signer,
    request: &Request,
    now: Timestamp,
    nonce: [u8; 16],
) -> Option<(Option<String>, SignedFields)> {
    let digest = request.body.as_ref().map(|(_, bytes)| content_digest(bytes));
    let content_type = request.body.as_ref().map(|(kind, _)| kind.as_str());
    let seen = Seen {
        method: request.method.as_str(),
        url: &request.url,
        idempotency_key: &request.idempotency_key,
        content_digest: digest.as_deref(),
        content_type,
    };
    let fields = seen.profile().sign(signer, |name| seen.component(name), now, nonce)?;
    Some((digest, fields))
}

/// A request as its receiver has it.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The method.
    pub method: &'a str,
    /// The address that the sender was given for the receiver.
    pub url: &'a Url,
    /// `Idempotency-Key`.
    pub idempotency_key: &'a str,
    /// `Content-Type` and body, if there is a body.
    pub body: Option<(&'a str, &'a [u8])>,
    /// `Content-Digest`, if there is a body.
    pub content_digest: Option<&'a str>,
    /// `Signature-Input`.
    pub signature_input: &'a str,
    /// `Signature`.
    pub signature: &'a str,
}

/// Who signed a request, and when; the body is compared with its digest. Whoever relies on it compares the key with the
/// node key on the card of the party, and does not do again what was done for the same idempotency key.
pub fn verify(request: &Received<'_>, now: Timestamp, window_seconds: u32) -> Result<Claim, SignatureFault> {
    if request.body.map(|(_, bytes)| content_digest(bytes)).as_deref() != request.content_digest {
        return Err(SignatureFault::Bad);
    }
    let seen = Seen {
        method: request.method,
        url: request.url,
        idempotency_key: request.idempotency_key,
        content_digest: request.content_digest,
        content_type: request.body.map(|(kind, _)| kind),
    };
    let lookup = |name: &str| seen.component(name);
    seen.profile().verify(lookup, request.signature_input, request.signature, now, window_seconds)
}

/// What is signed.
struct Seen<'a> {
    method: &'a str,
    url: &'a Url,
    idempotency_key: &'a str,
    content_digest: Option<&'a str>,
    content_type: Option<&'a str>,
}

impl Seen<'_> {
    fn profile(&self) -> &'static Profile {
        if self.content_digest.is_some() { &WITH_BODY } else { &WITHOUT_BODY }
    }

    fn component(&self, name: &str) -> Option<String> {
        let value = match name {
            "@method" => self.method,
            "@authority" => return Some(self.url.authority()),
            "@path" => self.url.path(),
            "@query" => self.url.query(),
            "idempotency-key" => self.idempotency_key,
            "content-digest" => self.content_digest?,
            "content-type" => self.content_type?,
            _ => return None,
        };
        Some(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use countersign_crypto::SigningKey;

    use super::*;
    use crate::{AnswerBody, Method};

    const NOW: i64 = 1_000_000_000;

    fn request(body: Option<(String, Vec<u8>)>) -> Request {
        Request {
            method: if body.is_some() { Method::Post } else { Method::Get },
            url: "https://erp.example:8443/hook?x=1".parse().unwrap(),
            headers: Vec::new(),
            body,
            idempotency_key: "dlv_1".to_owned(),
            timeout: Duration::from_secs(1),
            answer: AnswerBody::Drop,
        }
    }

    /// Signs, lets a change happen on the way, and verifies.
    fn outcome(request: &Request, change: impl Fn(&mut Received<'_>)) -> Result<Claim, SignatureFault> {
        let now = Timestamp::from_millis(NOW).unwrap();
        let (digest, fields) = sign(&SigningKey::new([1; 32]), request, now, [7; 16]).unwrap();
        let mut received = Received {
            method: request.method.as_str(),
            url: &request.url,
            idempotency_key: &request.idempotency_key,
            body: request.body.as_ref().map(|(kind, bytes)| (kind.as_str(), bytes.as_slice())),
            content_digest: digest.as_deref(),
            signature_input: &fields.signature_input,
            signature: &fields.signature,
        };
        change(&mut received);
        verify(&received, now, 300)
    }

    #[test]
    fn a_receiver_knows_who_sent_it() {
        let key = SigningKey::new([1; 32]).public_key();
        for body in [None, Some(("application/json".to_owned(), b"{}".to_vec()))] {
            let claim = outcome(&request(body), |_| {}).unwrap();
            assert_eq!((claim.key, claim.created), (key, NOW / 1_000));
        }
    }

    #[test]
    fn nothing_of_it_can_be_changed_on_the_way() {
        let request = request(Some(("application/json".to_owned(), b"{}".to_vec())));
        let other: Url = "https://erp.example:8443/hook?x=2".parse().unwrap();
        assert_eq!(outcome(&request, |got| got.method = "PUT"), Err(SignatureFault::Bad));
        assert_eq!(outcome(&request, |got| got.idempotency_key = "dlv_2"), Err(SignatureFault::Bad));
        assert_eq!(outcome(&request, |got| got.body = Some(("application/json", b"{ }"))), Err(SignatureFault::Bad));
        assert_eq!(outcome(&request, |got| got.body = Some(("text/plain", b"{}"))), Err(SignatureFault::Bad));
        assert_eq!(outcome(&request, |got| got.content_digest = None), Err(SignatureFault::Bad));
        let headless = outcome(&request, |got| (got.body, got.content_digest) = (None, None));
        assert_eq!(headless, Err(SignatureFault::Malformed));
        let now = Timestamp::from_millis(NOW).unwrap();
        let (digest, fields) = sign(&SigningKey::new([1; 32]), &request, now, [7; 16]).unwrap();
        let received = Received {
            method: "POST",
            url: &other,
            idempotency_key: "dlv_1",
            body: Some(("application/json", b"{}")),
            content_digest: digest.as_deref(),
            signature_input: &fields.signature_input,
            signature: &fields.signature,
        };
        assert_eq!(verify(&received, now, 300), Err(SignatureFault::Bad));
        let late = Timestamp::from_millis(NOW + 301_000).unwrap();
        let received = Received { url: &request.url, ..received };
        assert_eq!(verify(&received, late, 300), Err(SignatureFault::ClockOff { by_seconds: 301 }));
    }

    /// `docs/spec/vectors/outgoing.json`: receivers in other languages pass it too. `COUNTERSIGN_BLESS=1` writes it anew.
    #[test]
    fn the_vector_is_what_a_node_sends() {
        let request = request(Some(("application/json".to_owned(), b"{\"kind\":\"final\"}".to_vec())));
        let signer = SigningKey::new([1; 32]);
        let (digest, fields) = sign(&signer, &request, Timestamp::from_millis(NOW).unwrap(), [7; 16]).unwrap();
        let lines = [
            ("url", request.url.text()),
            ("node_key", countersign_types::to_base32(&signer.public_key().bytes())),
            ("created", (NOW / 1_000).to_string()),
            ("body", "{\\\"kind\\\":\\\"final\\\"}".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", request.idempotency_key.clone()),
            ("content-digest", digest.unwrap()),
            ("signature-input", fields.signature_input.replace('"', "\\\"")),
            ("signature", fields.signature),
        ];
        let lines: Vec<_> = lines.iter().map(|(name, value)| format!("  \"{name}\": \"{value}\"")).collect();
        let text = format!("{{\n{}\n}}\n", lines.join(",\n"));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/outgoing.json");
        if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let held = std::fs::read_to_string(path).unwrap_or_default();
        assert!(held == text, "docs/spec/vectors/outgoing.json differs; COUNTERSIGN_BLESS=1 writes it anew");
    }
}
