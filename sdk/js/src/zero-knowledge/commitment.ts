// The committed form of a number, and what opens it (docs/spec/zero-knowledge.md).

import { concat, equalBytes, toHex, toUtf8 } from "../bytes.js";
import { hashOf } from "../hash.js";
import { sign, type Signer } from "../sign.js";
import { VALUE_BASE, blindingBase, mod, scalarOf, sum } from "./group.js";
import type { Commitment } from "./point.js";

const SALT_BYTES = 16;

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

/** The text of a commitment. */
export function commitmentText(commitment: Commitment): string {
  return `pedersen:${toHex(concat(commitment.encoded, commitment.salt))}`;
}

/** A new challenge, as text. */
export function newChallenge(): string {
  return `challenge:${toHex(crypto.getRandomValues(new Uint8Array(32)))}`;
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
    [blinding, blindingBase()],
  ]);
  return { value, blinding, commitment: { point, encoded: point.toBytes(), salt } };
}
