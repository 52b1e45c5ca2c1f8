// The committed form of a number, and what opens it (docs/spec/zero-knowledge.md).

import { concat, equalBytes, fromHex, toHex, toUtf8 } from "../bytes.js";
import { hashOf } from "../hash.js";
import { sign, type Signer } from "../sign.js";
import { BLINDING_BASE, VALUE_BASE, mod, readPoint, scalarOf, sum, type Point } from "./group.js";

const POINT_BYTES = 32;
const SALT_BYTES = 16;
/** Most bytes of a proof: of a range with two bounds. */
export const PROOF_BYTES_MAX = 641;

/** A number that is fixed and hidden. */
export interface Commitment {
  readonly point: Point;
  /** The encoding of the point. */
  readonly encoded: Uint8Array;
  /** Public: the blinding followed from it. */
  readonly salt: Uint8Array;
}

/** The number under a commitment and the secret that hides it: both stay with the prover. */
export interface Opening {
  readonly value: bigint;
  readonly blinding: bigint;
  readonly commitment: Commitment;
}

/** A signer that signs one message in two ways: what it commits to could never be opened. */
export class FickleSigner extends Error {
  override readonly name = "FickleSigner";

  constructor() {
    super("this key signs the same words differently each time");
  }
}

/** Reads `pedersen:` and 96 digits: the canonical encoding of a point that is not the identity, and a salt. */
export function readCommitment(text: string): Commitment | undefined {
  const bytes = digits(text, "pedersen:", POINT_BYTES + SALT_BYTES);
  if (bytes?.length !== POINT_BYTES + SALT_BYTES) return undefined;
  const [encoded, salt] = [bytes.slice(0, POINT_BYTES), bytes.slice(POINT_BYTES)];
  const point = readPoint(encoded);
  return point === undefined || point.is0() ? undefined : { point, encoded, salt };
}

/** The text of a commitment. */
export function commitmentText(commitment: Commitment): string {
  return `pedersen:${toHex(concat(commitment.encoded, commitment.salt))}`;
}

/** Reads `challenge:` and 64 digits. */
export function readChallenge(text: string): Uint8Array | undefined {
  const bytes = digits(text, "challenge:", 32);
  return bytes?.length === 32 ? bytes : undefined;
}

/** A new challenge, as text. */
export function newChallenge(): string {
  return `challenge:${toHex(crypto.getRandomValues(new Uint8Array(32)))}`;
}

/** Reads `proof:` and digits. */
export function readProof(text: string): Uint8Array | undefined {
  return digits(text, "proof:", PROOF_BYTES_MAX);
}

/** The text of a proof. */
export function proofText(bytes: Uint8Array): string {
  return `proof:${toHex(bytes)}`;
}

/** A new salt, for one commitment. */
export function newSalt(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(SALT_BYTES));
}

/**
 * The opening that follows from a person's key: who has the key and knows the number needs to keep nothing else.
 * Throws {@link FickleSigner} if the key does not sign alike twice.
 */
export async function deriveOpening(
  signer: Signer,
  contract: string,
  value: bigint,
  salt: Uint8Array,
): Promise<Opening> {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigInt64(0, value);
  const message = concat(salt, number, toUtf8(contract));
  const signature = await sign(signer, "commitment", message);
  if (!equalBytes(signature, await sign(signer, "commitment", message))) throw new FickleSigner();
  const halves = [0, 1].map(half => hashOf("commitment", Uint8Array.of(half), signature));
  const blinding = scalarOf(concat(...halves));
  const point = sum([
    [mod(value), VALUE_BASE],
    [blinding, BLINDING_BASE],
  ]);
  return { value, blinding, commitment: { point, encoded: point.toBytes(), salt } };
}

function digits(text: string, word: string, bytesMax: number): Uint8Array | undefined {
  if (!text.startsWith(word) || text.length > word.length + 2 * bytesMax) return undefined;
  const rest = text.slice(word.length);
  return /^(?:[0-9a-f]{2})*$/.test(rest) ? fromHex(rest) : undefined;
}
