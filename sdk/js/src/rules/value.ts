// The values of expressions and of the state of a process (docs/spec/rules.md, "Typed values"). None of them changes.

import { fromHex, type Writer } from "../bytes.js";
import { isObject, newObject, type Json } from "../json.js";
import { compareText, sortedTexts } from "../text.js";
import { compareDecimals, decimalOf, decimalText, parseDecimal, writeDecimal, type Decimal } from "./decimal.js";
import {
  compareDurations,
  dateText,
  durationText,
  parseDate,
  parseDuration,
  parseTimestamp,
  timestampText,
  type Duration,
} from "./time.js";

/** Members of a map or record. None of them is unassigned. */
export type Members = ReadonlyMap<string, Assigned>;

/** A value that is there. */
export type Assigned =
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "int" | "date" | "timestamp"; readonly value: number }
  | { readonly kind: "decimal"; readonly value: Decimal }
  | { readonly kind: "text" | "hash" | "party"; readonly value: string }
  | { readonly kind: "duration"; readonly value: Duration }
  | { readonly kind: "list"; readonly value: readonly Value[] }
  | { readonly kind: "map"; readonly value: Members };

/** A value; `undefined` is *unassigned*. */
export type Value = Assigned | undefined;

/** A bool. */
export function bool(value: boolean): Assigned {
  return { kind: "bool", value };
}

/** A text. */
export function text(value: string): Assigned {
  return { kind: "text", value };
}

/** A list. */
export function list(value: readonly Value[]): Assigned {
  return { kind: "list", value };
}

/** A map of the members that are assigned. */
export function map(members: Iterable<readonly [string, Value]>): Assigned {
  const held = new Map<string, Assigned>();
  for (const [name, value] of members) if (value !== undefined) held.set(name, value);
  return { kind: "map", value: held };
}

/** A number as a decimal. */
export function asDecimal(value: Value): Decimal | undefined {
  if (value?.kind === "int") return decimalOf(value.value);
  return value?.kind === "decimal" ? value.value : undefined;
}

/** The position that a step of a path names in a list. */
export function position(step: string): number | undefined {
  const found = /^(0|[1-9][0-9]{0,15})$/.test(step) ? Number(step) : undefined;
  return found !== undefined && Number.isSafeInteger(found) ? found : undefined;
}

/** A member of a map, or an item of a list. */
export function step(value: Value, name: string): Value {
  if (value?.kind === "map") return value.value.get(name);
  const at = value?.kind === "list" ? position(name) : undefined;
  return value?.kind === "list" && at !== undefined ? value.value[at] : undefined;
}

/** The value at a path. */
export function at(value: Value, path: readonly string[]): Value {
  return path.reduce(step, value);
}

/** Whether a value can be put at a path: each step is in a map, in a list that has the item, or in nothing. */
function reaches(value: Value, path: readonly string[]): boolean {
  let found = value;
  for (const name of path) {
    if (found === undefined) return true;
    if (found.kind === "list") {
      const index = position(name);
      if (index === undefined || index >= found.value.length) return false;
    } else if (found.kind !== "map") return false;
    found = step(found, name);
  }
  return true;
}

function put(held: Value, path: readonly string[], value: Value): Value {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (held?.kind === "list") {
    const items = [...held.value];
    const index = position(name)!;
    items[index] = put(items[index], rest, value);
    return list(items);
  }
  if (held === undefined && value === undefined) return undefined;
  const members = new Map(held?.kind === "map" ? held.value : []);
  const member = put(members.get(name), rest, value);
  if (member === undefined) members.delete(name);
  else members.set(name, member);
  return { kind: "map", value: members };
}

/** What is held with another value at a path; `false` if the path leads into something without parts. */
export function set(held: Value, path: readonly string[], value: Value): Value | false {
  return reaches(held, path) ? put(held, path, value) : false;
}

/** What is held with one more item in the list at a path. */
export function append(held: Value, path: readonly string[], item: Value): Value | false {
  const found = at(held, path);
  if (found !== undefined && found.kind !== "list") return false;
  return set(held, path, list([...(found?.value ?? []), item]));
}

/** What is assigned in `from` replaces what is held, recursively by map. */
export function merge(held: Value, from: Value): Value {
  if (from === undefined) return held;
  if (held?.kind !== "map" || from.kind !== "map") return from;
  const members = new Map(held.value);
  for (const [name, value] of from.value) {
    const merged = merge(members.get(name), value);
    if (merged !== undefined) members.set(name, merged);
  }
  return { kind: "map", value: members };
}

/** Order of two values of one type; nothing if they have none. */
export function compare(left: Value, right: Value): number | undefined {
  if (left?.kind === "duration" && right?.kind === "duration") return compareDurations(left.value, right.value);
  if (left?.kind === right?.kind && (left?.kind === "int" || left?.kind === "date" || left?.kind === "timestamp")) {
    return left.value - (right as { value: number }).value;
  }
  const [one, other] = [asDecimal(left), asDecimal(right)];
  return one === undefined || other === undefined ? undefined : compareDecimals(one, other);
}

/** `==` of two values, by value; nothing if they cannot be compared. */
export function same(left: Value, right: Value): boolean | undefined {
  if (left === undefined || right === undefined) return left === right;
  if (left.kind === "list" && right.kind === "list") {
    const others = right.value;
    return left.value.length === others.length && allSame(left.value.map((item, index) => [item, others[index]]));
  }
  if (left.kind === "map" && right.kind === "map") {
    const others = right.value;
    const alike = left.value.size === others.size && [...left.value.keys()].every(name => others.has(name));
    return alike && allSame(sortedTexts(left.value.keys()).map(name => [left.value.get(name), others.get(name)]));
  }
  const numbers = asDecimal(left) !== undefined && asDecimal(right) !== undefined;
  if (numbers || (left.kind === "duration" && right.kind === "duration")) {
    const order = compare(left, right);
    return order === undefined ? undefined : order === 0;
  }
  return left.kind === right.kind && left.value === right.value;
}

