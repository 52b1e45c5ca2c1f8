// Commitments and openings of payloads (docs/spec/payload.md).

import { Writer, concat, encode, type Reader } from "./bytes.js";
import { hashOf, sha256 } from "./hash.js";
import { rootOf } from "./merkle.js";
import { fromHex, toHex } from "./bytes.js";

/** A payload up to this size is hashed as one; a longer one in chunks of this size. */
export const CHUNK_BYTES = 256 * 1024;
/** Most bytes of a payload. */
export const PAYLOAD_BYTES_MAX = 64 << 20;
/** What stands in the place of a commitment if there is no payload. */
export const NO_PAYLOAD = new Uint8Array(32);

/** What shows that a commitment is to a payload. */
export interface Opening {
  /** 32 random bytes, used once. */
  salt: Uint8Array;
  payload: Uint8Array;
}

/** SHA-256 of a payload of one chunk; of a longer one, the root over its chunks. */
export function contentHash(payload: Uint8Array): Uint8Array {
  if (payload.length <= CHUNK_BYTES) return sha256(payload);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += CHUNK_BYTES) chunks.push(payload.subarray(at, at + CHUNK_BYTES));
  return rootOf(chunks);
}

/** What a commitment commits to, without the payload. */
export interface Heading {
  salt: Uint8Array;
  /** Length of the payload. */
  bytes: bigint;
  /** {@link contentHash} of the payload. */
  content: Uint8Array;
}

/** The commitment that a heading belongs to. */
export function headingCommitment({ salt, bytes, content }: Heading): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, bytes);
  return hashOf("payload", concat(salt, length, content));
}

/** The commitment to a payload. */
export function commitment({ salt, payload }: Opening): Uint8Array {
  return headingCommitment({ salt, bytes: BigInt(payload.length), content: contentHash(payload) });
}

/** A commitment as it stands within JSON. */
export function commitmentText(bytes: Uint8Array): string {
  return `sha256:${toHex(bytes)}`;
}

/** The bytes of a commitment as it stands within JSON, or nothing. */
export function parseCommitment(text: string): Uint8Array | undefined {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? fromHex(text.slice(7)) : undefined;
}

/** A payload under a new salt: for attachments. */
export function newOpening(payload: Uint8Array): Opening {
  return { salt: crypto.getRandomValues(new Uint8Array(32)), payload };
}

/** Reads an opening. */
export function readOpening(input: Reader): Opening {
  return { salt: input.fixed(32), payload: input.bytes(PAYLOAD_BYTES_MAX) };
}

/** Reads a heading. */
export function readHeading(input: Reader): Heading {
  return { salt: input.fixed(32), bytes: BigInt(input.length(PAYLOAD_BYTES_MAX)), content: input.fixed(32) };
}

/** Writes an opening. */
export function writeOpening(opening: Opening, out: Writer): void {
  out.fixed(opening.salt).bytes(opening.payload);
}

/** The bytes of an opening. */
export function encodeOpening(opening: Opening): Uint8Array {
  return encode(out => writeOpening(opening, out));
}
