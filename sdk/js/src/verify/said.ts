// Who says something at a place of the log, whether they may, and the rule that they break (docs/spec/contract.md).

import { fromUtf8, toUtf8 } from "../bytes.js";
import { compareIds } from "../ids.js";
import type { KeyPurpose } from "../identity.js";
import type { Outcome, Statement } from "../objects.js";
import type { Entitlement } from "../workflow/answer.js";
import { processAt } from "../workflow/process.js";
import { beyond, covers } from "./mandates.js";
import type { Payload } from "./payloads.js";
import type { Roster } from "./roster.js";

/** A rule that a statement broke, and by what. */
export class Broken extends Error {
  override readonly name = "Broken";
  readonly rule: string;
  readonly by: string;

  constructor(rule: string, by: string) {
    super(`rejected by ${rule}`);
    [this.rule, this.by] = [rule, by];
  }
}

/** Says that a rule is broken. */
export function broken(rule: string, by = ""): never {
  throw new Broken(rule, by);
}

/** A statement at its place, and its author there. */
export interface Said {
  readonly id: string;
  readonly position: bigint;
  readonly statement: Statement;
  /** The declared time, but not before that of the last step or of genesis. */
  readonly time: number;
  readonly roster: Roster;
  /** The party of the author. */
  readonly party: string;
  /** Of the key; nothing of a newcomer whose ring is not there yet. */
  readonly purpose: KeyPurpose | undefined;
}

const OUTCOME_BYTES_MAX = 256;

/** The outcome of a statement that is carried out. */
export function outcomeOf(work: () => void): Outcome {
  try {
    work();
    return { kind: "applied" };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { kind: "rejected", rule: error.rule, by: cut(error.by) };
  }
}

/** A text of at most 256 bytes, cut at the last whole character that fits. */
function cut(text: string): string {
  const bytes = toUtf8(text);
  for (let length = Math.min(bytes.length, OUTCOME_BYTES_MAX); length > 0; length--) {
    const found = fromUtf8(bytes.subarray(0, length));
    if (found !== undefined) return found;
  }
  return "";
}

/** Whether the author decides for a member: by an admin key of the organisation itself. */
export function decides({ statement, party, purpose, roster }: Said): boolean {
  return statement.author === party && purpose === "admin" && roster.isMember(party);
}

/** Refuses whoever does not decide for a member. */
export function mustDecide(said: Said): void {
  if (!decides(said)) broken("not_entitled");
}

/** The same, but a mandate that names this act like an action will do. */
export function mustAct(said: Said, action: "invite" | "confirm"): void {
  const { statement, party, roster, time } = said;
  const request = { person: statement.author, key: statement.key, actor: undefined, action, time };
  const mandated = [...roster.mandates.values()].some(held => held.party === party && covers(held.mandate, request));
  if (!(mandated && roster.isMember(party))) mustDecide(said);
}

/**
 * Whether the author of a response may act for the party that plays the actor: by an admin key of it, by its system key
 * if the action is one of systems, or by a mandate for the actor of `main` that it comes down to. Of mandates that fail
 * by a limit only, the last one names the field.
 */
export function entitlementOf(
  said: Said,
  payload: Payload & { kind: "response" },
  actor: string,
  played: string | undefined,
): { entitlement: Entitlement; beyond: () => string } {
  let field = "";
  const { statement, party, purpose, roster } = said;
  const entitlement: Entitlement = process => {
    const asked = processAt(process, payload.process)?.body.actions.get(payload.action);
    const system = purpose === "system" && asked?.system === true;
    if (statement.author === party && (purpose === "admin" || system) && played === party) return undefined;
    const request = {
      person: statement.author,
      key: statement.key,
      actor,
      action: payload.action,
      time: process.time,
    };
    let over: string | undefined;
    for (const [, held] of [...roster.mandates].sort(([left], [right]) => compareIds(left, right))) {
      if (held.party !== played || !covers(held.mandate, request)) continue;
      over = beyond(held.mandate, payload.data);
      if (over === undefined) return undefined;
    }
    field = over ?? "";
    return over === undefined ? "not_entitled" : "beyond_mandate";
  };
  return { entitlement, beyond: () => field };
}
