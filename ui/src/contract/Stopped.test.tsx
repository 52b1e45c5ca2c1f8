// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Stopped } from "./Stopped";

const since = "2026-11-21T19:00:00.000Z";

test("a node that was set back says so, and how it goes on", () => {
  const old = { since, recovering: false, waiting_for: ["idn_b"], incomplete: true };
  render(<Stopped contract="ctr_a" old={old} parties={[]} />);
  expect(screen.getByText("countersign node recover ctr_a")).toBeTruthy();
  expect(screen.getByText(/nobody has sent yet/)).toBeTruthy();
});

test("while it recovers it says whose word is missing", () => {
  const old = { since, recovering: true, waiting_for: ["idn_b"], incomplete: false };
  const parties = [{ id: "idn_b", name: "Bolt", own: false, order: 1 }];
  render(<Stopped contract="ctr_a" old={old} parties={parties as never} />);
  expect(screen.getByText(/as soon as Bolt said/)).toBeTruthy();
  expect(screen.queryByText("countersign node recover ctr_a")).toBeNull();
});
