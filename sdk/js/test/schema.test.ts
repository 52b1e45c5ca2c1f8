import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Json } from "../src/json.js";
import { validate, type Schema } from "../src/schema.js";

interface Case {
  schema: Schema;
  data: Json;
  pointer?: string;
  message?: string;
}

const path = new URL("../../../docs/spec/vectors/rules/schemas.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: Case[] };

describe("the vectors of schemas", () => {
  test.each(cases.map((one, at) => [at, one] as const))("case %i", (_, { schema, data, pointer, message }) => {
    expect(validate(schema, data)[0]).toEqual(message === undefined ? undefined : { pointer, message });
  });
});

test("everything that does not fit is found", () => {
  const schema: Schema = {
    type: "object",
    additionalProperties: false,
    properties: { a: { type: "integer" }, b: { type: "string" } },
    required: ["a", "b"],
  };
  expect(validate(schema, { c: 1 }).map(found => found.pointer)).toEqual(["/c", "/a", "/b"]);
});

test("names reach their types, and a ring of names ends", () => {
  const schema: Schema = {
    $ref: "#/types/ring",
    types: { ring: { $ref: "#/types/ring" }, tree: { type: "array", items: { $ref: "#/types/tree" } } },
  };
  expect(validate(schema, 1)).toHaveLength(0);
  let deep: Json = [];
  for (let level = 0; level < 100; level++) deep = [deep];
  expect(validate({ ...schema, $ref: "#/types/tree" }, deep)[0]?.message).toBe("is too deep");
});
