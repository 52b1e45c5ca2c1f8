// Ids and times in text (docs/spec/types.md).

import { DecodeError, compareBytes, fromBase32, toBase32, type Reader } from "./bytes.js";

/** What an id names. */
export type IdPrefix = "ctr" | "ent" | "frd" | "idn" | "pay" | "rcp" | "scn" | "stm";

/** The text of an id. */
export function idText(prefix: IdPrefix, bytes: Uint8Array): string {
  return `${prefix}_${toBase32(bytes)}`;
}

/** The 32 bytes of an id, or nothing. */
export function idBytes(prefix: IdPrefix, text: string): Uint8Array | undefined {
  const bytes = text.startsWith(`${prefix}_`) ? fromBase32(text.slice(prefix.length + 1)) : undefined;
  return bytes?.length === 32 ? bytes : undefined;
}

/** The bytes of an id that was made by this library. */
export function bytesOf(id: string): Uint8Array {
  const bytes = fromBase32(id.slice(id.indexOf("_") + 1));
  if (bytes === undefined) throw new TypeError(`no id: ${id}`);
  return bytes;
}

/** Order of ids of one kind: that of their bytes, which is not that of their texts. */
export function compareIds(left: string, right: string): number {
  return left === right ? 0 : compareBytes(bytesOf(left), bytesOf(right));
}

/** Reads an id. */
export function readId(input: Reader, prefix: IdPrefix): string {
  return idText(prefix, input.fixed(32));
}

/** The text of the 8 bytes that name a key within its identity. */
export function keyText(bytes: Uint8Array): string {
  return `key_${toBase32(bytes)}`;
}

/** The 8 bytes of the name of a key, or nothing. */
export function keyBytes(text: string): Uint8Array | undefined {
  const bytes = text.startsWith("key_") ? fromBase32(text.slice(4)) : undefined;
  return bytes?.length === 8 ? bytes : undefined;
}

/** 0001-01-01T00:00:00.000Z in milliseconds since 1970. */
export const TIME_MIN = -62_135_596_800_000;
/** 9999-12-31T23:59:59.999Z. */
export const TIME_MAX = 253_402_300_799_999;

/** A time in text, always with milliseconds. */
export function timeText(millis: number): string {
  return new Date(millis).toISOString();
}

/** Milliseconds since 1970 of a text `2026-03-02T00:00:00.000Z`, or nothing. */
export function parseTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return undefined;
  const millis = Date.parse(text);
  return millis >= TIME_MIN && millis <= TIME_MAX && timeText(millis) === text ? millis : undefined;
}

/** Reads a time. */
export function readTime(input: Reader): number {
  const millis = Number(input.int());
  if (millis < TIME_MIN || millis > TIME_MAX) throw new DecodeError("value");
  return millis;
}
