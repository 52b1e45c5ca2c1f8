// The execution of the processes of a contract: a step is taken whole or not at all (docs/spec/scenario.md, "A step").

import type { Json } from "../json.js";
import type { Rule as Expression } from "../rules/rule.js";
import { EvaluationError } from "../rules/evaluate.js";
import { fit, validate, type Schema } from "../rules/schema.js";
import { DAY_MS } from "../rules/time.js";
import { append, at, map, merge, set, type Value } from "../rules/value.js";
import { drop, finish, leave, pointerTo, startChildren, startOne } from "./children.js";
import { firstDue } from "./due.js";
import { inviteRole, removeRole } from "./guests.js";
import {
  Rejected,
  aliveIn,
  downFrom,
  isAlive,
  reject,
  stateOf,
  upTo,
  type Node,
  type Process,
  type Sent,
  type Timer,
} from "./process.js";
import { memberAt, setOwn } from "./roles.js";
import { announce, isAcknowledged, synchronise } from "./synchronise.js";
import type { Change, Effect, Target, Transition } from "./scenario.js";

import { viewOf, type Locals } from "./view.js";
import { Written, within } from "./written.js";

const AUTOMATIC_STEPS_MAX = 1_000;
const STEP_COST_MAX = 1_000_000;
const SIGNALS_QUEUED_MAX = 1_000;
const SIGNALS_HELD_MAX = 100;
/** What it costs to ask one process whether it takes a signal. */
const ADDRESS_COST = 1;

/** An answer that passed every rule before it is carried out. */
export interface Admitted {
  readonly actor: string;
  readonly action: string;
  readonly response: string;
  readonly data: Value;
  readonly attachments: Value;
}

/** A copy of the tree that a step may change. */
export function copyOf(node: Node, parent: Node | undefined = undefined): Node {
  const copy = { ...node, parent };
  copy.children = node.children.map(child => (isAlive(child.is) ? { ...child, is: copyOf(child.is, copy) } : child));
  return copy;
}

/** A step under way. Whoever throws leaves the processes as they were. */
export class Step {
  process: Process;
  #cost = 0;
  readonly #written = new Written();
  /** Signals that nobody was told of yet. */
  readonly #queue: Sent[] = [];

  constructor(process: Process) {
    this.process = { ...process, main: copyOf(process.main) };
  }

