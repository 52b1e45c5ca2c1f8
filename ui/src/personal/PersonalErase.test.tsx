import { expect, test } from "vitest";
import type { PersonalItem } from "../api/types";
import { wishes } from "./PersonalErase";

function item(contract: string, commitment: string, more: Partial<PersonalItem> = {}): PersonalItem {
  return {
    contract,
    contract_title: contract,
    position: 1,
    time: "2026-11-21T10:00:00.000Z",
    action: "ask",
    name: "/phone",
    class: "contact",
    class_title: "Contact",
    purpose: "Calling back",
    subject: "visitor",
    brought_by: "idn_own",
    commitment,
    media: "application/json",
    size: 9,
    held: true,
    ...more,
  };
}

test("what the own people brought is asked for by contract, in order, once, and 64 at a time", () => {
  const items = [
    item("ctr_b", "sha256:02"),
    item("ctr_b", "sha256:01"),
    item("ctr_b", "sha256:01"),
    item("ctr_a", "sha256:03", { erased: true }),
    item("ctr_a", "sha256:04", { brought_by: "idn_other" }),
  ];
  expect([...wishes(items, "idn_own")]).toEqual([["ctr_b", [["sha256:01", "sha256:02"]]]]);
  const many = Array.from({ length: 65 }, (_, at) => item("ctr_a", `sha256:${String(at).padStart(2, "0")}`));
  expect(
    wishes(many, "idn_own")
      .get("ctr_a")
      ?.map(part => part.length),
  ).toEqual([64, 1]);
});
