// Texts that programs write for people who prove something without showing it (docs/spec/zero-knowledge.md).

import { readCommitment } from "../zero-knowledge/point.js";
import { readChallenge, readProof, type ProvingWord } from "../zero-knowledge/words.js";

export { isProvingWord, type ProvingWord } from "../zero-knowledge/words.js";

/** What reads the texts of each word. */
const READERS = { commitment: readCommitment, challenge: readChallenge, proof: readProof } as const;

/** Most digits after the point of a number that is committed to. */
export const COMMITTED_DIGITS_MAX = 15;

/** Whether a text is one. What a proof shows is not looked at. */
export function readsAs(word: ProvingWord, text: string): boolean {
  return READERS[word](text) !== undefined;
}
