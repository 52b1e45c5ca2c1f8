import { expect, test } from "vitest";
import { authorOf, parties } from "./names";

const member = (party: string, own: boolean, name?: string): Parameters<typeof parties>[0]["members"][number] => ({
  party,
  actors: ["tenant"],
  actor_titles: { tenant: "tenant" },
  urls: [],
  own,
  received: 0,
  ...(name === undefined ? {} : { name }),
});

test("whoever wrote is called by their name, else by that of their party, else by their id", () => {
  const all = parties({ members: [member("idn_a", true, "Van Dijk"), member("idn_b", false)], names: {} });
  expect(authorOf({ author: "idn_eva", author_name: "Eva", party: "idn_a" }, all)).toBe("Eva");
  expect(authorOf({ author: "idn_eva", party: "idn_a" }, all)).toBe("Van Dijk");
  expect(authorOf({ author: "idn_b" }, all)).toBe("Tenant");
  expect(authorOf({ author: "idn_abcdefghijklmnop" }, all)).toBe("idn_abcd…mnop");
});
