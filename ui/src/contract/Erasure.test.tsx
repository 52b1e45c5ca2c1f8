import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { ContractView, Erasure } from "../api/types";
import type { Party } from "../lib/names";
import { ErasureState, erasureOf } from "./Erasure";

afterEach(cleanup);

const parties = ["Landlord", "Tenant", "Bank"].map((name, order): Party => ({
  id: `idn_${name}`,
  name,
  monogram: "X",
  order,
  own: order === 0,
  roles: [],
}));
const erasure = (level: "delivered" | "final", erased: readonly string[]): Erasure => ({
  statement: "stm_a",
  position: 9,
  asked_by: "idn_Landlord",
  reason: "GDPR 17(1)(b)",
  time: "2026-11-21T10:00:00Z",
  standing: { level, received_by: [], waiting_for: level === "final" ? [] : ["idn_Bank"] },
  payloads: [{ commitment: "sha256:00", name: "lease.pdf", media: "application/pdf", bytes: 1, held: false }],
  erased_by: erased.map(name => ({ party: `idn_${name}`, time: "2026-11-21T10:00:05Z" })),
  waiting_for: parties.map(({ id }) => id).filter(id => !erased.includes(id.slice(4))),
});

test("before it is final nobody erases, and it is said for whom it waits", () => {
  const { container } = render(<ErasureState erasure={erasure("delivered", [])} parties={parties} />);
  expect(container.textContent).toMatch(/Each party erases it once No. 9 is final. Waiting for Bank since/);
  expect(screen.queryByRole("list")).toBeNull();
});

test("receipts are counted, and who still has to erase is named", () => {
  const { container } = render(<ErasureState erasure={erasure("final", ["Landlord", "Tenant"])} parties={parties} />);
  expect(container.textContent).toMatch(/Erased by 2 of 3. Waiting for Bank since/);
  const rows = screen.getAllByRole("listitem").map(row => row.textContent ?? "");
  expect(rows.map(row => row.includes("✓"))).toEqual([true, true, false]);
  expect(rows[2]).toContain("not yet");
});

test("when all have, nobody is waited for", () => {
  const all = erasure("final", ["Landlord", "Tenant", "Bank"]);
  const { container } = render(<ErasureState erasure={all} parties={parties} />);
  expect(container.textContent).toContain("Erased by all 3 parties.");
  expect(container.textContent).not.toContain("Waiting");
});

test("an erasure is that of the payloads it names", () => {
  const view = { erasures: [erasure("final", [])] } as unknown as ContractView;
  expect(erasureOf(view, "sha256:00")?.position).toBe(9);
  expect(erasureOf(view, "sha256:01")).toBeUndefined();
});
