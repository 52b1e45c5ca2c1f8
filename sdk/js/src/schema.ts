// The schema dialect (docs/spec/rules.md, "Schemas"): whether data fit, said as the node says it.

import type { Json } from "./json.js";
import { compareDecimals, decimalText, parseDecimal } from "./rules/decimal.js";
import { readsAs, type ProvingWord } from "./rules/proving.js";
import { dateText, durationText, parseDate, parseDuration, parseTimestamp, timestampText } from "./rules/time.js";
import { isHash, isParty } from "./rules/value.js";
import { characters, sortedTexts } from "./text.js";

/** A schema of the dialect, as scenarios in canonical form have it. */
export interface Schema {
  readonly type?: "boolean" | "integer" | "string" | "array" | "object";
  readonly format?: "decimal" | "date" | "date-time" | "duration" | "hash" | "party";
  readonly $ref?: string;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Schema;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly "x-min"?: string;
  readonly "x-max"?: string;
  /** Of a commitment: digits after the point of its number. */
  readonly "x-digits"?: number;
  /** Named types that `$ref` reaches, at the top. */
  readonly types?: Readonly<Record<string, Schema>>;
}

/** What does not fit, and where. */
export interface Invalid {
  /** JSON pointer (RFC 6901) into the data. */
  pointer: string;
  message: string;
}

const CHARACTERS_MAX = 10_000;
const ITEMS_MAX = 1_000;
/** Schemas have at most 32 levels with every named type put in place. */
const DEPTH_MAX = 40;

/** Everything in data that does not fit a schema. The first is what the node says when it refuses. */
export function validate(schema: Schema, data: Json): Invalid[] {
  const found: Invalid[] = [];
  const types = schema.types ?? {};
  if (data !== null) read(resolve(schema, types), data, { pointer: "", types, found, depth: 0 });
  return found;
}

interface Place {
  pointer: string;
  types: Readonly<Record<string, Schema>>;
  found: Invalid[];
  depth: number;
}

function resolve(schema: Schema, types: Readonly<Record<string, Schema>>): Schema {
  let real = schema;
  for (let names = 0; real.$ref !== undefined && names < DEPTH_MAX; names++) {
    const name = real.$ref.slice("#/types/".length);
    real = Object.hasOwn(types, name) ? types[name]! : { enum: [] };
  }
  return real;
}

