// What the parts of a scenario share while they are compiled: names, scopes, expressions, effects.

import { isObject, type Json } from "../json.js";
import { compile, compileSource } from "../rules/compile.js";
import { LOCALS, type Rule, type Scope } from "../rules/rule.js";
import type { Types } from "../rules/schema.js";
import { isName as isPart } from "../rules/normal.js";
import { ANY, BOOL, TIMESTAMP, accepts, identicalTypes, prints, typeAt, type Type } from "../rules/types.js";
import { ascending, closed, items, named, refuse, word } from "./form.js";
import type { Actor, Body, Effect, Signal, Target } from "./scenario.js";
import { loadStart } from "./starts.js";
import { placeholders } from "./words.js";

/** The names that stand beside the process at a place. */
export type Sight = ReadonlyMap<string, Type>;

/** What a state sees, and a transition that nobody's answer takes. */
export const TIMED: Sight = new Map([["time", TIMESTAMP]]);
const PARTY: Type = { kind: "party" };
const EFFECTS_MAX = 100;
const PATH_CHARACTERS_MAX = 512;
/** Members that every actor has and nobody sets. */
const BUILT_IN = ["key", "identity", "index"];

/** The names of a body, and what they mean. */
interface Known {
  readonly types: Types;
  readonly actors: ReadonlyMap<string, Actor>;
  /** The type of `_`. */
  readonly root: Type;
  readonly calendars: ReadonlySet<string>;
  readonly names: { actors: readonly string[]; clauses: ReadonlySet<string>; states: readonly string[] };
  readonly signals: ReadonlyMap<string, Signal>;
  readonly children: ReadonlyMap<string, unknown>;
  bodyOf(name: string): Body;
}

/** What is known of a body while its parts are compiled. */
export class Parts {
  readonly #known: Known;
  readonly #actions = new Map<string, ReadonlySet<string>>();

  constructor(known: Known) {
    this.#known = known;
  }

  get types(): Types {
    return this.#known.types;
  }

  get names(): Known["names"] {
    return this.#known.names;
  }

  /** The name of a calendar. */
  calendar(value: Json | undefined): string {
    return typeof value === "string" && this.#known.calendars.has(value) ? value : refuse("no such calendar");
  }

  /** An actor. */
  actor(name: string): Actor {
    return this.#known.actors.get(name) ?? refuse("no such actor");
  }

  /** The name of an actor whom an effect may invite. */
  guest(value: Json | undefined): string {
    if (typeof value !== "string") refuse("no such actor");
    const { joins, actsFor, many } = this.actor(value);
    return joins === "invitation" && actsFor === undefined && many === undefined ? value : refuse("nobody to invite");
  }

  /** The name of a signal. */
  signal(value: Json | undefined): string {
    return typeof value === "string" && this.#known.signals.has(value) ? value : refuse("no such signal");
  }

  /** What a signal carries. */
  signalType(name: string): Type {
    return this.#known.signals.get(name)!.data.type;
  }

  /** The body that a name means here. */
  bodyOf(name: string): Body {
    return this.#known.bodyOf(name);
  }

  /** Makes an action known to `did` and its kin, with its responses. */
  declare(action: string, responses: readonly string[]): void {
    this.#actions.set(action, new Set(responses));
  }

