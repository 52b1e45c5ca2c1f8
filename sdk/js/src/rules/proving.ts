// Texts that programs write for people who prove something without showing it (docs/spec/zero-knowledge.md).

import { readChallenge, readCommitment, readProof } from "../zero-knowledge/commitment.js";

/** The words of such texts, each with what reads it. */
const READERS = { commitment: readCommitment, challenge: readChallenge, proof: readProof } as const;

/** What such a text is. */
export type ProvingWord = keyof typeof READERS;

/** Most digits after the point of a number that is committed to. */
export const COMMITTED_DIGITS_MAX = 15;

/** Whether a word is one of them. */
export function isProvingWord(word: unknown): word is ProvingWord {
  return typeof word === "string" && Object.hasOwn(READERS, word);
}

/** Whether a text is one. What a proof shows is not looked at. */
export function readsAs(word: ProvingWord, text: string): boolean {
  return READERS[word](text) !== undefined;
}
