// Seals for one receiver: HPKE base mode with X25519, HKDF-SHA256 and ChaCha20-Poly1305 (docs/spec/crypto.md).

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, toUtf8 } from "./bytes.js";
import { NAMESPACES, named, type Namespace } from "./hash.js";

const VERSION = toUtf8("HPKE-v1");
const KEM_SUITE = concat(toUtf8("KEM"), Uint8Array.of(0x00, 0x20));
const SUITE = concat(toUtf8("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03));
const NOTHING = new Uint8Array();

/** A seal that does not open, or a key that can have none. */
export class SealError extends Error {
  override readonly name = "SealError";

  constructor() {
    super("the seal does not open");
  }
}

function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, key: Uint8Array): Uint8Array {
  return extract(sha256, concat(VERSION, suite, toUtf8(label), key), salt);
}

function labeledExpand(suite: Uint8Array, key: Uint8Array, label: string, info: Uint8Array, length: number) {
  return expand(sha256, key, concat(Uint8Array.of(0, length), VERSION, suite, toUtf8(label), info), length);
}

function shared(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return x25519.getSharedSecret(secret, publicKey);
  } catch {
    // A shared secret of zero (RFC 9180 §7.1.4), or a key of another length.
    throw new SealError();
  }
}

/** Key and nonce of the one message that a seal holds. */
function schedule(dh: Uint8Array, encapsulated: Uint8Array, receiver: Uint8Array, info: Uint8Array) {
  const secret = labeledExtract(KEM_SUITE, NOTHING, "eae_prk", dh);
  const kem = labeledExpand(KEM_SUITE, secret, "shared_secret", concat(encapsulated, receiver), 32);
  const context = concat(
    Uint8Array.of(0),
    labeledExtract(SUITE, NOTHING, "psk_id_hash", NOTHING),
    labeledExtract(SUITE, NOTHING, "info_hash", info),
  );
  const base = labeledExtract(SUITE, kem, "secret", NOTHING);
  return {
    key: labeledExpand(SUITE, base, "key", context, 32),
    nonce: labeledExpand(SUITE, base, "base_nonce", context, 12),
  };
}

function infoOf(namespace: Namespace, context: Uint8Array): Uint8Array {
  return concat(named(NAMESPACES[namespace]), context);
}

/** Seals bytes for the holder of an X25519 key. `ephemeral` is given in tests alone. */
export function seal(
  publicKey: Uint8Array,
  namespace: Namespace,
  context: Uint8Array,
  plain: Uint8Array,
  ephemeral: Uint8Array = x25519.utils.randomSecretKey(),
): Uint8Array {
  const encapsulated = x25519.getPublicKey(ephemeral);
  const { key, nonce } = schedule(shared(ephemeral, publicKey), encapsulated, publicKey, infoOf(namespace, context));
  return concat(encapsulated, chacha20poly1305(key, nonce).encrypt(plain));
}

/** Opens a seal with the X25519 secret of its receiver. */
export function openSeal(
  secret: Uint8Array,
  namespace: Namespace,
  context: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  if (sealed.length < 48) throw new SealError();
  const encapsulated = sealed.slice(0, 32);
  const receiver = x25519.getPublicKey(secret);
  const { key, nonce } = schedule(shared(secret, encapsulated), encapsulated, receiver, infoOf(namespace, context));
  try {
    return chacha20poly1305(key, nonce).decrypt(sealed.slice(32));
  } catch {
    throw new SealError();
  }
}
