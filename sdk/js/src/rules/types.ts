// Static types: what an expression may read, and what it gives (docs/spec/rules.md).

import { position } from "./value.js";

/** What values of a type are. `any` is of no known type and fits everywhere; `opaque` is copied, never read. */
export type Kind =
  | "any"
  | "bool"
  | "int"
  | "decimal"
  | "text"
  | "date"
  | "timestamp"
  | "duration"
  | "hash"
  | "party"
  | "commitment"
  | "challenge"
  | "proof"
  | "opaque"
  | "list"
  | "map"
  | "record";

/** A static type. */
export interface Type {
  readonly kind: Kind;
  /** Whether it may be left out. */
  readonly optional?: boolean;
  /** The class of personal data, which are carried and never computed with. */
  readonly personal?: string | undefined;
  /** Of a number: whether its bounds leave zero out. */
  readonly notZero?: boolean;
  /** Of a text, list or map: most characters, items or members. */
  readonly max?: number;
  /** Of a list: fewest items. */
  readonly min?: number;
  /** Of a list or map. */
  readonly of?: Type;
  /** Of a commitment: digits after the point of its number; 0 stands for none. */
  readonly digits?: number;
  /** Of a record. */
  readonly members?: ReadonlyMap<string, Type>;
}

/** Most characters of a text unless a schema says otherwise. */
export const TEXT_MAX_DEFAULT = 10_000;
/** Most items of a list or map unless a schema says otherwise. */
export const ITEMS_MAX_DEFAULT = 1_000;

export const ANY: Type = { kind: "any" };
export const BOOL: Type = { kind: "bool" };
export const INT: Type = { kind: "int" };
export const DECIMAL: Type = { kind: "decimal" };
export const TIMESTAMP: Type = { kind: "timestamp" };

/** A text of at most so many characters. */
export function textType(max: number): Type {
  return { kind: "text", max };
}

/** A record. */
export function recordType(members: Iterable<readonly [string, Type]>): Type {
  return { kind: "record", members: new Map(members) };
}

/** The same type, expectedly unassigned at times. */
export function optional(type: Type): Type {
  return { ...type, optional: true };
}

/** A file that a response brings. */
export const ATTACHMENT: Type = recordType([
  ["hash", { kind: "hash" }],
  ["name", textType(TEXT_MAX_DEFAULT)],
  ["media", textType(TEXT_MAX_DEFAULT)],
  ["bytes", INT],
]);

/** Its most characters, items or members: what an operation on it is charged for. */
export function lengthMax(type: Type): number {
  return type.kind === "record" ? type.members!.size : (type.max ?? 0);
}

/** Whether an operator on numbers takes it. */
export function isNumber({ kind }: Type): boolean {
  return kind === "int" || kind === "decimal" || kind === "any";
}

/** Whether its values have no parts. */
export function prints({ kind }: Type): boolean {
  return kind !== "list" && kind !== "map" && kind !== "record" && kind !== "opaque";
}

/** Whether personal data are in it, at any depth. */
export function holdsPersonal(type: Type): boolean {
  if (type.personal !== undefined) return true;
  if (type.of !== undefined) return holdsPersonal(type.of);
  return [...(type.members?.values() ?? [])].some(holdsPersonal);
}

/** The type at a path of member names and list positions, for paths that are written to or signed for. */
export function typeAt(type: Type, path: readonly string[]): Type | undefined {
  let found: Type | undefined = type;
  for (const name of path) {
    if (found?.kind === "record") found = found.members!.get(name);
    else if (found?.kind === "map") found = found.of;
    else found = found?.kind === "list" && position(name) !== undefined ? found.of : undefined;
  }
  return found;
}

/** The type of a member that an expression reads; personal data stay personal in their members. */
export function memberOf(type: Type, name: string): Type | undefined {
  if (type.kind === "any") return ANY;
  const member = type.kind === "record" ? type.members!.get(name) : type.kind === "map" ? type.of : undefined;
  if (member === undefined) return undefined;
  const whole = member.optional === true || type.optional === true;
  return { ...member, personal: member.personal ?? type.personal, optional: whole };
}

/**
 * Whether its values lie in an envelope of their own, so that what stands here is a commitment: personal data but for
 * attachments, which are commitments already.
 */
export function isSealed(type: Type): boolean {
  return type.personal !== undefined && !identicalTypes({ kind: type.kind, members: type.members } as Type, ATTACHMENT);
}

/**
 * Whether a value of the type `other` may stand here: an int where a decimal is asked, nothing else converts. Personal
 * data fit in their own class alone, and nothing else fits there.
 */
