// The state of a contract's processes (docs/spec/scenario.md, "State of a process"). A process never changes: a step gives
// another.

import { encode, type Writer } from "../bytes.js";
import type { JsonObject } from "../json.js";
import { writeValue, type Value } from "../rules/value.js";
import { compareText } from "../text.js";
import type { Guests } from "./guests.js";
import { membersOf, type Parties, type Role } from "./roles.js";
import type { Addressee, Body, Scenario, Start, State } from "./scenario.js";

/** The rules that a statement can break in a process. */
export type Rule =
  | "process_over"
  | "unknown_action"
  | "not_entitled"
  | "beyond_mandate"
  | "not_an_actor"
  | "wrong_key"
  | "not_acknowledged"
  | "not_open"
  | "not_yours"
  | "condition_not_met"
  | "unknown_response"
  | "invalid_data"
  | "invalid_attachment"
  | "seen_changed"
  | "invalid_proof"
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

/** A response that takes effect when it is due, unless somebody objects. */
export interface Announced {
  /** The member that announced it. */
  readonly actor: string;
  readonly action: string;
  readonly response: string;
  readonly data: Value;
  readonly attachments: Value;
  /** Milliseconds since 1970. */
  readonly due: number;
  /** The member that objected: then it takes no effect any more. */
  readonly objected: string | undefined;
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

/** A signal on its way. */
export interface Sent {
  readonly signal: string;
  /** The path of the process that sent it. */
  readonly from: string;
  readonly to: Addressee;
  readonly data: Value;
}

/** What is left of a child that is over. */
export interface Ended {
  readonly state: string;
  readonly outcome: "success" | "failure" | "cancelled";
  readonly result: Value;
}

/** A child in its place: it is alive, or over. */
export interface Child {
  /** `goods`; `c.0` of a list. */
  readonly name: string;
  readonly start: Start;
  /** 1 + the position in `start` of the current state, 0 if an effect or an earlier state began it. */
  readonly line: number;
  /** Items of a sequence that have not begun. */
  readonly left: readonly Value[];
  readonly is: Node | Ended;
}

/** One process of the tree. Only a step changes it, in a copy of its own. */
export interface Node {
  readonly body: Body;
  /** `main`, `main/goods`, … */
  readonly path: string;
  readonly parent: Node | undefined;
  readonly started: number;
  readonly inputs: Value;
  roles: ReadonlyMap<string, Role>;
  state: string;
  entered: number;
  assets: Value;
  vars: Value;
  did: readonly Done[];
  timers: readonly Timer[];
  /** In the order in which they began. */
  children: readonly Child[];
  /** Signals that wait for a transition, the oldest first. */
  held: readonly Sent[];
  /** Responses that were announced in this state, in their order. */
  announced: readonly Announced[];
  /** `action.response`, or `after:state`, `at:state`, `every:state`, of each step so far; no part of the state. */
  history: Trail | undefined;
  /** What it gives, once it is over; no part of the state. */
  result: Value;
}

/** The processes of a contract at one point of its log. */
export interface Process {
  readonly scenario: Scenario;
  /** Of the last step, in whatever process. */
  readonly time: number;
  readonly parties: Parties;
  readonly main: Node;
  /** Labels that effects wrote so far; no part of the state. */
  readonly markers: Trail | undefined;
  /** Roles that wait for their party; a part of its own in the state hash. */
  readonly guests: Guests;
}

/** What a role is bound to. */
export interface Binding {
  readonly party: string | undefined;
  readonly data: JsonObject;
}

/** The process that a contract starts by itself. */
export const ROOT_PROCESS = "main";

/** The state that a process is in. */
export function stateOf({ body, state }: Node): State {
  return body.states.get(state)!;
}

/** Whether a child is alive. */
export function isAlive(is: Node | Ended): is is Node {
  return "body" in is;
}

/** The children that are alive, in the order in which they began. */
export function aliveIn({ children }: Node): Node[] {
  return children.flatMap(({ is }) => (isAlive(is) ? [is] : []));
}

/** A process and all below it that are alive, a parent before its children. */
export function downFrom(node: Node): Node[] {
  return [node, ...aliveIn(node).flatMap(downFrom)];
}

/** The same, children before their parent. */
export function upTo(node: Node): Node[] {
  return [...aliveIn(node).flatMap(upTo), node];
}

/** The process of that path, if it is alive. */
export function processAt({ main }: Process, path: string): Node | undefined {
  return downFrom(main).find(node => node.path === path);
}

/** By role, and then by number: `a.9` before `a.10`. */
function compareMembers(left: string, right: string): number {
  const [[role, number], [other, otherNumber]] = [left.split("."), right.split(".")];
  return compareText(role!, other!) || Number(number ?? 0) - Number(otherNumber ?? 0);
}

function writeNode(process: Process, node: Node, out: Writer): void {
  out.fixed(process.scenario.digest).text(node.path).text(node.state);
  out.int(node.started).int(node.entered).int(process.time);
  out.list(membersOf(process.parties, node), ({ name, bound, party, value }, to) => {
    to.text(name)
      .bool(bound)
      .option(party, (id, inner) => inner.text(id));
    writeValue(value, to);
  });
  for (const value of [node.assets, node.vars, node.inputs]) writeValue(value, out);
  const did = [...node.did].sort(
    (left, right) =>
      compareMembers(left.actor, right.actor) ||
      compareText(left.action, right.action) ||
      compareText(left.response, right.response),
  );
  out.list(did, ({ actor, action, response }, to) => to.text(actor).text(action).text(response));
  out.list(node.timers, ({ transition, due, fired }, to) =>
    to
      .uint(transition)
      .option(due, (time, inner) => inner.int(time))
      .uint(fired),
  );
  // What has no children and holds nothing keeps the bytes that it had before there were any.
  if (node.children.length === 0 && node.held.length === 0 && node.announced.length === 0) return;
  out.list(node.children, writeChild);
  out.list(node.held, ({ signal, from, data }, to) => writeValue(data, to.text(signal).text(from)));
  if (node.announced.length > 0) out.list(node.announced, writeAnnounced);
}

function writeAnnounced({ actor, action, response, data, attachments, due, objected }: Announced, out: Writer): void {
  out.text(actor).text(action).text(response);
  for (const value of [data, attachments]) writeValue(value, out);
  out.int(due).option(objected, (name, inner) => inner.text(name));
}

const OUTCOMES = ["success", "failure", "cancelled"];

function writeChild({ name, start, line, left, is }: Child, out: Writer): void {
  out.text(name).uint(line).bool(start.own).list(left, writeValue);
  out.uint(isAlive(is) ? 0 : 1);
  if (isAlive(is)) return;
  out.text(is.state).uint(OUTCOMES.indexOf(is.outcome));
  writeValue(is.result, out);
}

/** The bytes of a process of the tree: what its part of the state hash covers. */
export function processBytes(process: Process, node: Node = process.main): Uint8Array {
  return encode(out => writeNode(process, node, out));
}
