// Commit to a number, and prove what it is like without showing it (docs/spec/zero-knowledge.md).

import { begin, isTrue, type Claim, type Occasion } from "./claim.js";
import { proofText, type Opening } from "./commitment.js";
import { knowledgeHolds, proveKnowledge } from "./knowledge.js";
import { readCommitment } from "./point.js";
import { proveRange, rangeBytes, rangeHolds } from "./range.js";
import { KNOWLEDGE_BYTES, readProof } from "./words.js";

export type { Claim, Occasion } from "./claim.js";
export { FickleSigner, commitmentText, deriveOpening, newChallenge, newSalt, type Opening } from "./commitment.js";
export { readCommitment, type Commitment } from "./point.js";
export { readChallenge } from "./words.js";

/** A decimal that was typed, as a multiple of its last digit; nothing if it has more digits or is beyond 64 bits. */
export function readNumber(typed: string, digits: number): bigint | undefined {
  const parts = /^(-?)(0|[1-9][0-9]{0,18})(?:\.([0-9]{1,15}))?$/.exec(typed.trim());
  if (parts === null) return undefined;
  const fraction = (parts[3] ?? "").replace(/0+$/, "");
  if (fraction.length > digits) return undefined;
  const size = BigInt(`${parts[2]}${fraction.padEnd(digits, "0")}`);
  const value = parts[1] === "-" ? -size : size;
  return value >= -(1n << 63n) && value < 1n << 63n ? value : undefined;
}

const isKnowledge = (claim: Claim) => claim.min === undefined && claim.max === undefined;

/** Proves a claim about the number of an opening, for one occasion; nothing if the claim is not true of it. */
export function prove(occasion: Occasion, claim: Claim, opening: Opening): string | undefined {
  if (!isTrue(claim, opening.value)) return undefined;
  const transcript = begin(occasion, opening.commitment, claim);
  return proofText(isKnowledge(claim) ? proveKnowledge(transcript, opening) : proveRange(transcript, claim, opening));
}

/** Whether a proof shows a claim about the number under a commitment, on this occasion. Both are texts. Never throws. */
export function proofHolds(occasion: Occasion, claim: Claim, commitment: string, proof: string): boolean {
  const [committed, bytes] = [readCommitment(commitment), readProof(proof)];
  if (committed === undefined || bytes === undefined) return false;
  if (claim.min !== undefined && claim.max !== undefined && claim.min > claim.max) return false;
  if (bytes.length !== (isKnowledge(claim) ? KNOWLEDGE_BYTES : rangeBytes(claim))) return false;
  const transcript = begin(occasion, committed, claim);
  return isKnowledge(claim)
    ? knowledgeHolds(transcript, committed, bytes)
    : rangeHolds(transcript, claim, committed, bytes);
}
