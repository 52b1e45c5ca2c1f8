// What is claimed, and where: the transcript that every proof is bound to (docs/spec/zero-knowledge.md).

import { concat, toUtf8 } from "../bytes.js";
import type { Commitment } from "./point.js";
import { Transcript } from "./transcript.js";

/** What a proof shows of the committed number: that it is within these bounds; without any, that it is known. */
export interface Claim {
  readonly min?: bigint | undefined;
  readonly max?: bigint | undefined;
}

/** Where and for whom something is proved. A proof holds nowhere else. */
export interface Occasion {
  /** `ctr_…`; empty in a play without a contract. */
  readonly contract: string;
  /** The path of the process. */
  readonly process: string;
  readonly action: string;
  readonly response: string;
  /** The party of the prover, `idn_…`; empty in a play without parties. */
  readonly party: string;
  /** 32 bytes that the verifier asked. */
  readonly challenge: Uint8Array;
}

/** Whether a claim is true of a number. */
export function isTrue(claim: Claim, value: bigint): boolean {
  return (claim.min === undefined || claim.min <= value) && (claim.max === undefined || value <= claim.max);
}

/** The transcript in which a proof begins. */
export function begin(occasion: Occasion, commitment: Commitment, claim: Claim): Transcript {
  const transcript = new Transcript("countersign/zero-knowledge/v1");
  for (const part of ["contract", "process", "action", "response", "party"] as const) {
    transcript.append(part, toUtf8(occasion[part]));
  }
  transcript.append("challenge", occasion.challenge);
  transcript.append("commitment", concat(commitment.encoded, commitment.salt));
  for (const side of ["min", "max"] as const) {
    const bound = claim[side];
    const bytes = new Uint8Array(bound === undefined ? 0 : 8);
    if (bound !== undefined) new DataView(bytes.buffer).setBigInt64(0, bound);
    transcript.append(side, bytes);
  }
  return transcript;
}
