import { expect, test, vi } from "vitest";
import { toHex } from "../src/bytes.js";
import { seedSigner } from "../src/sign.js";
import {
  FickleSigner,
  commitmentText,
  deriveOpening,
  newChallenge,
  newSalt,
  proofHolds,
  prove,
  readChallenge,
  readCommitment,
  readNumber,
  type Claim,
  type Occasion,
} from "../src/zero-knowledge/index.js";
import { provingWord } from "../src/zero-knowledge/words.js";
import { hex, json } from "./files.js";

// Ranges take their time, more so on a machine that does other things too.
vi.setConfig({ testTimeout: 120_000 });

const vectors = json("docs/spec/vectors/zero-knowledge.json");
const occasionOf = (vector: any): Occasion => ({
  ...vector.occasion,
  challenge: readChallenge(vector.occasion.challenge)!,
});
const bound = (text: string | null) => (text === null ? undefined : BigInt(text));
const claimOf = (vector: any): Claim => ({ min: bound(vector.min), max: bound(vector.max) });
const openingOf = (vector: any) =>
  deriveOpening(seedSigner(hex(vector.secret_key)), vector.occasion.contract, BigInt(vector.value), hex(vector.salt));

test("commitments follow from key, contract, number and salt", async () => {
  expect(vectors.cases.length).toBeGreaterThan(0);
  for (const vector of vectors.cases) {
    const { commitment } = await openingOf(vector);
    expect(commitmentText(commitment)).toBe(vector.commitment);
    expect(toHex(readCommitment(vector.commitment)!.salt)).toBe(vector.salt);
  }
});

test("proofs of the first implementation hold", () => {
  for (const vector of vectors.cases) {
    expect(proofHolds(occasionOf(vector), claimOf(vector), vector.commitment, vector.proof)).toBe(true);
  }
});

test("what the first implementation refuses is refused", () => {
  expect(vectors.refused.length).toBeGreaterThan(0);
  for (const vector of vectors.refused) {
    const holds = proofHolds(occasionOf(vector), claimOf(vector), vector.commitment, vector.proof);
    expect(holds, vector.why).toBe(false);
  }
});

test("own proofs hold, here and in the first implementation", async () => {
  expect(vectors.foreign.length).toBeGreaterThan(0);
  for (const vector of vectors.foreign) {
    expect(proofHolds(occasionOf(vector), claimOf(vector), vector.commitment, vector.proof)).toBe(true);
  }
  // One of each kind; the others are among `foreign`.
  for (const vector of [vectors.cases[0], vectors.cases[2], vectors.cases[4]]) {
    const made = prove(occasionOf(vector), claimOf(vector), await openingOf(vector))!;
    expect(made.length).toBe(vector.proof.length);
    expect(proofHolds(occasionOf(vector), claimOf(vector), vector.commitment, made)).toBe(true);
    const other = { ...occasionOf(vector), challenge: readChallenge(newChallenge())! };
    expect(proofHolds(other, claimOf(vector), vector.commitment, made)).toBe(false);
  }
});

test("what is not true is not proved", async () => {
  const vector = vectors.cases[0];
  const opening = await openingOf(vector);
  for (const claim of [{ min: opening.value + 1n }, { max: opening.value - 1n }, { min: 5n, max: -5n }]) {
    expect(prove(occasionOf(vector), claim, opening)).toBeUndefined();
  }
});

test("numbers are scaled exactly, or not read", () => {
  expect(readNumber("3500", 2)).toBe(350_000n);
  expect(readNumber("-0.05", 2)).toBe(-5n);
  expect(readNumber("3500.00", 0)).toBe(3_500n);
  for (const typed of ["3500.001", "", "three", "1e3", "9223372036854775808"]) {
    expect(readNumber(typed, typed.startsWith("9") ? 0 : 2)).toBeUndefined();
  }
});

test("text that is no commitment, and a key that signs in two ways", async () => {
  const [{ commitment }] = vectors.cases;
  const cut = commitment.slice(0, -1);
  for (const wrong of ["", cut, `${commitment}0`, commitment.toUpperCase(), `pedersen:${"0".repeat(96)}`]) {
    expect(readCommitment(wrong)).toBeUndefined();
  }
  let number = 0;
  const fickle = { publicKey: new Uint8Array(32), sign: async () => new Uint8Array(64).fill(number++) };
  await expect(deriveOpening(fickle, "ctr_lease", 1n, newSalt())).rejects.toThrow(FickleSigner);
});

test("a text is told by its form", () => {
  const text = (mark: string, bytes: number) => mark + "0a".repeat(bytes);
  const words = (mark: string, ...bytes: number[]) => bytes.map(count => provingWord(text(mark, count)));
  const none = undefined;
  expect(words("pedersen:", 47, 48, 49)).toEqual([none, "commitment", none]);
  expect(words("challenge:", 31, 32, 33)).toEqual([none, "challenge", none]);
  expect(words("proof:", 0, 95, 96, 641, 642)).toEqual([none, none, "proof", "proof", none]);
  expect(["", "proof", text("proof:", 96).toUpperCase(), `${text("proof:", 96)}g`].map(provingWord)).toEqual(
    Array.from({ length: 4 }, () => none),
  );
});
