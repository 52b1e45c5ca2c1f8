// Times as people say them: to the second within a day, the weekday within a week, else the date.
import { locale } from "../messages";

const DAY_MS = 86_400_000;

const formats = {
  clock: new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
  minute: new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  weekday: new Intl.DateTimeFormat(locale, { weekday: "short" }),
  date: new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" }),
  day: new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }),
  full: new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" }),
};

/** Whether both lie on one day of this time zone. */
export function sameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}

/** A time, seen from `now`. What is no time is given back as it is. */
export function when(iso: string, now: Date = new Date()): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  if (sameDay(at, now)) return formats.clock.format(at);
  if (Math.abs(at.getTime() - now.getTime()) < 6 * DAY_MS)
    return `${formats.weekday.format(at)} ${formats.minute.format(at)}`;
  return `${formats.date.format(at)}, ${formats.minute.format(at)}`;
}

/** 14:31 */
export function minute(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : formats.minute.format(at);
}

/** 18 November 2026 */
export function date(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : formats.date.format(at);
}

/** Friday 20 November; with the year if it is another one. */
export function day(iso: string, now: Date = new Date()): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return at.getFullYear() === now.getFullYear() ? formats.day.format(at) : formats.date.format(at);
}

/** With the zone: for titles and the raw view. */
export function fullTime(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : formats.full.format(at);
}
