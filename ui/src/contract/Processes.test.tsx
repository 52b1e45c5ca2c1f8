import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { ContractView, ProcessPart } from "../api/types";
import { isOpenAs, processNames, processOf } from "./processes";
import { Processes } from "./Processes";
import { Turn } from "./Turn";
import { to } from "../routes";

afterEach(cleanup);

const one = (process: string, title: string, more: Partial<ProcessPart> = {}): ProcessPart => ({
  process,
  title,
  state: "s",
  state_title: `State of ${process}`,
  entered: "2026-11-21T19:00:00.000Z",
  assets: {},
  vars: {},
  inputs: {},
  result: null,
  ...more,
});

const viewOf = (processes: ProcessPart[], timers: { due: string; process: string }[] = []): ContractView =>
  ({ process: { processes: [one("main", "All"), ...processes], timers } }) as unknown as ContractView;

const open = { action: "ship", title: "Ship", kind: "informative", responses: ["ok"] };

test("those that are called alike are told apart by their names", () => {
  const names = processNames([one("main/a", "Outer"), one("main/b", "Outer"), one("main/a/leaf", "Leaf")]);
  expect([...names.values()]).toEqual(["Outer (a)", "Outer (b)", "Leaf"]);
  const view = viewOf([one("main/goods", "Goods receipt")]);
  expect(processOf(view, "main/goods")).toBe("Goods receipt");
  expect(processOf(view, "main/gone")).toBe("gone");
  expect(processOf(view, "main")).toBeUndefined();
  expect(processOf(view, undefined)).toBeUndefined();
});

test("a link names the process, or takes the first where the action is open", () => {
  expect(isOpenAs({ ...open, process: "main/goods" }, "ship", "main/goods", undefined)).toBe(true);
  expect(isOpenAs({ ...open, process: "main/goods" }, "ship", "main/other", undefined)).toBe(false);
  expect(isOpenAs({ ...open, process: "main/goods" }, "ship", undefined, undefined)).toBe(true);
  expect(isOpenAs(open, "ship", "main", undefined)).toBe(true);
  expect(isOpenAs(open, "pay", undefined, undefined)).toBe(false);
});

test("a link names the actor of the process: one party may be two of them", () => {
  const both = ["sender", "payer"].map(role => ({ ...open, process: "main/goods", role }));
  const link = to.act("ctr_a", "shop", "ship", "main/goods", "payer");
  const query = new URLSearchParams(link.slice(link.indexOf("?")));
  const found = both.filter(one => isOpenAs(one, "ship", query.get("process") ?? "", query.get("role") ?? ""));
  expect(found).toEqual([both[1]]);
  expect(to.act("ctr_a", "shop", "ship")).toBe("/contracts/ctr_a/act/shop/ship");
});

test("two buttons of one action say as whom", () => {
  const two = ["sender", "payer"].map(role => ({ ...open, process: "main/goods", role }));
  const view = {
    ...viewOf([one("main/goods", "Goods")]),
    contract: "ctr_a",
    members: [{ own: true, actors: ["shop"] }],
  } as unknown as ContractView;
  Object.assign(view.process!, { open: { shop: two }, entered: "2026-11-21T19:00:00Z", title: "Open" });
  render(<Turn view={view} parties={[]} />);
  expect(screen.getAllByRole("link").map(link => link.textContent)).toEqual([
    "Ship (Goods, as sender)",
    "Ship (Goods, as payer)",
  ]);
});

test("each stands below the one that started it, with what became of it", () => {
  const leaf = one("main/a/leaf", "Leaf", { outcome: "cancelled" });
  const view = viewOf([one("main/a", "Outer"), leaf, one("main/b", "Invoice", { outcome: "success" })]);
  render(<Processes view={view} />);
  const [outer] = screen.getAllByRole("listitem");
  expect(within(outer!).getByText("State of main/a/leaf")).toBeTruthy();
  expect(within(outer!).getByText("called off")).toBeTruthy();
  expect(within(outer!).queryByText("State of main/b")).toBeNull();
  expect(screen.getByText("done")).toBeTruthy();
  expect(screen.getByText("One of them goes on.")).toBeTruthy();
});

test("of very many the rest is shown when somebody asks", () => {
  render(<Processes view={viewOf(Array.from({ length: 60 }, (_, at) => one(`main/c.${at}`, "Item")))} />);
  expect(screen.getAllByRole("listitem")).toHaveLength(40);
  fireEvent.click(screen.getByRole("button", { name: "Show all 60" }));
  expect(screen.getAllByRole("listitem")).toHaveLength(60);
});
