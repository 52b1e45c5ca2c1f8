//! RFC 9180, base mode, one message, from the result of X25519 on: a second way to the bytes of `seal`.
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use countersign_crypto::Hasher;

/// `"KEM"` ‖ DHKEM(X25519, HKDF-SHA256).
const KEM_SUITE: &[u8] = b"KEM\x00\x20";
/// `"HPKE"` ‖ that KEM ‖ HKDF-SHA256 ‖ ChaCha20Poly1305.
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x03";

fn hmac(key: &[u8; 32], message: &[&[u8]]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = message.iter().fold(Hasher::plain().with(&pad(0x36)), |hasher, part| hasher.with(part)).finish();
    *Hasher::plain().with(&pad(0x5C)).with(inner.bytes()).finish().bytes()
}

fn extract(suite: &[u8], salt: &[u8; 32], label: &[u8], input: &[u8]) -> [u8; 32] {
    hmac(salt, &[b"HPKE-v1", suite, label, input])
}

/// The first `length` ≤ 32 bytes: one round of HKDF-Expand.
fn expand(suite: &[u8], secret: &[u8; 32], label: &[u8], info: &[u8], length: u8) -> Vec<u8> {
    hmac(secret, &[&[0, length], b"HPKE-v1", suite, label, info, &[1]])[..usize::from(length)].to_vec()
}

/// The ciphertext with its tag.
pub fn seal(dh: &[u8; 32], encapsulated: &[u8; 32], receiver: &[u8; 32], info: &[u8], plain: &[u8]) -> Vec<u8> {
    let none = [0; 32];
    let eae = extract(KEM_SUITE, &none, b"eae_prk", dh);
    let context = [*encapsulated, *receiver].concat();
    let shared = expand(KEM_SUITE, &eae, b"shared_secret", &context, 32).try_into().unwrap();
    let (psk_id, info) = (extract(SUITE, &none, b"psk_id_hash", b""), extract(SUITE, &none, b"info_hash", info));
    let context = [[0].as_slice(), &psk_id, &info].concat();
    let secret = extract(SUITE, &shared, b"secret", b"");
    let key = Key::try_from(expand(SUITE, &secret, b"key", &context, 32).as_slice()).unwrap();
    let nonce = Nonce::try_from(expand(SUITE, &secret, b"base_nonce", &context, 12).as_slice()).unwrap();
    ChaCha20Poly1305::new(&key).encrypt(&nonce, plain).unwrap()
}