  /** Comes to rest, checks what was written, and says when the timers `at` are due after it. */
  finish(): Process {
    this.#settle();
    const alive = downFrom(this.process.main);
    this.#written.fit(alive);
    alive.forEach(node => this.#rearm(node));
    return this.process;
  }

  /** Counts what a step costs. */
  charge(cost: number): void {
    this.#cost += cost;
    if (this.#cost > STEP_COST_MAX) reject("limit");
  }

  /** The value of an expression in a process. */
  value(node: Node, rule: Expression, locals: Locals): Value {
    this.charge(rule.cost);
    try {
      return rule.run(viewOf(this.process, node, locals), []);
    } catch (error) {
      throw error instanceof EvaluationError ? new Rejected("expression_error") : error;
    }
  }

  /** Whether a condition holds, if there is one. */
  holds(node: Node, rule: Expression | undefined, locals: Locals): boolean {
    if (rule === undefined) return true;
    const value = this.value(node, rule, locals);
    return value?.kind === "bool" && value.value;
  }

  /** The values of named expressions, as the members of a record. */
  record(node: Node, parts: readonly { name: string; rule: Expression }[], locals: Locals): Value {
    return map(parts.map(({ name, rule }) => [name, this.value(node, rule, locals)]));
  }

  /** What a response comes to: it is carried out now, kept until it is due, or one that takes no transition. */
  respond(node: Node, admitted: Admitted): void {
    const action = node.body.actions.get(admitted.action)!;
    if (action.own !== undefined) synchronise(node, action.own, admitted.actor, admitted.data);
    else if (action.announce !== undefined) announce(node, admitted, action.announce, this.process.time);
    else this.carryOut(node, admitted);
  }

  /** What a response does, and the first transition that takes it. */
  carryOut(node: Node, { actor, action, response, data, attachments }: Admitted): void {
    const locals: Locals = { actor, data, attachments, response };
    const [role = ""] = actor.split(".");
    this.#effects(node, node.body.actions.get(action)!.responses.get(response)!.effects, locals);
    const taken = stateOf(node).transitions.find(
      ({ trigger, condition }) =>
        trigger.kind === "on" &&
        trigger.responses.has(`${action}.${response}`) &&
        trigger.by.has(role) &&
        this.holds(node, condition, locals),
    );
    if (taken === undefined) reject("no_transition");
    const { did } = node;
    const again = did.some(done => done.actor === actor && done.action === action && done.response === response);
    if (!again) node.did = [...did, { actor, action, response }];
    node.history = { last: `${action}.${response}`, before: node.history };
    this.#take(node, taken, locals);
  }

  /** The step of a timer that is due. */
  timeOut(node: Node, transition: Transition): void {
    if (!this.holds(node, transition.condition, {})) return;
    const kind = transition.trigger.kind === "business_days" ? "after" : transition.trigger.kind;
    node.history = { last: `${kind}:${node.state}`, before: node.history };
    this.#take(node, transition, {});
  }

  #take(node: Node, transition: Transition, locals: Locals): void {
    this.#effects(node, transition.effects, locals);
    if (transition.goto === undefined) return;
    leave(this, node);
    this.enter(node, transition.goto);
  }

  /** Enters a state: its effects, its timers, and then its children; a final one ends the process. */
  enter(node: Node, state: string): void {
    [node.state, node.entered, node.did, node.timers, node.announced] = [state, this.process.time, [], [], []];
    const { effects, start, transitions, final } = stateOf(node);
    this.#effects(node, effects, {});
    const timers: Timer[] = [];
    transitions.forEach(({ trigger }, transition) => {
      if (trigger.kind === "on" || trigger.kind === "when" || trigger.kind === "signal") return;
      const times = trigger.kind === "every" ? trigger.times : 1;
      timers.push({ transition, due: firstDue(this, node, trigger), fired: 0, times });
    });
    node.timers = timers;
    if (final === undefined) return startChildren(this, node, start);
    node.result = this.record(node, node.body.result, {});
    finish(this, node, final);
  }

  /** Evaluates the timers `at` anew. */
  #rearm(node: Node): void {
    const { transitions } = stateOf(node);
    node.timers = node.timers.map(timer => {
      const { trigger } = transitions[timer.transition]!;
      if (trigger.kind !== "at" || timer.fired >= timer.times) return timer;
      const found = this.value(node, trigger.rule, {});
      const due = found?.kind === "timestamp" ? found.value : found?.kind === "date" ? found.value * DAY_MS : undefined;
      return { ...timer, due };
    });
  }

  /** Automatic transitions and signals, one at a time, until nothing moves. */
  #settle(): void {
    for (let steps = 0; steps <= AUTOMATIC_STEPS_MAX; steps++) {
      if (!this.#advance() && !this.#deliver()) return;
    }
    reject("runaway");
  }

