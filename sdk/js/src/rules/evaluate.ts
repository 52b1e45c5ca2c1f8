// Evaluation of compiled expressions (docs/spec/rules.md, "Evaluation"): it always ends, with a value or an error.

import { characters } from "../text.js";
import {
  absolute,
  add,
  decimalOf,
  fixed,
  modulo,
  multiply,
  negated,
  quotient,
  round,
  wholeOf,
  type Decimal,
  type Rounding,
} from "./decimal.js";
import { backwards, civil, dateOf, durationOf, plusDay, plusTime, weekday } from "./time.js";
import { asDecimal, bool, compare, print, same, text, toPlain, type Assigned, type Value } from "./value.js";
import type { Calendar } from "./calendar.js";
import { sha256 } from "../hash.js";
import { toHex } from "../bytes.js";
import { canonicalJson } from "../json.js";

/** What can go wrong in an expression that passed its check. */
export type ErrorKind = "division_by_zero" | "overflow" | "out_of_range" | "incomparable" | "inexact" | "limit";

/** An error of evaluation. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind) {
    super(`the expression ends with ${kind}`);
    this.kind = kind;
  }
}

/** What an expression reads from the process around it. */
export interface Environment {
  /** The value of a path below `_`. */
  root(path: readonly string[]): Value;
  /** The value of a path below a local. */
  local(name: string, path: readonly string[]): Value;
  /** Whether an actor (`actor`: the one of the step) gave that response since the state was entered. */
  did(who: string, action: string, response: string | undefined): boolean;
  /** Whether every actor in `by` of the action did it since then. */
  everyoneDid(action: string, response: string | undefined): boolean;
  /** How many of them did it since then. */
  howManyDid(action: string, response: string | undefined): number;
  /** Whether all children are over that the current state started. */
  allFinished(): boolean;
  /** The calendar of that name. */
  calendar(name: string): Calendar | undefined;
}

/** An expression ready to run, with the values of its bound names. */
export type Operation = (environment: Environment, bound: readonly Value[]) => Value;

/** Most characters of a text that is joined. */
export const TEXT_CHARACTERS_MAX = 65_536;

function fail(kind: ErrorKind): never {
  throw new EvaluationError(kind);
}

function int(value: number): Assigned {
  return Number.isSafeInteger(value) ? { kind: "int", value: value + 0 } : fail("overflow");
}

function decimal(value: Decimal | undefined): Assigned {
  return value === undefined ? fail("overflow") : { kind: "decimal", value };
}

/** −x. */
export function negate(value: Value): Value {
  if (value?.kind === "int") return int(0 - value.value);
  return value?.kind === "decimal" ? decimal(negated(value.value)) : undefined;
}

/** `left sign right`; unassigned if a side is. */
export function arithmetic(sign: string, left: Value, right: Value): Value {
  if (left === undefined || right === undefined) return undefined;
  if (left.kind === "int" && right.kind === "int" && sign !== "/") {
    const [one, other] = [left.value, right.value];
    // A product that is not exact is beyond 2^53, and so refused.
    return int(sign === "+" ? one + other : sign === "-" ? one - other : one * other);
  }
  if (left.kind === "text" && right.kind === "text") return joined(left.value, right.value);
  if (right.kind === "duration" && (left.kind === "date" || left.kind === "timestamp")) {
    const span = sign === "-" ? backwards(right.value) : right.value;
    const value = left.kind === "date" ? plusDay(left.value, span) : plusTime(left.value, span);
    return value === undefined ? fail("out_of_range") : { kind: left.kind, value };
  }
  if (left.kind === right.kind && (left.kind === "date" || left.kind === "timestamp")) {
    const difference = left.value - (right as typeof left).value;
    const value = left.kind === "date" ? durationOf(0, difference, 0) : durationOf(0, 0, difference);
    return value === undefined ? fail("out_of_range") : { kind: "duration", value };
  }
  const [one, other] = [asDecimal(left), asDecimal(right)];
  if (one === undefined || other === undefined) return undefined;
  if (sign === "+") return decimal(add(one, other));
  if (sign === "-") return decimal(add(one, negated(other)));
  if (sign === "*") return decimal(multiply(one, other));
  return other.scaled === 0n ? fail("division_by_zero") : decimal(quotient(one, other));
}

function joined(left: string, right: string): Value {
  const whole = left + right;
  // Units bound characters from above: most texts need no count.
  const long = whole.length > TEXT_CHARACTERS_MAX && characters(left) + characters(right) > TEXT_CHARACTERS_MAX;
  return long ? fail("limit") : text(whole);
}

function equal(left: Value, right: Value): Value {
  if (left === undefined || right === undefined) return undefined;
  return bool(same(left, right) ?? fail("incomparable"));
}

/** A comparison; the values are there and their types fit. */
export function comparison(sign: string, left: Value, right: Value): Value {
  if (sign === "in") {
    if (right?.kind !== "list") return undefined;
    return junction(
      true,
      right.value.map(item => () => equal(left, item)),
    );
  }
  if (sign === "==" || sign === "!=") {
    const found = equal(left, right);
    return found?.kind === "bool" && sign === "!=" ? bool(!found.value) : found;
  }
  if (left === undefined || right === undefined) return undefined;
  const order = compare(left, right) ?? fail("incomparable");
  switch (sign) {
    case "<":
      return bool(order < 0);
    case "<=":
      return bool(order <= 0);
    case ">":
      return bool(order > 0);
    default:
      return bool(order >= 0);
  }
}

