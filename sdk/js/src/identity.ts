// Keys, inception records, node records, members (docs/spec/member.md).

import { DecodeError, Writer, decode, encode, fromBase32, toBase32, type Reader } from "./bytes.js";
import { hashOf, sha256 } from "./hash.js";
import { idText, keyText } from "./ids.js";
import { isSigningKey, sign, verifySignature, type Signer } from "./sign.js";

/** What a key is for, by tag. */
export const KEY_PURPOSES = ["user", "system", "encryption", "admin"] as const;
/** What a key is for. */
export type KeyPurpose = (typeof KEY_PURPOSES)[number];
/** What an identity is, by tag. */
export const IDENTITY_KINDS = ["organisation", "person", "system"] as const;
/** What an identity is. */
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** Most keys of an inception record. */
export const INCEPTION_KEYS_MAX = 16;
const ADDRESSES_MAX = 4;
const ADDRESS_BYTES_MAX = 200;

/** A key of an identity: X25519 if its purpose is encryption, else Ed25519. */
export interface IdentityKey {
  purpose: KeyPurpose;
  key: Uint8Array;
}

/** The beginning of an identity. */
export interface Inception {
  kind: IdentityKind;
  keys: IdentityKey[];
  /** 16 bytes. */
  nonce: Uint8Array;
}

/** An inception record with one signature of each key that signs, in the order of the keys. */
export interface SignedInception {
  inception: Inception;
  signatures: Uint8Array[];
}

/** What a node says of itself. */
export interface NodeRecord {
  nodeKey: Uint8Array;
  sealingKey: Uint8Array;
  addresses: string[];
  tls: Uint8Array;
  sequence: bigint;
}

/** A node record signed by its node key. */
export interface SignedNodeRecord {
  record: NodeRecord;
  signature: Uint8Array;
}

/** A party as a member of a contract. */
export interface Member {
  inception: SignedInception;
  node: SignedNodeRecord;
}

/** Whether a key of this purpose signs. */
export function signs(purpose: KeyPurpose): boolean {
  return purpose !== "encryption";
}

/** The tag of the algorithm: 1 Ed25519, 2 X25519. */
function algorithm(purpose: KeyPurpose): number {
  return signs(purpose) ? 1 : 2;
}

/** The name of a key within its identity, `key_…`. */
export function keyName(key: IdentityKey): string {
  return keyText(sha256(Uint8Array.of(algorithm(key.purpose)), key.key).subarray(0, 8));
}

/** Reads a key that signs. */
export function readSigningKey(input: Reader): Uint8Array {
  const key = input.fixed(32);
  if (!isSigningKey(key)) throw new DecodeError("value");
  return key;
}

/** Reads a key of an identity. */
export function readKey(input: Reader): IdentityKey {
  const purpose = KEY_PURPOSES[input.tag(4)]!;
  const tag = input.tag(3);
  if (tag === 0) throw new DecodeError("tag");
  const ed25519 = tag === 1;
  const key = ed25519 ? readSigningKey(input) : input.fixed(32);
  if (ed25519 !== signs(purpose)) throw new DecodeError("value");
  return { purpose, key };
}

/** Writes a key of an identity. */
export function writeKey(key: IdentityKey, out: Writer): void {
  out.uint(KEY_PURPOSES.indexOf(key.purpose)).uint(algorithm(key.purpose)).fixed(key.key);
}

function readInception(input: Reader): Inception {
  const kind = IDENTITY_KINDS[input.tag(3)]!;
  const keys = input.list(INCEPTION_KEYS_MAX, readKey);
  if (new Set(keys.map(keyName)).size !== keys.length) throw new DecodeError("value");
  return { kind, keys, nonce: input.fixed(16) };
}

function writeInception(inception: Inception, out: Writer): void {
  out.uint(IDENTITY_KINDS.indexOf(inception.kind)).list(inception.keys, writeKey).fixed(inception.nonce);
}

/** Reads an inception record with its signatures. */
export function readSignedInception(input: Reader): SignedInception {
  const inception = readInception(input);
  return { inception, signatures: input.list(INCEPTION_KEYS_MAX, inner => inner.fixed(64)) };
}