function allSame(pairs: readonly (readonly [Value, Value])[]): boolean | undefined {
  const found = pairs.map(([left, right]) => same(left, right));
  return found.includes(false) ? false : found.includes(undefined) ? undefined : true;
}

/** Whether two values are one: as `==`, but an int is no decimal, and a day no 24 hours. */
export function identical(left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (left.kind !== right.kind) return false;
  if (left.kind === "duration") return durationText(left.value) === durationText((right as typeof left).value);
  if (left.kind === "decimal") return compareDecimals(left.value, (right as typeof left).value) === 0;
  if (left.kind === "list") {
    const others = (right as typeof left).value;
    return left.value.length === others.length && left.value.every((item, index) => identical(item, others[index]));
  }
  if (left.kind === "map") {
    const others = (right as typeof left).value;
    return (
      left.value.size === others.size && [...left.value].every(([name, item]) => identical(item, others.get(name)))
    );
  }
  return left.value === right.value;
}

/** What `text()` prints of a value without parts. */
export function print(value: Assigned): string {
  const plain = toPlain(value);
  return typeof plain === "string" ? plain : String(plain);
}

/** Plain JSON: members that are unassigned are left out, unassigned items are `null`. */
export function toPlain(value: Value): Json {
  if (value === undefined) return null;
  switch (value.kind) {
    case "list":
      return value.value.map(toPlain);
    case "map":
      return newObject([...value.value].map(([name, member]) => [name, toPlain(member)]));
    case "decimal":
      return decimalText(value.value);
    case "date":
      return dateText(value.value);
    case "timestamp":
      return timestampText(value.value);
    case "duration":
      return durationText(value.value);
    default:
      return value.value;
  }
}

/** An opaque object as it stands. */
export function fromOpaque(json: Json): Value {
  if (json === null) return undefined;
  if (typeof json === "boolean") return bool(json);
  if (typeof json === "number") return { kind: "int", value: json };
  if (typeof json === "string") return text(json);
  if (Array.isArray(json)) return list(json.map(fromOpaque));
  return map(Object.keys(json).map(name => [name, fromOpaque(json[name]!)]));
}

/** Whether a text names a party. */
export function isParty(written: string): boolean {
  return /^idn_[a-z0-9_]{1,64}$/.test(written);
}

/** Whether a text is a hash. */
export function isHash(written: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(written);
}

/** The value of a text of some kind: `{"date": "2026-05-01"}` and the like. Nothing if it is none. */
export function fromText(kind: string, written: string): Value {
  const number = (found: number | undefined, of: "date" | "timestamp"): Value =>
    found === undefined ? undefined : { kind: of, value: found };
  switch (kind) {
    case "text":
      return text(written);
    case "decimal": {
      const value = parseDecimal(written);
      return value === undefined ? undefined : { kind, value };
    }
    case "date":
      return number(parseDate(written), kind);
    case "timestamp":
      return number(parseTimestamp(written), kind);
    case "duration": {
      const value = parseDuration(written);
      return value === undefined ? undefined : { kind, value };
    }
    case "hash":
      return isHash(written) ? { kind, value: written } : undefined;
    case "party":
      return isParty(written) ? { kind, value: written } : undefined;
    default:
      return undefined;
  }
}

/** A typed value in JSON, or `false` if it is none. */
export function fromTyped(json: Json): Value | false {
  const [entry, other] = isObject(json) ? Object.entries(json) : [];
  if (entry === undefined || other !== undefined) return false;
  const [kind, content] = entry;
  if (kind === "unassigned") return content === null ? undefined : false;
  if (kind === "bool") return typeof content === "boolean" ? bool(content) : false;
  if (kind === "int") return typeof content === "number" ? { kind, value: content } : false;
  if (kind === "list" && Array.isArray(content)) {
    const items = content.map(fromTyped);
    return items.includes(false) ? false : list(items as Value[]);
  }
  if (kind === "map" && isObject(content)) {
    const members = Object.entries(content).map(([name, member]) => [name, fromTyped(member)] as const);
    return members.some(([, member]) => member === false) ? false : map(members as [string, Value][]);
  }
  return typeof content === "string" ? (fromText(kind, content) ?? false) : false;
}

/** Tags of the encoding. */
const TAGS = {
  bool: 1,
  int: 2,
  decimal: 3,
  text: 4,
  date: 5,
  timestamp: 6,
  duration: 7,
  hash: 8,
  party: 9,
  list: 10,
  map: 11,
} as const;

/** Writes a value: what state hashes cover. */
export function writeValue(value: Value, out: Writer): void {
  if (value === undefined) return void out.uint(0);
  out.uint(TAGS[value.kind]);
  switch (value.kind) {
    case "bool":
      return void out.bool(value.value);
    case "int":
    case "date":
    case "timestamp":
      return void out.int(value.value);
    case "decimal":
      return writeDecimal(value.value, out);
    case "text":
    case "party":
      return void out.text(value.value);
    case "duration":
      return void out.int(value.value.months).int(value.value.days).int(value.value.ms);
    case "hash":
      return void out.fixed(fromHex(value.value.slice("sha256:".length))!);
    case "list":
      return void out.list(value.value, writeValue);
    case "map": {
      const members = [...value.value].sort(([left], [right]) => compareText(left, right));
      return void out.list(members, ([name, member], to) => writeValue(member, to.text(name)));
    }
  }
}
