// Schemas in canonical form, compiled: data are read by them, results checked (docs/spec/rules.md, "Schemas").

import { canonicalText, isObject, type Json, type JsonObject } from "../json.js";
import { characters, compareText, sortedTexts } from "../text.js";
import { decimalOf } from "./decimal.js";
import { COMMITTED_DIGITS_MAX, isProvingWord, readsAs, type ProvingWord } from "./proving.js";
import { BOOL, ITEMS_MAX_DEFAULT, TEXT_MAX_DEFAULT, isSealed, optional, recordType, type Type } from "./types.js";
import {
  bool,
  compare,
  fromOpaque,
  fromText,
  identical,
  isHash,
  list,
  map,
  text,
  toPlain,
  type Assigned,
  type Value,
} from "./value.js";

/** A compiled schema. */
export interface Schema {
  readonly shape: Shape;
  /** The values of `enum` or `const`. */
  readonly choices?: readonly Value[] | undefined;
  readonly default: Value;
  readonly type: Type;
  readonly nodes: number;
  readonly depth: number;
}

/** Bounds are inclusive. */
type Shape =
  | { kind: "bool" | "duration" | "hash" | "party" | "opaque" }
  | { kind: ProvingWord }
  | { kind: "int" | "text"; min: number; max: number }
  | { kind: "decimal" | "date" | "timestamp"; min: Value; max: Value }
  | { kind: "list" | "map"; of: Schema; min: number; max: number }
  | { kind: "record"; members: ReadonlyMap<string, { schema: Schema; required: boolean }> };

/** A schema that is none, or not in canonical form. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

/** Data that do not fit. */
export class Invalid extends Error {
  override readonly name = "Invalid";
  /** JSON pointer (RFC 6901) into the data. */
  readonly pointer: string;

  constructor(pointer: string) {
    super(`the data at "${pointer}" do not fit`);
    this.pointer = pointer;
  }
}

/** Named types in canonical form. */
export type Types = Readonly<Record<string, Json>>;

const BOUND_MAX = 65_536;
const MEMBERS_MAX = 500;
const CHOICES_MAX = 1_000;
const DEPTH_MAX = 32;
const NODES_MAX = 10_000;
const FORMATS = {
  decimal: "decimal",
  date: "date",
  "date-time": "timestamp",
  duration: "duration",
  hash: "hash",
  party: "party",
} as const;
const NOTES = ["title", "description", "default", "enum", "const", "ui", "x-unit", "x-personal"];
const REFERENCE = "#/types/";

function refuse(why: string): never {
  throw new SchemaError(why);
}

/** Compiles a schema in canonical form; throws {@link SchemaError}. */
export function compileSchema(json: Json | undefined, types: Types): Schema {
  return new Compiler(types).schema(json, 0);
}

class Compiler {
  readonly #types: Types;
  readonly #known = new Map<string, Schema>();
  readonly #path: string[] = [];

  constructor(types: Types) {
    this.#types = types;
  }

  schema(json: Json | undefined, depth: number): Schema {
    if (!isObject(json)) refuse("a schema is an object");
    if (depth >= DEPTH_MAX) refuse("too deep");
    const found = json["$ref"] === undefined ? this.#shaped(json, depth) : this.#named(json, depth);
    const { nodes } = found;
    if (nodes > NODES_MAX || found.depth > DEPTH_MAX) refuse("too large");
    const personal = json["x-personal"];
    if (personal !== undefined && typeof personal !== "string") refuse("x-personal");
    const noted = personal === undefined ? found : { ...found, type: { ...found.type, personal } };
    // One envelope is of one class, and a scenario, which everybody reads, gives no personal data.
    const given = noted.default !== undefined || json["default"] !== undefined;
    if (isSealed(noted.type) && (given || holdsSealed(noted))) refuse("x-personal");
    return finished(noted, json);
  }

