import { describe, expect, test } from "vitest";
import { canonicalText, parseJson, type Json } from "../src/json.js";
import { compile, compileSource } from "../src/rules/compile.js";
import { EvaluationError, type Environment } from "../src/rules/evaluate.js";
import { parseExpression } from "../src/rules/parse.js";
import { ExpressionError, type Scope } from "../src/rules/rule.js";
import { recordType, type Type } from "../src/rules/types.js";
import { at, fromTyped, identical, type Value } from "../src/rules/value.js";
import { loadCalendar } from "../src/workflow/calendars.js";
import { file } from "./files.js";

const shared = parseJson(file("docs/spec/vectors/rules/expressions.json"), {
  bytesMax: 1 << 20,
  depthMax: 1_300,
}) as any;

/** The type of a field of the language's short form, as far as the vectors use it. */
function typeOf(field: any): Type {
  if (typeof field === "string") {
    const words = field.split(" ");
    if (words[0] === "optional") return { ...typeOf(words.slice(1).join(" ")), optional: true };
    if (words[0] === "list") return { kind: "list", of: typeOf(words.slice(2).join(" ")), min: 0, max: 1_000 };
    return field === "text" ? { kind: "text", max: 10_000 } : ({ kind: field } as Type);
  }
  const personal = field.personal === undefined ? {} : { personal: field.personal };
  if (field.fields !== undefined) {
    return { ...recordType(Object.entries(field.fields).map(([name, one]) => [name, typeOf(one)])), ...personal };
  }
  if (field.of !== undefined)
    return { kind: field.type, of: typeOf(field.of), min: 0, max: field.max ?? 1_000, ...personal };
  return { ...typeOf(field.type), ...personal };
}

function valueOf(members: any): Value {
  const value = fromTyped({ map: members ?? {} } as Json);
  if (value === false) throw new Error("no typed value");
  return value;
}

function placeOf(name: string): { scope: Scope; environment: Environment } {
  const { root, values, locals = {}, local_values, calendars = {} } = shared.environments[name];
  const known = new Map(
    Object.entries(calendars).map(([one, calendar]) => [
      one,
      loadCalendar({ ...(calendar as any), title: { en: one } }),
    ]),
  );
  const scope: Scope = {
    root: recordType(Object.entries(root).map(([member, field]) => [member, typeOf(field)])),
    locals: new Map(Object.entries(locals).map(([local, field]) => [local, typeOf(field)])),
    actors: new Set(),
    actions: new Map(),
    calendars: new Set(known.keys()),
  };
  const [held, beside] = [valueOf(values), valueOf(local_values)];
  const environment: Environment = {
    root: path => at(held, path),
    local: (local, path) => at(beside, [local, ...path]),
    did: () => false,
    everyoneDid: () => false,
    howManyDid: () => 0,
    allFinished: () => true,
    calendar: one => known.get(one),
  };
  return { scope, environment };
}

describe("expressions of the shared vectors", () => {
  const { cases } = shared;
  test("are as many as they were", () => expect(cases.length).toBeGreaterThan(370));
  for (const { id, source, tree, env, expect: wanted, result, error, static: found } of cases) {
    const { scope, environment } = placeOf(env);
    const asked = wanted === undefined ? undefined : typeOf(wanted);
    const ways: [string, () => Value][] = [];
    if (tree !== undefined) ways.push(["tree", () => compile(tree, scope, asked).run(environment, [])]);
    if (source !== undefined) ways.push([source, () => compileSource(source, scope, asked).run(environment, [])]);
    test.each(ways)(`${id} %s`, (_, run) => {
      if (result !== undefined) {
        const value = run();
        expect([value, identical(value, fromTyped(result) as Value)]).toEqual([value, true]);
        return;
      }
      try {
        const value = run();
        expect.unreachable(`${JSON.stringify(error ?? found)}, not a ${value?.kind}`);
      } catch (caught) {
        if (found !== undefined) expect(caught).toMatchObject({ name: "ExpressionError", code: found.code });
        else expect(caught).toMatchObject({ name: "EvaluationError", kind: error.kind });
        expect(caught instanceof (found === undefined ? EvaluationError : ExpressionError)).toBe(true);
      }
    });
    if (tree !== undefined && source !== undefined) {
      test(`${id} ${source} is its tree`, () => {
        expect(canonicalText(parseExpression(source))).toBe(canonicalText(tree));
      });
    }
  }
});
