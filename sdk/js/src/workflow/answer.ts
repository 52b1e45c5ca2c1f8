// What somebody says to a process, and what is checked before anything is done (docs/spec/scenario.md, "Rules").

import { equalBytes } from "../bytes.js";
import { isObject, type Json, type JsonObject } from "../json.js";
import { EvaluationError } from "../rules/evaluate.js";
import { isHash, list, map, text, type Value } from "../rules/value.js";
import { characters, sortedTexts } from "../text.js";
import { checkEnvelopes } from "./classes.js";
import { Rejected, processAt, reject, stateOf, type Node, type Process, type Rule } from "./process.js";
import { memberAt, type Member } from "./roles.js";
import { checkProof } from "./proof.js";
import { checkProven, type ProofReader } from "./question.js";
import type { Action, Attachment, Many, Response } from "./scenario.js";
import { Step, dataBy, type Admitted } from "./step.js";
import { hasAnnounced, isAcknowledged, objectedTo, whyOwnClosed } from "./synchronise.js";
import { fireDue } from "./timers.js";
import { seenOf, viewOf } from "./view.js";

/** A response to an action. */
export interface Answer {
  /** The contract as text; nothing in a play without one. */
  readonly contract?: string | undefined;
  /** The path of the process that it is for. */
  readonly process: string;
  /** As whom: an actor, or a member of a group. */
  readonly actor: string;
  /** The party of the author. */
  readonly party: string | undefined;
  /** Whether the key is a person's. */
  readonly personal: boolean;
  readonly action: string;
  /** Nothing for the expected one. */
  readonly response: string | undefined;
  readonly data: Json;
  readonly attachments: JsonObject;
  /** What the author saw. */
  readonly seen: Uint8Array | undefined;
  /** The declared time. */
  readonly time: number;
  /** What reads proofs of other contracts; nothing in a play. */
  readonly proofs?: ProofReader | undefined;
}

/** Says by which rule the author may not act, if by one: mandates are kept outside. */
export type Entitlement = (process: Process) => "not_entitled" | "beyond_mandate" | undefined;

const FILE_NAME_MAX = 255;
const MEDIA_MAX = 127;

/** Takes a step. Of one that is rejected only its timers and the time stay. */
export function respond(
  before: Process,
  answer: Answer,
  entitlement: Entitlement,
): { process: Process; rejected: Rejected | undefined } {
  const { process, complete } = fireDue(before, answer.time);
  try {
    if (!complete) reject("limit");
    const admitted = admit(process, answer, entitlement);
    const step = new Step(process);
    step.respond(processAt(step.process, answer.process)!, admitted);
    return { process: step.finish(), rejected: undefined };
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return { process, rejected: error };
  }
}

/** The rules in their order; the first that is broken counts. */
function admit(process: Process, answer: Answer, entitlement: Entitlement): Admitted {
  if (stateOf(process.main).final !== undefined) reject("process_over");
  const node = processAt(process, answer.process) ?? reject("unknown_action");
  const action = node.body.actions.get(answer.action) ?? reject("unknown_action");
  const denied = entitlement(process);
  if (denied !== undefined) reject(denied);
  const member = memberAt(process.parties, node, answer.actor);
  if (member?.bound !== true || member.party !== answer.party) reject("not_an_actor");
  if (action.performative && !answer.personal && !action.system) reject("wrong_key");
  const name = answer.response ?? action.expect;
  const response = action.responses.get(name);
  const closed = whyClosed(process, node, answer.action, response === undefined ? undefined : name, member);
  if (closed !== undefined) reject(closed);
  if (!conditionHolds(process, node, action, answer.actor)) reject("condition_not_met");
  if (response === undefined) reject("unknown_response");
  const data = dataBy(response.data, answer.data === null ? {} : answer.data, "");
  if (action.own === "object") objectedTo(node, member.actor, data);
  const attachments = attachmentsOf(response, answer.attachments);
  checkEnvelopes(response, answer.data, answer.attachments);
  if (action.seen.length > 0) {
    const { seen } = answer;
    if (seen === undefined || !equalBytes(seen, seenOf(process, node, action.seen))) reject("seen_changed");
  }
  if (response.proving !== undefined) checkProof(process, node, answer, name, response.proving, data);
  if (action.question !== undefined && name === "ok") checkProven(process, node, answer, response, action.question);
  return { actor: answer.actor, action: answer.action, response: name, data, attachments };
}

