// What a mandate covers (docs/spec/member.md, "Mandate").

import { isObject, type Json } from "../json.js";
import type { Mandate } from "./payloads.js";

/** What somebody wants to do. */
export interface MandateRequest {
  person: string;
  key: string;
  actor: string | undefined;
  action: string;
  /** Milliseconds since 1970. */
  time: number;
}

const DIGITS_MAX = 28;

/** A decimal as coefficient over a power of ten, or nothing. */
function decimal(value: Json | undefined): { coefficient: bigint; scale: number } | undefined {
  if (typeof value === "number") return { coefficient: BigInt(value), scale: 0 };
  if (typeof value !== "string" || !/^-?[0-9]+(\.[0-9]+)?$/.test(value)) return undefined;
  const [whole, fraction = ""] = value.split(".");
  if (fraction.length > DIGITS_MAX || whole!.length > DIGITS_MAX + 1) return undefined;
  return { coefficient: BigInt(whole! + fraction), scale: fraction.length };
}

function atMost(left: Json | undefined, right: Json | undefined): boolean {
  const [one, other] = [decimal(left), decimal(right)];
  if (one === undefined || other === undefined) return false;
  return one.coefficient * 10n ** BigInt(other.scale) <= other.coefficient * 10n ** BigInt(one.scale);
}

function names(list: "all" | string[], name: string): boolean {
  return list === "all" || list.includes(name);
}

/** Whether a mandate names the request, before its limits are looked at. */
export function covers(mandate: Mandate, request: MandateRequest): boolean {
  return (
    mandate.person === request.person &&
    (mandate.key === undefined || mandate.key === request.key) &&
    (request.actor === undefined || names(mandate.actors, request.actor)) &&
    names(mandate.actions, request.action) &&
    (mandate.from === undefined || mandate.from <= request.time) &&
    (mandate.until === undefined || request.time < mandate.until)
  );
}

/** The first field of the data that is beyond a limit, or nothing. */
export function beyond(mandate: Mandate, data: Json): string | undefined {
  const value = (field: string) => (isObject(data) && Object.hasOwn(data, field) ? data[field] : undefined);
  const broken = mandate.limits.find(({ field, max }) => {
    const given = value(field);
    return given !== undefined && given !== null && !atMost(given, max);
  });
  return broken?.field;
}
