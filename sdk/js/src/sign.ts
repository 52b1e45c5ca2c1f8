// Ed25519 signatures under a purpose (docs/spec/crypto.md): made by whatever holds the key, checked by ZIP-215.

import { ed25519 } from "@noble/curves/ed25519.js";
import { concat } from "./bytes.js";
import { NAMESPACES, named, type Namespace } from "./hash.js";

/** Whatever holds a secret key: a seed in memory, a key of WebCrypto, a device. */
export interface Signer {
  /** 32 bytes of Ed25519. */
  readonly publicKey: Uint8Array;
  /** 64 bytes over the message as it is. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** The message that is signed: the purpose and the bytes. */
export function signedMessage(namespace: Namespace, bytes: Uint8Array): Uint8Array {
  return concat(named(`${NAMESPACES[namespace]}/sig`), bytes);
}

/** Signs bytes for one purpose. */
export function sign(signer: Signer, namespace: Namespace, bytes: Uint8Array): Promise<Uint8Array> {
  return signer.sign(signedMessage(namespace, bytes));
}

/** Whether a signature holds for a message as it is, by ZIP-215. Never throws. */
export function verifyMessage(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: true });
  } catch {
    return false;
  }
}

/** Whether a signature holds for bytes of one purpose. */
export function verifySignature(
  publicKey: Uint8Array,
  namespace: Namespace,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verifyMessage(publicKey, signedMessage(namespace, bytes), signature);
}

/** Whether 32 bytes are a public key that an object may hold: a point, and none of the 8 of small order. */
export function isSigningKey(bytes: Uint8Array): boolean {
  try {
    return !ed25519.Point.fromBytes(bytes, true).isSmallOrder();
  } catch {
    return false;
  }
}

/** A signer with its seed in memory. */
export function seedSigner(seed: Uint8Array): Signer {
  const secret = seed.slice();
  return { publicKey: ed25519.getPublicKey(secret), sign: async message => ed25519.sign(message, secret) };
}

/** Makes a key in WebCrypto. By default nobody can read its secret out; the pair can be kept in IndexedDB. */
export async function generateKeyPair(extractable = false): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey("Ed25519", extractable, ["sign", "verify"])) as CryptoKeyPair;
}

/** A signer of a key pair of WebCrypto. */
export async function webCryptoSigner(pair: CryptoKeyPair): Promise<Signer> {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return {
    publicKey,
    sign: async message =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, message as Uint8Array<ArrayBuffer>)),
  };
}

/** The start of PKCS #8 for an Ed25519 seed (RFC 8410). */
const PKCS8 = Uint8Array.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]);

/** Puts a seed into WebCrypto, from where nobody can read it out. */
export async function importSeed(seed: Uint8Array): Promise<CryptoKeyPair> {
  const pkcs8 = concat(PKCS8, seed) as Uint8Array<ArrayBuffer>;
  const raw = ed25519.getPublicKey(seed) as Uint8Array<ArrayBuffer>;
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  return { privateKey, publicKey: await crypto.subtle.importKey("raw", raw, "Ed25519", true, ["verify"]) };
}
