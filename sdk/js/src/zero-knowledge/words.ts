// The texts that programs write for people who prove something without showing it (docs/spec/zero-knowledge.md), by their
// form alone: whoever only shows or stores them needs no group.

import { fromHex } from "../bytes.js";

/** Bytes of the shortest proof: of knowledge. */
export const KNOWLEDGE_BYTES = 96;
/** Most bytes of a proof: of a range with two bounds. */
const PROOF_BYTES_MAX = 641;

/** The words of the language, each with the beginning of its texts and how many bytes follow, in digits. */
const FORMS = {
  commitment: { mark: "pedersen:", least: 48, most: 48 },
  challenge: { mark: "challenge:", least: 32, most: 32 },
  proof: { mark: "proof:", least: 0, most: PROOF_BYTES_MAX },
} as const;

/** What such a text is. */
export type ProvingWord = keyof typeof FORMS;

const WORDS = Object.keys(FORMS) as ProvingWord[];

/** Whether a word is one of them. */
export function isProvingWord(word: unknown): word is ProvingWord {
  return typeof word === "string" && Object.hasOwn(FORMS, word);
}

/** Which of them a text is by its form; nothing for any other text. A proof that is too short to show anything is none. */
export function provingWord(text: string): ProvingWord | undefined {
  const found = WORDS.find(word => wordBytes(word, text) !== undefined);
  return found === "proof" && wordBytes(found, text)!.length < KNOWLEDGE_BYTES ? undefined : found;
}

/** The bytes of a text of that word. */
export function wordBytes(word: ProvingWord, text: string): Uint8Array | undefined {
  const { mark, least, most } = FORMS[word];
  const digits = text.length - mark.length;
  if (!text.startsWith(mark) || digits < 2 * least || digits > 2 * most) return undefined;
  const rest = text.slice(mark.length);
  return /^(?:[0-9a-f]{2})*$/.test(rest) ? fromHex(rest) : undefined;
}

/** The bytes of a challenge. */
export function readChallenge(text: string): Uint8Array | undefined {
  return wordBytes("challenge", text);
}

/** The bytes of a proof. */
export function readProof(text: string): Uint8Array | undefined {
  return wordBytes("proof", text);
}
