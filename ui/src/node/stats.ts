// The numbers that a node keeps of its last hour, as charts and tables need them.
import { useEffect } from "react";
import { useAnswer, type Asked } from "../api/hooks";
import type { Histogram, NodeStats } from "../api/types";

const MINUTE_MS = 60_000;

/** What a node counts by step. */
export type SeriesName = keyof NodeStats["series"];

/** Numbers of one minute, or of several. */
export interface Span {
  /** Its beginning, in milliseconds since 1970. */
  from: number;
  counts: Readonly<Record<SeriesName, number>>;
}

const NAMES: readonly SeriesName[] = ["requests", "refused", "submitted", "entries", "final"];

/** The last hour in spans of whole minutes of the clock, oldest first; the last is under way. */
export function spansOf(stats: NodeStats, minutes: number): Span[] {
  const length = minutes * MINUTE_MS;
  const now = Date.parse(stats.time);
  const spans = new Map<number, Record<SeriesName, number>>();
  for (const name of NAMES) {
    const steps = stats.series[name];
    steps.forEach((count, at) => {
      const time = now - (steps.length - 1 - at) * stats.step_seconds * 1_000;
      const from = Math.floor(time / length) * length;
      const counts = spans.get(from) ?? { requests: 0, refused: 0, submitted: 0, entries: 0, final: 0 };
      counts[name] += count;
      spans.set(from, counts);
    });
  }
  return [...spans].sort(([one], [other]) => one - other).map(([from, counts]) => ({ from, counts }));
}

/** How many minutes the numbers go back: fewer than 60 if the node began since. */
export function minutesOf(stats: NodeStats): number {
  return Math.max(1, Math.round((stats.series.requests.length * stats.step_seconds) / 60));
}

/** Within how many milliseconds this share lies: a bound of the histogram, `Infinity` above all; none if it is empty. */
export function within(histogram: Histogram, share: number): number | undefined {
  const all = sum(histogram.counts);
  if (all === 0) return undefined;
  let seen = 0;
  const at = histogram.counts.findIndex(count => (seen += count) >= share * all);
  return histogram.bounds_ms[at] ?? Infinity;
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

/** The numbers, read again with each step as long as the page is open. */
export function useStats(): Asked<NodeStats> {
  const asked = useAnswer<NodeStats>("/v1/node/stats", ["node"]);
  const { again } = asked;
  const every = (asked.data?.step_seconds ?? 10) * 1_000;
  useEffect(() => {
    const timer = setInterval(again, every);
    return () => clearInterval(timer);
  }, [again, every]);
  return asked;
}
