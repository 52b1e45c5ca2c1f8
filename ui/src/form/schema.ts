// The schema dialect as forms need it (docs/spec/rules.md, "Schemas"): which control, which value to begin with, in
// which order. Whether a value fits is said by the SDK, the same way as by the node.
import type { Json as Data } from "@countersign/sdk";
import { validate, type Invalid, type Schema as Dialect } from "@countersign/sdk/schema";
import type { Json } from "../api/types";

/** A schema of the dialect. What a form does not read stays out of it. */
export interface Schema {
  type?: "boolean" | "integer" | "string" | "array" | "object";
  format?: "decimal" | "date" | "date-time" | "duration" | "hash" | "party" | "commitment" | "challenge" | "proof";
  $ref?: string;
  title?: Text;
  description?: Text;
  enum?: readonly Json[];
  const?: Json;
  default?: Json;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: false | Schema;
  items?: Schema;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  "x-min"?: string;
  "x-max"?: string;
  "x-unit"?: string;
  /** Of a commitment: digits after the point of its number. */
  "x-digits"?: number;
  /** The class of personal data. */
  "x-personal"?: string;
  ui?: { order?: readonly string[]; widget?: string; [hint: string]: Json | undefined };
  types?: Readonly<Record<string, Schema>>;
}

/** A text of a scenario: one language, or a map of them. */
type Text = string | Readonly<Record<string, string>>;

/** What the control of a field is. */
export type Control =
  | "switch"
  | "choice"
  | "integer"
  | "decimal"
  | "date"
  | "moment"
  | "duration"
  | "party"
  | "hidden"
  | "line"
  | "lines"
  | "list"
  | "map"
  | "record"
  | "attachment"
  | "opaque";

/** Values of JSON while they are filled in: what is missing is absent, a number that is none yet is its text. */
export type Draft = Json | undefined;

/** A longer text gets several lines. */
const LINE_MAX = 200;
/** The dialect has no more levels; a form of a foreign schema ends there, too. */
const DEPTH_MAX = 32;

/** A schema with its named type put in place. */
export function resolve(schema: Schema, types: Readonly<Record<string, Schema>> = {}): Schema {
  let found = schema;
  for (let depth = 0; found.$ref !== undefined && depth < DEPTH_MAX; depth++) {
    const name = found.$ref.replace(/^#\/types\//, "");
    const named = Object.hasOwn(types, name) ? types[name] : undefined;
    if (named === undefined) return {};
    const { $ref: _, ...own } = found;
    found = { ...named, ...own };
  }
  return found;
}

/** Which control a schema asks for. */
export function controlOf(schema: Schema): Control {
  if (schema.enum !== undefined || schema.const !== undefined) return "choice";
  switch (schema.type) {
    case "boolean":
      return "switch";
    case "integer":
      return "integer";
    case "array":
      return "list";
    case "string":
      return stringControl(schema);
    case "object":
      if (schema.properties !== undefined) return isAttachment(schema) ? "attachment" : "record";
      return typeof schema.additionalProperties === "object" ? "map" : "opaque";
    default:
      return "opaque";
  }
}

function stringControl(schema: Schema): Control {
  switch (schema.format) {
    case "decimal":
    case "date":
    case "duration":
    case "party":
      return schema.format;
    case "date-time":
      return "moment";
    case "hash":
      return "line";
    case "commitment":
    case "challenge":
    case "proof":
      return "hidden";
    default: {
      const most = schema.maxLength ?? 10_000;
      return schema.ui?.widget === "line" || (schema.ui?.widget !== "lines" && most <= LINE_MAX) ? "line" : "lines";
    }
  }
}

/** The record `{hash, name, media, bytes}`. */
function isAttachment(schema: Schema): boolean {
  return (
    Object.keys(schema.properties ?? {})
      .sort()
      .join() === "bytes,hash,media,name"
  );
}

/** Members of a record in the order in which they were written; those that the order forgets come last. */
export function members(schema: Schema): [string, Schema][] {
  const properties = schema.properties ?? {};
  const order = (schema.ui?.order ?? []).filter(name => Object.hasOwn(properties, name));
  const rest = Object.keys(properties).filter(name => !order.includes(name));
  return [...order, ...rest].map(name => [name, properties[name] ?? {}]);
}

/** What a form begins with: defaults, and records to fill in. */
export function begin(schema: Schema, types: Readonly<Record<string, Schema>> = {}, depth = 0): Draft {
  const real = resolve(schema, types);
  if (real.default !== undefined) return real.default;
  if (real.const !== undefined) return real.const;
  if (controlOf(real) !== "record" || depth >= DEPTH_MAX) return undefined;
  const record: Record<string, Json> = {};
  for (const [name, member] of members(real)) {
    if (!(real.required ?? []).includes(name)) continue;
    const value = begin(member, types, depth + 1);
    if (value !== undefined) record[name] = value;
  }
  return record;
}

/**
 * What of a draft may be kept in a browser: not what is personal, which is sealed in the contract, and no proof, which
 * holds for one question alone.
 */
export function keepable(
  schema: Schema,
  value: Draft,
  types: Readonly<Record<string, Schema>> = schema.types ?? {},
  depth = 0,
): Draft {
  const real = resolve(schema, types);
  if (real["x-personal"] !== undefined || real.format === "proof" || depth > DEPTH_MAX) return undefined;
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map(item => keepable(real.items ?? {}, item, types, depth + 1) ?? null);
  }
  if (!isRecord(value)) return value;
  const further = typeof real.additionalProperties === "object" ? real.additionalProperties : {};
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const own = real.properties !== undefined && Object.hasOwn(real.properties, name);
    const found = keepable(own ? (real.properties?.[name] ?? {}) : further, inner, types, depth + 1);
    return found === undefined ? [] : [[name, found] as const];
  });
  return Object.fromEntries(kept);
}

/** A record with one member set, or taken away. */
export function withMember(record: Draft, name: string, value: Draft): Json {
  const { [name]: _, ...rest } = isRecord(record) ? record : {};
  return value === undefined ? rest : { ...rest, [name]: value };
}

/** Whether a value is an object of JSON. */
export function isRecord(value: Draft): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text of a scenario in the language of the page, or any that it has. */
export function textOf(text: Text | undefined, language: string): string | undefined {
  if (text === undefined || typeof text === "string") return text;
  return text[language] ?? text["en"] ?? Object.values(text)[0];
}

/** `first_rent` → `First rent`: for fields without a title. */
export function labelOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A number of a control: the integer, or the text as it stands while it is none. */
export function integerOf(text: string): Draft {
  const typed = text.trim();
  if (typed === "") return undefined;
  const value = Number(typed);
  return /^-?\d+$/.test(typed) && Number.isSafeInteger(value) ? value : typed;
}

/** A decimal as it is written in the log: `1,234.50` and `1 234.50` are `1234.50`; what is none stays as typed. */
export function decimalOf(text: string): Draft {
  const typed = text.trim();
  if (typed === "") return undefined;
  const bare = typed.replace(/[\u00a0\u202f' ]/g, "");
  const grouped = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(bare) ? bare.replaceAll(",", "") : bare;
  return /^-?\d+(\.\d+)?$/.test(grouped) ? grouped : typed;
}

/** What of a form does not fit yet, said as the node would say it. The SDK's types differ from ours in what they lock. */
export function faultsOf(schema: Schema, value: Draft): Invalid[] {
  return validate(schema as unknown as Dialect, (value ?? {}) as Data);
}
