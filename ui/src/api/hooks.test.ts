import { ProblemError } from "@countersign/sdk/api";
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { useDoing } from "./hooks";
import { store } from "./session";

afterEach(cleanup);

test("what is asked for is busy until it is done, and what is shown is read again", async () => {
  const touch = vi.spyOn(store, "touch");
  const { result } = renderHook(() => useDoing());
  let end: (value: string) => void = () => undefined;
  const work = new Promise<string>(resolve => (end = resolve));
  let done: Promise<string | undefined> | undefined;
  act(() => void (done = result.current.act("test", () => work, "webhooks")));
  expect(result.current.busy).toBe("test");
  expect(touch).not.toHaveBeenCalled();
  await act(async () => end("well"));
  expect(await done).toBe("well");
  expect(result.current).toMatchObject({ busy: undefined, refusal: undefined });
  expect(touch).toHaveBeenCalledWith("webhooks");
});

test("a refusal is kept until the next attempt, and no other fault is swallowed", async () => {
  const { result } = renderHook(() => useDoing());
  const refused = new ProblemError(409, "not_open", "no");
  await act(async () => void (await result.current.act("a", () => Promise.reject(refused))));
  expect(result.current).toMatchObject({ busy: undefined, refusal: refused });
  await act(async () => void (await result.current.act("a", () => Promise.reject(new Error("no room")))));
  expect(result.current.refusal?.message).toContain("no room");
  await act(async () => void (await result.current.act("a", () => Promise.resolve())));
  expect(result.current.refusal).toBeUndefined();
});
