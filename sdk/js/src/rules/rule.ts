// What an expression becomes once it is checked, and what it is checked against.

import { decimalOf } from "./decimal.js";
import type { Operation } from "./evaluate.js";
import { ANY, differs, holdsPersonal, type Type } from "./types.js";
import { list, map, type Value } from "./value.js";

/** What an expression can see at its place. */
export interface Scope {
  /** The type of `_`. */
  readonly root: Type;
  /** The names that stand beside the process. */
  readonly locals: ReadonlyMap<string, Type>;
  /** Actors that `did` can name. */
  readonly actors: ReadonlySet<string>;
  /** Actions that can be named, with their responses. */
  readonly actions: ReadonlyMap<string, ReadonlySet<string>>;
  /** Calendars that can be named. */
  readonly calendars: ReadonlySet<string>;
}

/** An expression ready to run. */
export interface Rule {
  readonly run: Operation;
  readonly type: Type;
  /** The highest cost of one evaluation. */
  readonly cost: number;
}

/** An expression that the language refuses, by the code of docs/spec/scenario.md. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly code: string;

  constructor(code: string) {
    super(`expression refused: ${code}`);
    this.code = code;
  }
}

/** Refuses an expression. */
export function refuse(code: string): never {
  throw new ExpressionError(code);
}

/** The names that are locals somewhere in a process: no bound name is one of them. */
export const LOCALS = ["actor", "data", "attachments", "time", "signal", "response"];
/** The same value in the type that a place asks for. */
export function widened(rule: Rule, target: Type): Rule {
  if (!differs(rule.type, target)) return rule;
  const { run, cost } = rule;
  return { run: (environment, bound) => widen(run(environment, bound), target), type: target, cost };
}

/** A value in a type that has decimals where it has ints. */
function widen(value: Value, target: Type): Value {
  if (value?.kind === "int" && target.kind === "decimal") return { kind: "decimal", value: decimalOf(value.value) };
  if (value?.kind === "list" && target.kind === "list") return list(value.value.map(item => widen(item, target.of!)));
  if (value?.kind === "map" && (target.kind === "map" || target.kind === "record")) {
    const place = (name: string) => (target.kind === "map" ? target.of : target.members!.get(name)) ?? ANY;
    return map([...value.value].map(([name, member]) => [name, widen(member, place(name))]));
  }
  return value;
}

/** What an operation on a value of a type costs. */
export function lengthCost(length: number): number {
  return Math.floor(length / 16);
}

/** Personal data cannot decide or be computed with. */
export function plain(rule: Rule): Rule {
  return holdsPersonal(rule.type) ? refuse("E501") : rule;
}
