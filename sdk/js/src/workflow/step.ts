// The execution of a process: a step is taken whole or not at all (docs/spec/scenario.md, "A step").

import type { Json } from "../json.js";
import type { Rule as Expression } from "../rules/rule.js";
import { EvaluationError } from "../rules/evaluate.js";
import { Invalid, fit, memberSchema, validate, type Schema } from "../rules/schema.js";
import { DAY_MS, durationOf, plusTime, type Duration } from "../rules/time.js";
import { append, at, map, merge, set, type Value } from "../rules/value.js";
import { compareText } from "../text.js";
import { Rejected, reject, stateOf, type Process, type Rule, type Timer } from "./process.js";
import type { Effect, Target, Timed, Transition } from "./scenario.js";
import { viewOf, type Locals } from "./view.js";

const AUTOMATIC_STEPS_MAX = 1_000;
const TIMERS_FIRED_MAX = 1_000;
const STEP_COST_MAX = 1_000_000;

/** An answer that passed every rule before it is carried out. */
export interface Admitted {
  readonly actor: string;
  readonly action: string;
  readonly response: string;
  readonly data: Value;
  readonly attachments: Value;
}

/** A part of the process that was written: a member of a section. */
interface Written {
  section: "assets" | "vars" | "actors";
  /** Of the section `actors`. */
  actor: string;
  name: string;
}

const SECTIONS = ["assets", "vars", "actors"];

/** A step under way. Whoever throws leaves the process as it was. */
export class Step {
  #process: Process;
  #cost = 0;
  readonly #written: Written[] = [];

  constructor(process: Process) {
    this.#process = process;
  }

  /** Comes to rest, checks what was written, and says when the timers `at` are due after it. */
  finish(): Process {
    this.#settle();
    this.#fit();
    this.#rearm();
    return this.#process;
  }

  #value(rule: Expression, locals: Locals): Value {
    this.#cost += rule.cost;
    if (this.#cost > STEP_COST_MAX) reject("limit");
    try {
      return rule.run(viewOf(this.#process, locals), []);
    } catch (error) {
      throw error instanceof EvaluationError ? new Rejected("expression_error") : error;
    }
  }

  #holds(rule: Expression | undefined, locals: Locals): boolean {
    if (rule === undefined) return true;
    const value = this.#value(rule, locals);
    return value?.kind === "bool" && value.value;
  }

  /** What a response does, and the first transition that takes it. */
  respond({ actor, action, response, data, attachments }: Admitted): void {
    const locals: Locals = { actor, data, attachments, response };
    this.#effects(this.#process.scenario.actions.get(action)!.responses.get(response)!.effects, locals);
    const taken = stateOf(this.#process).transitions.find(
      ({ trigger, condition }) =>
        trigger.kind === "on" &&
        trigger.responses.has(`${action}.${response}`) &&
        trigger.by.has(actor) &&
        this.#holds(condition, locals),
    );
    if (taken === undefined) reject("no_transition");
    const { did, history } = this.#process;
    const again = did.some(done => done.actor === actor && done.action === action && done.response === response);
    this.#process = {
      ...this.#process,
      did: again ? did : [...did, { actor, action, response }],
      history: { last: `${action}.${response}`, before: history },
    };
    this.#take(taken, locals);
  }

  /** The step of a timer that is due. */
  timeOut(transition: Transition): void {
    if (!this.#holds(transition.condition, {})) return;
    const { history, state } = this.#process;
    const kind = transition.trigger.kind === "business_days" ? "after" : transition.trigger.kind;
    this.#process = { ...this.#process, history: { last: `${kind}:${state}`, before: history } };
    this.#take(transition, {});
  }

  #take(transition: Transition, locals: Locals): void {
    this.#effects(transition.effects, locals);
    if (transition.goto !== undefined) this.enter(transition.goto);
  }

