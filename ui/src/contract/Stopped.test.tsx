import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Party } from "../lib/names";
import { Stopped } from "./Stopped";

afterEach(cleanup);

const since = "2026-11-21T19:00:00.000Z";

test("a node that was set back says so, and how it goes on", () => {
  const old = { since, recovering: false, waiting_for: ["idn_b"], incomplete: true };
  render(<Stopped contract="ctr_a" old={old} parties={[]} />);
  expect(screen.getByText("countersign node recover ctr_a")).toBeTruthy();
  expect(screen.getByText(/nobody has sent yet/)).toBeTruthy();
});

test("while it recovers it says whose word is missing", () => {
  const old = { since, recovering: true, waiting_for: ["idn_b"], incomplete: false };
  const parties: Party[] = [{ id: "idn_b", name: "Bolt", monogram: "BO", own: false, order: 1, roles: [] }];
  render(<Stopped contract="ctr_a" old={old} parties={parties} />);
  expect(document.body.textContent).toMatch(/as soon as .*Bolt.* said/);
  expect(screen.queryByText("countersign node recover ctr_a")).toBeNull();
});
