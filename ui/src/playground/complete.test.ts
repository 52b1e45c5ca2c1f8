import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { optionsAt, placeOf } from "./complete";
import type { KeySchema, Outline } from "./types";

const LEASE = readFileSync(join(import.meta.dirname, "../../../examples/lease.yaml"), "utf8");

const transition: KeySchema = {
  type: "object",
  properties: {
    on: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }], "x-refers": "action" },
    goto: { type: "string", "x-refers": "state", description: "The state it leads to." },
    if: { "x-expression": true },
    do: { type: "array", items: { type: "object", properties: { set: { type: "string", "x-refers": "path" } } } },
  },
};
const SCHEMA: KeySchema = {
  type: "object",
  properties: {
    initial: { type: "string", "x-refers": "state", description: "The state in which it begins." },
    states: {
      type: "object",
      additionalProperties: {
        type: "object",
        properties: {
          title: {},
          final: { enum: ["success", "failure"] },
          transitions: { type: "array", items: { $ref: "#/$defs/transition" } },
        },
      },
    },
    actions: {
      type: "object",
      additionalProperties: {
        type: "object",
        properties: {
          title: {},
          by: { anyOf: [{ type: "string" }, { type: "array", items: {} }], "x-refers": "actor" },
        },
      },
    },
  },
  $defs: { transition },
};
const OUTLINE: Outline = {
  name: "lease",
  title: "Lease",
  language: "en",
  states: ["drafting", "signing"].map(name => ({ name, title: name, line: 1 })),
  actions: [
    {
      name: "review",
      title: "Review",
      kind: "informative",
      by: ["landlord"],
      responses: ["approve", "reject"],
      line: 1,
    },
    { name: "sign", title: "Sign", kind: "performative", by: ["tenant"], responses: ["ok"], line: 1 },
  ],
  actors: ["landlord", "tenant"].map(name => ({ name, title: name, line: 1 })),
  assets: ["lease"],
  vars: ["remark"],
};

const labels = (text: string): string[] => optionsAt(text, SCHEMA, OUTLINE)?.options.map(one => one.label) ?? [];
/** The lease up to the first place of these words, and them. */
const upTo = (words: string): string => LEASE.slice(0, LEASE.indexOf(words) + words.length);

test("keys of a record, without those that are there", () => {
  expect(labels("")).toEqual(["initial", "states", "actions"]);
  expect(labels("initial: a\nst")).toEqual(["states", "actions"]);
  expect(labels("states:\n  open:\n    title: Open\n    ")).toEqual(["final", "transitions"]);
  expect(optionsAt("", SCHEMA, OUTLINE)?.options[0]?.info).toBe("The state in which it begins.");
});

test("names of the scenario where a name is due", () => {
  expect(labels("initial: ")).toEqual(["drafting", "signing", "stay"]);
  expect(labels("actions:\n  sign:\n    by: ")).toEqual(["landlord", "tenant"]);
  expect(labels("actions:\n  sign:\n    by: [landlord, t")).toEqual(["landlord", "tenant"]);
  expect(labels("actions:\n  sign:\n    by:\n      - ")).toEqual(["landlord", "tenant"]);
  expect(labels("states:\n  open:\n    final: ")).toEqual(["success", "failure"]);
});

test("transitions, with items as deep as their key or deeper", () => {
  for (const indent of ["    ", "      "]) {
    const item = `states:\n  open:\n    transitions:\n${indent}- `;
    expect(labels(item)).toEqual(["on", "goto", "if", "do"]);
    expect(labels(`${item}on: `)).toEqual(["review", "sign", "review.approve", "review.reject"]);
    expect(labels(`${item}on: sign\n${indent}  `)).toEqual(["goto", "if", "do"]);
    expect(labels(`${item}on: sign\n${indent}  goto: dr`)).toEqual(["drafting", "signing", "stay"]);
    expect(labels(`${item}on: sign\n${indent}  do:\n${indent}    - set: `)).toEqual(["assets.lease", "vars.remark"]);
  }
});

test("in a whole scenario", () => {
  expect(labels(upTo("initial: "))).toEqual(["drafting", "signing", "stay"]);
  expect(labels(upTo("- on: review.approve\n        goto: "))).toEqual(["drafting", "signing", "stay"]);
  const options = optionsAt(upTo("- on: review.app"), SCHEMA, OUTLINE);
  expect(options?.options.map(one => one.label)).toContain("review.approve");
  expect(upTo("- on: review.app").slice(options?.from)).toBe("review.app");
});

test("nothing in a comment, nor where nothing is known", () => {
  expect(labels("# in")).toEqual([]);
  expect(labels("nothing: ")).toEqual([]);
  expect(labels("states:\n  op")).toEqual([]);
});

test("the way to a line", () => {
  const lines = [
    "states:",
    "  open:",
    "",
    "# a word",
    "    transitions:",
    "      - on: a",
    "        goto: b",
    "        ",
  ];
  expect(placeOf(lines).path).toEqual(["states", "open", "transitions", "-"]);
  expect([...placeOf(lines).beside]).toEqual(["on", "goto"]);
  expect(placeOf([...lines, "    "]).path).toEqual(["states", "open"]);
});