export function accepts(type: Type, other: Type): boolean {
  if (other.kind !== "any" && type.personal !== other.personal) return false;
  if (type.kind === "any" || other.kind === "any") return true;
  if (type.kind === "decimal" && other.kind === "int") return true;
  if (type.kind === "map" && other.kind === "record") {
    return [...other.members!.values()].every(member => accepts(type.of!, member));
  }
  if (type.kind !== other.kind || (type.digits ?? 0) !== (other.digits ?? 0)) return false;
  if (type.of !== undefined) return accepts(type.of, other.of!);
  if (type.kind !== "record") return true;
  const missing = [...type.members!].some(([name, member]) => member.optional !== true && !other.members!.has(name));
  const fits = ([name, member]: [string, Type]) => {
    const place = type.members!.get(name);
    return place !== undefined && accepts(place, member);
  };
  return !missing && [...other.members!].every(fits);
}

/** The type of a value that comes from either side; nothing if there is none. */
export function join(left: Type, right: Type): Type | undefined {
  const found = joinKinds(left, right);
  if (found === undefined) return undefined;
  const unknown = left.kind === "any" || right.kind === "any";
  if (!unknown && left.personal !== right.personal) return undefined;
  const personal = left.kind === "any" ? right.personal : left.personal;
  return { ...found, optional: left.optional === true || right.optional === true, personal };
}

function joinKinds(left: Type, right: Type): Type | undefined {
  if (left.kind === "any") return right;
  if (right.kind === "any") return left;
  const numbers = isNumber(left) && isNumber(right);
  if (numbers) {
    const kind = left.kind === "int" && right.kind === "int" ? "int" : "decimal";
    return { kind, notZero: left.notZero === true && right.notZero === true };
  }
  const kinds = [left.kind, right.kind];
  if (kinds.includes("map") && kinds.includes("record")) {
    const [whole, record] = left.kind === "map" ? [left, right] : [right, left];
    let of: Type | undefined = whole.of!;
    for (const member of record.members!.values()) of = of === undefined ? undefined : join(of, member);
    return of && { kind: "map", of, max: Math.max(whole.max!, record.members!.size) };
  }
  if (left.kind !== right.kind || (left.digits ?? 0) !== (right.digits ?? 0)) return undefined;
  const max = Math.max(left.max ?? 0, right.max ?? 0);
  switch (left.kind) {
    case "text":
      return { kind: "text", max };
    case "list":
    case "map": {
      const of = join(left.of!, right.of!);
      return of && { kind: left.kind, of, max, min: Math.min(left.min ?? 0, right.min ?? 0) };
    }
    case "record":
      return joinRecords(left.members!, right.members!);
    case "commitment":
      return { kind: "commitment", digits: left.digits ?? 0 };
    default:
      return { kind: left.kind };
  }
}

function joinRecords(left: ReadonlyMap<string, Type>, right: ReadonlyMap<string, Type>): Type | undefined {
  const members = new Map<string, Type>();
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [one, other] = [left.get(name), right.get(name)];
    const alone = one ?? other!;
    const found = one !== undefined && other !== undefined ? join(one, other) : alone.optional ? alone : undefined;
    if (found === undefined) return undefined;
    members.set(name, found);
  }
  return { kind: "record", members };
}

/** Whether a value of one type must be widened to stand in the other: ints where it has decimals. */
export function differs(from: Type, to: Type): boolean {
  if (from.kind === "int" && to.kind === "decimal") return true;
  if (from.kind === "record" && to.kind === "map") return [...from.members!.values()].some(one => differs(one, to.of!));
  if (from.kind !== to.kind) return false;
  if (from.of !== undefined) return differs(from.of, to.of!);
  return [...(from.members ?? [])].some(([name, member]) => {
    const place = to.members!.get(name);
    return place !== undefined && differs(member, place);
  });
}

/** Whether two types are one, in every part. */
export function identicalTypes(left: Type, right: Type): boolean {
  const alike =
    left.kind === right.kind &&
    (left.optional === true) === (right.optional === true) &&
    left.personal === right.personal &&
    (left.notZero === true) === (right.notZero === true) &&
    (left.max ?? 0) === (right.max ?? 0) &&
    (left.digits ?? 0) === (right.digits ?? 0) &&
    (left.min ?? 0) === (right.min ?? 0);
  if (!alike) return false;
  if (left.of !== undefined) return identicalTypes(left.of, right.of!);
  if (left.members === undefined) return true;
  return (
    left.members.size === right.members!.size &&
    [...left.members].every(([name, member]) => {
      const other = right.members!.get(name);
      return other !== undefined && identicalTypes(member, other);
    })
  );
}
