// What a bundle proves to another contract: `core/proof/src/foreign.rs` in TypeScript.

import { equalBytes, fromBase32 } from "../bytes.js";
import { sha256 } from "../hash.js";
import type { Shown, Told } from "../workflow/question.js";
import { PROOF_CHARACTERS_MAX } from "../workflow/question.js";
import { readBundle, type Bundle } from "./bundle.js";
import { checkBundle, type Checked } from "./check.js";
import { Found } from "./finding.js";

const RECORDS_MAX = 256;

/** Reads a proof in base32; nothing if it does not hold. Nothing is computed again: a proof in it is not looked at. */
export function readProof(text: string): Shown | undefined {
  const bytes = text.length <= PROOF_CHARACTERS_MAX ? fromBase32(text) : undefined;
  if (bytes === undefined) return undefined;
  try {
    const bundle = readBundle(bytes);
    if (bundle.charter.kind === "open" || recordsOf(bundle) > RECORDS_MAX) return undefined;
    const { contract, members, claims } = checkBundle(bundle, undefined);
    if (!equalBytes(sha256(bundle.body), bundle.checksum)) return undefined;
    // Responses are no records of members.
    return { contract, said: [...members, ...claims].flatMap(checked => toldBy(checked) ?? []) };
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    return undefined;
  }
}

function recordsOf({ members, claims, certificate }: Bundle): number {
  return certificate.anchors.reduce((sum, { later }) => sum + later.length, members.length + claims.length);
}

function toldBy({ record, payload, party, signature }: Checked): Told | undefined {
  if (payload?.kind !== "response" || record.outcome.kind !== "applied" || signature !== "checked") return undefined;
  const { process, actor, action, response, data } = payload;
  const { statement } = record.entry.value;
  return {
    statement,
    party,
    process,
    actor,
    action,
    response,
    data: data === null ? {} : data,
    at: record.statement.value.time,
  };
}
