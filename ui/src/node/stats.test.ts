import { expect, test } from "vitest";
import type { NodeStats } from "../api/types";
import { minutesOf, spansOf, within } from "./stats";

const histogram = (...counts: number[]): NodeStats["request_times"] => ({ bounds_ms: [1, 5, 20], counts });

function stats(time: string, requests: number[]): NodeStats {
  const none = requests.map(() => 0);
  return {
    time,
    step_seconds: 10,
    series: { requests, refused: none, submitted: none, entries: none, final: none },
    request_times: histogram(),
    final_times: histogram(),
    contracts: { total: 0, loaded: 0, busy: 0 },
    outbox: { waiting: 0, dead: 0 },
    storage_bytes: 0,
  };
}

test("steps are summed by minutes of the clock, so that a bar stays as time goes on", () => {
  const counts = (found: NodeStats): unknown[] => spansOf(found, 1).map(({ from, counts }) => [from, counts.requests]);
  const noon = Date.parse("2026-11-21T12:00:00Z");
  expect(counts(stats("2026-11-21T12:00:15Z", [1, 2, 4, 8]))).toEqual([
    [noon - 60_000, 3],
    [noon, 12],
  ]);
  expect(counts(stats("2026-11-21T12:00:25Z", [1, 2, 4, 8, 16]))).toEqual([
    [noon - 60_000, 3],
    [noon, 28],
  ]);
  expect(spansOf(stats("2026-11-21T12:00:00Z", []), 1)).toEqual([]);
});

test("an hour is at most 61 minutes of the clock and 13 spans of five", () => {
  const hour = stats(
    "2026-11-21T12:00:35Z",
    Array.from({ length: 360 }, () => 1),
  );
  expect(spansOf(hour, 1)).toHaveLength(61);
  expect(spansOf(hour, 5)).toHaveLength(13);
  expect(minutesOf(hour)).toBe(60);
  expect(spansOf(hour, 5).reduce((all, span) => all + span.counts.requests, 0)).toBe(360);
});

test("a share lies within a bound, above all bounds, or nowhere", () => {
  expect(within(histogram(50, 45, 4, 1), 0.5)).toBe(1);
  expect(within(histogram(50, 45, 4, 1), 0.95)).toBe(5);
  expect(within(histogram(0, 0, 0, 3), 0.5)).toBe(Infinity);
  expect(within(histogram(0, 0, 0, 0), 0.5)).toBeUndefined();
});
