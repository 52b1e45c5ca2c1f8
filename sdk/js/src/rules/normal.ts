// The limits of a tree that its normal text has: characters, and how deep its parts stand in each other
// (docs/spec/rules.md). A tree without a text is refused.

import { canonicalText, isObject, type Json } from "../json.js";
import { characters } from "../text.js";
import { takesName } from "./calls.js";
import { LOCALS, refuse } from "./rule.js";

/** Most characters of a source. */
export const SOURCE_CHARACTERS_MAX = 4_096;
/** Deepest nesting of a source. */
export const NESTING_MAX = 32;
/** A chain of operators nests one level of the tree for each, and none of the text. */
const DEPTH_MAX = 1_200;
const WORDS = "if then else or and not in is assigned unassigned otherwise true false".split(" ");

const FOLDS = ["all", "any", "count", "sum", "min", "max"];
const COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "in"];
const OPERATORS = [
  ...["+", "-", "*", "/", "and", "or", "not", "if", "otherwise", "get", "is_assigned", "is_unassigned"],
  ...COMPARISONS,
];

/** How tightly a node binds, loosest first: in a tighter place it stands in parentheses. */
const LEVELS = ["expr", "or", "and", "not", "compare", "sum", "product", "unary", "postfix"] as const;
type Level = (typeof LEVELS)[number];

/** The normal text of a part: its characters, how tightly it binds, and how many levels its text nests. */
interface Printed {
  length: number;
  level: Level;
  nesting: number;
}

/** Whether a text can stand as a name. */
export function isName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(text) && !WORDS.includes(text);
}

/** Refuses a tree whose normal text is beyond a limit, or that has none. */
export function checkNormalText(tree: Json): void {
  const { length, nesting } = new Measure().node(tree, 0);
  if (length > SOURCE_CHARACTERS_MAX || nesting > NESTING_MAX) refuse("E406");
}

class Measure {
  readonly #bound: string[] = [];

  node(tree: Json, depth: number): Printed {
    if (depth > DEPTH_MAX) refuse("E406");
    const [entry, other] = isObject(tree) ? Object.entries(tree) : [];
    if (entry === undefined || other !== undefined) refuse("E401");
    const [key, content] = entry;
    if (isObject(content) && key === "map") return this.#map(content, depth);
    if (!Array.isArray(content)) return literal(key, content);
    const parts = content as readonly Json[];
    if (key === "path") return this.#path(parts);
    if (key === "list") return around(2, this.#all(parts, depth), 2);
    return this.#operator(key, parts, depth) ?? this.#call(key, parts, depth);
  }

  #all(parts: readonly Json[], depth: number): Printed[] {
    return parts.map(part => this.node(part, depth + 1));
  }

  /** Members of a map: names are written before them. */
  #map(members: { [name: string]: Json }, depth: number): Printed {
    const names = Object.keys(members);
    if (!names.every(isName)) refuse("E401");
    const printed = names.map(name => {
      const value = this.node(members[name]!, depth + 1);
      return { ...value, length: value.length + name.length + 2 };
    });
    return around(2, printed, 2);
  }

  #operator(key: string, trees: readonly Json[], depth: number): Printed | undefined {
    if (!OPERATORS.includes(key)) return undefined;
    const parts = this.#all(trees, depth);
    const [left, right] = parts;
    if (left === undefined) refuse("E401");
    if (parts.length === 1) return unary(key, left, trees[0]!);
    if (key === "and" || key === "or") return chained(key, parts, key === "and" ? "not" : "and", key.length + 2);
    if (key === "if" && parts.length === 3) {
      const length = parts.reduce((sum, part) => sum + part.length, "if  then  else ".length);
      return { length, level: "expr", nesting: Math.max(...parts.map(part => part.nesting + 1)) };
    }
    if (parts.length !== 2 || right === undefined) refuse("E401");
    if (key === "+" || key === "-") return chained("sum", parts, ["sum", "product"], 3);
    if (key === "*" || key === "/") return chained("product", parts, ["product", "unary"], 3);
    if (key === "otherwise") {
      const one = within(left, "or");
      const length = one.length + right.length + " otherwise ".length;
      return { length, level: "expr", nesting: Math.max(one.nesting, right.nesting + 1) };
    }
    if (key === "get") return lookedUp(left, right, trees);
    return COMPARISONS.includes(key) ? chained("compare", parts, "sum", key.length + 2) : refuse("E401");
  }

  /** A member of the root is a bare name unless something else has that name. */
  #path(names: readonly Json[]): Printed {
    const [first, ...below] = names;
    if (typeof first !== "string" || !below.every(name => typeof name === "string")) refuse("E401");
    if (first !== "_" && !LOCALS.includes(first) && !this.#bound.includes(first)) refuse("E402");
    const [second] = below as string[];
    const taken = (name: string) => LOCALS.includes(name) || this.#bound.includes(name);
    const bare = first === "_" && second !== undefined && isName(second) && !taken(second);
    const steps = (below as string[]).map(stepLength);
    const length = steps.reduce((sum, step) => sum + step, bare ? -1 : first.length);
    return { length, level: "postfix", nesting: (below as string[]).every(isName) ? 0 : 1 };
  }

  #call(key: string, parts: readonly Json[], depth: number): Printed {
    if (!isName(key)) refuse("E401");
    const [name, over, body] = parts;
    if (FOLDS.includes(key) && body !== undefined) {
      if (parts.length !== 3 || typeof name !== "string" || !isName(name)) refuse("E401");
      const list = this.node(over!, depth + 1);
      this.#bound.push(name);
      const each = this.node(body, depth + 1);
      this.#bound.pop();
      return around(key.length + name.length + " in ".length + 2, [list, each], 2);
    }
    const printed = parts.map((part, index): Printed => {
      if (typeof part === "string" && takesName(key, index)) return { length: part.length, level: "expr", nesting: -1 };
      return this.node(part, depth + 1);
    });
    return around(key.length + 2, printed, 2);
  }
}

