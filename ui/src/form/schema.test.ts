import { describe, expect, test } from "vitest";
import {
  begin,
  controlOf,
  decimalOf,
  integerOf,
  keepable,
  members,
  resolve,
  textOf,
  withMember,
  type Schema,
} from "./schema";

describe("controls", () => {
  const cases: [Schema, string][] = [
    [{ type: "boolean" }, "switch"],
    [{ type: "string", enum: ["a"] }, "choice"],
    [{ type: "string", format: "decimal" }, "decimal"],
    [{ type: "string", format: "date-time" }, "moment"],
    [{ type: "string", maxLength: 80 }, "line"],
    [{ type: "string" }, "lines"],
    [{ type: "array", items: { type: "integer" } }, "list"],
    [{ type: "object", additionalProperties: { type: "boolean" } }, "map"],
    [{ type: "object", properties: { rent: {} } }, "record"],
    [{ type: "object", properties: { hash: {}, name: {}, media: {}, bytes: {} } }, "attachment"],
    [{ type: "object" }, "opaque"],
    [{}, "opaque"],
  ];
  test.each(cases)("%j is %s", (schema, control) => expect(controlOf(schema)).toBe(control));
});

test("members keep their written order, and none is lost", () => {
  const schema: Schema = {
    type: "object",
    properties: { a: {}, b: {}, c: {} },
    ui: { order: ["c", "a", "constructor"] },
  };
  expect(members(schema).map(([name]) => name)).toEqual(["c", "a", "b"]);
});

test("a named type is put in place, and a ring of names ends", () => {
  const types: Record<string, Schema> = {
    money: { type: "string", format: "decimal" },
    ring: { $ref: "#/types/ring" },
  };
  expect(resolve({ $ref: "#/types/money", title: "Rent" }, types)).toEqual({
    type: "string",
    format: "decimal",
    title: "Rent",
  });
  expect(controlOf(resolve({ $ref: "#/types/ring" }, types))).toBe("opaque");
  expect(resolve({ $ref: "#/types/toString" }, types)).toEqual({});
});

test("a form begins with defaults and the records that must be there", () => {
  const schema: Schema = {
    type: "object",
    properties: {
      years: { type: "integer", default: 3 },
      note: { type: "string", default: "x" },
      home: { type: "object", properties: { city: { type: "string" } } },
    },
    required: ["years", "home"],
  };
  expect(begin(schema)).toEqual({ years: 3, home: {} });
});

test("numbers are numbers when they are, and what was typed until then", () => {
  expect(integerOf(" 12 ")).toBe(12);
  expect(integerOf("1.5")).toBe("1.5");
  expect(integerOf("9007199254740993")).toBe("9007199254740993");
  expect(integerOf("")).toBeUndefined();
  expect(decimalOf("1,234.50")).toBe("1234.50");
  expect(decimalOf("1 234.50")).toBe("1234.50");
  expect(decimalOf("1,5")).toBe("1,5");
  expect(decimalOf("abc")).toBe("abc");
});

test("a member comes and goes", () => {
  expect(withMember({ a: 1 }, "b", 2)).toEqual({ a: 1, b: 2 });
  expect(withMember({ a: 1, b: 2 }, "b", undefined)).toEqual({ a: 1 });
  expect(withMember(undefined, "a", 1)).toEqual({ a: 1 });
});

test("a text is in the language of the page, or in any", () => {
  expect(textOf({ en: "Rent", nl: "Huur" }, "nl")).toBe("Huur");
  expect(textOf({ es: "Renta" }, "nl")).toBe("Renta");
  expect(textOf("Rent", "nl")).toBe("Rent");
});

test("nothing personal and no proof is kept of a draft", () => {
  const schema: Schema = {
    type: "object",
    properties: {
      name: { type: "string", "x-personal": "plain" },
      person: { $ref: "#/types/person" },
      people: { type: "array", items: { $ref: "#/types/person" } },
      born: { type: "object", additionalProperties: { type: "string", "x-personal": "plain" } },
      proof: { type: "string", format: "proof" },
      asked: { type: "string", format: "challenge" },
    },
    types: { person: { type: "object", properties: { mail: { type: "string", "x-personal": "plain" }, age: {} } } },
  };
  const person = { mail: "eva@example.org", age: 30 };
  const draft = {
    name: "Eva",
    person,
    people: [person],
    born: { eva: "1990" },
    proof: "proof:00",
    asked: "q",
    more: 1,
  };
  const kept = { person: { age: 30 }, people: [{ age: 30 }], born: {}, asked: "q", more: 1 };
  expect(keepable(schema, draft)).toEqual(kept);
  expect(keepable({ type: "string", "x-personal": "plain" }, "Eva")).toBeUndefined();
});
