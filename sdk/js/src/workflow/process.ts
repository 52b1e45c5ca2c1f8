// The state of a process (docs/spec/scenario.md, "State of a process"). A process never changes: a step gives another.

import { encode, type Writer } from "../bytes.js";
import type { JsonObject } from "../json.js";
import { at, writeValue, type Value } from "../rules/value.js";
import { compareText } from "../text.js";
import type { Scenario, State } from "./scenario.js";

/** The rules that a statement can break in a process. */
export type Rule =
  | "process_over"
  | "unknown_action"
  | "not_entitled"
  | "beyond_mandate"
  | "not_an_actor"
  | "wrong_key"
  | "not_open"
  | "not_yours"
  | "condition_not_met"
  | "unknown_response"
  | "invalid_data"
  | "invalid_attachment"
  | "seen_changed"
  | "expression_error"
  | "no_transition"
  | "runaway"
  | "invalid_result"
  | "limit";

/** The first rule that a statement breaks. */
export class Rejected extends Error {
  override readonly name = "Rejected";
  readonly rule: Rule;
  /** JSON pointer to what the rule judged by; may be empty. */
  readonly pointer: string;

  constructor(rule: Rule, pointer = "") {
    super(`rejected by ${rule}`);
    [this.rule, this.pointer] = [rule, pointer];
  }
}

/** Rejects a statement. */
export function reject(rule: Rule, pointer = ""): never {
  throw new Rejected(rule, pointer);
}

/** A role in a running process. */
export interface Role {
  readonly bound: boolean;
  readonly party: string | undefined;
  /** `key`, `identity` and its own data. */
  readonly value: Value;
}

/** A timer of the current state. */
export interface Timer {
  /** The position of its transition. */
  readonly transition: number;
  /** When it fires next, or fired last; milliseconds since 1970. Nothing if its delay or its time is unassigned. */
  readonly due: number | undefined;
  /** How often it fired since the state was entered, and may at most. */
  readonly fired: number;
  readonly times: number;
}

/** Who did what since the state was entered. */
export interface Done {
  readonly actor: string;
  readonly action: string;
  readonly response: string;
}

/** Words one after the other, the last first: a step adds one to a log of any length. */
export interface Trail {
  readonly last: string;
  readonly before: Trail | undefined;
}

/** The words of a trail in their order. */
export function wordsOf(trail: Trail | undefined): string[] {
  const words: string[] = [];
  for (let at = trail; at !== undefined; at = at.before) words.push(at.last);
  return words.reverse();
}

/** A process at one point of its log. */
export interface Process {
  readonly scenario: Scenario;
  readonly state: string;
  readonly started: number;
  readonly entered: number;
  /** Of the last step. */
  readonly time: number;
  readonly roles: ReadonlyMap<string, Role>;
  readonly assets: Value;
  readonly vars: Value;
  readonly inputs: Value;
  readonly did: readonly Done[];
  readonly timers: readonly Timer[];
  /** `action.response`, or `after:state`, `at:state`, `every:state`, of each step so far; no part of the state. */
  readonly history: Trail | undefined;
  /** Labels that effects wrote so far; no part of the state. */
  readonly markers: Trail | undefined;
  /** What it gives, once it is over; no part of the state. */
  readonly result: Value;
}

/** What a role is bound to. */
export interface Binding {
  readonly party: string | undefined;
  readonly data: JsonObject;
}

/** The process that a contract starts by itself. */
export const ROOT_PROCESS = "main";

/** The state that a process is in. */
export function stateOf({ scenario, state }: Process): State {
  return scenario.states.get(state)!;
}

/** The value at a path below an actor. */
export function roleAt(process: Process, actor: string, path: readonly string[]): Value {
  return at(process.roles.get(actor)?.value, path);
}

function writeProcess(process: Process, out: Writer): void {
  out.fixed(process.scenario.digest).text(ROOT_PROCESS).text(process.state);
  out.int(process.started).int(process.entered).int(process.time);
  out.list([...process.roles], ([name, { bound, party, value }], to) => {
    to.text(name)
      .bool(bound)
      .option(party, (id, inner) => inner.text(id));
    writeValue(value, to);
  });
  for (const value of [process.assets, process.vars, process.inputs]) writeValue(value, out);
  const did = [...process.did].sort(
    (left, right) =>
      compareText(left.actor, right.actor) ||
      compareText(left.action, right.action) ||
      compareText(left.response, right.response),
  );
  out.list(did, ({ actor, action, response }, to) => to.text(actor).text(action).text(response));
  out.list(process.timers, ({ transition, due, fired }, to) =>
    to
      .uint(transition)
      .option(due, (time, inner) => inner.int(time))
      .uint(fired),
  );
}

/** The bytes of a process: what its part of the state hash covers. */
export function processBytes(process: Process): Uint8Array {
  return encode(out => writeProcess(process, out));
}