/** Writes an inception record with its signatures: as base32 text this is the card of a person. */
export function writeSignedInception(signed: SignedInception, out: Writer): void {
  writeInception(signed.inception, out);
  out.list(signed.signatures, (signature, to) => to.fixed(signature));
}

function inceptionBytes(inception: Inception): Uint8Array {
  return encode(out => writeInception(inception, out));
}

/** The identity that an inception record begins, `idn_…`. */
export function inceptionId(inception: Inception): string {
  return idText("idn", hashOf("identity", inceptionBytes(inception)));
}

/** Whether an inception record holds: keys that fit its kind, and the signature of each that signs. */
export function inceptionHolds(signed: SignedInception): boolean {
  const { kind, keys } = signed.inception;
  const signing = keys.filter(key => signs(key.purpose));
  const persons = keys.some(key => key.purpose === "user" || key.purpose === "admin");
  if (kind === "organisation" && !keys.some(key => key.purpose === "admin")) return false;
  if (signing.length === 0 || (kind === "system" && persons)) return false;
  if (signed.signatures.length !== signing.length) return false;
  const bytes = inceptionBytes(signed.inception);
  return signing.every((key, at) => verifySignature(key.key, "identity", bytes, signed.signatures[at]!));
}

/**
 * Begins an identity: the record, signed by each key. A new person has one user key and a nonce of zeros, as the
 * command makes them, so that the record follows from the key.
 */
export async function beginIdentity(
  kind: IdentityKind,
  keys: readonly { purpose: KeyPurpose; signer: Signer }[],
  nonce: Uint8Array = new Uint8Array(16),
): Promise<SignedInception> {
  const inception = { kind, keys: keys.map(key => ({ purpose: key.purpose, key: key.signer.publicKey })), nonce };
  const bytes = inceptionBytes(inception);
  const signatures = await Promise.all(keys.map(key => sign(key.signer, "identity", bytes)));
  return { inception, signatures };
}

/** The card of a person or system: what others need to know of it, in text. */
export function cardText(signed: SignedInception): string {
  return toBase32(encode(out => writeSignedInception(signed, out)));
}

/** Reads the card of a person or system; throws {@link DecodeError} if it is none or does not hold. */
export function parseCard(text: string): SignedInception {
  const bytes = fromBase32(text.trim());
  if (bytes === undefined) throw new DecodeError("value");
  const signed = decode(bytes, readSignedInception);
  if (!inceptionHolds(signed)) throw new DecodeError("value");
  return signed;
}

/** Reads a signed node record. */
export function readNodeRecord(input: Reader): SignedNodeRecord {
  const record = {
    nodeKey: readSigningKey(input),
    sealingKey: input.fixed(32),
    addresses: input.list(ADDRESSES_MAX, inner => inner.text(ADDRESS_BYTES_MAX)),
    tls: input.fixed(32),
    sequence: input.uint(),
  };
  return { record, signature: input.fixed(64) };
}

function writeRecord(record: NodeRecord, out: Writer): void {
  out.fixed(record.nodeKey).fixed(record.sealingKey);
  out
    .list(record.addresses, (address, to) => to.text(address))
    .fixed(record.tls)
    .uint(record.sequence);
}

/** Writes a signed node record. */
export function writeNodeRecord(signed: SignedNodeRecord, out: Writer): void {
  writeRecord(signed.record, out);
  out.fixed(signed.signature);
}

/** Reads a member. */
export function readMember(input: Reader): Member {
  return { inception: readSignedInception(input), node: readNodeRecord(input) };
}

/** Writes a member: as base32 text this is the card of a node. */
export function writeMember(member: Member, out: Writer): void {
  writeSignedInception(member.inception, out);
  writeNodeRecord(member.node, out);
}

/** Whether both parts of a member hold. */
export function memberHolds(member: Member): boolean {
  const { record, signature } = member.node;
  const bytes = encode(out => writeRecord(record, out));
  return inceptionHolds(member.inception) && verifySignature(record.nodeKey, "nodeRecord", bytes, signature);
}
