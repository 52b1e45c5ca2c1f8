// Calls of functions: what each takes and gives (docs/spec/rules.md; the language, 3.2).

import { isObject, type Json } from "../json.js";
import type { Compiler } from "./compile.js";
import { lengthCost, plain, refuse, widened, type Rule } from "./rule.js";
import { asked, binary, rounded, spanOf, unary, type Operation } from "./evaluate.js";
import { BOOL, DECIMAL, INT, isNumber, lengthMax, prints, textType, type Type } from "./types.js";
import { bool, type Assigned, type Value } from "./value.js";
import type { Rounding } from "./decimal.js";

/** What stands at a place of a call: a value of some kind, or a name. */
type Parameter =
  | "number"
  | "int"
  | "places"
  | "text"
  | "date"
  | "timestamp"
  | "scalar"
  | "anything"
  | "mode"
  | "calendar"
  | "actor"
  | "action";

interface Signature {
  takes: readonly Parameter[];
  gives: Type | "number" | "printed";
}

const DATE: Type = { kind: "date" };
const DURATION: Type = { kind: "duration" };
const SIGNATURES: Readonly<Record<string, Signature>> = {
  round: { takes: ["number", "places", "mode"], gives: DECIMAL },
  floor: { takes: ["number"], gives: INT },
  ceil: { takes: ["number"], gives: INT },
  abs: { takes: ["number"], gives: "number" },
  least: { takes: ["number", "number"], gives: "number" },
  greatest: { takes: ["number", "number"], gives: "number" },
  mod: { takes: ["number", "number"], gives: "number" },
  fixed: { takes: ["number", "places"], gives: textType(64) },
  text: { takes: ["scalar"], gives: "printed" },
  length: { takes: ["text"], gives: INT },
  contains: { takes: ["text", "text"], gives: BOOL },
  starts_with: { takes: ["text", "text"], gives: BOOL },
  ends_with: { takes: ["text", "text"], gives: BOOL },
  years: { takes: ["int"], gives: DURATION },
  months: { takes: ["int"], gives: DURATION },
  days: { takes: ["int"], gives: DURATION },
  hours: { takes: ["int"], gives: DURATION },
  days_from: { takes: ["date", "date"], gives: INT },
  seconds_from: { takes: ["timestamp", "timestamp"], gives: INT },
  date: { takes: ["timestamp", "calendar"], gives: DATE },
  add_business_days: { takes: ["date", "int", "calendar"], gives: DATE },
  year: { takes: ["date"], gives: INT },
  month: { takes: ["date"], gives: INT },
  day: { takes: ["date"], gives: INT },
  weekday: { takes: ["date"], gives: INT },
  did: { takes: ["actor", "action"], gives: BOOL },
  everyone_did: { takes: ["action"], gives: BOOL },
  how_many_did: { takes: ["action"], gives: INT },
  all_finished: { takes: [], gives: BOOL },
  hash_of: { takes: ["anything"], gives: { kind: "hash" } },
};
const NAMES: readonly Parameter[] = ["mode", "calendar", "actor", "action"];
const MODES: readonly Rounding[] = ["half_up", "half_even", "up", "down"];
const SPANS = ["years", "months", "days", "hours"];

/** Whether there is such a function. */
export function isCall(name: string): boolean {
  return Object.hasOwn(SIGNATURES, name);
}

/** Whether a place of a call is for a name, or for the name of one kind. */
export function takesName(call: string, index: number, kind?: "action"): boolean {
  const parameter = isCall(call) ? SIGNATURES[call]!.takes[index] : undefined;
  return parameter !== undefined && NAMES.includes(parameter) && (kind === undefined || parameter === kind);
}

