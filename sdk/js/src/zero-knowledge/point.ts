// Points of ristretto255 and committed numbers as they are read: all that the rules need of the group.

import { ristretto255 } from "@noble/curves/ed25519.js";
import { wordBytes } from "./words.js";

/** A point of the group. */
export type Point = InstanceType<typeof ristretto255.Point>;

/** Bytes of a point. */
export const POINT_BYTES = 32;

/** A number that is fixed and hidden. */
export interface Commitment {
  readonly point: Point;
  /** The encoding of the point. */
  readonly encoded: Uint8Array;
  /** Public: the blinding followed from it. */
  readonly salt: Uint8Array;
}

/** A point in its canonical encoding, or nothing. */
export function readPoint(bytes: Uint8Array): Point | undefined {
  try {
    return ristretto255.Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

/** Reads `pedersen:` and 96 digits: the canonical encoding of a point that is not the identity, and a salt. */
export function readCommitment(text: string): Commitment | undefined {
  const bytes = wordBytes("commitment", text);
  if (bytes === undefined) return undefined;
  const [encoded, salt] = [bytes.slice(0, POINT_BYTES), bytes.slice(POINT_BYTES)];
  const point = readPoint(encoded);
  return point === undefined || point.is0() ? undefined : { point, encoded, salt };
}
