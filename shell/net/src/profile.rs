//! Signatures of HTTP messages (RFC 9421) in closed profiles: what is covered, in which order, under which tag.

use countersign_crypto::{HttpBase, PublicKey, Signature, Signer, verify_http};
use countersign_types::{Timestamp, from_base32, to_base32};
use sfv::{BareItem, Dictionary, FieldType, InnerList, Item, ListEntry, Parameters, Parser, StringRef};
use thiserror::Error;

/// The name of Ed25519 in the registry of RFC 9421.
const ALGORITHM: &str = "ed25519";

/// Most bytes of a nonce from outside; ours have 26.
const NONCE_BYTES_MAX: usize = 64;

/// What a kind of signature covers. Others may stand beside it: a reader goes by the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The purpose of the signature.
    pub tag: &'static str,
    /// The label written.
    pub label: &'static str,
    /// What is signed, in this order.
    pub components: &'static [&'static str],
}

/// The values of the two fields of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedFields {
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

impl Profile {
    /// Signs; `lookup` has the value of each component, `nonce` is random. None if a value is absent or no header text.
    pub fn sign(
        &self,
        signer: &dyn Signer,
        lookup: impl Fn(&str) -> Option<String>,
        now: Timestamp,
        nonce: [u8; 16],
    ) -> Option<SignedFields> {
        let text = |text: &str| Some(BareItem::String(sfv::String::from_string(text.to_owned()).ok()?));
        let items = self.components.iter().map(|name| text(name).map(Item::new)).collect::<Option<Vec<_>>>()?;
        let created = sfv::Integer::try_from(now.millis().div_euclid(1_000)).ok()?;
        let params = Parameters::from_iter([
            (sfv::key_ref("created").to_owned(), BareItem::Integer(created)),
            (sfv::key_ref("nonce").to_owned(), text(&to_base32(&nonce))?),
            (sfv::key_ref("keyid").to_owned(), text(&to_base32(&signer.public_key().bytes()))?),
            (sfv::key_ref("alg").to_owned(), text(ALGORITHM)?),
            (sfv::key_ref("tag").to_owned(), text(self.tag)?),
        ]);
        let input = InnerList::with_params(items, params);
        let base = signature_base(&input, lookup)?;
        let signature = signer.sign_http(HttpBase::new(base.as_bytes())?);
        let member =
            |entry: ListEntry| Dictionary::from_iter([(sfv::key_ref(self.label).to_owned(), entry)]).serialize();
        Some(SignedFields {
            signature_input: member(ListEntry::InnerList(input))?,
            signature: member(ListEntry::Item(Item::new(signature.bytes().to_vec())))?,
        })
    }

    /// Checks form, time and signature, in this order, so that only the last costs much. `lookup` has the value of each
    /// component as it came.
    pub fn verify(
        &self,
        lookup: impl Fn(&str) -> Option<String>,
        signature_input: &str,
        signature: &str,
        now: Timestamp,
        window_seconds: u32,
    ) -> Result<Claim, SignatureFault> {
        let (input, signature) = self.find(signature_input, signature).ok_or(SignatureFault::Malformed)?;
        let claim = self.read_claim(&input).ok_or(SignatureFault::Malformed)?;
        let by_seconds = now.millis().div_euclid(1_000).saturating_sub(claim.created);
        if by_seconds.unsigned_abs() > u64::from(window_seconds) {
            return Err(SignatureFault::ClockOff { by_seconds });
        }
        let base = signature_base(&input, lookup).ok_or(SignatureFault::Malformed)?;
        let base = HttpBase::new(base.as_bytes()).ok_or(SignatureFault::Malformed)?;
        verify_http(&claim.key, base, &signature).map_err(|_| SignatureFault::Bad)?;
        Ok(claim)
    }

    /// The one signature with our tag.
    pub(crate) fn find(&self, signature_input: &str, signature: &str) -> Option<(InnerList, Signature)> {
        let inputs: Dictionary = Parser::new(signature_input).parse().ok()?;
        let mut ours = inputs.into_iter().filter_map(|(label, entry)| match entry {
            ListEntry::InnerList(input) if text_of(&input.params, "tag") == Some(self.tag) => Some((label, input)),
            _ => None,
        });
        let (label, input) = ours.next()?;
        if ours.next().is_some() {
            return None;
        }
        let signatures: Dictionary = Parser::new(signature).parse().ok()?;
        let signature = match signatures.get(&label)? {
            ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. }) => {
                bytes.as_slice().try_into().ok()?
            }
            _ => return None,
        };
        Some((input, Signature::new(signature)))
    }

    /// What the parameters say, if components and parameters are those of the profile.
    fn read_claim(&self, input: &InnerList) -> Option<Claim> {
        let names = input.items.iter().map(component_name).collect::<Option<Vec<_>>>()?;
        if names != self.components || text_of(&input.params, "alg") != Some(ALGORITHM) || input.params.len() != 5 {
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
}

fn text_of<'a>(params: &'a Parameters, name: &str) -> Option<&'a str> {
    params.get(name)?.as_string().map(StringRef::as_str)
}

/// The name of a component without parameters of its own.
fn component_name(item: &Item) -> Option<&str> {
    let name = item.bare_item.as_string()?;
    item.params.is_empty().then_some(name.as_str())
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
