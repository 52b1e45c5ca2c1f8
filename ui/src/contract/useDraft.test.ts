import type { CheckedDraft } from "@countersign/sdk";
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Own } from "../keys/useVoice";
import { PAUSE_MS, useDraft, type Wish } from "./useDraft";

const { prepare } = vi.hoisted(() => ({ prepare: vi.fn() }));
vi.mock("@countersign/sdk", async original => ({ ...(await original<object>()), prepare }));

const identity = { identity: "idn_a", key: "key_a" } as Own["identity"];
const wishOf = (rent: string): Wish => ({ payload: { rent }, envelopes: [], attachments: {} });
const draftOf = (rent: string) => ({ payload: { rent } }) as unknown as CheckedDraft;

beforeEach(() => {
  vi.useFakeTimers();
  prepare.mockReset();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** The state of each render, newest last. */
function drafting(first: Wish) {
  const states: string[] = [];
  const hook = renderHook(
    ({ wish, position }: { wish: Wish | undefined; position: number }) => {
      const found = useDraft(identity, "ctr_a", position, wish);
      states.push(found.drafted.state);
      return found;
    },
    { initialProps: { wish: first, position: 1 } as { wish: Wish | undefined; position: number } },
  );
  return { ...hook, states };
}

const pause = () => act(() => vi.advanceTimersByTimeAsync(PAUSE_MS));

test("after an edit the draft of before is not ready in any render", async () => {
  const [first, second] = [wishOf("900.00"), wishOf("700.00")];
  prepare.mockResolvedValueOnce(draftOf("900.00"));
  const { result, rerender, states } = drafting(first);
  await pause();
  expect(result.current.drafted).toEqual({ state: "ready", draft: draftOf("900.00"), wish: first });
  states.length = 0;
  let answer: (draft: CheckedDraft) => void = () => undefined;
  prepare.mockReturnValueOnce(new Promise<CheckedDraft>(resolve => (answer = resolve)));
  rerender({ wish: second, position: 1 });
  await pause();
  expect(new Set(states)).toEqual(new Set(["drafting"]));
  await act(async () => answer(draftOf("700.00")));
  expect(result.current.drafted).toEqual({ state: "ready", draft: draftOf("700.00"), wish: second });
});

test("while the contract grows the draft of the same wish stays, until there is a newer one", async () => {
  const wish = wishOf("900.00");
  prepare.mockResolvedValueOnce(draftOf("old")).mockResolvedValueOnce(draftOf("new"));
  const { result, rerender } = drafting(wish);
  await pause();
  rerender({ wish, position: 2 });
  expect(result.current.drafted).toMatchObject({ state: "ready", draft: draftOf("old") });
  await pause();
  expect(result.current.drafted).toMatchObject({ state: "ready", draft: draftOf("new") });
});

test("a refusal is of one wish, and a draft that is asked for anew is not ready before it is there", async () => {
  prepare.mockRejectedValueOnce(new Error("no")).mockResolvedValue(draftOf("new"));
  const { result, rerender } = drafting(wishOf("900.00"));
  await pause();
  expect(result.current.drafted.state).toBe("refused");
  rerender({ wish: wishOf("700.00"), position: 1 });
  expect(result.current.drafted.state).toBe("drafting");
  await pause();
  act(() => result.current.again());
  expect(result.current.drafted.state).toBe("drafting");
  await pause();
  expect(result.current.drafted.state).toBe("ready");
  rerender({ wish: undefined, position: 1 });
  expect(result.current.drafted.state).toBe("none");
});
