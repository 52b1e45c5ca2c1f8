// Hashes under a purpose (docs/spec/crypto.md).

import { sha256 as digest } from "@noble/hashes/sha2.js";
import { concat, toUtf8 } from "./bytes.js";

/** What may be hashed as an id, signed or sealed, with its full name. */
export const NAMESPACES = {
  statement: "countersign/statement/v1",
  entry: "countersign/entry/v1",
  receipt: "countersign/receipt/v1",
  genesis: "countersign/genesis/v1",
  identity: "countersign/identity/v1",
  nodeRecord: "countersign/node-record/v1",
  payload: "countersign/payload/v1",
  state: "countersign/state/v1",
  outcome: "countersign/outcome/v1",
  fraudProof: "countersign/fraud-proof/v1",
  invitation: "countersign/invitation/v1",
  invitationNonce: "countersign/invitation-nonce/v1",
  fingerprint: "countersign/fingerprint/v1",
  erasureReceipt: "countersign/erasure-receipt/v1",
  envelope: "countersign/envelope/v1",
  envelopeReply: "countersign/envelope-reply/v1",
  session: "countersign/session/v1",
  newKey: "countersign/new-key/v1",
  commitment: "countersign/commitment/v1",
  run: "countersign/run/v1",
  package: "countersign/package/v1",
} as const;

/** A purpose. */
export type Namespace = keyof typeof NAMESPACES;

/** SHA-256. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return digest(parts.length === 1 ? parts[0]! : concat(...parts));
}

/** The length of a name in one byte, and the name. */
export function named(name: string): Uint8Array {
  const bytes = toUtf8(name);
  return concat(Uint8Array.of(bytes.length), bytes);
}

/** The hash of bytes under a purpose: ids, and whatever else is hashed with a name. */
export function hashOf(namespace: Namespace, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(named(NAMESPACES[namespace]), ...parts);
}
