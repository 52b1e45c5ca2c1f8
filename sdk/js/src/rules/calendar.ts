// Working days and local midnights between two dates (docs/spec/scenario.md, "Calendars"). No zone is asked: offsets and
// their changes are written. Days, moments and offsets are numbers as in `time.ts`.

import { DAY_MS, dateOf, momentOf, weekday } from "./time.js";

/** What a calendar is made of. */
export interface CalendarParts {
  /** Monday is 1. */
  readonly week: ReadonlySet<number>;
  readonly holidays: readonly number[];
  /** Milliseconds ahead of UTC. */
  readonly offset: number;
  /** Offsets by the moment from which each holds. */
  readonly changes: ReadonlyMap<number, number>;
  readonly from: number;
  readonly to: number;
}

/** A calendar; outside its days every answer is nothing. */
export class Calendar {
  readonly #parts: CalendarParts;
  /** Days off on which work would be done otherwise, ascending. */
  readonly #off: readonly number[];
  readonly #changes: readonly (readonly [number, number])[];

  constructor(parts: CalendarParts) {
    this.#parts = parts;
    const off = new Set(parts.holidays.filter(day => parts.week.has(weekday(day))));
    this.#off = [...off].sort((one, other) => one - other);
    this.#changes = [...parts.changes].sort(([one], [other]) => one - other);
  }

  /** The local day of a moment. */
  date(time: number): number | undefined {
    const day = dateOf(time + this.#offsetAt(time));
    return this.#covers(day) ? day : undefined;
  }

  /** The working day that comes so many after a day; none for a negative count. */
  addBusinessDays(from: number, count: number): number | undefined {
    if (count < 0 || !this.#covers(from)) return undefined;
    if (count === 0) return from;
    let [before, by] = [from, this.#parts.to];
    if (this.#workingDays(from, by) < count) return undefined;
    while (by - before > 1) {
      const middle = Math.floor((before + by) / 2);
      if (this.#workingDays(from, middle) < count) before = middle;
      else by = middle;
    }
    return by;
  }

  /** The moment at which a local day ends. */
  endOf(day: number): number | undefined {
    if (!this.#covers(day)) return undefined;
    const midnight = (day + 1) * DAY_MS;
    // The offset that holds just before: first with the base offset, then with the one found there.
    const guess = momentOf(midnight - this.#parts.offset);
    return guess === undefined ? undefined : momentOf(midnight - this.#offsetAt(guess));
  }

  #covers(day: number): boolean {
    return this.#parts.from <= day && day <= this.#parts.to;
  }

  #offsetAt(time: number): number {
    return this.#changes.findLast(([from]) => from <= time)?.[1] ?? this.#parts.offset;
  }

  /** How many working days lie after a day, up to and with another one. */
  #workingDays(after: number, to: number): number {
    const { week } = this.#parts;
    const days = to - after;
    const rest = days % 7;
    let count = Math.floor(days / 7) * week.size;
    for (let day = after + 1; day <= after + rest; day++) if (week.has(weekday(day))) count++;
    return count - (this.#offUntil(to) - this.#offUntil(after));
  }

  /** How many days off lie up to and with a day. */
  #offUntil(last: number): number {
    let [low, high] = [0, this.#off.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#off[middle]! <= last) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