  #named(json: JsonObject, depth: number): Schema {
    closed(json, ["$ref"]);
    const reference = json["$ref"];
    const name =
      typeof reference === "string" && reference.startsWith(REFERENCE) ? reference.slice(REFERENCE.length) : undefined;
    if (name === undefined || !Object.hasOwn(this.#types, name) || this.#path.includes(name)) refuse("no such type");
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#path.push(name);
    const schema = this.schema(this.#types[name], depth + 1);
    this.#path.pop();
    this.#known.set(name, schema);
    return schema;
  }

  #shaped(json: JsonObject, depth: number): Schema {
    switch (json["type"]) {
      case "boolean":
        closed(json, ["type"]);
        return leaf({ kind: "bool" }, BOOL);
      case "integer":
        return ofInteger(json);
      case "string":
        return json["format"] === undefined ? ofText(json) : ofFormat(json);
      case "array": {
        closed(json, ["type", "items", "minItems", "maxItems"]);
        const [min, max] = lengths(json, "minItems", "maxItems", ITEMS_MAX_DEFAULT);
        const of = this.schema(json["items"], depth + 1);
        return whole({ kind: "list", of, min, max }, { kind: "list", of: of.type, min, max }, [of]);
      }
      case "object":
        return this.#object(json, depth);
      default:
        return refuse("no such type");
    }
  }

  #object(json: JsonObject, depth: number): Schema {
    if (json["properties"] !== undefined) return this.#record(json, depth);
    if (json["additionalProperties"] === undefined) {
      closed(json, ["type"]);
      return leaf({ kind: "opaque" }, { kind: "opaque" });
    }
    closed(json, ["type", "additionalProperties", "minProperties", "maxProperties"]);
    const [min, max] = lengths(json, "minProperties", "maxProperties", ITEMS_MAX_DEFAULT);
    const of = this.schema(json["additionalProperties"], depth + 1);
    return whole({ kind: "map", of, min, max }, { kind: "map", of: of.type, max }, [of]);
  }

  #record(json: JsonObject, depth: number): Schema {
    closed(json, ["type", "properties", "required", "additionalProperties"]);
    const { properties, required = [] } = json;
    if (json["additionalProperties"] !== false || !isObject(properties)) refuse("a record is closed");
    const names = sortedTexts(Object.keys(properties));
    if (names.length > MEMBERS_MAX || !isNames(required, names, json["required"] !== undefined)) refuse("members");
    const members = new Map(
      names.map(name => {
        const schema = this.schema(properties[name], depth + 1);
        return [name, { schema, required: required.includes(name) }] as const;
      }),
    );
    const parts = [...members.values()].map(({ schema }) => schema);
    const type = recordType(
      [...members].map(([name, { schema, required }]) => [name, required ? schema.type : optional(schema.type)]),
    );
    return whole({ kind: "record", members }, type, parts);
  }
}

/** The schema of a record without members. */
export const NOTHING: Schema = compileSchema({ type: "object", properties: {}, additionalProperties: false }, {});

/** Whether a list names members, ascending; one that is written has a name. */
function isNames(required: Json, names: readonly string[], written: boolean): required is string[] {
  if (!Array.isArray(required) || (written && required.length === 0)) return false;
  return required.every((name, index) => {
    if (typeof name !== "string" || !names.includes(name)) return false;
    return index === 0 || compareText(required[index - 1] as string, name) < 0;
  });
}

function leaf(shape: Shape, type: Type): Schema {
  return whole(shape, type, []);
}

function whole(shape: Shape, type: Type, parts: readonly Schema[]): Schema {
  const nodes = parts.reduce((sum, part) => sum + part.nodes, 1);
  const depth = parts.reduce((most, part) => Math.max(most, part.depth), 0) + 1;
  return { shape, type, nodes, depth, default: undefined };
}

function closed(json: JsonObject, allowed: readonly string[]): void {
  const unknown = Object.keys(json).find(key => !allowed.includes(key) && !NOTES.includes(key));
  if (unknown !== undefined) refuse(`keyword ${unknown}`);
}