/**
 * Why a response is not open for an actor. One that the action does not have counts as named if a transition names the
 * whole action.
 */
export function whyClosed(
  process: Process,
  node: Node,
  name: string,
  response: string | undefined,
  { name: whose, actor }: Pick<Member, "name" | "actor">,
): Rule | undefined {
  const action = node.body.actions.get(name)!;
  if (action.own !== undefined) return whyOwnClosed(process, node, action.own, whose, actor);
  if (!isAcknowledged(process, node)) return "not_acknowledged";
  if (hasAnnounced(node, whose, name)) return "not_open";
  const asked = (response === undefined ? [...action.responses.keys()] : [response]).map(one => `${name}.${one}`);
  const open = stateOf(node).transitions.flatMap(({ trigger }) =>
    trigger.kind === "on" && asked.every(one => trigger.responses.has(one)) ? [trigger.by] : [],
  );
  if (open.length === 0) return "not_open";
  return action.by.has(actor) && open.some(by => by.has(actor)) ? undefined : "not_yours";
}

/** Whether `if` of an action holds for a member of a role; an error or unassigned is no. */
export function conditionHolds(process: Process, node: Node, { condition }: Action, actor: string): boolean {
  if (condition === undefined) return true;
  try {
    const value = condition.run(viewOf(process, node, { actor }), []);
    return value?.kind === "bool" && value.value;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return false;
  }
}

function attachmentsOf(response: Response, given: JsonObject): Value {
  const invalid = (name: string) => reject("invalid_attachment", `/${name}`);
  const unknown = sortedTexts(Object.keys(given)).find(
    name => !name.startsWith("/") && !response.attachments.has(name),
  );
  if (unknown !== undefined) invalid(unknown);
  const values: [string, Value][] = [];
  for (const [name, asked] of response.attachments) {
    const found = Object.hasOwn(given, name) ? given[name]! : null;
    if (asked.many !== undefined) {
      if (found === null && asked.optional) continue;
      values.push([name, filesOf(name, asked, asked.many, found ?? []) ?? invalid(name)]);
      continue;
    }
    if (found === null && !asked.optional) invalid(name);
    if (found !== null) values.push([name, attachment(name, asked, found) ?? invalid(name)]);
  }
  return map(values);
}

/** A list of as many files as are asked for; nothing if it is not that. */
function filesOf(known: string, asked: Attachment, { min, max }: Many, given: Json): Value {
  if (!Array.isArray(given) || given.length < min || given.length > max) return undefined;
  const files = given.map(file => (isObject(file) ? attachment(known, asked, file) : undefined));
  return files.includes(undefined) ? undefined : list(files);
}

/** A file, or a list of one; nothing if it is not what is asked for. */
function attachment(known: string, asked: Attachment, given: Json): Value {
  const file = Array.isArray(given) ? (given.length === 1 ? given[0]! : null) : given;
  if (!isObject(file)) return undefined;
  if (!Object.keys(file).every(key => ["hash", "commitment", "name", "media", "bytes"].includes(key))) return undefined;
  const { hash, commitment, name, media, bytes } = file;
  // Both say the same.
  if ((hash === undefined) === (commitment === undefined)) return undefined;
  const content = hash ?? commitment;
  const isText = (value: Json | undefined, max: number): value is string =>
    typeof value === "string" && value !== "" && characters(value) <= max;
  if (typeof content !== "string" || !isHash(content)) return undefined;
  if (!isText(name, FILE_NAME_MAX) || !isText(media, MEDIA_MAX)) return undefined;
  // The name of a personal file says nothing.
  if (asked.personal !== undefined && name !== known) return undefined;
  if (asked.media !== undefined && !asked.media.includes(media)) return undefined;
  if (typeof bytes !== "number" || bytes < 0 || bytes > asked.bytesMax) return undefined;
  return map([
    ["hash", { kind: "hash", value: content }],
    ["name", text(name)],
    ["media", text(media)],
    ["bytes", { kind: "int", value: bytes }],
  ]);
}