/** Compiles a call. */
export function compileCall(compiler: Compiler, name: string, parts: readonly Json[]): Rule {
  if (!isCall(name)) return refuse("E403");
  const { takes, gives } = SIGNATURES[name]!;
  // The calendar of `date` alone can be left out.
  const least = name === "date" ? 1 : takes.length;
  if (parts.length > takes.length || parts.length < least) refuse("E403");
  const [values, words]: [Rule[], string[]] = [[], []];
  parts.forEach((part, index) => {
    const parameter = takes[index]!;
    if (!NAMES.includes(parameter)) values.push(argument(compiler, name, parameter, part));
    else if (typeof part === "string" && isKnown(compiler, parameter, part)) words.push(part);
    else refuse(typeof part === "string" && parameter !== "mode" ? "E402" : "E403");
  });
  const type = givenType(gives, values);
  const numbers = values.map((rule, index) =>
    takes[index] === "number" && type.kind === "decimal" ? widened(rule, DECIMAL) : rule,
  );
  const cost = values.reduce((sum, rule) => sum + rule.cost + lengthCost(lengthMax(rule.type)), 1);
  const runs = numbers.map(rule => rule.run);
  return { run: operation(name, runs, words), type, cost };
}

function argument(compiler: Compiler, name: string, parameter: Parameter, part: Json): Rule {
  const rule = plain(compiler.node(part));
  if (!fits(parameter, rule.type)) refuse("E403");
  const literal = isObject(part) ? part["int"] : undefined;
  if (typeof literal === "number") {
    if (SPANS.includes(name) && spanOf(name, literal) === undefined) refuse("E407");
    if (parameter === "places" && (literal < 0 || literal > 28)) refuse("E407");
  }
  return rule;
}

function fits(parameter: Parameter, type: Type): boolean {
  if (parameter === "anything" || type.kind === "any") return true;
  if (parameter === "number") return isNumber(type);
  if (parameter === "scalar") return prints(type);
  return type.kind === (parameter === "places" ? "int" : parameter);
}

function isKnown({ scope }: Compiler, parameter: Parameter, word: string): boolean {
  if (parameter === "mode") return (MODES as readonly string[]).includes(word);
  if (parameter === "actor") return (word === "actor" && scope.locals.has("actor")) || scope.actors.has(word);
  if (parameter === "calendar") return scope.calendars.has(word);
  const { action, response } = splitAction(word);
  const responses = scope.actions.get(action);
  return responses !== undefined && (response === undefined || responses.has(response));
}

function splitAction(word: string): { action: string; response: string | undefined } {
  const point = word.indexOf(".");
  if (point < 0) return { action: word, response: undefined };
  return { action: word.slice(0, point), response: word.slice(point + 1) };
}

function givenType(gives: Signature["gives"], values: readonly Rule[]): Type {
  if (gives === "number") return values.some(({ type }) => type.kind === "decimal") ? DECIMAL : INT;
  if (gives === "printed") return textType(Math.max(lengthMax(values[0]!.type), 128));
  return gives;
}

/** Arguments are evaluated from left to right; then an unassigned one makes the result unassigned. */
function withAll(runs: readonly Operation[], work: (values: readonly Assigned[]) => Value): Operation {
  return (environment, bound) => {
    const values = runs.map(run => run(environment, bound));
    return values.includes(undefined) ? undefined : work(values as Assigned[]);
  };
}

function operation(name: string, runs: readonly Operation[], words: readonly string[]): Operation {
  const { action, response } = splitAction(words.at(-1) ?? "");
  switch (name) {
    case "round":
      return withAll(runs, ([value, places]) => rounded(value!, places!, words[0] as Rounding));
    case "did":
      return environment => bool(environment.did(words[0]!, action, response));
    case "everyone_did":
      return environment => bool(environment.everyoneDid(action, response));
    case "how_many_did":
      return environment => ({ kind: "int", value: environment.howManyDid(action, response) });
    case "all_finished":
      return environment => bool(environment.allFinished());
    case "date":
    case "add_business_days": {
      const calendar = words[0];
      if (calendar === undefined) return withAll(runs, ([moment]) => unary(name, moment!));
      return (environment, bound) =>
        withAll(runs, ([of, count]) => asked(environment.calendar(calendar), of!, count))(environment, bound);
    }
    default:
      return withAll(runs, ([left, right]) => (right === undefined ? unary(name, left!) : binary(name, left!, right)));
  }
}
