//! One RFC 9421 signature per request, by the node key.
//!
//! The profile is closed: these five components in this order, these parameters, Ed25519 over the base itself.

use countersign_crypto::Signer;
use countersign_types::Timestamp;

use crate::profile::{Claim, Profile, SignatureFault, SignedFields};

/// The signature of a request between nodes.
const PROFILE: Profile = Profile {
    tag: "countersign-net",
    label: "countersign",
    components: &["@method", "@authority", "@path", "content-digest", "content-type"],
};

/// How far from ours the time of a request may be, unless set otherwise.
pub const WINDOW_SECONDS: u32 = 300;

/// The part of a request that is signed as it stands, without its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead<'a> {
    /// `POST`.
    pub method: &'a str,
    /// Host and port in lower case; no port if it is 443.
    pub authority: &'a str,
    /// The absolute path.
    pub path: &'a str,
    /// The value of `Content-Type`.
    pub content_type: &'a str,
}

/// The values of the three fields that make a request a signed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// `Content-Digest`.
    pub content_digest: String,
    /// `Signature-Input`.
    pub signature_input: String,
    /// `Signature`.
    pub signature: String,
}

/// Signs a request whose body has this `Content-Digest`. `nonce` is random.
pub fn sign_request(
    signer: &dyn Signer,
    head: &RequestHead<'_>,
    content_digest: String,
    now: Timestamp,
    nonce: [u8; 16],
) -> Option<SignedHead> {
    let lookup = |name: &str| component(head, &content_digest, name);
    let SignedFields { signature_input, signature } = PROFILE.sign(signer, lookup, now, nonce)?;
    Some(SignedHead { content_digest, signature_input, signature })
}

/// Checks form, time and signature, in this order, so that only the last costs much.
///
/// The caller checks the body against `Content-Digest`, and that the nonce is new.
pub fn verify_request(
    head: &RequestHead<'_>,
    fields: &SignedHead,
    now: Timestamp,
    window_seconds: u32,
) -> Result<Claim, SignatureFault> {
    let lookup = |name: &str| component(head, &fields.content_digest, name);
    PROFILE.verify(lookup, &fields.signature_input, &fields.signature, now, window_seconds)
}

