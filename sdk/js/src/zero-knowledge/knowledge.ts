// Knowledge of the opening of a commitment: the protocol of Okamoto (docs/spec/zero-knowledge.md).

import { concat, toUtf8 } from "../bytes.js";
import type { Opening } from "./commitment.js";
import { blindingBase, VALUE_BASE, mod, randomScalar, readScalar, scalarBytes, scalarOf, sum } from "./group.js";
import { readPoint, type Commitment } from "./point.js";
import type { Transcript } from "./transcript.js";

/** Proves that the opening is known. */
export function proveKnowledge(transcript: Transcript, opening: Opening): Uint8Array {
  const [value, blinding] = [randomScalar(), randomScalar()];
  const announced = sum([
    [value, VALUE_BASE],
    [blinding, blindingBase()],
  ]).toBytes();
  const e = challenge(transcript, announced);
  return concat(
    announced,
    scalarBytes(mod(value + e * mod(opening.value))),
    scalarBytes(mod(blinding + e * opening.blinding)),
  );
}

/** Whether such a proof holds. */
export function knowledgeHolds(transcript: Transcript, commitment: Commitment, proof: Uint8Array): boolean {
  const announced = proof.subarray(0, 32);
  const [point, value, blinding] = [
    readPoint(announced),
    readScalar(proof.subarray(32, 64)),
    readScalar(proof.subarray(64)),
  ];
  if (point === undefined || value === undefined || blinding === undefined) return false;
  const e = challenge(transcript, announced);
  const found = sum([
    [value, VALUE_BASE],
    [blinding, blindingBase()],
    [mod(-e), commitment.point],
  ]);
  return found.equals(point);
}

function challenge(transcript: Transcript, announced: Uint8Array): bigint {
  transcript.append("dom-sep", toUtf8("knowledge"));
  transcript.append("A", announced);
  return scalarOf(transcript.challenge("e", 64));
}
