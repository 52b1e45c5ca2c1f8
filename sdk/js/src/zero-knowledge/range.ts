// A number within bounds: Bulletproofs+ (IACR ePrint 2020/735) of the distances from them, in the form of
// docs/spec/zero-knowledge.md. Names in formulas are those of that page.

import { concat, toUtf8 } from "../bytes.js";
import type { Claim } from "./claim.js";
import type { Opening } from "./commitment.js";
import {
  BITS,
  blindingBase,
  VALUE_BASE,
  chain,
  inverse,
  mod,
  randomScalar,
  readScalar,
  scalarBytes,
  scalarOf,
  sum,
} from "./group.js";
import { readPoint, type Commitment, type Point } from "./point.js";
import type { Transcript } from "./transcript.js";

/** Bytes before the halvings: the degree, three scalars and three points. */
const FIXED_BYTES = 1 + 6 * 32;
/** The degree: one base of blindings. */
const DEGREE = 1;

/** A proof that can hold for nobody: some value of the transcript is one that is refused. */
class Refused extends Error {}

/** Bytes of a proof of a claim. */
export function rangeBytes(claim: Claim): number {
  return FIXED_BYTES + 64 * Math.log2(BITS * distances(claim).length);
}

/** Proves that a number is within its bounds, of which it is known that they hold. */
export function proveRange(transcript: Transcript, claim: Claim, opening: Opening): Uint8Array {
  const openings = distances(claim).map(([side, bound]) =>
    side === "min"
      ? { value: opening.value - bound, blinding: opening.blinding }
      : { value: bound - opening.value, blinding: mod(-opening.blinding) },
  );
  const statement = new Statement(transcript, claim, opening.commitment);
  const { n, G, H } = statement;
  const bits = openings.flatMap(({ value }) => Array.from({ length: BITS }, (_, bit) => (value >> BigInt(bit)) & 1n));
  let alpha = randomScalar();
  const A = sum([
    [alpha, blindingBase()],
    ...bits.map((bit, i) => [bit, G[i]!] as const),
    ...bits.map((bit, i) => [mod(bit - 1n), H[i]!] as const),
  ]).toBytes();
  const { y, z, yPowers, d } = statement.challenges(A);
  let a = bits.map(bit => mod(bit - z));
  let b = bits.map((bit, i) => mod(bit - 1n + d[i]! * yPowers[n - i]! + z));
  let zEven = 1n;
  for (const { blinding } of openings) {
    zEven = mod(zEven * z * z);
    alpha = mod(alpha + zEven * blinding * yPowers[n + 1]!);
  }
  // Bases are not folded: each has a factor, and stands in the slot that is its position modulo the length.
  const factors = { G: G.map(() => 1n), H: H.map(() => 1n) };
  const halvings: Uint8Array[] = [];
  for (let half = n / 2; half >= 1; half /= 2) {
    const [aLow, aHigh, bLow, bHigh] = [a.slice(0, half), a.slice(half), b.slice(0, half), b.slice(half)];
    const [up, down] = [yPowers[half]!, inverse(yPowers[half]!)];
    const [blindL, blindR] = [randomScalar(), randomScalar()];
    const crossL = aLow.reduce((total, value, i) => mod(total + value * yPowers[i + 1]! * bHigh[i]!), 0n);
    const crossR = aHigh.reduce((total, value, i) => mod(total + value * yPowers[half + i + 1]! * bLow[i]!), 0n);
    const L: [bigint, Point][] = [
      [crossL, VALUE_BASE],
      [blindL, blindingBase()],
    ];
    const R: [bigint, Point][] = [
      [crossR, VALUE_BASE],
      [blindR, blindingBase()],
    ];
    for (let i = 0; i < n; i++) {
      const slot = i % (2 * half);
      const [ofG, ofH] = [factors.G[i]!, factors.H[i]!];
      if (slot < half) {
        R.push([mod(aHigh[slot]! * up * ofG), G[i]!]);
        L.push([mod(bHigh[slot]! * ofH), H[i]!]);
      } else {
        L.push([mod(aLow[slot - half]! * down * ofG), G[i]!]);
        R.push([mod(bLow[slot - half]! * ofH), H[i]!]);
      }
    }
    const [left, right] = [sum(L).toBytes(), sum(R).toBytes()];
    halvings.push(left, right);
    const e = statement.halve(left, right);
    const back = inverse(e);
    for (let i = 0; i < n; i++) {
      const isLow = i % (2 * half) < half;
      factors.G[i] = mod(factors.G[i]! * (isLow ? back : e * down));
      factors.H[i] = mod(factors.H[i]! * (isLow ? e : back));
    }
    a = aLow.map((low, i) => mod(low * e + aHigh[i]! * up * back));
    b = bLow.map((low, i) => mod(low * back + bHigh[i]! * e));
    alpha = mod(alpha + blindL * e * e + blindR * back * back);
  }
  const [r, s, delta, eta] = [randomScalar(), randomScalar(), randomScalar(), randomScalar()];
  const [a0, b0] = [a[0]!, b[0]!];
  const A1 = sum([
    [mod(r * y * b0 + s * y * a0), VALUE_BASE],
    [delta, blindingBase()],
    ...factors.G.map((factor, i) => [mod(r * factor), G[i]!] as const),
    ...factors.H.map((factor, i) => [mod(s * factor), H[i]!] as const),
  ]).toBytes();
  const B1 = sum([
    [mod(r * y * s), VALUE_BASE],
    [eta, blindingBase()],
  ]).toBytes();
  const e = statement.end(A1, B1);
  const answers = [r + a0 * e, s + b0 * e].map(mod).map(scalarBytes);
  return concat(
    Uint8Array.of(DEGREE),
    scalarBytes(mod(eta + delta * e + alpha * e * e)),
    A,
    A1,
    B1,
    ...answers,
    ...halvings,
  );
}