/** A step of a path: `.name` or `["any text"]`. */
function stepLength(name: string): number {
  return isName(name) ? name.length + 1 : characters(canonicalText(name)) + 2;
}

function literal(key: string, content: Json): Printed {
  const postfix = (length: number, nesting = 0): Printed => ({ length, level: "postfix", nesting });
  if (typeof content === "object" && content !== null) refuse("E401");
  if (key === "unassigned") return postfix(key.length);
  if (key === "text") return postfix(characters(canonicalText(content)));
  if (key === "decimal" && typeof content === "string")
    return postfix(content.length + (content.includes(".") ? 0 : 2));
  if (typeof content !== "string") return postfix(String(content).length);
  // `date("2026-05-01")` and the like.
  return postfix(key.length + content.length + 4, 1);
}

/** One level further in. */
function deeper(printed: Printed): Printed {
  return { ...printed, nesting: printed.nesting + 1 };
}

/** In a place that asks for a level. */
function within(printed: Printed, place: Level): Printed {
  if (LEVELS.indexOf(printed.level) >= LEVELS.indexOf(place)) return printed;
  return { ...deeper(printed), length: printed.length + 2 };
}

/** Parts in brackets, with so many characters around all and between two. */
function around(ends: number, parts: readonly Printed[], between: number): Printed {
  const length = parts.reduce((sum, part) => sum + part.length, ends + Math.max(parts.length - 1, 0) * between);
  return { length, level: "postfix", nesting: parts.reduce((most, part) => Math.max(most, part.nesting + 1), 0) };
}

/** Parts with a sign between them; the first may stand in a looser place than the others. */
function chained(level: Level, parts: readonly Printed[], places: Level | [Level, Level], between: number): Printed {
  const [first, others] = typeof places === "string" ? [places, places] : places;
  const placed = parts.map((part, index) => within(part, index === 0 ? first : others));
  const length = placed.reduce((sum, part) => sum + part.length, (parts.length - 1) * between);
  return { length, level, nesting: placed.reduce((most, part) => Math.max(most, part.nesting), 0) };
}

function unary(key: string, inner: Printed, tree: Json): Printed {
  if (key === "not") {
    const printed = deeper(within(inner, "not"));
    return { ...printed, length: printed.length + 4, level: "not" };
  }
  if (key === "is_assigned" || key === "is_unassigned") {
    const printed = within(inner, "sum");
    return { ...printed, length: printed.length + (key === "is_assigned" ? 12 : 14), level: "compare" };
  }
  if (key !== "-") refuse("E401");
  // `-5` is one literal; the negation of 5 is `-(5)`.
  const printed = startsWithDigit(tree) ? { ...deeper(inner), length: inner.length + 2 } : within(inner, "unary");
  return { length: printed.length + 1, level: "unary", nesting: printed.nesting + 1 };
}

function startsWithDigit(tree: Json): boolean {
  let inner = tree;
  while (isObject(inner) && Array.isArray(inner["get"])) inner = inner["get"][0] ?? null;
  const written = isObject(inner) ? (inner["int"] ?? inner["decimal"]) : undefined;
  return (typeof written === "number" || typeof written === "string") && !String(written).startsWith("-");
}

function lookedUp(base: Printed, key: Printed, parts: readonly Json[]): Printed {
  const held = within(base, "postfix");
  const name = isObject(parts[1]!) ? parts[1]["text"] : undefined;
  // A text after a path is a step of the path: that is the one form.
  if (typeof name === "string" && isObject(parts[0]!) && Object.hasOwn(parts[0], "path")) refuse("E401");
  const [length, nesting] =
    typeof name === "string" ? [stepLength(name), isName(name) ? 0 : 1] : [key.length + 2, key.nesting + 1];
  return { length: held.length + length, level: "postfix", nesting: Math.max(held.nesting, nesting) };
}
