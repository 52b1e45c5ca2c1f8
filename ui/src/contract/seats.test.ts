import { expect, test } from "vitest";
import type { FoundationActor } from "../api/types";
import { namesOf, seatsOf } from "./seats";

const one = (actor: string, more: Partial<FoundationActor> = {}): FoundationActor => ({
  actor,
  title: actor.toUpperCase(),
  joins: "start",
  schema: {},
  ...more,
});

test("a group has as many seats as it must have, and more if asked for", () => {
  const actors = [
    one("debtor"),
    one("clerk", { acts_for: "debtor" }),
    one("sureties", { many: { min: 2, max: 3 } }),
    one("friends", { many: { min: 1, max: 4 }, joins: "invitation" }),
  ];
  const keys = (counts: Record<string, number>) => seatsOf(actors, counts).map(({ actor }) => actor);
  expect(keys({})).toEqual(["debtor", "sureties.0", "sureties.1"]);
  expect(keys({ sureties: 9, friends: 1 })).toEqual(["debtor", "sureties.0", "sureties.1", "sureties.2", "friends.0"]);
  expect(seatsOf(actors, {})[2]?.title).toBe("SURETIES 2");
});

test("who is named has a number without a gap", () => {
  const seats = seatsOf([one("debtor"), one("sureties", { many: { min: 3, max: 3 } })], {});
  const taken = seats.filter(({ actor }) => actor !== "sureties.1");
  expect([...namesOf(taken)]).toEqual([
    ["debtor", "debtor"],
    ["sureties.0", "sureties.0"],
    ["sureties.2", "sureties.1"],
  ]);
});
