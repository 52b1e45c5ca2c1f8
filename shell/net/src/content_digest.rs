//! The `Content-Digest` field (RFC 9530) with SHA-256.

use countersign_crypto::Digest;
use sfv::{BareItem, DictSerializer, Dictionary, ListEntry, Parser};

/// The algorithm's name in the field.
const ALGORITHM: &str = "sha-256";

/// The value of the field for this body: `sha-256=:<base64>:`.
pub fn content_digest(body: &[u8]) -> String {
    let digest = Digest::of(body);
    let mut field = DictSerializer::new();
    field.bare_item(sfv::key_ref(ALGORITHM), digest.bytes().as_slice());
    field.finish().unwrap_or_default()
}

/// The SHA-256 in a field; other algorithms beside it say nothing here.
pub(crate) fn read_content_digest(field: &str) -> Option<Digest> {
    let members: Dictionary = Parser::new(field).parse().ok()?;
    match members.get(ALGORITHM)? {
        ListEntry::Item(sfv::Item { bare_item: BareItem::ByteSequence(bytes), .. }) => {
            bytes.as_slice().try_into().ok().map(Digest::new)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_9530_holds() {
        let body = b"{\"hello\": \"world\"}\n";
        let field = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        assert_eq!(content_digest(body), field);
        assert_eq!(read_content_digest(field), Some(Digest::of(body)));
        assert_eq!(read_content_digest(&format!("md5=:AAAA:, {field}")), Some(Digest::of(body)));
        for bad in ["", "sha-256", "sha-256=:AAAA:", "sha-256=\"a\"", "sha-512=:AAAA:", "\u{0}"] {
            assert_eq!(read_content_digest(bad), None, "{bad}");
        }
    }
}
