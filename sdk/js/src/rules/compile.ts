// From the tree of an expression to what runs: names, types and limits are checked here, once (docs/spec/rules.md).

import { isObject, type Json, type JsonObject } from "../json.js";
import { characters } from "../text.js";
import { compileCall } from "./calls.js";
import { decimalOf } from "./decimal.js";
import {
  TEXT_CHARACTERS_MAX,
  arithmetic,
  comparison,
  fold,
  junction,
  lookup,
  negate,
  type Operation,
} from "./evaluate.js";
import { checkNormalText } from "./normal.js";
import { parseExpression } from "./parse.js";
import { LOCALS, lengthCost, plain, refuse, widened, type Rule, type Scope } from "./rule.js";
import {
  ANY,
  BOOL,
  DECIMAL,
  INT,
  ITEMS_MAX_DEFAULT,
  accepts,
  isNumber,
  isSealed,
  join,
  lengthMax,
  memberOf,
  type Kind,
  type Type,
} from "./types.js";
import { at, bool, fromTyped, list, map, toPlain } from "./value.js";

const NODES_MAX = 1_000;
const AGGREGATES_MAX = 2;
const COST_MAX = 100_000;
const FOLDS = ["all", "any", "count", "sum", "min", "max"];
const LITERALS = ["bool", "int", "decimal", "text", "date", "timestamp", "duration", "hash", "party", "unassigned"];

/** Compiles a tree for a place that asks for a type, if it asks for one; throws {@link ExpressionError}. */
export function compile(tree: Json, scope: Scope, expected?: Type): Rule {
  checkNormalText(tree);
  return checked(tree, scope, expected);
}

/** Compiles a source, which has limits of its own; throws {@link ExpressionError}. */
export function compileSource(source: string, scope: Scope, expected?: Type): Rule {
  return checked(parseExpression(source), scope, expected);
}

function checked(tree: Json, scope: Scope, expected: Type | undefined): Rule {
  const found = new Compiler(scope).node(tree);
  if (expected !== undefined && !accepts(expected, found.type)) {
    const personal = found.type.personal !== undefined && found.type.personal !== expected.personal;
    refuse(personal ? "E501" : "E404");
  }
  if (found.cost > COST_MAX) refuse("E406");
  return expected === undefined ? found : widened(found, expected);
}

/** One walk over a tree. */
export class Compiler {
  readonly scope: Scope;
  readonly #bound: { name: string; type: Type }[] = [];
  #nodes = 0;
  #aggregates = 0;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  node(tree: Json): Rule {
    if (!isObject(tree)) refuse("E401");
    const [entry, other] = Object.entries(tree);
    if (entry === undefined || other !== undefined) refuse("E401");
    this.#nodes += 1;
    if (this.#nodes > NODES_MAX) refuse("E406");
    const [key, content] = entry;
    if (key === "hole") refuse("E409");
    if (LITERALS.includes(key) && !Array.isArray(content)) return literal(tree, key);
    if (key === "map") return this.#map(content);
    if (!Array.isArray(content)) refuse("E401");
    if (key === "list") return this.#list(content);
    if (key === "path") return this.#path(content);
    if (FOLDS.includes(key)) return this.#aggregate(key, content);
    return this.#operator(key, content) ?? compileCall(this, key, content);
  }

