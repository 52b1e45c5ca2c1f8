// Days, moments of UTC and spans (docs/spec/rules.md, "Typed values"). A day is a count from 1970-01-01, a moment
// milliseconds from its start; no clock and no zone is asked.

/** Months, days and time are kept apart, because their lengths differ; all of one sign. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly ms: number;
}

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;
/** 10,000 years. */
const MONTHS_MAX = 120_000;
const DAYS_MAX = 3_652_425;

function monthLength(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function floorDivide(value: number, by: number): number {
  return Math.floor(value / by);
}

/** The day of a date of the years 1 to 9999, or nothing. */
export function dayOf(year: number, month: number, day: number): number | undefined {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return undefined;
  // Years begin in March, so that a leap day is the last of its year.
  const shifted = month <= 2 ? year - 1 : year;
  const era = floorDivide(shifted, 400);
  const ofEra = shifted - era * 400;
  const ofYear = floorDivide(153 * (month + (month > 2 ? -3 : 9)) + 2, 5) + day - 1;
  return era * 146_097 + ofEra * 365 + floorDivide(ofEra, 4) - floorDivide(ofEra, 100) + ofYear - 719_468;
}

/** Year, month and day of the month. */
export function civil(day: number): [number, number, number] {
  const days = day + 719_468;
  const era = floorDivide(days, 146_097);
  const ofEra = days - era * 146_097;
  const years = floorDivide(
    ofEra - floorDivide(ofEra, 1460) + floorDivide(ofEra, 36_524) - floorDivide(ofEra, 146_096),
    365,
  );
  const ofYear = ofEra - (365 * years + floorDivide(years, 4) - floorDivide(years, 100));
  const index = floorDivide(5 * ofYear + 2, 153);
  const month = index < 10 ? index + 3 : index - 9;
  const year = years + era * 400 + (month <= 2 ? 1 : 0);
  return [year, month, ofYear - floorDivide(153 * index + 2, 5) + 1];
}

/** Monday is 1. */
export function weekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

function isDay(day: number): boolean {
  return day >= FIRST_DAY && day <= LAST_DAY;
}

/** Reads a date `2026-05-01`, or nothing. */
export function parseDate(text: string): number | undefined {
  const parts = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  return parts === null ? undefined : dayOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, "0");
}

