// How children begin and end (docs/spec/scenario.md, "Children").

import { fit, initialOf } from "../rules/schema.js";
import { map, type Value } from "../rules/value.js";
import { aliveIn, downFrom, isAlive, reject, type Child, type Ended, type Node } from "./process.js";
import type { Body, Start } from "./scenario.js";
import type { Step } from "./step.js";
import type { Role } from "./roles.js";
import type { Locals } from "./view.js";
import { within } from "./written.js";

/** Most children of a tree, alive or over. */
const PROCESSES_MAX = 1_000;
/** Most children of one `for`. */
const ITEMS_MAX = 1_000;
const START_COST = 100;
const END_COST = 10;

/** Assets before anything is assigned. */
function initialAssets({ assets }: Body): Value {
  const found = [...assets].map(([name, schema]) => [name, initialOf(schema)] as const);
  return map(found.filter(([, value]) => !(value?.kind === "map" && value.value.size === 0)));
}

/** A process before its first state is entered. */
export function beginning(body: Body, own: Pick<Node, "path" | "parent" | "inputs" | "roles">, time: number): Node {
  return {
    ...own,
    body,
    started: time,
    state: body.initial,
    entered: time,
    assets: initialAssets(body),
    vars: initialOf(body.vars) ?? map([]),
    did: [],
    timers: [],
    children: [],
    held: [],
    announced: [],
    history: undefined,
    result: undefined,
  };
}

/** The pointer to a process: empty for `main`. */
export function pointerTo({ path }: Node): string {
  return path
    .split("/")
    .slice(1)
    .map(name => `/children/${name}`)
    .join("");
}

/** Starts the children of a state, in the order of the list. */
export function startChildren(step: Step, node: Node, starts: readonly Start[]): void {
  starts.forEach((start, index) => startOne(step, node, start, index + 1, {}));
}

/** Starts what one line of `start`, or one effect, says. Nothing settles before all have started. */
export function startOne(step: Step, node: Node, start: Start, line: number, locals: Locals): void {
  if (!step.holds(node, start.condition, locals)) return;
  const { child, each } = start;
  const items = each === undefined ? undefined : itemsOf(step.value(node, each.rule, locals));
  drop(step, node, child, "removed");
  if (items === undefined) return begin(step, node, { name: child, start, line, left: [] }, undefined, locals);
  if (each!.order === "sequential") {
    const [first, ...left] = items;
    if (items.length > 0) begin(step, node, { name: `${child}.0`, start, line, left }, first, locals);
    return;
  }
  items.forEach((item, index) => begin(step, node, { name: `${child}.${index}`, start, line, left: [] }, item, locals));
}

function itemsOf(value: Value): readonly Value[] {
  const items = value?.kind === "list" ? value.value : [];
  return items.length > ITEMS_MAX ? reject("limit") : items;
}

function begin(step: Step, parent: Node, entry: Omit<Child, "is">, item: Value, locals: Locals): void {
  const { name, start } = entry;
  const { body, each, given } = start;
  step.charge(START_COST);
  const { time, main } = step.process;
  if (childrenBelow(main) >= PROCESSES_MAX) reject("limit");
  const path = `${parent.path}/${name}`;
  const values = step.record(parent, given, locals);
  const whole = each === undefined ? values : map([...members(values), [each.input, item]]);
  const pointer = `${pointerTo(parent)}/children/${name}/inputs`;
  const inputs = within("invalid_result", pointer, () => fit(body.inputs, whole));
  const roles = new Map<string, Role>();
  for (const [actor, mine] of start.actors) roles.set(actor, { of: parent.roles.get(mine)!.of, own: [] });
  const node = beginning(body, { path, parent, inputs, roles }, time);
  parent.children = [...parent.children, { ...entry, is: node }];
  step.enter(node, body.initial);
}

function childrenBelow({ children }: Node): number {
  return children.reduce((sum, { is }) => sum + 1 + (isAlive(is) ? childrenBelow(is) : 0), 0);
}

function members(value: Value): (readonly [string, Value])[] {
  return value?.kind === "map" ? [...value.value] : [];
}

/** Ends a process that entered a final state; of a sequence the next item begins. */
export function finish(step: Step, node: Node, outcome: Ended["outcome"]): void {
  for (const child of aliveIn(node)) charge(step, child);
  [node.children, node.held] = [[], []];
  const { parent, state, result } = node;
  if (parent === undefined) return;
  step.charge(END_COST);
  const at = parent.children.findIndex(({ is }) => is === node);
  const ended = parent.children[at]!;
  const { left, start, line } = ended;
  const over: Child = { ...ended, left: [], is: { state, outcome, result } };
  parent.children = parent.children.map((child, index) => (index === at ? over : child));
  if (left.length === 0) return;
  const name = `${start.child}.${Number(ended.name.slice(start.child.length + 1)) + 1}`;
  begin(step, parent, { name, start, line, left: left.slice(1) }, left[0], {});
}

/** The children of the state end when it is left, but for its own ones, and those that are over are forgotten. */
export function leave(step: Step, node: Node): void {
  const kept: Child[] = [];
  for (const child of node.children) {
    if (!isAlive(child.is)) continue;
    if (child.start.own) kept.push({ ...child, line: 0 });
    else charge(step, child.is);
  }
  node.children = kept;
}

/** Ends the children of that name as cancelled, and perhaps forgets them. Nothing of them runs. */
export function drop(step: Step, node: Node, name: string, then: "ended" | "removed"): void {
  const rest: Child[] = [];
  for (const child of node.children) {
    const { start, is } = child;
    if (start.child === name && isAlive(is)) charge(step, is);
    if (start.child !== name) rest.push(child);
    else if (then === "ended") {
      rest.push(
        isAlive(is) ? { ...child, left: [], is: { state: is.state, outcome: "cancelled", result: undefined } } : child,
      );
    }
  }
  node.children = rest;
}

/** What ending a branch costs. */
function charge(step: Step, node: Node): void {
  step.charge(END_COST * downFrom(node).length);
}
