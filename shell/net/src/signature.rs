//! One RFC 9421 signature per request, by the node key.
//!
//! The profile is closed: these five components in this order, these parameters, Ed25519 over the base itself.

use countersign_crypto::{HttpBase, PublicKey, Signature, Signer, verify_http};
use countersign_types::{Timestamp, from_base32, to_base32};
use sfv::{BareItem, Dictionary, FieldType, InnerList, Item, ListEntry, Parameters, Parser, StringRef};
use thiserror::Error;

/// The purpose of the signature; others may stand beside it.
const TAG: &str = "countersign-net";

/// The label written; a reader goes by the tag.
const LABEL: &str = "countersign";

/// The name of Ed25519 in the registry of RFC 9421.
const ALGORITHM: &str = "ed25519";

/// What is signed, in this order.
const COMPONENTS: [&str; 5] = ["@method", "@authority", "@path", "content-digest", "content-type"];

/// Most bytes of a nonce from outside; ours have 26.
const NONCE_BYTES_MAX: usize = 64;

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

/// What a good signature says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who signed.
    pub key: PublicKey,
    /// When, in seconds since 1970 by the signer's clock.
    pub created: i64,
    /// What makes the request differ from every other one.
    pub nonce: String,
}

/// Why a signature does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureFault {
    /// The fields do not have the form of the profile.
    #[error("signature fields are malformed or incomplete")]
    Malformed,
    /// The time lies outside the window.
    #[error("the receiver's clock is {by_seconds} s ahead of the sender's")]
    ClockOff {
        /// The verifier's time less the signer's.
        by_seconds: i64,
    },
    /// The signature does not hold for this request and key.
    #[error("signature does not hold")]
    Bad,
}

/// Signs a request whose body has this `Content-Digest`. `nonce` is random.
pub fn sign_request(
    signer: &dyn Signer,
    head: &RequestHead<'_>,
    content_digest: String,
    now: Timestamp,
    nonce: [u8; 16],
) -> Option<SignedHead> {
    let text = |text: &str| Some(BareItem::String(sfv::String::from_string(text.to_owned()).ok()?));
    let items = COMPONENTS.into_iter().map(|name| text(name).map(Item::new)).collect::<Option<Vec<_>>>()?;
    let created = sfv::Integer::try_from(now.millis().div_euclid(1_000)).ok()?;
    let params = Parameters::from_iter([
        (sfv::key_ref("created").to_owned(), BareItem::Integer(created)),
        (sfv::key_ref("nonce").to_owned(), text(&to_base32(&nonce))?),
        (sfv::key_ref("keyid").to_owned(), text(&to_base32(&signer.public_key().bytes()))?),
        (sfv::key_ref("alg").to_owned(), text(ALGORITHM)?),
        (sfv::key_ref("tag").to_owned(), text(TAG)?),
    ]);
    let input = InnerList::with_params(items, params);
    let base = signature_base(&input, |name| component(head, &content_digest, name))?;
    let signature = signer.sign_http(HttpBase::new(base.as_bytes())?);
    let member = |entry: ListEntry| Dictionary::from_iter([(sfv::key_ref(LABEL).to_owned(), entry)]).serialize();
    Some(SignedHead {
        content_digest,
        signature_input: member(ListEntry::InnerList(input))?,
        signature: member(ListEntry::Item(Item::new(signature.bytes().to_vec())))?,
    })
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
    let (input, signature) = find(fields).ok_or(SignatureFault::Malformed)?;
    let claim = read_claim(&input).ok_or(SignatureFault::Malformed)?;
    let by_seconds = now.millis().div_euclid(1_000).saturating_sub(claim.created);
    if by_seconds.unsigned_abs() > u64::from(window_seconds) {
        return Err(SignatureFault::ClockOff { by_seconds });
    }
    let lookup = |name: &str| component(head, &fields.content_digest, name);
    let base = signature_base(&input, lookup).ok_or(SignatureFault::Malformed)?;
    let base = HttpBase::new(base.as_bytes()).ok_or(SignatureFault::Malformed)?;
    verify_http(&claim.key, base, &signature).map_err(|_| SignatureFault::Bad)?;
    Ok(claim)
}

/// The one signature with our tag.
fn find(fields: &SignedHead) -> Option<(InnerList, Signature)> {
    let inputs: Dictionary = Parser::new(&fields.signature_input).parse().ok()?;
    let mut ours = inputs.into_iter().filter_map(|(label, entry)| match entry {
        ListEntry::InnerList(input) if text_of(&input.params, "tag") == Some(TAG) => Some((label, input)),
        _ => None,
    });
    let (label, input) = ours.next()?;
    if ours.next().is_some() {
        return None;
    }
    let signatures: Dictionary = Parser::new(&fields.signature).parse().ok()?;
    let signature = match signatures.get(&label)? {
        ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. }) => bytes.as_slice().try_into().ok()?,
        _ => return None,
    };
    Some((input, Signature::new(signature)))
}

/// What the parameters say, if components and parameters are those of the profile.
fn read_claim(input: &InnerList) -> Option<Claim> {
    let names = input.items.iter().map(component_name).collect::<Option<Vec<_>>>()?;
    if names != COMPONENTS || text_of(&input.params, "alg") != Some(ALGORITHM) || input.params.len() != 5 {
        return None;
    }
    let created = input.params.get("created")?.as_integer()?.into();
    let nonce = text_of(&input.params, "nonce")?;
    if nonce.is_empty() || nonce.len() > NONCE_BYTES_MAX {
        return None;
    }
    let key = from_base32(text_of(&input.params, "keyid")?)?;
    let key = PublicKey::new(key.as_slice().try_into().ok()?).ok()?;
    Some(Claim { key, created, nonce: nonce.to_owned() })
}

fn text_of<'a>(params: &'a Parameters, name: &str) -> Option<&'a str> {
    params.get(name)?.as_string().map(StringRef::as_str)
}

/// The name of a component without parameters of its own.
fn component_name(item: &Item) -> Option<&str> {
    let name = item.bare_item.as_string()?;
    item.params.is_empty().then_some(name.as_str())
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

/// The bytes that are signed (RFC 9421 2.5): a line per component, then the list and its parameters.
fn signature_base(input: &InnerList, lookup: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut base = String::new();
    for item in &input.items {
        let name = component_name(item)?;
        let value = lookup(name)?;
        if value.contains(['\r', '\n']) || !value.is_ascii() {
            return None;
        }
        base.push_str(&format!("\"{name}\": {value}\n"));
    }
    let list = vec![ListEntry::InnerList(input.clone())].serialize()?;
    base.push_str(&format!("\"@signature-params\": {list}"));
    Some(base)
}

#[cfg(test)]
mod rfc9421;

#[cfg(test)]
mod tests {
    use countersign_crypto::SigningKey;
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
            signature_input: format!("{0}, second{1}", fields.signature_input, &fields.signature_input[LABEL.len()..]),
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
            prop_assume!(which == 0 || index >= LABEL.len());
            *field = changed;
            // Spare bits of base64 say nothing.
            prop_assume!(which < 2 || find(&fields).map(|found| found.1) != find(&signed()).map(|found| found.1));
            prop_assert!(verify(&HEAD, &fields, 1_000_000).is_err());
        }
    }
}
