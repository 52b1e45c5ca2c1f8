// The bodies of a scenario and of its sub-scenarios: which name means which, and that none contains itself.

import { canonicalText, isObject, member, type Json, type JsonObject } from "../json.js";
import type { Calendar } from "../rules/calendar.js";
import { BODY_OPTIONAL, BODY_REQUIRED, SIGNALS_MAX, loadBody } from "./body.js";
import { closed, named, refuse } from "./form.js";
import type { Body } from "./scenario.js";

/** Most sub-scenarios of a document. */
const ALL_BODIES_MAX = 2_000;
/** Most bodies in one map. */
const BODIES_MAX = 200;
/** Most processes below each other under `main`. */
const DEPTH_MAX = 8;
/** Most bodies written in each other. */
const BODIES_DEEP_MAX = 8;
/** Most responses that all transitions name together; a word of `on` names all responses of its action. */
const RESPONSES_NAMED_MAX = 200_000;
/** With those of `everywhere`, which stand in each state. */
const TRANSITIONS_MAX = 10_000;

/** A body as it is written, and those around and in it. */
interface Source {
  readonly written: JsonObject;
  readonly outer: Source | undefined;
  readonly inner: Map<string, Source>;
}

/** A body that is compiled, and how many stand below each other in it. */
interface Compiled {
  readonly body: Body;
  readonly depth: number;
}

/** All bodies of a document. */
export class Family {
  readonly #root: Source;
  readonly #calendars: ReadonlyMap<string, Calendar>;
  readonly #compiled = new Map<Source, Compiled>();
  /** Those that wait for others to be compiled, the first one first. */
  readonly #waiting: Source[] = [];

  constructor(whole: JsonObject, calendars: ReadonlyMap<string, Calendar>) {
    [this.#root, this.#calendars] = [read(whole, undefined, 0), calendars];
  }

  /** Compiles all bodies, and gives that of the scenario itself. */
  root(): Body {
    const all = allIn(this.#root);
    if (all.length > ALL_BODIES_MAX + 1) refuse("sub-scenarios");
    if (all.reduce((sum, { written }) => sum + responsesNamed(written), 0) > RESPONSES_NAMED_MAX) refuse("responses");
    all.forEach(source => this.#compile(source));
    checkSignals(all);
    const count = [...this.#compiled.values()]
      .flatMap(({ body }) => [...body.states.values()])
      .reduce((sum, { transitions }) => sum + transitions.length, 0);
    return count > TRANSITIONS_MAX ? refuse("transitions") : this.#compile(this.#root).body;
  }

  #compile(source: Source): Compiled {
    const known = this.#compiled.get(source);
    if (known !== undefined) return known;
    if (this.#waiting.includes(source) || this.#waiting.length > DEPTH_MAX) refuse("scenarios that contain each other");
    this.#waiting.push(source);
    let depth = 0;
    const body = loadBody(source.written, this.#calendars, name => {
      const started = this.#compile(lookUp(source, name));
      depth = Math.max(depth, started.depth + 1);
      return started.body;
    });
    this.#waiting.pop();
    if (depth > DEPTH_MAX) refuse("sub-scenarios too deep");
    const compiled = { body, depth };
    this.#compiled.set(source, compiled);
    return compiled;
  }
}

function read(written: JsonObject, outer: Source | undefined, deep: number): Source {
  if (deep > BODIES_DEEP_MAX) refuse("sub-scenarios in each other");
  const source: Source = { written, outer, inner: new Map() };
  for (const [name, body] of named(written["scenarios"], BODIES_MAX))
    source.inner.set(name, read(bodyOf(body), source, deep + 1));
  return source;
}

function bodyOf(written: Json): JsonObject {
  return closed(written, BODY_REQUIRED, BODY_OPTIONAL);
}

function allIn(source: Source): Source[] {
  return [source, ...[...source.inner.values()].flatMap(allIn)];
}

/** The body of that name: one of its own, or else the nearest around it. */
function lookUp(source: Source, name: string): Source {
  for (let around: Source | undefined = source; around !== undefined; around = around.outer) {
    const found = around.inner.get(name);
    if (found !== undefined) return found;
  }
  return refuse("no such scenario");
}

/** A signal carries the same wherever it is declared: it can travel between any two bodies. */
function checkSignals(all: readonly Source[]): void {
  const known = new Map<string, string>();
  for (const [name, signal] of all.flatMap(({ written }) => named(written["signals"], SIGNALS_MAX))) {
    const data = canonicalText(member(signal, "schema") ?? {});
    if ((known.get(name) ?? data) !== data) refuse("a signal that carries something else");
    known.set(name, data);
  }
}

/** How many responses the transitions of a body name, counted before they are looked up: few words name many. */
function responsesNamed(written: JsonObject): number {
  const states = isObject(written["states"]) ? Object.values(written["states"]) : [];
  return states
    .flatMap(state => listOf(member(state, "transitions")))
    .reduce<number>((sum, transition) => sum + namedBy(listOf(member(transition, "on")), written["actions"]), 0);
}

function namedBy(on: readonly Json[], actions: Json | undefined): number {
  const words = on.filter(word => typeof word === "string");
  const whole = new Set(words.filter(word => !word.includes(".")));
  let sum = new Set(words.filter(word => !whole.has(word.split(".")[0]!))).size;
  for (const action of whole) {
    const responses = member(member(actions, action), "responses");
    sum += isObject(responses) ? Object.keys(responses).length : 0;
  }
  return sum;
}

function listOf(json: Json | undefined): readonly Json[] {
  return Array.isArray(json) ? json : [];
}
