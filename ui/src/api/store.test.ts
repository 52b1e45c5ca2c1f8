import { ProblemError } from "@countersign/sdk/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Store, topicsOf } from "./store";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(50);

test("one question is asked once, however many show it, and again after an event of its topic", async () => {
  const store = new Store();
  let answer = 1;
  const fetch = vi.fn(async () => answer);
  const listener = vi.fn();
  store.watch("a", ["contract:x"], fetch, listener);
  store.watch("a", ["contract:x"], fetch, listener);
  expect(store.peek("a").reading).toBe(true);
  await settle();
  expect(store.peek("a").data).toBe(1);
  expect(fetch).toHaveBeenCalledTimes(1);
  answer = 2;
  store.touch("contract:y");
  await settle();
  expect(fetch).toHaveBeenCalledTimes(1);
  store.touch("contract:x");
  store.touch("contract:x");
  await settle();
  expect(fetch).toHaveBeenCalledTimes(2);
  expect(store.peek("a").data).toBe(2);
});

test("the old answer stays while a new one is read, and when it is refused", async () => {
  const store = new Store();
  const fetch = vi
    .fn(async () => "new")
    .mockResolvedValueOnce("old")
    .mockRejectedValueOnce(new ProblemError(409, "not_now", "not now"));
  store.watch("a", ["t"], fetch, () => undefined);
  await settle();
  store.touch("t");
  await settle();
  expect(store.peek("a")).toMatchObject({ data: "old", problem: { code: "not_now" }, reading: false });
  store.again("a");
  await settle();
  expect(store.peek("a")).toMatchObject({ data: "new", problem: undefined });
});

test("an event during a reading causes another: nothing is missed", async () => {
  const store = new Store();
  let release: (value: number) => void = () => undefined;
  const fetch = vi.fn(() => new Promise<number>(done => (release = done)));
  store.watch("a", ["t"], fetch, () => undefined);
  store.touch("t");
  await settle();
  release(1);
  await settle();
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("a node that is away is asked again by itself; a refusal is not", async () => {
  const store = new Store();
  const away = vi.fn(() => Promise.reject(new ProblemError(0, "unreachable", "away")));
  const hidden = vi.fn(() => Promise.reject(new ProblemError(404, "unknown_contract", "hidden")));
  store.watch("away", [], away, () => undefined);
  store.watch("hidden", [], hidden, () => undefined);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(away.mock.calls.length).toBeGreaterThan(1);
  expect(hidden).toHaveBeenCalledTimes(1);
});

test("what nobody shows is not read, and is forgotten", async () => {
  const store = new Store();
  const fetch = vi.fn(async () => 1);
  const leave = store.watch("a", ["t"], fetch, () => undefined);
  await settle();
  leave();
  store.touch("t");
  await settle();
  expect(fetch).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(61_000);
  expect(store.peek("a").data).toBeUndefined();
});

test("an event of a contract touches its pages and the lists", () => {
  expect(topicsOf({ kind: "extended", contract: "ctr_x" })).toEqual(
    expect.arrayContaining(["contract:ctr_x", "entries:ctr_x", "inbox", "contracts"]),
  );
  expect(topicsOf({ kind: "received", contract: "ctr_x" })).toEqual(["waiting", "contract:ctr_x"]);
});
