import { expect, test } from "vitest";
import { latency, rate, readSample } from "./metrics";

const bucket = (route: string, bound: string, count: number): string =>
  `countersign_http_request_seconds_bucket{route="${route}",le="${bound}"} ${count}`;

test("numbers are summed over their labels", () => {
  const sample = readSample('# HELP a\na 1\nb{x="1"} 2\nb{x="2"} 3\nnonsense\nc NaN\n', 0);
  expect([...sample.sums]).toEqual([
    ["a", 1],
    ["b", 5],
  ]);
});

test("a rate is growth a second; a node that began again leaves a gap", () => {
  const samples = [
    [0, 10],
    [5_000, 20],
    [10_000, 0],
  ].map(([at, value]) => readSample(`a ${value}`, at ?? 0));
  expect(rate(samples, "a")).toEqual([
    { ago: 5, value: 2 },
    { ago: 0, value: undefined },
  ]);
});

test("95 of 100 requests, without the stream of events", () => {
  const text = (fast: number, all: number): string =>
    [
      bucket("/v1/node", "0.005", fast),
      bucket("/v1/node", "0.01", all),
      bucket("/v1/node", "+Inf", all),
      bucket("/v1/events", "0.005", 0),
      bucket("/v1/events", "+Inf", 1_000),
    ].join("\n");
  const samples = [readSample(text(0, 0), 0), readSample(text(96, 100), 1_000), readSample(text(97, 200), 2_000)];
  expect(latency(samples).map(({ value }) => value)).toEqual([5, 10]);
  expect(latency([samples[0]!, samples[0]!]).map(({ value }) => value)).toEqual([undefined]);
});
