import { expect, test } from "vitest";
import type { ContractView } from "../api/types";
import { seenValues } from "./Sheet";

const view = {
  process: {
    assets: { rent: "900.00" },
    vars: { paid: false },
    inputs: {},
    processes: [{ process: "main/goods", assets: { rent: "7.00" }, vars: {}, inputs: {} }],
  },
} as unknown as ContractView;

test("each path that is signed for is shown, or said not to be", () => {
  const paths = ["assets.rent", "vars.paid", "vars.due", "assets", "children.goods.outcome", "process.state"];
  expect(seenValues(view, "main", paths).map(({ value }) => value)).toEqual([
    "900.00",
    false,
    null,
    { rent: "900.00" },
    undefined,
    undefined,
  ]);
  expect(seenValues(view, "main", paths).map(({ path }) => path)).toEqual(paths);
});

test("of a process within, the values of main are never shown", () => {
  expect(seenValues(view, "main/goods", ["assets.rent"])).toEqual([{ path: "assets.rent", value: "7.00" }]);
  expect(seenValues(view, "main/over", ["assets.rent"])).toEqual([{ path: "assets.rent", value: undefined }]);
  expect(seenValues(view, undefined, ["assets.rent"])).toEqual([{ path: "assets.rent", value: "900.00" }]);
});