  /** Compiles an expression. */
  expression(tree: Json | undefined, sight: Sight, expected?: Type): Rule {
    return compile(tree ?? refuse("an expression is missing"), this.#scope(sight), expected);
  }

  /** Checks the placeholders in words. */
  words(value: Json | undefined, sight: Sight): void {
    const scope = this.#scope(sight);
    for (const text of isObject(value) ? Object.values(value) : []) {
      for (const source of placeholders(text as string)) {
        if (!prints(compileSource(source, scope).type)) refuse("a value with parts in a text");
      }
    }
  }

  #scope(sight: Sight): Scope {
    const { actors, calendars, root } = this.#known;
    return { root, locals: sight, actors: new Set(actors.keys()), actions: this.#actions, calendars };
  }

  /** Compiles a guard `if`. What is always true is left out. */
  guard(tree: Json | undefined, sight: Sight): Rule | undefined {
    if (tree === undefined) return undefined;
    if (isObject(tree) && tree["bool"] === true) refuse("a guard that always holds");
    return this.expression(tree, sight, BOOL);
  }

  /** A list of actors. */
  actorsNamed(value: Json | undefined): ReadonlySet<string> {
    const names = ascending(value, 100);
    if (names.length === 0 || !names.every(name => this.#known.actors.has(name))) refuse("no such actor");
    return new Set(names);
  }

  /** A clause that a part cites. */
  clause(value: Json | undefined): void {
    if (value !== undefined && (typeof value !== "string" || !this.names.clauses.has(value))) refuse("no such clause");
  }

  /** What `actor` is if it is one of these: the members they share. */
  acting(actors: Iterable<string>): Type {
    const [first, ...others] = [...actors].map(name => {
      const type = typeAt(this.#known.root, ["actors", name])!;
      return (type.of ?? type).members!;
    });
    if (first === undefined) return ANY;
    const shared = [...first].filter(([name, type]) =>
      others.every(other => {
        const found = other.get(name);
        return found !== undefined && identicalTypes(found, type);
      }),
    );
    return { kind: "record", members: new Map(shared) };
  }

  /** A path of `seen`: below the root. */
  seenPath(value: Json): readonly string[] {
    const path = parsePath(value);
    if (path[0] !== "_" || typeAt(this.#known.root, path.slice(1)) === undefined) refuse("no such path");
    return path.slice(1);
  }

  /** The type at a path below `_`. */
  typeAt(path: readonly string[]): Type {
    return typeAt(this.#known.root, path) ?? refuse("no such path");
  }

  /** The effects `do` of a part. */
  effects(value: Json | undefined, sight: Sight): readonly Effect[] {
    return items(value, EFFECTS_MAX).map(effect => this.#effect(effect, sight));
  }

  #effect(value: Json, sight: Sight): Effect {
    const has = (key: string) => isObject(value) && Object.hasOwn(value, key);
    if (has("signal")) return this.#signalled(value, sight);
    if (has("start")) {
      const { start, if: guard } = closed(value, ["start"], ["if"]);
      const change = { kind: "start", start: loadStart(start!, this, sight, TIMED) } as const;
      return { condition: this.guard(guard, sight), change };
    }
    if (has("cancel")) {
      const { cancel, if: guard } = closed(value, ["cancel"], ["if"]);
      if (typeof cancel !== "string" || !this.#known.children.has(cancel)) refuse("no such child");
      return { condition: this.guard(guard, sight), change: { kind: "cancel", child: cancel } };
    }
    if (has("invite")) {
      const { invite, as, if: guard } = closed(value, ["invite"], ["as", "if"]);
      const rule = as === undefined ? undefined : this.expression(as, sight, PARTY);
      if (rule?.type.personal !== undefined) refuse("personal data");
      return { condition: this.guard(guard, sight), change: { kind: "invite", actor: this.guest(invite), rule } };
    }
    if (has("remove")) {
      const { remove, if: guard } = closed(value, ["remove"], ["if"]);
      if (typeof remove !== "string") refuse("no such actor");
      this.actor(remove);
      return { condition: this.guard(guard, sight), change: { kind: "remove", actor: remove } };
    }
    if (has("mark")) {
      const { mark, if: guard } = closed(value, ["mark"], ["if"]);
      if (typeof mark !== "string" || !/^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(mark)) refuse("a label");
      return { condition: this.guard(guard, sight), change: { kind: "mark", label: mark } };
    }
    const [kind, source] = has("set")
      ? (["set", "to"] as const)
      : has("append")
        ? (["append", "item"] as const)
        : (["merge", "from"] as const);
    const effect = closed(value, [kind, source], ["if"]);
    const { target, type } = this.#target(effect[kind]!, sight);
    if (kind === "append" && type.kind !== "list") refuse("no list");
    const expected = kind === "set" ? type : kind === "append" ? type.of : undefined;
    const rule = this.expression(effect[source], sight, expected);
    if (kind === "merge" && !mergeable(type, rule.type)) refuse("what does not fit");
    return { condition: this.guard(effect["if"], sight), change: { kind, target, rule } };
  }

  #signalled(value: Json, sight: Sight): Effect {
    const written = closed(value, ["signal", "to"], ["with", "if"]);
    const signal = this.signal(written["signal"]);
    const to = word(written["to"], ["parent", "children", "contract"]) ?? refuse("nobody");
    const { members } = this.signalType(signal);
    const data = named(written["with"], 100).map(([name, tree]) => {
      return { name, rule: this.expression(tree, sight, members!.get(name) ?? refuse("no such member")) };
    });
    return { condition: this.guard(written["if"], sight), change: { kind: "signal", signal, to, data } };
  }

  /** What an effect writes to, and of which type it is. */
  #target(value: Json, sight: Sight): { target: Target; type: Type } {
    const path = parsePath(value);
    const [first, section, name, field] = path;
    const type =
      first === "actor" ? typeAt(sight.get("actor") ?? ANY, path.slice(1)) : typeAt(this.#known.root, path.slice(1));
    if (type === undefined) refuse("no such path");
    if (first === "actor" && section !== undefined && !BUILT_IN.includes(section)) {
      return { target: { section: "actor", actor: undefined, path: path.slice(1) }, type };
    }
    if (first !== "_" || name === undefined) refuse("what cannot be set");
    if (section === "assets" || section === "vars")
      return { target: { section, actor: undefined, path: path.slice(2) }, type };
    if (section !== "actors" || field === undefined || BUILT_IN.includes(field)) refuse("what cannot be set");
    return { target: { section, actor: name, path: path.slice(3) }, type };
  }
}

/** A path of names with points between; it begins with `_` or a local. */
function parsePath(value: Json): readonly string[] {
  if (typeof value !== "string" || value.length > PATH_CHARACTERS_MAX || !/^[a-z]/.test(value)) refuse("a path");
  const names = value.split(".");
  if (!names.every(isPart)) refuse("a path");
  return LOCALS.includes(names[0]!) ? names : ["_", ...names];
}

/** Whether a value may be merged into what is there: a record or map with members that fit. */
function mergeable(into: Type, from: Type): boolean {
  if (into.kind === "any" || from.kind === "any") return true;
  if (into.kind === "record" && from.kind === "record") {
    return [...from.members!].every(([name, type]) => {
      const place = into.members!.get(name);
      return place !== undefined && (accepts(place, type) || mergeable(place, type));
    });
  }
  return (into.kind === "record" || into.kind === "map" || into.kind === "opaque") && accepts(into, from);
}