function below(place: Place, key: string): Place {
  const pointer = `${place.pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return { ...place, pointer, depth: place.depth + 1 };
}

function read(schema: Schema, data: Json, place: Place): void {
  const { pointer, found } = place;
  const before = found.length;
  const say = (message: string): void => void found.push({ pointer, message });
  if (place.depth > DEPTH_MAX) return say("is too deep");
  const bound = ofType(schema, data, place, say);
  // Bounds and choices are looked at once the value is of its type, and whole.
  if (found.length > before) return;
  if (bound !== undefined) return say(bound);
  const choices = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (choices !== undefined && !choices.some(choice => same(schema, choice, data))) {
    say("is none of the values allowed");
  }
}

/** Says what is wrong with the type; gives what is wrong with the bounds. */
function ofType(schema: Schema, data: Json, place: Place, say: (message: string) => void): string | undefined {
  switch (schema.type) {
    case "boolean":
      if (typeof data !== "boolean") say("must be true or false");
      return undefined;
    case "integer":
      return ofInteger(schema, data, say);
    case "string":
      return ofString(schema, data, say);
    case "array":
      return ofList(schema, data, place, say);
    case "object":
      if (schema.properties !== undefined) return ofRecord(schema, data, place, say);
      if (typeof schema.additionalProperties === "object") return ofMap(schema, data, place, say);
      if (!isObject(data)) say("must be an object");
      return undefined;
    default:
      return undefined;
  }
}

function ofInteger(schema: Schema, data: Json, say: (message: string) => void): string | undefined {
  if (typeof data !== "number" || !Number.isSafeInteger(data)) {
    say("must be an integer");
    return undefined;
  }
  const least = schema.minimum ?? Number.MIN_SAFE_INTEGER;
  const most = schema.maximum ?? Number.MAX_SAFE_INTEGER;
  return least <= data && data <= most ? undefined : `must be from ${least} to ${most}`;
}

/** A format: what its text is called, what is said of another, its value, and how a bound is written. */
interface Format<T> {
  name: string;
  refused: string;
  parse: (text: string) => T | undefined;
  compare?: (one: T, other: T) => number;
  write?: (value: T) => string;
}

const FORMATS = {
  decimal: format({
    name: "a decimal",
    refused: "must be a decimal of at most 28 digits",
    parse: parseDecimal,
    compare: compareDecimals,
    write: decimalText,
  }),
  date: format({
    name: "a date",
    refused: "must be a date",
    parse: parseDate,
    compare: (one, other) => one - other,
    write: dateText,
  }),
  "date-time": format({
    name: "a timestamp",
    refused: "must be a timestamp of UTC",
    parse: parseTimestamp,
    compare: (one, other) => one - other,
    write: timestampText,
  }),
  duration: format({
    name: "a duration",
    refused: "must be a duration",
    parse: text => {
      const found = parseDuration(text);
      return found && durationText(found);
    },
  }),
  hash: format({
    name: "a hash",
    refused: "must be a hash",
    parse: text => (isHash(text) ? text : undefined),
  }),
  party: format({
    name: "a party",
    refused: "must be a party",
    parse: text => (isParty(text) ? text : undefined),
  }),
  commitment: proving("commitment"),
  challenge: proving("challenge"),
  proof: proving("proof"),
} as const;

function proving(word: ProvingWord): Reading {
  return format({
    name: "it",
    refused: `must be a ${word}`,
    parse: text => (readsAs(word, text) ? text : undefined),
  });
}

/** What is done with texts of a format, whatever their value is. */
interface Reading {
  name: string;
  refused: string;
  fits: (text: string) => boolean;
  same: (one: string, other: string) => boolean;
  bound: (text: string, least: string | undefined, most: string | undefined) => string | undefined;
}

function format<T>({ name, refused, parse, compare, write }: Format<T>): Reading {
  const bound = (text: string, least: string | undefined, most: string | undefined): string | undefined => {
    const value = parse(text);
    if (value === undefined || compare === undefined || write === undefined) return undefined;
    const [min, max] = [least, most].map(limit => (limit === undefined ? undefined : parse(limit)));
    if ((min === undefined || compare(min, value) <= 0) && (max === undefined || compare(value, max) <= 0)) {
      return undefined;
    }
    if (min !== undefined && max !== undefined) return `must be from ${write(min)} to ${write(max)}`;
    return min === undefined ? `must be at most ${write(max!)}` : `must be at least ${write(min)}`;
  };
  const same = (one: string, other: string): boolean => {
    const [left, right] = [parse(one), parse(other)];
    if (left === undefined || right === undefined) return false;
    return compare === undefined ? left === right : compare(left, right) === 0;
  };
  return { name, refused, fits: text => parse(text) !== undefined, same, bound };
}

function ofString(schema: Schema, data: Json, say: (message: string) => void): string | undefined {
  const reading = schema.format === undefined ? undefined : FORMATS[schema.format];
  if (typeof data !== "string") {
    say(`${reading?.name ?? "it"} must be a text in quotes`);
    return undefined;
  }
  if (reading !== undefined) {
    if (!reading.fits(data)) say(reading.refused);
    return reading.bound(data, schema["x-min"], schema["x-max"]);
  }
  const least = schema.minLength ?? 0;
  const most = schema.maxLength ?? CHARACTERS_MAX;
  const count = characters(data);
  return least <= count && count <= most ? undefined : `must have ${least} to ${most} characters`;
}

function counted(count: number, least: number | undefined, most: number | undefined): string | undefined {
  const [min, max] = [least ?? 0, most ?? ITEMS_MAX];
  return min <= count && count <= max ? undefined : `must have ${min} to ${max} items`;
}

/** Items keep their place: `null` is an unassigned item. */
function ofList(schema: Schema, data: Json, place: Place, say: (message: string) => void): string | undefined {
  if (!Array.isArray(data)) {
    say("must be a list");
    return undefined;
  }
  const of = resolve(schema.items ?? {}, place.types);
  for (const [at, item] of (data as readonly Json[]).entries()) {
    if (item !== null) read(of, item, below(place, String(at)));
  }
  return counted(data.length, schema.minItems, schema.maxItems);
}

function ofMap(schema: Schema, data: Json, place: Place, say: (message: string) => void): string | undefined {
  if (!isObject(data)) {
    say("must be a map");
    return undefined;
  }
  const of = resolve(schema.additionalProperties as Schema, place.types);
  let count = 0;
  for (const key of sortedTexts(Object.keys(data))) {
    const item = data[key]!;
    if (item === null) continue;
    count += 1;
    read(of, item, below(place, key));
  }
  return counted(count, schema.minProperties, schema.maxProperties);
}

function ofRecord(schema: Schema, data: Json, place: Place, say: (message: string) => void): string | undefined {
  if (!isObject(data)) {
    say("must be a map of named members");
    return undefined;
  }
  const members = schema.properties ?? {};
  for (const key of sortedTexts(Object.keys(data))) {
    if (!Object.hasOwn(members, key))
      place.found.push({ pointer: below(place, key).pointer, message: "is no member here" });
  }
  for (const name of sortedTexts(Object.keys(members))) {
    const item = Object.hasOwn(data, name) ? data[name]! : null;
    if (item !== null) read(resolve(members[name]!, place.types), item, below(place, name));
    else if (schema.required?.includes(name)) {
      place.found.push({ pointer: below(place, name).pointer, message: "is required" });
    }
  }
  return undefined;
}

function isObject(data: Json): data is { [key: string]: Json } {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

/** Whether a value is one of those allowed: `1.0` is `1.00`. */
function same(schema: Schema, choice: Json, data: Json): boolean {
  if (schema.format !== undefined && typeof choice === "string" && typeof data === "string") {
    return FORMATS[schema.format].same(choice, data);
  }
  return equal(choice, data);
}

function equal(one: Json, other: Json): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, at) => equal(item as Json, other[at] as Json));
  }
  if (isObject(one) && isObject(other)) {
    const names = Object.keys(one).filter(name => one[name] !== null);
    const others = Object.keys(other).filter(name => other[name] !== null);
    return (
      names.length === others.length &&
      names.every(name => Object.hasOwn(other, name) && equal(one[name]!, other[name]!))
    );
  }
  return one === other;
}
