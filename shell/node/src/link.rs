//! The text that invites: `https://host:port/join#<base32>` (page `docs/spec/invitation.md`).

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Digest;
use countersign_member::NodeRecord;
use countersign_net::Alias;
use countersign_types::{Signed, Timestamp, from_base32, to_base32};

/// Version of the link.
const VERSION: u64 = 1;
/// Most characters of a link.
const TEXT_MAX: usize = 4_096;
/// Bytes of the check.
const CHECK_BYTES: usize = 4;

/// What a link holds. The seed is a secret: this is never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct InviteLink {
    /// Of the one-time key.
    pub(crate) seed: [u8; 32],
    /// The node that answers.
    pub(crate) node: Signed<NodeRecord>,
    /// Under which name the invitation goes between the two nodes.
    pub(crate) alias: Alias,
    /// Until when the node answers.
    pub(crate) until: Timestamp,
}

impl InviteLink {
    /// The text; none if the node has no address.
    pub(crate) fn to_text(&self) -> Option<String> {
        let url = self.node.urls.first()?;
        Some(format!("{}/join#{}", url.trim_end_matches('/'), to_base32(&self.to_bytes())))
    }

    /// Reads a link: what stands before `#` is for people, the record says where the node is.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > TEXT_MAX {
            return None;
        }
        let fragment = text.split_once('#').map_or(text, |(_, fragment)| fragment);
        let link = Self::from_bytes(&from_base32(fragment)?).ok()?;
        let sound = link.node.verify(&link.node.node_key).is_ok() && !link.node.urls.is_empty();
        sound.then_some(link)
    }

    fn body(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.uint(VERSION);
        out.raw(&self.seed);
        self.node.encode(&mut out);
        out.raw(&self.alias.0);
        self.until.encode(&mut out);
        out.into_bytes()
    }

    /// Finds letters that were lost or mistyped.
    fn check(body: &[u8]) -> [u8; CHECK_BYTES] {
        let mut check = [0; CHECK_BYTES];
        check.iter_mut().zip(Digest::of(body).bytes()).for_each(|(to, from)| *to = *from);
        check
    }
}

impl Encode for InviteLink {
    fn encode(&self, out: &mut Writer) {
        let body = self.body();
        out.raw(&body);
        out.raw(&Self::check(&body));
    }
}

impl Decode for InviteLink {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.uint()? {
            VERSION => {}
            tag => return Err(DecodeError::Tag { what: "invitation link", tag }),
        }
        let link = Self {
            seed: from.array()?,
            node: Signed::decode(from)?,
            alias: Alias(from.array()?),
            until: Timestamp::decode(from)?,
        };
        if from.array::<CHECK_BYTES>()? == Self::check(&link.body()) {
            Ok(link)
        } else {
            Err(DecodeError::Value("invitation link"))
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use countersign_crypto::{SealingSecret, Signer, SigningKey};

    use super::*;

    fn link() -> InviteLink {
        let node = SigningKey::new([1; 32]);
        let record = NodeRecord {
            node_key: node.public_key(),
            sealing_key: SealingSecret::new([2; 32]).public_key(),
            urls: vec!["https://landlord.example:8443".to_owned()],
            tls: Digest::of(b"tls"),
            sequence: 1,
        };
        InviteLink {
            seed: [3; 32],
            node: Signed::sign(record, &node),
            alias: Alias([4; 16]),
            until: Timestamp::from_millis(1_800_000_000_000).unwrap(),
        }
    }

    #[test]
    fn a_link_reads_back_and_a_tampered_one_does_not() {
        let text = link().to_text().unwrap();
        assert!(InviteLink::parse(&text).unwrap() == link());
        assert!(InviteLink::parse(text.split_once('#').unwrap().1).unwrap() == link());
        let start = text.find('#').unwrap() + 1;
        for at in start..text.len() {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'a' { b'b' } else { b'a' };
            assert!(InviteLink::parse(&String::from_utf8(other).unwrap()).is_none(), "letter {at}");
        }
        assert!(InviteLink::parse(&text[..text.len() - 3]).is_none());
        assert!(InviteLink::parse("https://landlord.example:8443/join").is_none());
        assert!(InviteLink::parse(&"a".repeat(10_000)).is_none());
    }

    /// The vector of `docs/spec/invitation.md`.
    #[test]
    fn the_vector_holds() {
        let page = include_str!("../../../docs/spec/invitation.md");
        assert!(page.contains(&link().to_text().unwrap()), "{}", link().to_text().unwrap());
    }
}