  #operator(key: string, parts: readonly Json[]): Rule | undefined {
    const [left, right] = parts;
    if (left === undefined) return undefined;
    if (parts.length === 1) {
      if (key === "-") return this.#negate(left);
      if (key === "not") return this.#not(left);
      if (key === "is_assigned" || key === "is_unassigned") return this.#is(left, key === "is_assigned");
      return undefined;
    }
    if (key === "and" || key === "or") return this.#junction(parts, key);
    if (key === "if" && parts.length === 3) return this.#choice(left, right!, parts[2]!);
    if (parts.length !== 2) return undefined;
    if (["+", "-", "*", "/"].includes(key)) return this.#arithmetic(key, left, right!);
    if (["==", "!=", "<", "<=", ">", ">=", "in"].includes(key)) return this.#compare(key, left, right!);
    if (key === "otherwise") return this.#otherwise(left, right!);
    return key === "get" ? this.#get(left, right!) : undefined;
  }

  #list(items: readonly Json[]): Rule {
    const rules = items.map(item => this.node(item));
    const of = rules.reduce((type, rule) => join(type, rule.type) ?? refuse("E403"), ANY);
    const cost = rules.reduce((sum, rule) => sum + rule.cost, 1);
    const runs = rules.map(rule => widened(rule, of).run);
    const type: Type = { kind: "list", of, min: items.length, max: items.length };
    return { run: (environment, bound) => list(runs.map(run => run(environment, bound))), type, cost };
  }

  #map(members: Json): Rule {
    if (!isObject(members)) refuse("E401");
    const rules = Object.keys(members)
      .sort()
      .map(name => [name, this.node(members[name]!)] as const);
    const cost = rules.reduce((sum, [, rule]) => sum + rule.cost, 1);
    const type: Type = { kind: "record", members: new Map(rules.map(([name, rule]) => [name, rule.type])) };
    const run: Operation = (environment, bound) =>
      map(rules.map(([name, rule]) => [name, rule.run(environment, bound)]));
    return { run, type, cost };
  }

  #path(names: readonly Json[]): Rule {
    if (names.length === 0 || !names.every(name => typeof name === "string")) refuse("E401");
    const [first, ...below] = names as [string, ...string[]];
    const slot = this.#bound.findLastIndex(({ name }) => name === first);
    const base = slot >= 0 ? this.#bound[slot]!.type : first === "_" ? this.scope.root : this.scope.locals.get(first);
    let type = base ?? refuse("E402");
    for (const name of below) {
      if (isSealed(type)) refuse("E501");
      type = memberOf(type, name) ?? refuse(type.kind === "record" ? "E402" : "E403");
    }
    const run: Operation =
      slot >= 0
        ? (_, bound) => at(bound[slot], below)
        : first === "_"
          ? environment => environment.root(below)
          : environment => environment.local(first, below);
    return { run, type, cost: names.length };
  }

  #get(base: Json, key: Json): Rule {
    const [held, index] = [this.node(base), plain(this.node(key))];
    if (isSealed(held.type)) refuse("E501");
    const member = memberByKey(held.type, key, index.type);
    const type: Type = { ...member, personal: member.personal ?? held.type.personal, optional: true };
    const run: Operation = (environment, bound) => lookup(held.run(environment, bound), index.run(environment, bound));
    return { run, type, cost: held.cost + index.cost + 1 };
  }

  #arithmetic(sign: string, left: Json, right: Json): Rule {
    const [one, other] = [plain(this.node(left)), plain(this.node(right))];
    const type = arithmeticType(sign, one.type, other.type) ?? refuse("E403");
    const cost = one.cost + other.cost + 1 + (type.kind === "text" ? lengthCost(type.max!) : 0);
    const run: Operation = (environment, bound) => {
      const value = one.run(environment, bound);
      return arithmetic(sign, value, other.run(environment, bound));
    };
    return { run, type, cost };
  }

  #negate(inner: Json): Rule {
    const rule = plain(this.node(inner));
    if (!isNumber(rule.type)) refuse("E403");
    const type: Type = { ...rule.type, optional: false, personal: undefined };
    return { run: (environment, bound) => negate(rule.run(environment, bound)), type, cost: rule.cost + 1 };
  }

  #compare(sign: string, left: Json, right: Json): Rule {
    const [one, other] = [plain(this.node(left)), plain(this.node(right))];
    const nothing = (side: Json) => isObject(side) && side["unassigned"] === null;
    if (nothing(left) || nothing(right) || !comparable(sign, one.type, other.type)) refuse("E403");
    const length = lengthCost(Math.max(lengthMax(one.type), lengthMax(other.type)));
    const run: Operation = (environment, bound) => {
      const value = one.run(environment, bound);
      return comparison(sign, value, other.run(environment, bound));
    };
    return { run, type: BOOL, cost: one.cost + other.cost + 1 + length };
  }

  #is(inner: Json, assigned: boolean): Rule {
    const { run, cost } = this.node(inner);
    const is: Operation = (environment, bound) => bool((run(environment, bound) !== undefined) === assigned);
    return { run: is, type: BOOL, cost: cost + 1 };
  }

  #bool(tree: Json): Rule {
    const rule = plain(this.node(tree));
    return rule.type.kind === "bool" || rule.type.kind === "any" ? rule : refuse("E403");
  }

  #not(inner: Json): Rule {
    const { run, cost } = this.#bool(inner);
    const not: Operation = (environment, bound) => {
      const value = run(environment, bound);
      return value?.kind === "bool" ? bool(!value.value) : undefined;
    };
    return { run: not, type: BOOL, cost: cost + 1 };
  }

  #junction(parts: readonly Json[], key: string): Rule {
    // The one form is flat.
    if (parts.some(part => isObject(part) && Object.hasOwn(part, key))) refuse("E401");
    const rules = parts.map(part => this.#bool(part));
    const run: Operation = (environment, bound) =>
      junction(
        key === "or",
        rules.map(rule => () => rule.run(environment, bound)),
      );
    return { run, type: BOOL, cost: rules.reduce((sum, rule) => sum + rule.cost, 1) };
  }

  #otherwise(left: Json, right: Json): Rule {
    const [one, other] = [this.node(left), this.node(right)];
    const shared = join(one.type, other.type) ?? refuse("E403");
    const [first, second] = [widened(one, shared).run, widened(other, shared).run];
    const run: Operation = (environment, bound) => first(environment, bound) ?? second(environment, bound);
    const type: Type = { ...shared, optional: other.type.optional === true };
    return { run, type, cost: one.cost + other.cost + 1 };
  }

  #choice(condition: Json, yes: Json, no: Json): Rule {
    const asked = plain(this.node(condition));
    if (!accepts(BOOL, asked.type)) refuse("E404");
    const [one, other] = [this.node(yes), this.node(no)];
    const type = join(one.type, other.type) ?? refuse("E403");
    const [first, second] = [widened(one, type).run, widened(other, type).run];
    const run: Operation = (environment, bound) => {
      const value = asked.run(environment, bound);
      if (value?.kind !== "bool") return undefined;
      return value.value ? first(environment, bound) : second(environment, bound);
    };
    return { run, type, cost: asked.cost + one.cost + other.cost + 1 };
  }

  #aggregate(key: string, parts: readonly Json[]): Rule {
    const named = parts.length === 3 && typeof parts[0] === "string";
    if (!named && parts.length !== 1) refuse("E401");
    const over = this.node(parts[named ? 1 : 0]!);
    if (over.type.personal !== undefined) refuse("E501");
    if (over.type.kind !== "list" && over.type.kind !== "any") refuse("E403");
    const [item, max] = [over.type.of ?? ANY, over.type.max ?? ITEMS_MAX_DEFAULT];
    if (!named) {
      const cost = over.cost + 1;
      if (key === "count") return { run: lengthOf(over.run), type: INT, cost };
      return folded(key, over, undefined, plain({ ...over, type: item }).type, cost + max);
    }
    const name = parts[0] as string;
    this.#checkBoundName(name);
    this.#aggregates += 1;
    if (this.#aggregates > AGGREGATES_MAX) refuse("E406");
    this.#bound.push({ name, type: item });
    const body = plain(this.node(parts[2]!));
    this.#bound.pop();
    this.#aggregates -= 1;
    return folded(key, over, body.run, body.type, max * (body.cost + 1) + over.cost + 1);
  }

  #checkBoundName(name: string): void {
    const taken = this.#bound.some(bound => bound.name === name) || LOCALS.includes(name);
    if (taken || this.scope.locals.has(name) || this.scope.root.members?.has(name) === true) refuse("E408");
  }
}