  /** Enters a state: its effects, and then its timers. */
  enter(state: string): void {
    this.#process = { ...this.#process, state, entered: this.#process.time, did: [], timers: [] };
    const { effects, transitions, final } = stateOf(this.#process);
    this.#effects(effects, {});
    const timers: Timer[] = [];
    transitions.forEach(({ trigger }, transition) => {
      if (trigger.kind === "on" || trigger.kind === "when") return;
      const times = trigger.kind === "every" ? trigger.times : 1;
      timers.push({ transition, due: this.#due(trigger), fired: 0, times });
    });
    this.#process = { ...this.#process, timers };
    if (final === undefined) return;
    const result = this.#process.scenario.result.map(({ name, rule }) => [name, this.#value(rule, {})] as const);
    this.#process = { ...this.#process, result: map(result) };
  }

  /** When a timer of a state that was just entered is due first; those of `at` are when the step ends. */
  #due(trigger: Timed): number | undefined {
    const { time, scenario } = this.#process;
    switch (trigger.kind) {
      case "at":
        return undefined;
      case "every":
        // All of them exist, or none does.
        repetition(time, trigger.interval, trigger.times);
        return repetition(time, trigger.interval, 1);
      case "after": {
        const delay = this.#value(trigger.rule, {});
        return delay?.kind === "duration" ? (plusTime(time, delay.value) ?? reject("expression_error")) : undefined;
      }
      case "business_days": {
        const count = this.#value(trigger.rule, {});
        if (count?.kind !== "int") return undefined;
        const calendar = scenario.calendars.get(trigger.calendar)!;
        const entered = calendar.date(time);
        const last = entered === undefined ? undefined : calendar.addBusinessDays(entered, count.value);
        const end = last === undefined ? undefined : calendar.endOf(last);
        return end ?? reject("expression_error");
      }
    }
  }

  /** Evaluates the timers `at` anew. */
  #rearm(): void {
    const { transitions } = stateOf(this.#process);
    const timers = this.#process.timers.map(timer => {
      const { trigger } = transitions[timer.transition]!;
      if (trigger.kind !== "at" || timer.fired >= timer.times) return timer;
      const found = this.#value(trigger.rule, {});
      const due = found?.kind === "timestamp" ? found.value : found?.kind === "date" ? found.value * DAY_MS : undefined;
      return { ...timer, due };
    });
    this.#process = { ...this.#process, timers };
  }

  /** Automatic transitions, one at a time, until none holds. */
  #settle(): void {
    for (let steps = 0; steps <= AUTOMATIC_STEPS_MAX; steps++) {
      const taken = stateOf(this.#process).transitions.find(
        ({ trigger, condition }) =>
          trigger.kind === "when" && this.#holds(trigger.rule, {}) && this.#holds(condition, {}),
      );
      if (taken === undefined) return;
      this.#take(taken, {});
    }
    reject("runaway");
  }

  #effects(effects: readonly Effect[], locals: Locals): void {
    for (const { condition, change } of effects) {
      if (!this.#holds(condition, locals)) continue;
      if (change.kind === "mark") {
        this.#process = { ...this.#process, markers: { last: change.label, before: this.#process.markers } };
        continue;
      }
      const value = this.#value(change.rule, locals);
      const { path } = change.target;
      this.#write(change.target, locals, held => {
        if (change.kind === "set") return set(held, path, value);
        if (change.kind === "append") return append(held, path, value);
        return value === undefined ? held : set(held, path, merge(at(held, path), value));
      });
    }
  }

  #write(target: Target, locals: Locals, change: (held: Value) => Value | false): void {
    const section = target.section === "actor" ? "actors" : target.section;
    const actor = target.section === "actor" ? locals.actor : target.actor;
    const held = section === "actors" ? this.#process.roles.get(actor ?? "")?.value : this.#process[section];
    const changed = section === "actors" && actor === undefined ? false : change(held);
    if (changed === false) reject("invalid_result");
    this.#replace(section, actor ?? "", changed);
    this.#written.push({ section, actor: actor ?? "", name: target.path[0]! });
  }

  #replace(section: Written["section"], actor: string, value: Value): void {
    if (section !== "actors") {
      this.#process = { ...this.#process, [section]: value };
      return;
    }
    const role = this.#process.roles.get(actor)!;
    this.#process = { ...this.#process, roles: new Map(this.#process.roles).set(actor, { ...role, value }) };
  }

  /** Everything written fits its schema as a whole; assets first, then vars, then actors, each by name. */
  #fit(): void {
    const { scenario } = this.#process;
    this.#written.sort(
      (left, right) =>
        SECTIONS.indexOf(left.section) - SECTIONS.indexOf(right.section) ||
        compareText(left.actor, right.actor) ||
        compareText(left.name, right.name),
    );
    for (const { section, actor, name } of this.#written) {
      const schema: Schema | undefined =
        section === "assets"
          ? scenario.assets.get(name)
          : memberSchema(section === "vars" ? scenario.vars : scenario.actors.get(actor)!.data, name);
      const held = section === "actors" ? this.#process.roles.get(actor)!.value : this.#process[section];
      const value = at(held, [name]);
      if (schema === undefined || value === undefined) continue;
      const pointer = section === "actors" ? `/actors/${actor}/${name}` : `/${section}/${name}`;
      const fitted = within("invalid_result", pointer, () => fit(schema, value));
      this.#replace(section, actor, set(held, [name], fitted) as Value);
    }
  }
}

