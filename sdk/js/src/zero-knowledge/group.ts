// ristretto255: points, scalars, and the bases of commitments and proofs (docs/spec/zero-knowledge.md).

import { pippenger } from "@noble/curves/abstract/curve.js";
import { ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import { sha3_512, shake256 } from "@noble/hashes/sha3.js";
import { concat, toUtf8 } from "../bytes.js";
import type { Point } from "./point.js";

/** The order of the group. */
export const ORDER = ristretto255.Point.Fn.ORDER;
/** The base of numbers. */
export const VALUE_BASE: Point = ristretto255.Point.BASE;
let blinding: Point | undefined;

/** The base of blindings: found when it is needed first. */
export function blindingBase(): Point {
  blinding ??= ristretto255_hasher.deriveToCurve!(sha3_512(toUtf8("RISTRETTO_MASKING_BASEPOINT_1")));
  return blinding;
}

/** Bits of a distance from a bound. */
export const BITS = 64;

/** A number modulo the order. */
export function mod(value: bigint): bigint {
  const rest = value % ORDER;
  return rest < 0n ? rest + ORDER : rest;
}

/** The inverse of a scalar that is not zero. */
export function inverse(value: bigint): bigint {
  return ristretto255.Point.Fn.inv(value);
}

/** A little-endian number modulo the order. */
export function scalarOf(bytes: Uint8Array): bigint {
  return mod(little(bytes));
}

/** A scalar in its canonical encoding, or nothing. */
export function readScalar(bytes: Uint8Array): bigint | undefined {
  const value = little(bytes);
  return value < ORDER ? value : undefined;
}

/** 32 bytes of a scalar, little-endian. */
export function scalarBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let at = 0, rest = value; at < 32; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return bytes;
}

/** A random scalar that is not zero. */
export function randomScalar(): bigint {
  for (;;) {
    const value = scalarOf(crypto.getRandomValues(new Uint8Array(64)));
    if (value !== 0n) return value;
  }
}

/** The sum of points, each so many times. Its time depends on the numbers. */
export function sum(terms: readonly (readonly [bigint, Point])[]): Point {
  const some = terms.filter(([times]) => times !== 0n);
  return pippenger(
    ristretto255.Point,
    some.map(([, point]) => point),
    some.map(([times]) => times),
  );
}

const chains = new Map<string, Point[]>();

/** The bases of the bits of a bound: `letter` is G or H. */
export function chain(letter: "G" | "H", bound: number): readonly Point[] {
  const key = letter + bound;
  let points = chains.get(key);
  if (points === undefined) {
    const label = concat(toUtf8("GeneratorsChain" + letter), Uint8Array.of(bound, 0, 0, 0));
    const stream = shake256(label, { dkLen: 64 * BITS });
    points = Array.from({ length: BITS }, (_, bit) =>
      ristretto255_hasher.deriveToCurve!(stream.subarray(64 * bit, 64 * bit + 64)),
    );
    chains.set(key, points);
  }
  return points;
}

function little(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at]!);
  return value;
}