function literal(tree: JsonObject, key: string): Rule {
  const value = fromTyped(tree);
  if (value === false) return refuse(key === "bool" || key === "unassigned" || key === "text" ? "E401" : "E407");
  // Each value has one text.
  if (typeof tree[key] === "string" && toPlain(value) !== tree[key]) refuse("E401");
  const type = (): Type => {
    if (value === undefined) return ANY;
    if (value.kind === "int") return { kind: "int", notZero: value.value !== 0 };
    if (value.kind === "decimal") return { kind: "decimal", notZero: value.value.scaled !== 0n };
    return value.kind === "text" ? { kind: "text", max: characters(value.value) } : { kind: value.kind as Kind };
  };
  return { run: () => value, type: type(), cost: 1 };
}

/** The type of what a key names in a list, map or record. */
function memberByKey(held: Type, key: Json, index: Type): Type {
  if (held.kind === "any") return ANY;
  const written = isObject(key) ? key : {};
  if (held.kind === "list") {
    if (typeof written["int"] === "number" && written["int"] < 0) refuse("E407");
    return index.kind === "int" || index.kind === "any" ? held.of! : refuse("E403");
  }
  if (held.kind === "map") return index.kind === "text" || index.kind === "any" ? held.of! : refuse("E403");
  const name = written["text"];
  if (held.kind !== "record" || typeof name !== "string") return refuse("E403");
  return held.members!.get(name) ?? refuse("E402");
}

