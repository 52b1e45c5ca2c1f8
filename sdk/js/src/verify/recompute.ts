// Whether a log could be computed again from a bundle (docs/spec/bundle.md, "Verification", 6). This verifier checks
// everything else; it does not run scenarios.

import type { Held } from "./check.js";
import type { Recomputed } from "./sentences.js";

/** Why outcomes were not computed again. */
export function recompute({ bundle, members, claims, charter }: Held): Recomputed {
  const records = [...members, ...claims];
  const shown = records.map(({ record }) => record.payload.kind);
  if (BigInt(records.length) !== bundle.checkpoint.position) return "not_whole";
  if (shown.includes("erased")) return "erased";
  return charter === undefined || shown.includes("redacted") || shown.includes("apart") ? "not_whole" : "not_computed";
}