fn component(head: &RequestHead<'_>, content_digest: &str, name: &str) -> Option<String> {
    let value = match name {
        "@method" => head.method,
        "@authority" => head.authority,
        "@path" => head.path,
        "content-type" => head.content_type,
        "content-digest" => content_digest,
        _ => return None,
    };
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use countersign_crypto::SigningKey;
    use countersign_types::to_base32;
    use proptest::prelude::*;

    use super::*;
    use crate::content_digest;

    const HEAD: RequestHead<'static> = RequestHead {
        method: "POST",
        authority: "node.example",
        path: "/net/v1/exchange",
        content_type: "application/vnd.countersign.envelope",
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000).unwrap()
    }

    fn signed() -> SignedHead {
        let key = SigningKey::new([1; 32]);
        sign_request(&key, &HEAD, content_digest(b"body"), at(1_000_000), [7; 16]).unwrap()
    }

    fn bytes_of(fields: &SignedHead) -> Option<countersign_crypto::Signature> {
        PROFILE.find(&fields.signature_input, &fields.signature).map(|found| found.1)
    }

    fn verify(head: &RequestHead<'_>, fields: &SignedHead, seconds: i64) -> Result<Claim, SignatureFault> {
        verify_request(head, fields, at(seconds), WINDOW_SECONDS)
    }

    #[test]
    fn a_signature_says_who_and_when() {
        let claim = verify(&HEAD, &signed(), 1_000_000).unwrap();
        let key = SigningKey::new([1; 32]).public_key();
        assert_eq!(claim, Claim { key, created: 1_000_000, nonce: to_base32(&[7; 16]) });
    }

    #[test]
    fn the_window_is_closed_on_both_sides() {
        let check = |seconds| verify(&HEAD, &signed(), seconds).map(|_| ());
        assert_eq!(check(1_000_300), Ok(()));
        assert_eq!(check(999_700), Ok(()));
        assert_eq!(check(1_000_301), Err(SignatureFault::ClockOff { by_seconds: 301 }));
        assert_eq!(check(999_699), Err(SignatureFault::ClockOff { by_seconds: -301 }));
    }

    #[test]
    fn every_component_is_covered() {
        let heads = [
            RequestHead { method: "PUT", ..HEAD },
            RequestHead { authority: "other.example", ..HEAD },
            RequestHead { path: "/net/v1/poll", ..HEAD },
            RequestHead { content_type: "text/plain", ..HEAD },
        ];
        for head in heads {
            assert_eq!(verify(&head, &signed(), 1_000_000), Err(SignatureFault::Bad), "{head:?}");
        }
        let other_body = SignedHead { content_digest: content_digest(b"other"), ..signed() };
        assert_eq!(verify(&HEAD, &other_body, 1_000_000), Err(SignatureFault::Bad));
    }

    #[test]
    fn every_parameter_is_required_and_covered() {
        let fields = signed();
        let input = &fields.signature_input;
        let change = |from: &str, to: &str| {
            assert!(input.contains(from), "{from} is in {input}");
            let fields = SignedHead { signature_input: input.replace(from, to), ..fields.clone() };
            verify(&HEAD, &fields, 1_000_000).unwrap_err()
        };
        let other_key = to_base32(&SigningKey::new([2; 32]).public_key().bytes());
        let key = to_base32(&SigningKey::new([1; 32]).public_key().bytes());
        assert_eq!(change("created=1000000", "created=1000001"), SignatureFault::Bad);
        assert_eq!(change(&to_base32(&[7; 16]), &to_base32(&[8; 16])), SignatureFault::Bad);
        assert_eq!(change(&key, &other_key), SignatureFault::Bad);
        for (from, to) in [
            (";created=1000000", ""),
            (";alg=\"ed25519\"", ""),
            ("ed25519", "hmac-sha256"),
            ("tag=\"countersign-net\"", "tag=\"other\""),
            ("\"@path\" ", ""),
            ("\"@path\"", "\"@path\";req"),
            (";alg", ";expires=2;alg"),
            ("nonce=\"", "nonce=\"\";was=\""),
        ] {
            assert_eq!(change(from, to), SignatureFault::Malformed, "{from}");
        }
    }

    #[test]
    fn signatures_of_others_may_stand_beside_ours() {
        let fields = signed();
        let beside = SignedHead {
            signature_input: format!("proxy=(\"@method\");tag=\"proxy\", {}", fields.signature_input),
            signature: format!("proxy=:AAAA:, {}", fields.signature),
            ..fields.clone()
        };
        assert!(verify(&HEAD, &beside, 1_000_000).is_ok());
        let twice = SignedHead {
            signature_input: format!(
                "{0}, second{1}",
                fields.signature_input,
                &fields.signature_input[PROFILE.label.len()..]
            ),
            ..fields
        };
        assert_eq!(verify(&HEAD, &twice, 1_000_000), Err(SignatureFault::Malformed));
    }

    proptest! {
        #[test]
        fn any_fields_are_refused_without_a_panic(signature_input: String, signature: String, content_digest: String) {
            let fields = SignedHead { content_digest, signature_input, signature };
            prop_assert!(verify(&HEAD, &fields, 1_000_000).is_err());
        }

        #[test]
        fn any_change_of_a_field_is_refused(index in 0_usize..400, bit in 0_u8..7, which in 0_u8..3) {
            let mut fields = signed();
            let field = match which {
                0 => &mut fields.content_digest,
                1 => &mut fields.signature_input,
                _ => &mut fields.signature,
            };
            let mut bytes = field.clone().into_bytes();
            let index = index % bytes.len();
            bytes[index] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            // The label is not signed, and white space between members is no part of the value.
            prop_assume!(which == 0 || index >= PROFILE.label.len());
            *field = changed;
            // Spare bits of base64 say nothing.
            prop_assume!(which < 2 || bytes_of(&fields) != bytes_of(&signed()));
            prop_assert!(verify(&HEAD, &fields, 1_000_000).is_err());
        }
    }
}
