// Whether the log can be computed again from a bundle, and whether that gives what all members signed for
// (docs/spec/bundle.md, "Verification", 6).

import { compareBytes, equalBytes } from "../bytes.js";
import type { BundleRecord } from "./bundle.js";
import { stateHash, type Checked, type Held } from "./check.js";
import { Contract, Impossible, type Prefix } from "./contract.js";
import { found, hold } from "./finding.js";
import type { PayloadUse } from "./judge.js";
import type { StatementKind } from "../objects.js";
import { filesOf, type Payload } from "./payloads.js";
import { Broken } from "./said.js";
import type { Charter } from "./charter.js";
import type { Recomputed } from "./sentences.js";

/** Statements that change the scenario which runs: this verifier does not follow it into another. */
const CHANGES: readonly StatementKind[] = ["propose", "vote"];

/** Computes the log again, if nothing of it is missing. Throws a finding if that gives something else. */
export function recompute(held: Held): Recomputed {
  const { bundle, charter } = held;
  const records = [...held.members, ...held.claims].sort((left, right) => {
    const [one, other] = [left.record.entry.value.position, right.record.entry.value.position];
    return one < other ? -1 : one > other ? 1 : 0;
  });
  const shown = records.map(({ record }) => record.payload.kind);
  if (shown.includes("erased")) return "erased";
  // Positions ascend without repetition: as many as there are positions are all of them.
  const whole = BigInt(records.length) === bundle.checkpoint.position;
  if (!whole || charter === undefined || shown.includes("redacted") || shown.includes("apart")) return "not_whole";
  if (records.some(({ record }) => CHANGES.includes(record.statement.value.kind))) return "changes";
  const contract = founded(held, charter);
  const applied = new Set<string>();
  records.forEach(({ object, record }, index) => {
    const { value: entry } = record.entry;
    const payload = record.payload.kind === "open" ? record.payload.opening.payload : undefined;
    const prefix: Prefix = {
      isApplied: statement => applied.has(statement),
      uses: commitments => usesOf(commitments, records.slice(0, index)),
    };
    try {
      const outcome = contract.apply(entry, entry.statement, record.statement.value, payload, prefix);
      if (!sameOutcome(outcome, record.outcome)) {
        found(`${object}.outcome`, "state_differs", "computed again, the outcome is another");
      }
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      found(object, "state_differs", `it could not stand here: ${error.message}`);
    }
    if (record.outcome.kind === "applied") applied.add(entry.statement);
  });
  return compare(held, contract);
}

function founded({ bundle, contract }: Held, charter: Charter): Contract {
  try {
    return new Contract(bundle.genesis.value, contract, charter);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return found("genesis.charter", "bad_charter", `the process cannot start: ${error.rule}`);
  }
}

function sameOutcome(one: BundleRecord["outcome"], other: BundleRecord["outcome"]): boolean {
  if (one.kind !== "rejected" || other.kind !== "rejected") return one.kind === other.kind && one.kind === "applied";
  return one.rule === other.rule && one.by === other.by;
}

function compare({ bundle }: Held, contract: Contract): Recomputed {
  const { checkpoint, certificate } = bundle;
  const same = equalBytes(contract.outcomesRoot(), checkpoint.outcomesRoot);
  hold(same, "checkpoint", "state_differs", "computed again, the outcomes are others");
  const anchor = certificate.anchors.find(({ position }) => position === checkpoint.position);
  if (anchor === undefined) return "outcomes";
  const signed = equalBytes(contract.hash(), stateHash(anchor));
  hold(signed, "checkpoint", "state_differs", "computed again, the state is another than all members signed for");
  return "state";
}

/** What the statements before a place need payloads for. */
function usesOf(commitments: readonly Uint8Array[], before: readonly Checked[]): PayloadUse[] {
  return commitments.map(commitment => {
    const is = (other: Uint8Array) => compareBytes(other, commitment) === 0;
    if (before.some(({ record }) => is(record.statement.value.payload))) return { own: true };
    const first = before.find(({ payload }) => attachmentsOf(payload).some(is));
    return first && { own: false, author: first.record.statement.value.author };
  });
}

function attachmentsOf(payload: Payload | undefined): Uint8Array[] {
  return filesOf(payload).map(({ commitment }) => commitment);
}
