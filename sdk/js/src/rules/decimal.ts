// Decimal numbers of 28 significant digits (docs/spec/rules.md, "Typed values").

import type { Writer } from "../bytes.js";

/** A number `scaled` / 10^`scale`, with the smallest scale there is: equal numbers have equal parts. */
export interface Decimal {
  readonly scaled: bigint;
  readonly scale: number;
}

/** How a number loses digits. `up` and `down` go from and to zero. */
export type Rounding = "half_up" | "half_even" | "up" | "down" | "floor" | "ceiling";

/** Most significant digits, and most digits after the point. */
export const DIGITS_MAX = 28;
const BOUND = 10n ** BigInt(DIGITS_MAX);

/** Zero. */
export const ZERO: Decimal = { scaled: 0n, scale: 0 };

function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

function magnitudeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function make(scaled: bigint, scale: number): Decimal {
  if (scaled === 0n) return ZERO;
  let [rest, places] = [scaled, scale];
  while (places > 0 && rest % 10n === 0n) [rest, places] = [rest / 10n, places - 1];
  return { scaled: rest, scale: places };
}

/** The decimal of a whole number. */
export function decimalOf(value: number): Decimal {
  return { scaled: BigInt(value), scale: 0 };
}

/** Reads a decimal, or nothing. */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = /^(-?)(0|[1-9][0-9]{0,27})(?:\.([0-9]{1,28}))?$/.exec(text);
  if (parts === null) return undefined;
  const fraction = (parts[3] ?? "").replace(/0+$/, "");
  const magnitude = BigInt(`${parts[2]}${fraction}`);
  if (magnitude >= BOUND) return undefined;
  return make(parts[1] === "-" ? -magnitude : magnitude, fraction.length);
}

