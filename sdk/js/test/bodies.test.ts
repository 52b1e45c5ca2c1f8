// Scenarios of which something is too many: Rust refuses them, too (E107).
import { expect, test } from "vitest";
import type { Json, JsonObject } from "../src/json.js";
import { loadScenario } from "../src/workflow/load.js";

const words = { en: "A" };

function over(): JsonObject {
  return { title: words, final: "success" };
}

function body(more: JsonObject = {}): JsonObject {
  return { title: words, actors: { buyer: { title: words } }, states: { over: over() }, initial: "over", ...more };
}

function load(more: JsonObject): string {
  const whole = { scenario: "countersign/scenario/v1", name: "many", language: "en", ...body(more) };
  try {
    loadScenario(whole);
    return "loaded";
  } catch (error) {
    return String(error);
  }
}

test("bodies stand in each other so deep, and not deeper", () => {
  const nested = (levels: number): JsonObject =>
    levels === 0 ? {} : { scenarios: { part: body(nested(levels - 1)) } };
  expect(load(nested(8))).toBe("loaded");
  expect(load(nested(9))).toContain("in each other");
  expect(load(nested(400))).toContain("in each other");
});

test("all transitions together name so many responses, and not more", () => {
  const [actions, responses, transitions] = [50, 50, 81];
  const names = (count: number, letter: string) =>
    Array.from({ length: count }, (_, at) => letter + String(at).padStart(2, "0"));
  const answers = Object.fromEntries(names(responses, "r").map(name => [name, { title: words }]));
  const one: Json = { title: words, kind: "informative", by: ["buyer"], expect: "r01", responses: answers };
  const all = Object.fromEntries(names(actions, "a").map(name => [name, one]));
  const many = (count: number) =>
    load({
      actions: all,
      states: {
        begun: {
          title: words,
          transitions: Array.from({ length: count }, () => ({
            goto: "over",
            on: names(actions, "a"),
            if: { ">=": [{ int: 2 }, { int: 1 }] },
          })),
        },
        over: over(),
      },
      initial: "begun",
    });
  expect(many(2)).toBe("loaded");
  expect(many(transitions)).toContain("responses");
});