/** A bound that is written, and is not the default. */
function bound(json: JsonObject, key: string, standard: number, least: number, most: number): number {
  const written = json[key];
  if (written === undefined) return standard;
  if (typeof written !== "number" || written === standard || written < least || written > most) refuse(key);
  return written;
}

function lengths(json: JsonObject, least: string, most: string, standard: number): [number, number] {
  return [bound(json, least, 0, 0, BOUND_MAX), bound(json, most, standard, 0, BOUND_MAX)];
}

function ofInteger(json: JsonObject): Schema {
  closed(json, ["type", "minimum", "maximum"]);
  const edge = Number.MAX_SAFE_INTEGER;
  const [min, max] = [bound(json, "minimum", -edge, -edge, edge), bound(json, "maximum", edge, -edge, edge)];
  return leaf({ kind: "int", min, max }, { kind: "int", notZero: min > 0 || max < 0 });
}

function ofText(json: JsonObject): Schema {
  closed(json, ["type", "minLength", "maxLength"]);
  const [min, max] = lengths(json, "minLength", "maxLength", TEXT_MAX_DEFAULT);
  return leaf({ kind: "text", min, max }, { kind: "text", max });
}

function ofFormat(json: JsonObject): Schema {
  const { format } = json;
  if (isProvingWord(format)) return ofProving(json, format);
  closed(json, ["type", "format", "x-min", "x-max"]);
  if (typeof format !== "string" || !Object.hasOwn(FORMATS, format)) refuse("format");
  const kind = FORMATS[format as keyof typeof FORMATS];
  const edge = (key: string): Value => {
    const written = json[key];
    if (written === undefined) return undefined;
    const value = typeof written === "string" ? fromText(kind, written) : undefined;
    // Bounds stand in their canonical text.
    return value !== undefined && toPlain(value) === written ? value : refuse(key);
  };
  const [min, max] = [edge("x-min"), edge("x-max")];
  if (kind === "duration" || kind === "hash" || kind === "party") {
    return min === undefined && max === undefined ? leaf({ kind }, { kind }) : refuse("bounds");
  }
  if (kind !== "decimal") return leaf({ kind, min, max }, { kind });
  const zero: Value = { kind, value: decimalOf(0) };
  const outside = (min !== undefined && compare(min, zero)! > 0) || (max !== undefined && compare(max, zero)! < 0);
  return leaf({ kind, min, max }, { kind, notZero: outside });
}

function ofProving(json: JsonObject, kind: ProvingWord): Schema {
  if (kind !== "commitment") {
    closed(json, ["type", "format"]);
    return leaf({ kind }, { kind });
  }
  closed(json, ["type", "format", "x-digits"]);
  return leaf({ kind }, { kind, digits: bound(json, "x-digits", 0, 1, COMMITTED_DIGITS_MAX) });
}

/** Whether a part is sealed for itself. */
function holdsSealed({ shape }: Schema): boolean {
  const parts = shape.kind === "record" ? [...shape.members.values()].map(({ schema }) => schema) : [];
  if (shape.kind === "list" || shape.kind === "map") parts.push(shape.of);
  return parts.some(part => isSealed(part.type) || holdsSealed(part));
}

/** Adds `enum`, `const` and `default`, whose values must fit. */
function finished(schema: Schema, json: JsonObject): Schema {
  let choices: Value[] | undefined;
  if (json["const"] !== undefined) choices = [fitting(schema, json["const"])];
  if (json["enum"] !== undefined) {
    const items = json["enum"];
    if (!Array.isArray(items) || items.length === 0 || items.length > CHOICES_MAX) refuse("enum");
    choices = items.map(item => fitting(schema, item));
  }
  const bounded = choices === undefined ? schema : { ...schema, choices };
  if (json["default"] === undefined) return bounded;
  return { ...bounded, default: fitting(bounded, json["default"]) };
}

/** A value in its canonical plain form. */
function fitting(schema: Schema, json: Json): Value {
  try {
    const value = json === null ? undefined : validateOpen(schema, json);
    if (value !== undefined && canonicalText(toPlain(value)) === canonicalText(json)) return value;
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
  }
  return refuse("a value that does not fit");
}

