// What a mandate covers (docs/spec/member.md, "Mandate").

import { isObject, type Json } from "../json.js";
import { compareDecimals, decimalOf, parseDecimal, type Decimal } from "../rules/decimal.js";
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

/** A number of the data as a decimal, or nothing. */
function decimal(value: Json): Decimal | undefined {
  if (typeof value === "number") return decimalOf(value);
  return typeof value === "string" ? parseDecimal(value) : undefined;
}

function atMost(given: Json, max: string): boolean {
  const [one, other] = [decimal(given), parseDecimal(max)];
  return one !== undefined && other !== undefined && compareDecimals(one, other) <= 0;
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