  /** Takes the first transition `when` that holds, children before their parents. */
  #advance(): boolean {
    for (const node of upTo(this.process.main)) {
      // Nothing goes on by itself before everybody asked has acknowledged where it stands.
      if (!isAcknowledged(this.process, node)) continue;
      const taken = stateOf(node).transitions.find(
        ({ trigger, condition }) =>
          trigger.kind === "when" && this.holds(node, trigger.rule, {}) && this.holds(node, condition, {}),
      );
      if (taken === undefined) continue;
      this.#take(node, taken, {});
      return true;
    }
    return false;
  }

  /** Lets one signal take effect: first those that wait, then those of this step. */
  #deliver(): boolean {
    for (const node of downFrom(this.process.main)) {
      for (const sent of node.held) {
        this.charge(ADDRESS_COST);
        const taken = this.#takerOf(node, sent);
        if (taken === undefined) continue;
        node.held = node.held.filter(other => other !== sent);
        this.#take(node, taken, { signal: sent.data });
        return true;
      }
    }
    for (let sent = this.#queue.shift(); sent !== undefined; sent = this.#queue.shift()) {
      if (this.#tell(sent)) return true;
    }
    return false;
  }

  /** Tells every addressee of a signal; whether one of them does something. */
  #tell(sent: Sent): boolean {
    let heard = false;
    let alive = new Set(downFrom(this.process.main));
    for (const node of this.#addressees(sent)) {
      this.charge(ADDRESS_COST);
      if (!alive.has(node)) continue;
      const taken = this.#takerOf(node, sent);
      if (taken !== undefined) {
        heard = true;
        this.#take(node, taken, { signal: sent.data });
        // Whoever took it may have started others, or ended them.
        alive = new Set(downFrom(this.process.main));
      } else if (node.body.signals.get(sent.signal)?.hold === true && stateOf(node).final === undefined) {
        if (node.held.length >= SIGNALS_HELD_MAX) reject("limit");
        node.held = [...node.held, sent];
      }
    }
    return heard;
  }

  #takerOf(node: Node, { signal, data }: Sent): Transition | undefined {
    return stateOf(node).transitions.find(
      ({ trigger, condition }) =>
        trigger.kind === "signal" && trigger.signal === signal && this.holds(node, condition, { signal: data }),
    );
  }

  /** Whom a signal is for, of the processes that are alive now. */
  #addressees({ from, to }: Sent): Node[] {
    const all = downFrom(this.process.main);
    if (to === "contract") return all;
    if (to === "parent") return all.filter(({ path }) => path === from.slice(0, Math.max(0, from.lastIndexOf("/"))));
    const sender = all.find(({ path }) => path === from);
    return sender === undefined ? [] : aliveIn(sender);
  }

  #effects(node: Node, effects: readonly Effect[], locals: Locals): void {
    for (const { condition, change } of effects) {
      if (!this.holds(node, condition, locals)) continue;
      switch (change.kind) {
        case "mark":
          this.process = { ...this.process, markers: { last: change.label, before: this.process.markers } };
          break;
        case "start":
          startOne(this, node, change.start, 0, locals);
          break;
        case "cancel":
          drop(this, node, change.child, "ended");
          break;
        case "invite":
          inviteRole(this, node, change.actor, change.rule && this.value(node, change.rule, locals));
          break;
        case "remove":
          removeRole(this, node, change.actor);
          break;
        case "signal":
          this.#send(node, change, locals);
          break;
        default:
          this.#change(node, change, locals);
      }
    }
  }

  #send(node: Node, change: Change & { kind: "signal" }, locals: Locals): void {
    const schema = node.body.signals.get(change.signal)!.data;
    const given = this.record(node, change.data, locals);
    const pointer = `${pointerTo(node)}/signals/${change.signal}`;
    const data = within("invalid_result", pointer, () => fit(schema, given));
    if (this.#queue.length >= SIGNALS_QUEUED_MAX) reject("limit");
    this.#queue.push({ signal: change.signal, from: node.path, to: change.to, data });
  }

  #change(node: Node, change: Change & { target: Target; rule: Expression }, locals: Locals): void {
    const value = this.value(node, change.rule, locals);
    const { path } = change.target;
    this.#write(node, change.target, locals, held => {
      if (change.kind === "set") return set(held, path, value);
      if (change.kind === "append") return append(held, path, value);
      return value === undefined ? held : set(held, path, merge(at(held, path), value));
    });
  }

  #write(node: Node, target: Target, locals: Locals, change: (held: Value) => Value | false): void {
    const name = target.path[0]!;
    if (target.section === "assets" || target.section === "vars") {
      const changed = change(node[target.section]);
      if (changed === false) reject("invalid_result");
      node[target.section] = changed;
      this.#written.add({ node, section: target.section, name });
      return;
    }
    const whose = target.section === "actor" ? locals.actor : target.actor;
    const member = memberAt(this.process.parties, node, whose ?? "");
    const changed = member === undefined ? false : change(member.own);
    if (member === undefined || changed === false) reject("invalid_result");
    setOwn(node, member, changed);
    this.#written.add({ node, section: "actors", member, name });
  }
}

/** Data by a schema; what does not fit is `invalid_data`. */
export function dataBy(schema: Schema, json: Json, pointer: string): Value {
  return within("invalid_data", pointer, () => validate(schema, json));
}
