//! X25519 of Wycheproof, through `open`: the vector's public key is the encapsulated key of a sealed message that is
//! made by hand from the vector's shared secret.
use countersign_crypto::{Namespace, OpenError, SealingKey, SealingSecret, Seed, open, seal};
use serde_json::Value;

use crate::{hex, hpke_by_hand};

const SUITE: &str = include_str!("../testdata/wycheproof/x25519.json");

/// What Wycheproof leaves open (`acceptable`) and RFC 9180 §7.1.4 refuses: a shared secret of zero.
const REFUSED: &str = "ZeroSharedSecret";

#[test]
fn x25519_by_wycheproof() {
    let suite: Value = serde_json::from_str(SUITE).unwrap();
    let cases = suite.as_array().unwrap();
    assert_eq!(cases.len(), 518);
    let mut refused = 0;
    for case in cases {
        let array = |name: &str| hex::array::<32>(case[name].as_str().unwrap()).unwrap();
        let (public, shared) = (array("public"), array("shared"));
        let secret = SealingSecret::new(array("private"));
        let info = [b"\x17countersign/envelope/v1".as_slice(), b"context"].concat();
        let cipher = hpke_by_hand::seal(&shared, &public, secret.public_key().bytes(), &info, b"plain");
        let opened = open(&secret, Namespace::Envelope, b"context", &[public.as_slice(), &cipher].concat());
        let zero = case["flags"].as_array().unwrap().iter().any(|flag| flag == REFUSED);
        assert_eq!(opened, if zero { Err(OpenError) } else { Ok(b"plain".to_vec()) }, "{case}");
        assert_eq!(
            seal(&SealingKey::new(public), Namespace::Envelope, b"", b"", &mut Seed::new([1; 32])).is_err(),
            zero
        );
        assert!(!zero || case["result"] == "acceptable", "{case}");
        refused += usize::from(zero);
    }
    assert_eq!(refused, 31);
}