/** The canonical text of a decimal. */
export function decimalText({ scaled, scale }: Decimal): string {
  const digits = magnitudeOf(scaled)
    .toString()
    .padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${scaled < 0n ? "-" : ""}${whole}${scale === 0 ? "" : `.${digits.slice(-scale)}`}`;
}

/** Order by value: negative, zero or positive. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const scale = Math.max(left.scale, right.scale);
  const [one, other] = [atScale(left, scale), atScale(right, scale)];
  return one < other ? -1 : one > other ? 1 : 0;
}

function atScale(value: Decimal, scale: number): bigint {
  return value.scaled * powerOfTen(scale - value.scale);
}

/** Whether a magnitude of which `rest` / `divisor` is dropped becomes one more. */
function roundsUp(mode: Rounding, negative: boolean, quotient: bigint, rest: bigint, divisor: bigint): boolean {
  if (rest === 0n) return false;
  const twice = 2n * rest;
  switch (mode) {
    case "half_up":
      return twice >= divisor;
    case "half_even":
      return twice > divisor || (twice === divisor && (quotient & 1n) === 1n);
    case "up":
      return true;
    case "down":
      return false;
    case "floor":
      return negative;
    case "ceiling":
      return !negative;
  }
}

function divide(mode: Rounding, negative: boolean, top: bigint, bottom: bigint): bigint {
  const [quotient, rest] = [top / bottom, top % bottom];
  return roundsUp(mode, negative, quotient, rest, bottom) ? quotient + 1n : quotient;
}

/** An exact result, rounded half-even to what fits; nothing from 10^28 on. */
function fitted(exact: bigint, scale: number): Decimal | undefined {
  const [negative, magnitude] = [exact < 0n, magnitudeOf(exact)];
  if (magnitude < BOUND && scale <= DIGITS_MAX) return make(exact, scale);
  const excess = Math.max(magnitude.toString().length, scale) - DIGITS_MAX;
  const kept = scale - Math.max(excess, 0);
  if (kept < 0) return undefined;
  const quotient = divide("half_even", negative, magnitude, powerOfTen(Math.max(excess, 0)));
  // Rounding up may give 10^28, which fits only if it had digits after the point.
  const value = make(negative ? -quotient : quotient, kept);
  return magnitudeOf(value.scaled) < BOUND ? value : undefined;
}

/** The sum; nothing if it is too large. */
export function add(left: Decimal, right: Decimal): Decimal | undefined {
  const scale = Math.max(left.scale, right.scale);
  return fitted(atScale(left, scale) + atScale(right, scale), scale);
}

/** The number with the other sign. */
export function negated(value: Decimal): Decimal {
  return { scaled: -value.scaled, scale: value.scale };
}

/** The number without sign. */
export function absolute(value: Decimal): Decimal {
  return { scaled: magnitudeOf(value.scaled), scale: value.scale };
}

/** The product; nothing if it is too large. */
export function multiply(left: Decimal, right: Decimal): Decimal | undefined {
  return fitted(left.scaled * right.scaled, left.scale + right.scale);
}

/** The quotient by a divisor that is not zero: as many of its digits as fit. Nothing if it is too large. */
export function quotient(left: Decimal, right: Decimal): Decimal | undefined {
  if (left.scaled === 0n) return ZERO;
  const negative = left.scaled < 0n !== right.scaled < 0n;
  const [top, bottom] = [magnitudeOf(left.scaled), magnitudeOf(right.scaled)];
  const order = (value: bigint, scale: number) => value.toString().length - 1 - scale;
  // 10^(size−1) < quotient < 10^(size+1)
  const size = order(top, left.scale) - order(bottom, right.scale);
  if (size > DIGITS_MAX) return undefined;
  for (let places = Math.min(DIGITS_MAX - size, DIGITS_MAX); places >= 0; places--) {
    const shift = places - left.scale + right.scale;
    const found =
      shift >= 0
        ? divide("half_even", negative, top * powerOfTen(shift), bottom)
        : divide("half_even", negative, top, bottom * powerOfTen(-shift));
    if (found < BOUND) return make(negative ? -found : found, places);
  }
  return undefined;
}

/** What is left of a division to a whole number; it has the sign of the divisor, which is not zero. */
export function modulo(left: Decimal, right: Decimal): Decimal | undefined {
  const scale = Math.max(left.scale, right.scale);
  const divisor = atScale(right, scale);
  const rest = atScale(left, scale) % divisor;
  return fitted(rest !== 0n && rest < 0n !== divisor < 0n ? rest + divisor : rest, scale);
}

/** The number with at most so many digits after the point. */
export function round(value: Decimal, places: number, mode: Rounding): Decimal {
  if (value.scale <= places) return value;
  const negative = value.scaled < 0n;
  const found = divide(mode, negative, magnitudeOf(value.scaled), powerOfTen(value.scale - places));
  return make(negative ? -found : found, places);
}

/** A text with exactly so many digits after the point; nothing if the number has more. */
export function fixed(value: Decimal, places: number): string | undefined {
  if (value.scale > places) return undefined;
  const point = value.scale === 0 && places > 0 ? "." : "";
  return `${decimalText(value)}${point}${"0".repeat(places - value.scale)}`;
}

/** The whole number that a decimal is, if it is one within ±(2^53 − 1). */
export function wholeOf({ scaled, scale }: Decimal): number | undefined {
  const value = Number(scaled);
  return scale === 0 && Number.isSafeInteger(value) ? value : undefined;
}

/** Writes coefficient and exponent: the former zigzag and unbounded, without decimal zeros at its end. */
export function writeDecimal({ scaled, scale }: Decimal, out: Writer): void {
  let [coefficient, exponent] = [scaled, scale === 0 ? 0 : -scale];
  while (coefficient !== 0n && coefficient % 10n === 0n) [coefficient, exponent] = [coefficient / 10n, exponent + 1];
  let rest = coefficient < 0n ? -2n * coefficient - 1n : 2n * coefficient;
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  out.fixed(Uint8Array.from([...bytes, Number(rest)])).int(exponent);
}
