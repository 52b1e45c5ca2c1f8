import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { topicsOf } from "../api/store";
import type { Run } from "../api/types";
import { RunLine } from "./Runs";

afterEach(cleanup);

const run: Run = { run: "run_a", process: "main", action: "pay", title: "Pay the rent", state: "done", attempts: 2 };
const text = (more: Partial<Run>): string =>
  render(<RunLine contract="ctr_a" run={{ ...run, ...more }} />).container.textContent ?? "";

test("what is done says so, with its attempts", () => {
  expect(text({})).toBe("Pay the rentdone 2 attempts");
});

test("what is not allowed says what", () => {
  const detail = "the program shell is not in [actions.programs] of node.toml";
  const said = text({ state: "not_allowed", attempts: 0, reason: "not_allowed", detail });
  expect(said).toContain("not allowed");
  expect(said).toContain(detail);
  expect(said).not.toContain("attempt");
});

test("what waits for the step before does not look like a fault", () => {
  expect(text({ state: "waiting", attempts: 0, reason: "final", detail: "not final yet" })).toBe(
    "Pay the rentwaiting ",
  );
});

test("a question names the other contract, and the proof once there is one", () => {
  const question = { contract: "ctr_other", answers: ["decide"] };
  expect(text({ state: "attempting", question })).toMatch(/Asks contract .*ctr_/);
  expect(text({ state: "attempting", question })).not.toContain("proof");
  expect(text({ question: { ...question, proof: "sha256:00ff" } })).toMatch(/Answered, with proof .*sha256/);
});

test("an event of a run touches the runs of its contract alone", () => {
  expect(topicsOf({ contract: "ctr_a", kind: "run" })).toEqual(["runs:ctr_a"]);
});
