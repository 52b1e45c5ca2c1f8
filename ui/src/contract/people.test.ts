import { beginIdentity, cardText, inceptionId, seedSigner, toBase32 } from "@countersign/sdk";
import { expect, test } from "vitest";
import type { Entry, Json } from "../api/types";
import { linkOf } from "../pages/Join";
import { oneTimeKey } from "./Invite";
import { keepSettled, peopleOf } from "./people";

function entry(position: number, kind: string, payload: Json, outcome: Entry["outcome"] = "applied"): Entry {
  return { position, kind, payload, outcome, statement: `stm_${position}`, author: "idn_a", party: "idn_p" } as Entry;
}

test("mandates are in force until they are taken back, and rejected ones never are", async () => {
  const card = await beginIdentity("person", [{ purpose: "user", signer: seedSigner(new Uint8Array(32).fill(9)) }]);
  const mandate = { person: inceptionId(card.inception), actors: "all", actions: "all" };
  const people = peopleOf([
    entry(1, "identity", { inception: cardText(card) }),
    entry(2, "mandate", mandate),
    entry(3, "mandate", mandate, "rejected"),
    entry(4, "mandate", { ...mandate, actions: ["draft"] }),
    entry(5, "mandate_revoke", { mandate: "stm_2" }),
    entry(6, "key_rotate", { identity: "idn_x", add: [], retire: ["key_old"] }),
    entry(7, "identity", { inception: "no card" }),
  ]);
  expect([...people.known]).toEqual([mandate.person]);
  expect(people.mandates.map(one => one.position)).toEqual([4]);
  expect([...people.rotated.retired]).toEqual(["key_old"]);
});

test("the key of a link is the one of its secret", () => {
  const bytes = new Uint8Array(40).fill(3);
  bytes[0] = 1;
  const link = (of: Uint8Array): string => `https://a.example/join#${toBase32(of)}`;
  expect(oneTimeKey(link(bytes))).toBe(toBase32(seedSigner(new Uint8Array(32).fill(3)).publicKey));
  expect(oneTimeKey(link(bytes.subarray(0, 32)))).toBeUndefined();
  expect(oneTimeKey("https://a.example/join")).toBeUndefined();
  bytes[0] = 2;
  expect(oneTimeKey(link(bytes))).toBeUndefined();
});

test("a fragment holds a whole link, or what stands behind its #", () => {
  expect(linkOf("#https%3A%2F%2Fa.example%2Fjoin%23abc")).toBe("https://a.example/join#abc");
  expect(linkOf("#https://a.example/join#abc")).toBe("https://a.example/join#abc");
  expect(linkOf("#abc")).toBe("https://invitation/join#abc");
  expect(linkOf("")).toBeUndefined();
  expect(linkOf("#%")).toBeUndefined();
});

test("what is final is read once: only what follows is asked for again", () => {
  const at = (position: number, kind: string, level: Entry["standing"]["level"]): Entry => ({
    ...entry(position, kind, {}),
    standing: { level, received_by: [], waiting_for: [] },
  });
  const first = keepSettled({ upTo: 0, entries: [] }, [
    at(1, "identity", "final"),
    at(2, "comment", "final"),
    at(3, "mandate", "local"),
  ]);
  expect([first.upTo, first.entries.map(one => one.position)]).toEqual([2, [1]]);
  const second = keepSettled(first, [at(3, "mandate", "final"), at(4, "mandate", "final")]);
  expect([second.upTo, second.entries.map(one => one.position)]).toEqual([4, [1, 3, 4]]);
  expect(keepSettled(second, [])).toEqual(second);
});