/** The type of `left sign right`, if the operator takes them. */
function arithmeticType(sign: string, left: Type, right: Type): Type | undefined {
  const [one, other] = [left.kind, right.kind];
  const numbers = isNumber(left) && isNumber(right);
  if (sign === "/") return numbers ? DECIMAL : undefined;
  if (one === "any" && other === "any") return ANY;
  if (numbers) return one === "decimal" || other === "decimal" ? DECIMAL : INT;
  const isText = (kind: Kind) => kind === "text" || kind === "any";
  if (sign === "+" && isText(one) && isText(other)) {
    return { kind: "text", max: Math.min((left.max ?? 0) + (right.max ?? 0), TEXT_CHARACTERS_MAX) };
  }
  if (sign === "*") return undefined;
  const moment = one === "date" || one === "timestamp";
  if (moment && other === "duration") return { kind: one };
  if (sign === "-" && moment && one === other) return { kind: "duration" };
  if (moment && other === "any") return sign === "+" ? { kind: one } : ANY;
  return one === "any" && other === "duration" ? ANY : undefined;
}

function comparable(sign: string, left: Type, right: Type): boolean {
  const equal = (one: Type, other: Type) =>
    one.kind !== "opaque" && other.kind !== "opaque" && join(one, other) !== undefined;
  if (sign === "in") return right.kind === "any" || (right.kind === "list" && equal(left, right.of!));
  if (sign === "==" || sign === "!=") return equal(left, right);
  const ordered = (type: Type) => isNumber(type) || ["date", "timestamp", "duration"].includes(type.kind);
  return ordered(left) && ordered(right) && join(left, right) !== undefined;
}

function lengthOf(run: Operation): Operation {
  return (environment, bound) => {
    const value = run(environment, bound);
    return value?.kind === "list" ? { kind: "int", value: value.value.length } : undefined;
  };
}

function folded(key: string, over: Rule, body: Operation | undefined, item: Type, cost: number): Rule {
  const bools = item.kind === "bool" || item.kind === "any";
  const fits = ["all", "any", "count"].includes(key)
    ? bools
    : isNumber(item) || (key !== "sum" && item.kind === "date");
  if (!fits) refuse("E403");
  const sum = item.kind === "decimal" ? DECIMAL : INT;
  const type = key === "sum" ? sum : key === "count" ? INT : key === "all" || key === "any" ? BOOL : { ...item };
  const zero =
    sum === DECIMAL ? ({ kind: "decimal", value: decimalOf(0) } as const) : ({ kind: "int", value: 0 } as const);
  const run: Operation = (environment, bound) => {
    const items = over.run(environment, bound);
    if (items?.kind !== "list") return undefined;
    const each = items.value.map(value =>
      body === undefined ? () => value : () => body(environment, [...bound, value]),
    );
    return fold(key, each, zero);
  };
  return { run, type: { ...type, optional: false, personal: undefined }, cost };
}