/** A date in text. */
export function dateText(day: number): string {
  const [year, month, ofMonth] = civil(day);
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(ofMonth, 2)}`;
}

/** The day of a moment, in UTC. */
export function dateOf(ms: number): number {
  return floorDivide(ms, DAY_MS);
}

/** A moment, if it lies within the years 1 to 9999. */
export function momentOf(ms: number): number | undefined {
  return isDay(dateOf(ms)) ? ms : undefined;
}

/** Reads a moment, with or without a fraction, which ends in `Z`; or nothing. */
export function parseTimestamp(text: string): number | undefined {
  const parts = /^([0-9-]{10})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,3}))?Z$/.exec(text);
  const day = parts === null ? undefined : parseDate(parts[1]!);
  if (parts === null || day === undefined) return undefined;
  const seconds = Number(parts[2]) * 3_600 + Number(parts[3]) * 60 + Number(parts[4]);
  return day * DAY_MS + seconds * 1_000 + Number((parts[5] ?? "").padEnd(3, "0"));
}

/** A moment in text, always with three digits of milliseconds. */
export function timestampText(ms: number): string {
  const day = dateOf(ms);
  const rest = ms - day * DAY_MS;
  const [hour, minute] = [floorDivide(rest, 3_600_000), floorDivide(rest, 60_000) % 60];
  const [second, fraction] = [floorDivide(rest, 1_000) % 60, rest % 1_000];
  return `${dateText(day)}T${digits(hour, 2)}:${digits(minute, 2)}:${digits(second, 2)}.${digits(fraction, 3)}Z`;
}

/** A span, or nothing if it is too long or of two signs. */
export function durationOf(months: number, days: number, ms: number): Duration | undefined {
  const mixed = Math.min(months, days, ms) < 0 && Math.max(months, days, ms) > 0;
  const long = Math.abs(months) > MONTHS_MAX || Math.abs(days) > DAYS_MAX || Math.abs(ms) > DAYS_MAX * DAY_MS;
  // Zero has one sign.
  return mixed || long ? undefined : { months: months + 0, days: days + 0, ms: ms + 0 };
}

/** The span backwards. */
export function backwards({ months, days, ms }: Duration): Duration {
  return { months: 0 - months, days: 0 - days, ms: 0 - ms };
}

const DURATION =
  /^(-?)P(?:([0-9]{1,10})Y)?(?:([0-9]{1,10})M)?(?:([0-9]{1,10})W)?(?:([0-9]{1,10})D)?(?:T(?:([0-9]{1,10})H)?(?:([0-9]{1,10})M)?(?:([0-9]{1,10})(?:\.([0-9]{1,3}))?S)?)?$/;

/** Reads a span such as `P30D`, or nothing. */
export function parseDuration(text: string): Duration | undefined {
  const parts = DURATION.exec(text);
  if (parts === null || /[PT]$/.test(text)) return undefined;
  const part = (at: number) => Number(parts[at] ?? 0);
  const fraction = Number((parts[9] ?? "").padEnd(3, "0"));
  const minutes = part(6) * 60 + part(7);
  const ms = minutes * 60_000 + part(8) * 1_000 + fraction;
  const found = durationOf(part(2) * 12 + part(3), part(4) * 7 + part(5), ms);
  return found !== undefined && parts[1] === "-" ? backwards(found) : found;
}

/** A span in text: `P<m>M<d>DT<s>S` without parts that are zero. */
export function durationText({ months, days, ms }: Duration): string {
  if (months === 0 && days === 0 && ms === 0) return "PT0S";
  const sign = months < 0 || days < 0 || ms < 0 ? "-P" : "P";
  const part = (count: number, letter: string) => (count === 0 ? "" : `${Math.abs(count)}${letter}`);
  const time = Math.abs(ms);
  const fraction = digits(time % 1_000, 3).replace(/0+$/, "");
  const seconds = time === 0 ? "" : `T${floorDivide(time, 1_000)}${fraction === "" ? "" : `.${fraction}`}S`;
  return `${sign}${part(months, "M")}${part(days, "D")}${seconds}`;
}

/** Order of spans; nothing of one with months and one without. */
export function compareDurations(left: Duration, right: Duration): number | undefined {
  if (left.months === 0 && right.months === 0) return left.days * DAY_MS + left.ms - (right.days * DAY_MS + right.ms);
  const onlyMonths = ({ days, ms }: Duration) => days === 0 && ms === 0;
  return onlyMonths(left) && onlyMonths(right) ? left.months - right.months : undefined;
}

/** Months first, down to the last day of the month; nothing outside the years 1 to 9999. */
function plusMonths(day: number, months: number): number | undefined {
  const [year, month, ofMonth] = civil(day);
  const count = year * 12 + month - 1 + months;
  const [newYear, newMonth] = [floorDivide(count, 12), (((count % 12) + 12) % 12) + 1];
  return dayOf(newYear, newMonth, Math.min(ofMonth, monthLength(newYear, newMonth)));
}

/** A day and a span; nothing outside the years 1 to 9999, or with a part of a day. */
export function plusDay(day: number, span: Duration): number | undefined {
  const moved = span.ms === 0 ? plusMonths(day, span.months) : undefined;
  return moved !== undefined && isDay(moved + span.days) ? moved + span.days : undefined;
}

/** A moment and a span; nothing outside the years 1 to 9999. */
export function plusTime(ms: number, span: Duration): number | undefined {
  const day = dateOf(ms);
  const moved = plusMonths(day, span.months);
  if (moved === undefined) return undefined;
  const found = moved * DAY_MS + (ms - day * DAY_MS) + span.days * DAY_MS + span.ms;
  return isDay(dateOf(found)) ? found : undefined;
}
