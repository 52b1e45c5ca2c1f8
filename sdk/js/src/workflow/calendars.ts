// Calendars in canonical form (docs/spec/scenario.md, "Calendars").

import type { Json } from "../json.js";
import { Calendar } from "../rules/calendar.js";
import { DAY_MS, parseDate, parseTimestamp } from "../rules/time.js";
import { closed, described, items, named, refuse } from "./form.js";

const CALENDARS_MAX = 100;
const CALENDAR_DAYS_MAX = 73_050;
const HOLIDAYS_MAX = 2_000;
const OFFSET_CHANGES_MAX = 200;
const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Compiles the calendars, by name. */
export function loadCalendars(value: Json | undefined): ReadonlyMap<string, Calendar> {
  return new Map(named(value, CALENDARS_MAX).map(([name, calendar]) => [name, loadCalendar(calendar)]));
}

/** Compiles one calendar. */
export function loadCalendar(value: Json): Calendar {
  const calendar = closed(value, ["title", "week", "holidays", "offset", "covers"], ["offset_changes"]);
  described(calendar);
  const week = items(calendar["week"], 7).map(day => WEEK.indexOf(day as string) + 1);
  if (week.includes(0)) refuse("a day of the week");
  const covers = closed(calendar["covers"], ["from", "to"], []);
  const [from, to] = [dayOf(covers["from"]), dayOf(covers["to"])];
  if (from > to || to - from > CALENDAR_DAYS_MAX) refuse("what a calendar covers");
  const changes = items(calendar["offset_changes"], OFFSET_CHANGES_MAX).map(change => {
    const { from: since, offset } = closed(change, ["from", "offset"], []);
    return [sinceOf(since), offsetOf(offset)] as const;
  });
  return new Calendar({
    week: new Set(week),
    holidays: items(calendar["holidays"], HOLIDAYS_MAX, 0).map(dayOf),
    offset: offsetOf(calendar["offset"]),
    changes: new Map(changes),
    from,
    to,
  });
}

function dayOf(value: Json | undefined): number {
  return (typeof value === "string" ? parseDate(value) : undefined) ?? refuse("a date");
}

/** A moment, or the start of a date in UTC. */
function sinceOf(value: Json | undefined): number {
  const moment = typeof value === "string" ? parseTimestamp(value) : undefined;
  return moment ?? dayOf(value) * DAY_MS;
}

/** Milliseconds of `+01:00`, at most 14 hours 59 minutes. */
function offsetOf(value: Json | undefined): number {
  const parts = typeof value === "string" ? /^([+-])([0-9]{2}):([0-9]{2})$/.exec(value) : null;
  const [hours, minutes] = [Number(parts?.[2]), Number(parts?.[3])];
  if (parts === null || hours > 14 || minutes > 59) return refuse("an offset");
  const ms = (hours * 60 + minutes) * 60_000;
  return parts[1] === "-" ? 0 - ms : ms;
}
