// What a verifier finds, and what it says (docs/spec/bundle.md).

import type { Json, JsonObject } from "../json.js";

/** The parts of a file. */
export type Section = "file" | "genesis" | "members" | "claims" | "checkpoint" | "certificate" | "checksum";

/** What does not hold; each code is explained in docs/spec/bundle.md. */
export type FindingCode =
  | "bundle_too_large"
  | "malformed"
  | "newer_format"
  | "other_contract"
  | "bad_genesis"
  | "bad_charter"
  | "bad_signature"
  | "bad_opening"
  | "bad_path"
  | "mismatch"
  | "bad_order"
  | "not_entitled"
  | "members_incomplete"
  | "not_final"
  | "state_differs"
  | "bad_checksum";

/** The first thing that does not hold. */
export interface Finding {
  section: Section;
  object: string;
  code: FindingCode;
  message: string;
}

/** Something that is proven, or that is not. Texts are for people; codes and facts are stable. */
export interface Sentence {
  code: string;
  text: string;
  facts: JsonObject;
}

/** What a bundle proves. */
export interface Verdict {
  verdict: "proven" | "refused";
  finding: Finding | null;
  proven: Sentence[];
  not_proven: Sentence[];
}

/** Thrown inside the verifier: it stops at the first finding. */
export class Found extends Error {
  readonly finding: Finding;

  constructor(object: string, code: FindingCode, message: string) {
    super(`${object}: ${code}`);
    const section = object.split(/[.[]/, 1)[0] as Section;
    this.finding = { section, object, code, message };
  }
}

/** Ends verification with a finding. */
export function found(object: string, code: FindingCode, message: string): never {
  throw new Found(object, code, message);
}

/** Ends verification unless something holds. */
export function hold(condition: boolean, object: string, code: FindingCode, message: string): asserts condition {
  if (!condition) found(object, code, message);
}

/** A sentence. */
export function sentence(code: string, text: string, facts: Record<string, Json>): Sentence {
  return { code, text, facts };
}

/** A list in words: `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}