/** `and` with `decisive` false, `or` with true: decisive > error > unassigned > the other. */
export function junction(decisive: boolean, parts: readonly (() => Value)[]): Value {
  let found: Value = bool(!decisive);
  let error: EvaluationError | undefined;
  for (const part of parts) {
    try {
      const value = part();
      if (value?.kind === "bool" && value.value === decisive) return bool(decisive);
      if (value?.kind !== "bool") found = undefined;
    } catch (caught) {
      if (!(caught instanceof EvaluationError)) throw caught;
      error ??= caught;
    }
  }
  if (error !== undefined) throw error;
  return found;
}

/** What an aggregate makes of the values of its body. */
export function fold(kind: string, each: readonly (() => Value)[], zero: Assigned): Value {
  switch (kind) {
    case "all":
      return junction(false, each);
    case "any":
      return junction(true, each);
    case "count":
      return int(each.map(value => value()).filter(value => value?.kind === "bool" && value.value).length);
    case "sum":
      return each.reduce<Value>((sum, value) => arithmetic("+", sum, value()), zero);
    default: {
      let best: Value;
      each.forEach((one, at) => {
        const value = one();
        if (at === 0) best = value;
        else if (best === undefined || value === undefined) best = undefined;
        else {
          const order = compare(value, best) ?? fail("incomparable");
          if (kind === "min" ? order < 0 : order > 0) best = value;
        }
      });
      return best;
    }
  }
}

/** An item or member by a key that is computed. */
export function lookup(held: Value, key: Value): Value {
  if (held?.kind === "map" && key?.kind === "text") return held.value.get(key.value);
  if (held?.kind !== "list" || key?.kind !== "int") return undefined;
  return key.value < 0 ? fail("out_of_range") : held.value[key.value];
}

function number(value: Assigned): Decimal {
  return asDecimal(value) ?? decimalOf(0);
}

function places(value: Assigned): number {
  const count = value.kind === "int" ? value.value : -1;
  return count >= 0 && count <= 28 ? count : fail("out_of_range");
}

/** `round`. */
export function rounded(value: Assigned, count: Assigned, mode: Rounding): Value {
  return decimal(round(number(value), places(count), mode));
}

/** The span of `years(n)` and its kin; nothing beyond 10,000 years. */
export function spanOf(name: string, count: number): Value {
  const found =
    name === "years"
      ? durationOf(count * 12, 0, 0)
      : name === "months"
        ? durationOf(count, 0, 0)
        : name === "days"
          ? durationOf(0, count, 0)
          : durationOf(0, 0, count * 3_600_000);
  return found && { kind: "duration", value: found };
}

/** A function of one value. */
export function unary(name: string, value: Assigned): Value {
  switch (name) {
    case "floor":
    case "ceil":
      return int(wholeOf(round(number(value), 0, name === "floor" ? "floor" : "ceiling")) ?? fail("overflow"));
    case "abs":
      return value.kind === "int" ? int(Math.abs(value.value)) : decimal(absolute(number(value)));
    case "text":
      return value.kind === "text" ? value : text(print(value));
    case "length":
      return value.kind === "text" ? int(characters(value.value)) : undefined;
    case "years":
    case "months":
    case "days":
    case "hours":
      return value.kind === "int" ? (spanOf(name, value.value) ?? fail("out_of_range")) : undefined;
    case "date":
      return value.kind === "timestamp" ? { kind: "date", value: dateOf(value.value) } : undefined;
    case "hash_of":
      return { kind: "hash", value: `sha256:${toHex(sha256(canonicalJson(toPlain(value))))}` };
    default:
      return value.kind === "date" ? int(partOfDate(name, value.value)) : undefined;
  }
}

function partOfDate(name: string, day: number): number {
  const [year, month, ofMonth] = civil(day);
  return name === "year" ? year : name === "month" ? month : name === "day" ? ofMonth : weekday(day);
}

/** A function that asks a calendar: of a moment its day, of a day and a number the working day so many later. */
export function asked(calendar: Calendar | undefined, of: Assigned, count: Assigned | undefined): Value {
  const day =
    of.kind === "timestamp"
      ? calendar?.date(of.value)
      : of.kind === "date" && count?.kind === "int"
        ? calendar?.addBusinessDays(of.value, count.value)
        : undefined;
  return day === undefined ? fail("out_of_range") : { kind: "date", value: day };
}

/** A function of two values. */
export function binary(name: string, left: Assigned, right: Assigned): Value {
  switch (name) {
    case "least":
      return compare(right, left)! < 0 ? right : left;
    case "greatest":
      return compare(right, left)! > 0 ? right : left;
    case "mod":
      return remainder(left, right);
    case "fixed":
      return text(fixed(number(left), places(right)) ?? fail("inexact"));
    case "days_from":
      return left.kind === "date" && right.kind === "date" ? int(right.value - left.value) : undefined;
    case "seconds_from": {
      if (left.kind !== "timestamp" || right.kind !== "timestamp") return undefined;
      return int(Math.trunc((right.value - left.value) / 1_000));
    }
    default: {
      if (left.kind !== "text" || right.kind !== "text") return undefined;
      const [whole, part] = [left.value, right.value];
      const found = name === "contains" ? whole.includes(part) : undefined;
      return bool(found ?? (name === "starts_with" ? whole.startsWith(part) : whole.endsWith(part)));
    }
  }
}

function remainder(left: Assigned, right: Assigned): Value {
  const [one, other] = [number(left), number(right)];
  if (other.scaled === 0n) return fail("division_by_zero");
  if (left.kind !== "int" || right.kind !== "int") return decimal(modulo(one, other));
  // That of the language has the sign of the divisor, that of JavaScript of the dividend.
  const rest = left.value % right.value;
  return int(rest !== 0 && rest < 0 !== right.value < 0 ? rest + right.value : rest);
}
