import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { ContractView } from "../api/types";
import { Turn } from "./Turn";

afterEach(cleanup);

const entered = "2026-11-21T19:00:00.000Z";
const process = { state: "s", title: "The assessor looks", entered, open: {}, timers: [] };

function shown(more: Partial<ContractView>): string {
  const view = { contract: "ctr_a", status: "active", members: [], process, ...more } as unknown as ContractView;
  const { container } = render(<Turn view={view} parties={[]} />);
  return container.textContent ?? "";
}

test("a role that the process opened and nobody plays is what it waits for", () => {
  const assessor = { actor: "assessor", title: "Assessor", waits: true };
  expect(shown({ open_roles: [assessor] })).toContain("Somebody is missing: Assessor.");
  cleanup();
  // A role that may stay empty is no reason to wait.
  expect(shown({ open_roles: [{ ...assessor, waits: false }] })).toContain("Nobody has to do anything now.");
  expect(screen.queryByText(/missing/)).toBeNull();
});
