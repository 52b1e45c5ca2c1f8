// Classes of personal data: which of them a scenario names (docs/spec/scenario.md, "Personal data").

import { expect, test } from "vitest";
import type { Json } from "../src/json.js";
import { loadScenario } from "../src/workflow/load.js";

/** A scenario in canonical form with one variable. */
function scenario(variable: Json, more: Record<string, Json> = {}): Json {
  const said = { en: "Said" };
  return {
    scenario: "countersign/scenario/v1",
    name: "note",
    title: said,
    language: "en",
    actors: { clerk: { title: said } },
    vars: { type: "object", additionalProperties: false, properties: { phone: variable } },
    actions: { say: { title: said, kind: "informative", by: ["clerk"], responses: { ok: { title: said } } } },
    initial: "open",
    states: {
      open: { title: said, transitions: [{ on: ["say.ok"], goto: "done" }] },
      done: { title: said, final: "success" },
    },
    ...more,
  };
}

const own = { title: { en: "Own" }, subject: "clerk", purpose: { en: "Calling" }, keep: "P12M", from: "end" };

test("a schema names a class, what is free beside it names none", () => {
  const load = (variable: Json, more?: Record<string, Json>) => () => loadScenario(scenario(variable, more));
  const personal = { type: "string", "x-personal": "own" };
  expect(load(personal)).toThrow("no such data class");
  expect(load({ type: "array", items: personal })).toThrow("no such data class");
  expect(load({ type: "object", additionalProperties: personal })).toThrow("no such data class");
  expect(load(personal, { data_classes: { own } })).not.toThrow();
  // `ui` is shown and never read.
  expect(load({ type: "string", ui: { "x-personal": "own" } })).not.toThrow();
  expect(load({ type: "string" }, { ui: { note: { "x-personal": "own" } } })).not.toThrow();
});

test("what stands in a scenario names no class, however deep", () => {
  const part = (variable: Json, more: Record<string, Json> = {}) => {
    const { scenario: _, name: __, language: ___, ...body } = scenario(variable, more) as Record<string, Json>;
    return body as Json;
  };
  const [plain, personal]: Json[] = [{ type: "string" }, { type: "string", "x-personal": "own" }];
  const load = (variable: Json) => () => {
    const inner = part(plain!, { scenarios: { leaf: part(variable) } });
    loadScenario(scenario(plain!, { data_classes: { own }, scenarios: { inner } }));
  };
  expect(load(plain!)).not.toThrow();
  expect(load(personal!)).toThrow("no such data class");
});
