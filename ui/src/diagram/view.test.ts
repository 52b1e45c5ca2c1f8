import { expect, test } from "vitest";
import type { Diagram, Layout } from "./types";
import { beginScale, bounded, fitScale, frameHeight, layoutFor, READABLE } from "./view";

const layout = (width: number, height: number): Layout => ({ width, height, nodes: [], lines: [] });
const drawing = (wide: Layout, narrow: Layout): Diagram => ({
  title: "Lease",
  language: "en",
  roles: [],
  states: [],
  edges: [],
  words: [],
  wide,
  narrow,
});
const lease = drawing(layout(1_200, 300), layout(310, 860));

test("wide where it is almost all seen, narrow where it is not", () => {
  const chosen = [0, 340, 800, 830, 1_090, 3_000].map(room => layoutFor(lease, room) === lease.wide);
  expect(chosen).toEqual([true, false, false, true, true, true]);
});

test("a process that is too tall from top to bottom is scrolled from left to right, but not on a phone", () => {
  const large = drawing(layout(60_000, 2_000), layout(900, 50_000));
  expect(layoutFor(large, 1_090)).toBe(large.wide);
  expect(layoutFor(large, 340)).toBe(large.narrow);
});

test("nothing is shrunk beyond what can be read, nor blown up", () => {
  expect(beginScale(lease.wide, 1_160)).toBeCloseTo(1_160 / 1_200);
  expect(beginScale(lease.wide, 900)).toBe(READABLE);
  expect(Math.round(12 * READABLE)).toBe(11);
  expect(beginScale(lease.wide, 3_000)).toBe(1.25);
});

test("only what is tall gets a frame, and all of it can be shown in there", () => {
  expect(frameHeight(lease.narrow, 340, 800)).toBeUndefined();
  const tall = layout(900, 50_000);
  const frame = frameHeight(tall, 1_000, 900);
  expect(frame).toBe(720);
  const fit = fitScale(tall, 1_000, frame);
  expect(tall.height * fit).toBeCloseTo(720);
  expect(bounded(0.001, fit)).toBe(fit);
  expect(bounded(100, fit)).toBe(3);
  // What fits as it stands can still be made a little smaller, not larger than of use.
  expect(bounded(0.1, 1)).toBe(READABLE);
});