/** Data by a schema; what does not fit is `invalid_data`. */
export function dataBy(schema: Schema, json: Json, pointer: string): Value {
  return within("invalid_data", pointer, () => validate(schema, json));
}

/** What does not fit breaks a rule, by a pointer. */
function within<T>(rule: Rule, pointer: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Invalid ? new Rejected(rule, `${pointer}${error.pointer}`) : error;
  }
}

/**
 * Fires the timers that are due, earliest first, each a step of its own at its due time, and advances the time. Not
 * complete if there are more of them than fire before one statement.
 */
export function fireDue(before: Process, time: number): { process: Process; complete: boolean } {
  let process = before;
  for (let fired = 0; fired < TIMERS_FIRED_MAX; fired++) {
    const due = nextDue(process, time);
    // A declared time before that of the last step counts as that.
    if (due === undefined) return { process: { ...process, time: Math.max(process.time, time) }, complete: true };
    process = fire(process, due);
  }
  return { process, complete: nextDue(process, time) === undefined };
}

/** The earliest timer due by a time; of several the first in the state. */
function nextDue({ timers }: Process, time: number): number | undefined {
  let found: number | undefined;
  timers.forEach(({ due, fired, times }, index) => {
    if (fired >= times || due === undefined || due > time) return;
    if (found === undefined || due < timers[found]!.due!) found = index;
  });
  return found;
}

/** A timer that fired once more, and when it fires next if it is one of `every`. */
function afterFiring(process: Process, timer: Timer): Timer {
  const fired = timer.fired + 1;
  const { trigger } = stateOf(process).transitions[timer.transition]!;
  const again = trigger.kind === "every" && fired < timer.times;
  const due = again ? repetition(process.entered, trigger.interval, fired + 1) : timer.due;
  return { ...timer, fired, due };
}

/** So many times the interval after a moment: from the moment itself, so that a month stays a month. */
function repetition(entered: number, { months, days, ms }: Duration, number: number): number {
  const delay = durationOf(months * number, days * number, ms * number);
  return (delay === undefined ? undefined : plusTime(entered, delay)) ?? reject("expression_error");
}

/** Fires one timer. It counts as fired even if its condition does not hold or its step is rejected. */
function fire(before: Process, index: number): Process {
  const { due, transition } = before.timers[index]!;
  const timers = before.timers.map((timer, position) => (position === index ? afterFiring(before, timer) : timer));
  const process = { ...before, timers, time: Math.max(before.time, due!) };
  try {
    const step = new Step(process);
    step.timeOut(stateOf(process).transitions[transition]!);
    return step.finish();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return process;
  }
}
