// The numbers of the node, in the text format of Prometheus, sampled while somebody looks.
import { useEffect, useState } from "react";
import { client } from "../api/session";

/** Seconds between two samples. */
const EVERY_S = 5;
/** So many samples are kept: a quarter of an hour. */
const KEPT = 180;

/** The numbers at one moment; those with labels are summed, and kept by their labels, too. */
export interface Sample {
  at: number;
  sums: ReadonlyMap<string, number>;
  labelled: ReadonlyMap<string, number>;
}

/** Reads numbers. What cannot be read is left out. */
export function readSample(text: string, at: number): Sample {
  const sums = new Map<string, number>();
  const labelled = new Map<string, number>();
  for (const line of text.split("\n")) {
    const found = /^([a-z_]+)(\{.*\})? (\S+)$/.exec(line);
    const value = Number(found?.[3]);
    if (found?.[1] === undefined || !Number.isFinite(value)) continue;
    sums.set(found[1], (sums.get(found[1]) ?? 0) + value);
    if (found[2] !== undefined) labelled.set(found[1] + found[2], value);
  }
  return { at, sums, labelled };
}

/** A point of a chart: seconds before the newest sample, and what was measured there. */
export interface Point {
  ago: number;
  value: number | undefined;
}

/** How much a counter grew a second, between samples. A counter that fell began again with the node. */
export function rate(samples: readonly Sample[], name: string): Point[] {
  return between(samples, (before, after, seconds) => {
    const grown = (after.sums.get(name) ?? 0) - (before.sums.get(name) ?? 0);
    return grown < 0 ? undefined : grown / seconds;
  });
}

const LATENCY = "countersign_http_request_seconds_bucket";
/** The stream of events stays open: its length says nothing about speed. */
const STREAM = /route="[^"]*\/events"/;

/** Within how many milliseconds 95 of 100 requests were answered, between samples: the bound of a bucket. */
export function latency(samples: readonly Sample[]): Point[] {
  return between(samples, (before, after) => {
    const grown = new Map<number, number>();
    for (const [name, value] of after.labelled) {
      const bound = name.startsWith(LATENCY) && !STREAM.test(name) ? /le="([^"]+)"/.exec(name)?.[1] : undefined;
      if (bound === undefined) continue;
      const seconds = bound === "+Inf" ? Infinity : Number(bound);
      grown.set(seconds, (grown.get(seconds) ?? 0) + value - (before.labelled.get(name) ?? 0));
    }
    const all = grown.get(Infinity) ?? 0;
    if (all <= 0) return undefined;
    const bounds = [...grown].sort(([left], [right]) => left - right);
    const found = bounds.find(([, count]) => count >= 0.95 * all)?.[0];
    return found === undefined || found === Infinity ? undefined : 1_000 * found;
  });
}

function between(
  samples: readonly Sample[],
  measure: (before: Sample, after: Sample, seconds: number) => number | undefined,
): Point[] {
  const newest = samples.at(-1)?.at ?? 0;
  return samples.slice(1).map((after, at) => {
    const before = samples[at] ?? after;
    const seconds = (after.at - before.at) / 1_000;
    return { ago: (newest - after.at) / 1_000, value: seconds > 0 ? measure(before, after, seconds) : undefined };
  });
}

/** Samples since the page is open, newest last. A node that does not answer leaves a gap. */
export function useSamples(): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    let open = true;
    const take = async (): Promise<void> => {
      try {
        const text = await (await client.request("GET", "/metrics")).text();
        if (open) setSamples(before => [...before.slice(1 - KEPT), readSample(text, Date.now())]);
      } catch {
        // The frame says that the node does not answer.
      }
    };
    void take();
    const timer = setInterval(() => void take(), EVERY_S * 1_000);
    return () => {
      open = false;
      clearInterval(timer);
    };
  }, []);
  return samples;
}