/** Whether such a proof holds. */
export function rangeHolds(transcript: Transcript, claim: Claim, commitment: Commitment, proof: Uint8Array): boolean {
  if (proof[0] !== DEGREE) return false;
  const part = (at: number) => proof.subarray(1 + 32 * at, 33 + 32 * at);
  const [d1, r1, s1] = [readScalar(part(0)), readScalar(part(4)), readScalar(part(5))];
  const points = Array.from({ length: (proof.length - 1) / 32 }, (_, at) =>
    [0, 4, 5].includes(at) ? VALUE_BASE : readPoint(part(at)),
  );
  if (d1 === undefined || r1 === undefined || s1 === undefined || points.includes(undefined)) return false;
  const point = (at: number) => points[at]!;
  try {
    const statement = new Statement(transcript, claim, commitment);
    const { n, G, H } = statement;
    const { y, z, yPowers, d } = statement.challenges(part(1));
    const rounds = Math.log2(n);
    const es = Array.from({ length: rounds }, (_, k) => statement.halve(part(6 + 2 * k), part(7 + 2 * k)));
    const e = statement.end(part(2), part(3));
    const backs = es.map(inverse);
    const square = mod(e * e);
    const s = Array.from({ length: n }, (_, i) =>
      es.reduce((total, challenge, k) => mod(total * ((i >> (rounds - 1 - k)) & 1 ? challenge : backs[k]!)), 1n),
    );
    const terms: [bigint, Point][] = [];
    const yInverse = inverse(y);
    let yDown = 1n;
    for (let i = 0; i < n; i++) {
      terms.push([mod(r1 * e * yDown * s[i]! + square * z), G[i]!]);
      terms.push([mod(s1 * e * s[n - 1 - i]! - square * (d[i]! * yPowers[n - i]! + z)), H[i]!]);
      yDown = mod(yDown * yInverse);
    }
    es.forEach((challenge, k) => {
      terms.push([mod(-square * challenge * challenge), point(6 + 2 * k)]);
      terms.push([mod(-square * backs[k]! * backs[k]!), point(7 + 2 * k)]);
    });
    let zEven = 1n;
    for (const distance of statement.distances) {
      zEven = mod(zEven * z * z);
      terms.push([mod(-square * zEven * yPowers[n + 1]!), distance]);
    }
    const ySum = mod(yPowers.slice(1, n + 1).reduce((total, power) => total + power, 0n));
    const dSum = mod(d.reduce((total, value) => total + value, 0n));
    terms.push([mod(r1 * y * s1 + square * (yPowers[n + 1]! * z * dSum + (z * z - z) * ySum)), VALUE_BASE]);
    terms.push([d1, blindingBase()], [mod(-square), point(1)], [mod(-e), point(2)], [mod(-1n), point(3)]);
    return sum(terms).is0();
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** What both sides know: the distances and their bases, and the transcript as it goes on. */
class Statement {
  readonly distances: Point[];
  readonly n: number;
  readonly G: Point[];
  readonly H: Point[];

  constructor(
    private readonly transcript: Transcript,
    claim: Claim,
    commitment: Commitment,
  ) {
    this.distances = distances(claim).map(([side, bound]) => {
      const at = sum([[mod(bound), VALUE_BASE]]);
      return side === "min" ? commitment.point.subtract(at) : at.subtract(commitment.point);
    });
    this.n = BITS * this.distances.length;
    this.G = this.distances.flatMap((_, bound) => chain("G", bound));
    this.H = this.distances.flatMap((_, bound) => chain("H", bound));
    transcript.append("dom-sep", toUtf8("Bulletproofs+ Range Proof"));
    transcript.append("H", VALUE_BASE.toBytes());
    transcript.append("G", blindingBase().toBytes());
    transcript.appendNumber("N", BigInt(BITS));
    transcript.appendNumber("T", BigInt(DEGREE));
    transcript.appendNumber("M", BigInt(this.distances.length));
    for (const distance of this.distances) transcript.append("Ci", distance.toBytes());
    for (const _ of this.distances) transcript.appendNumber("vi - minimum_value", 0n);
  }

  /** After A: y and z, powers of y from 0 to n + 1, and d. */
  challenges(A: Uint8Array): { y: bigint; z: bigint; yPowers: bigint[]; d: bigint[] } {
    this.point("A", A);
    const [y, z] = [this.scalar("y"), this.scalar("z")];
    const yPowers = [1n];
    while (yPowers.length < this.n + 2) yPowers.push(mod(yPowers.at(-1)! * y));
    const d = Array.from({ length: this.n }, () => 0n);
    for (let i = 0; i < this.n; i++) {
      d[i] = i % BITS > 0 ? mod(2n * d[i - 1]!) : mod((i === 0 ? 1n : d[i - BITS]!) * z * z);
    }
    return { y, z, yPowers, d };
  }

  /** After both sides of a halving: its challenge. */
  halve(L: Uint8Array, R: Uint8Array): bigint {
    this.point("L", L);
    this.point("R", R);
    return this.scalar("e");
  }

  /** After the last announcements: the last challenge. */
  end(A1: Uint8Array, B1: Uint8Array): bigint {
    this.point("A1", A1);
    this.point("B", B1);
    return this.scalar("e");
  }

  private point(label: string, encoded: Uint8Array): void {
    if (encoded.every(byte => byte === 0)) throw new Refused("the identity");
    this.transcript.append(label, encoded);
  }

  private scalar(label: string): bigint {
    const value = scalarOf(this.transcript.challenge(label, 64));
    if (value === 0n) throw new Refused("zero");
    return value;
  }
}

/** The bounds of a claim, the lower first. */
function distances(claim: Claim): (readonly ["min" | "max", bigint])[] {
  const bounds = [["min", claim.min] as const, ["max", claim.max] as const];
  return bounds.flatMap(([side, bound]) => (bound === undefined ? [] : [[side, bound] as const]));
}
