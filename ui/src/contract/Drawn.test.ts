import { expect, test } from "vitest";
import type { ContractView } from "../api/types";
import { parties } from "../lib/names";
import { overlayOf } from "./Drawn";

const open = (action: string) => ({ action, title: action, kind: "performative", responses: ["ok"] });
const view = {
  members: [
    { party: "idn_b", actors: ["tenant"], urls: [], own: false, received: 0, name: "Bakkerij Noor" },
    { party: "idn_a", actors: ["landlord", "employee"], urls: [], own: true, received: 0 },
  ],
  process: {
    state: "signing",
    open: { landlord: [open("sign")], tenant: [open("sign")] },
    path: [{ state: "signing", cause: "draft.ok", time: "2026-11-20T14:00:00.000Z" }],
  },
} as unknown as ContractView;

test("the drawing gets the state, the path, who may go on, and the letters of the parties", () => {
  expect(overlayOf(view, parties(view, "Van Dijk"))).toEqual({
    current: "signing",
    taken: [{ state: "signing", cause: "draft.ok" }],
    next: [
      { actor: "landlord", action: "sign" },
      { actor: "tenant", action: "sign" },
    ],
    you: ["landlord", "employee"],
    monograms: { tenant: "BN", landlord: "VD", employee: "VD" },
  });
});