/** The value before anything is assigned: the default, or a record of the defaults below it. */
export function initialOf(schema: Schema): Value {
  if (schema.default !== undefined || schema.shape.kind !== "record") return schema.default;
  const members = map([...schema.shape.members].map(([name, member]) => [name, initialOf(member.schema)]));
  return members.kind === "map" && members.value.size === 0 ? undefined : members;
}

/** The schema of a member of a record. */
export function memberSchema({ shape }: Schema, name: string): Schema | undefined {
  return shape.kind === "record" ? shape.members.get(name)?.schema : undefined;
}

/** The end of a pointer. */
function below(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Does something with a part; what does not fit there is named from the whole. */
function within<T>(name: string | number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Invalid ? new Invalid(`${below(String(name))}${error.pointer}`) : error;
  }
}

function invalid(pointer = ""): never {
  throw new Invalid(pointer);
}

/**
 * Reads plain JSON: texts become decimals, dates and so on, `null` is unassigned. In the place of personal data stands the
 * commitment to them. Throws {@link Invalid}.
 */
export function validate(schema: Schema, json: Json): Value {
  if (json === null) return undefined;
  if (!isSealed(schema.type)) return validateOpen(schema, json);
  return typeof json === "string" && isHash(json) ? { kind: "hash", value: json } : invalid();
}

/** As {@link validate}, for personal data out of their envelope. */
export function validateOpen(schema: Schema, json: Json): Assigned {
  const value = read(schema, json);
  checkBounds(schema, value);
  return value;
}

function read({ shape }: Schema, json: Json): Assigned {
  switch (shape.kind) {
    case "bool":
      return typeof json === "boolean" ? bool(json) : invalid();
    case "int":
      return typeof json === "number" ? { kind: "int", value: json } : invalid();
    case "opaque":
      return isObject(json) ? fromOpaque(json)! : invalid();
    case "list": {
      if (!Array.isArray(json)) invalid();
      return list(json.map((item, index) => within(index, () => validate(shape.of, item))));
    }
    case "map": {
      if (!isObject(json)) invalid();
      const names = sortedTexts(Object.keys(json));
      return map(names.map(name => [name, within(name, () => validate(shape.of, json[name]!))]));
    }
    case "record":
      return readRecord(shape, json);
    case "commitment":
    case "challenge":
    case "proof":
      return typeof json === "string" && readsAs(shape.kind, json) ? text(json) : invalid();
    default:
      return typeof json === "string" ? (fromText(shape.kind, json) ?? invalid()) : invalid();
  }
}

function readRecord({ members }: Shape & { kind: "record" }, json: Json): Assigned {
  if (!isObject(json)) invalid();
  const unknown = sortedTexts(Object.keys(json)).find(name => !members.has(name));
  if (unknown !== undefined) invalid(below(unknown));
  const found: [string, Value][] = [];
  for (const [name, { schema, required }] of members) {
    const value = within(name, () => validate(schema, Object.hasOwn(json, name) ? json[name]! : null));
    if (value === undefined && required) invalid(below(name));
    found.push([name, value]);
  }
  return map(found);
}

/** Bounds and choices of a value of the right kind. */
function checkBounds({ shape, choices }: Schema, value: Value): void {
  if (!isWithin(shape, value)) invalid();
  if (choices !== undefined && !choices.some(choice => identical(choice, value))) invalid();
}

function isWithin(shape: Shape, value: Value): boolean {
  const counted = (count: number, { min, max }: { min: number; max: number }) => min <= count && count <= max;
  switch (shape.kind) {
    case "int":
      return value?.kind !== "int" || counted(value.value, shape);
    case "text":
      return value?.kind !== "text" || counted(characters(value.value), shape);
    case "list":
      return value?.kind !== "list" || counted(value.value.length, shape);
    case "map":
      return value?.kind !== "map" || counted(value.value.size, shape);
    case "decimal":
    case "date":
    case "timestamp": {
      const { min, max } = shape;
      return (min === undefined || compare(min, value)! <= 0) && (max === undefined || compare(value, max)! <= 0);
    }
    default:
      return true;
  }
}

