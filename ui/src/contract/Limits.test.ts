import { expect, test } from "vitest";
import type { Foundation, Json } from "../api/types";
import { limitsOf, numbersIn } from "./Limits";

const foundation = (document: Json): Foundation => ({
  scenario: "scn_a",
  title: "Lease",
  document,
  inputs_schema: {},
  actors: [],
});

const response = (properties: Json): Json => ({ schema: { type: "object", properties } });
const decimal = { type: "string", format: "decimal" };

test("what can be limited are the numbers in the data of the actions", () => {
  const lease = foundation({
    types: {
      money: { ...decimal, "x-min": "0" },
      terms: { type: "object", properties: { years: { type: "integer" } } },
    },
    actions: {
      draft: {
        responses: {
          ok: response({
            rent: decimal,
            months: { type: "integer" },
            note: { type: "string" },
            terms: { $ref: "#/types/terms" },
          }),
        },
      },
      review: { responses: { yes: response({ fee: { $ref: "#/types/money" }, rent: decimal }), no: {} } },
      other: { responses: { ok: response({ price: decimal }) } },
    },
  });
  expect(numbersIn(lease, ["draft", "review", "nothing"])).toEqual(["fee", "months", "rent"]);
  expect(numbersIn(foundation("no object"), ["draft"])).toEqual([]);
});

test("only decimals are limits; what is empty limits nothing", () => {
  const fields = ["fee", "rent"];
  expect(limitsOf(fields, { rent: "1,000.50", fee: " ", other: "5" })).toEqual([{ field: "rent", max: "1000.50" }]);
  expect(limitsOf(fields, {})).toEqual([]);
  expect(limitsOf(fields, { rent: "much" })).toBeUndefined();
  expect(limitsOf(fields, { rent: "1".repeat(29) })).toBeUndefined();
});