/** A value that must fit as it stands; an int becomes a decimal where one is asked. Throws {@link Invalid}. */
export function fit(schema: Schema, value: Value): Value {
  if (value === undefined) return undefined;
  if (isSealed(schema.type)) return value.kind === "hash" ? value : invalid();
  const found = fitKind(schema, value);
  checkBounds(schema, found);
  return found;
}

function fitKind({ shape }: Schema, value: Assigned): Assigned {
  if (shape.kind === "decimal" && value.kind === "int") return { kind: "decimal", value: decimalOf(value.value) };
  if (shape.kind === "list" && value.kind === "list") {
    return list(value.value.map((item, index) => within(index, () => fit(shape.of, item))));
  }
  if (shape.kind === "map" && value.kind === "map") {
    return map(byName(value.value).map(([name, member]) => [name, within(name, () => fit(shape.of, member))]));
  }
  if (shape.kind === "record" && value.kind === "map") {
    const missing = [...shape.members].find(([name, { required }]) => required && !value.value.has(name));
    if (missing !== undefined) invalid(below(missing[0]));
    const place = (name: string) => shape.members.get(name)?.schema ?? invalid(below(name));
    return map(
      byName(value.value).map(([name, member]) => {
        const schema = place(name);
        return [name, within(name, () => fit(schema, member))];
      }),
    );
  }
  if (isProvingWord(shape.kind)) return value.kind === "text" && readsAs(shape.kind, value.value) ? value : invalid();
  return shape.kind === value.kind || (shape.kind === "opaque" && value.kind === "map") ? value : invalid();
}

/** The data with what `seal` gives in the place of everything personal. Throws {@link Invalid} for what does not fit. */
export function sealData(
  schema: Schema,
  json: Json,
  seal: (pointer: string, value: Json) => string,
  pointer = "",
): Json {
  if (json === null) return null;
  if (isSealed(schema.type)) {
    return seal(pointer, toPlain(validateOpen(schema, json)));
  }
  const { shape } = schema;
  if (shape.kind === "list" && Array.isArray(json)) {
    return json.map((item, index) => sealData(shape.of, item, seal, `${pointer}/${index}`));
  }
  if (!isObject(json)) return json;
  return Object.fromEntries(
    sortedTexts(Object.keys(json)).map(name => {
      const part = shape.kind === "map" ? shape.of : memberSchema(schema, name);
      return [name, part === undefined ? json[name]! : sealData(part, json[name]!, seal, pointer + below(name))];
    }),
  );
}

/** A place of personal data in data whose envelopes are apart. */
export interface Sealed {
  /** JSON pointer into the data. */
  readonly pointer: string;
  readonly class: string;
  /** The commitment, `sha256:…`. */
  readonly hash: string;
}

/** The places of personal data, in the order of the names. */
export function sealedIn(schema: Schema, json: Json, pointer = ""): Sealed[] {
  if (isSealed(schema.type)) {
    const hash = typeof json === "string" && isHash(json) ? json : undefined;
    return hash === undefined ? [] : [{ pointer, class: schema.type.personal!, hash }];
  }
  const { shape } = schema;
  if (shape.kind === "list" && Array.isArray(json)) {
    return json.flatMap((item, index) => sealedIn(shape.of, item, `${pointer}/${index}`));
  }
  if (!isObject(json)) return [];
  return sortedTexts(Object.keys(json)).flatMap(name => {
    const part = shape.kind === "map" ? shape.of : memberSchema(schema, name);
    return part === undefined ? [] : sealedIn(part, json[name]!, pointer + below(name));
  });
}

function byName(members: ReadonlyMap<string, Assigned>): [string, Assigned][] {
  return [...members].sort(([left], [right]) => compareText(left, right));
}
