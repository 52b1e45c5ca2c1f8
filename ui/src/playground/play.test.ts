import { expect, test } from "vitest";
import type { Json } from "../api/types";
import { faultsOf, type Schema } from "../form/schema";
import {
  causeTitles,
  DOCUMENT_BYTES_MAX,
  FILE_BYTES_MAX,
  formsOf,
  foundingFaults,
  foundingOf,
  opened,
  sample,
  shared,
  STEPS_MAX,
  untilNext,
  type Play,
} from "./play";
import { choiceOf, isChosen } from "./Steps";
import type { Flaw, Moment, Report, Run } from "./types";
import { byItself, checksOf, duration } from "./words";

const PLAY: Play = {
  name: "lease",
  document: "name: lease\n",
  steps: [{ actor: "tenant", action: "sign", data: { rent: "1.5" } }, { wait: "P30D" }],
};

test("a shared file is opened as it was", () => {
  expect(opened("lease.play.json", shared(PLAY))).toEqual(PLAY);
});

test("a step names the process that it is for", () => {
  const within: Play = { ...PLAY, steps: [{ process: "main/goods", actor: "supplier", action: "ship" }] };
  expect(opened("lease.play.json", shared(within))).toEqual(within);
  const forms = { title: "Ship", kind: "informative", seen: [], expect: "ok", responses: [] };
  const run = { actions: { sign: forms, "main/goods:ship": forms }, state_titles: {} } as unknown as Run;
  expect(formsOf(run, { process: "main/goods", action: "ship" })).toBe(forms);
  expect(formsOf(run, { process: "main", action: "sign" })).toBe(forms);
  expect(formsOf(run, { action: "ship" })).toBeUndefined();
  expect(causeTitles(run, "ship.ok")).toEqual({ action: "Ship" });
});

test("of two open actions of one name that is chosen which stands in the process", () => {
  const open = { process: "main/a/leaf", actor: "buyer", action: "count" };
  expect(choiceOf({ process: "main", actor: "buyer", action: "pay" })).toEqual({ actor: "buyer", action: "pay" });
  expect(isChosen(open, choiceOf(open))).toBe(true);
  expect(isChosen({ ...open, process: "main/b/leaf" }, choiceOf(open))).toBe(false);
  expect(isChosen({ actor: "buyer", action: "pay" }, { process: "main", actor: "buyer", action: "pay" })).toBe(true);
});

test("any other text is a scenario without steps", () => {
  expect(opened("nda.yaml", "a: 1")).toEqual({ name: "nda", document: "a: 1", steps: [] });
  expect(opened("nda.json", `{"name": "nda"}`)).toEqual({ name: "nda", document: `{"name": "nda"}`, steps: [] });
});

test("what it is founded with goes along", () => {
  const founded: Play = { ...PLAY, founding: { inputs: { rent: "900" }, actors: { tenant: { name: "Noor" } } } };
  expect(opened("lease.play.json", shared(founded))).toEqual(founded);
});

const FILE = { format: "countersign/play/v1", name: "lease", document: "name: lease\n", steps: [{ wait: "P30D" }] };

test.each([
  ["no text", { ...FILE, document: 5 }],
  ["no list of steps", { ...FILE, steps: "none" }],
  ["half an act", { ...FILE, steps: [{ actor: "tenant" }] }],
  ["a step that is a list", { ...FILE, steps: [[]] }],
  ["an act that also waits", { ...FILE, steps: [{ actor: "tenant", action: "sign", wait: "P1D" }] }],
  ["a step with more", { ...FILE, steps: [{ wait: "P1D", note: "x" }] }],
  ["a member more", { ...FILE, note: "x" }],
  ["inputs that are no object", { ...FILE, inputs: [1] }],
  ["an actor that is no object", { ...FILE, actors: { tenant: "Noor" } }],
  ["too long a name", { ...FILE, name: "x".repeat(81) }],
  ["too many steps", { ...FILE, steps: Array.from({ length: STEPS_MAX + 1 }, () => ({ wait: "P1D" })) }],
  ["too long a text", { ...FILE, document: "#".repeat(DOCUMENT_BYTES_MAX + 1) }],
  ["too long a text in bytes", { ...FILE, document: "é".repeat(DOCUMENT_BYTES_MAX / 2 + 1) }],
  ["a text with a zero", { ...FILE, document: "a\0b" }],
  ["too large a file", { ...FILE, inputs: { x: "x".repeat(FILE_BYTES_MAX) } }],
  ["a fraction", { ...FILE, inputs: { x: 1.5 } }],
])("a file that is none is refused: %s", (_, file) => {
  expect(opened("x.json", JSON.stringify(file))).toBeUndefined();
});

test("what is just within the limits is opened", () => {
  const file = {
    ...FILE,
    name: "x".repeat(80),
    document: "#".repeat(DOCUMENT_BYTES_MAX),
    steps: Array.from({ length: STEPS_MAX }, () => ({ wait: "P1D" })),
  };
  expect(opened("x.json", JSON.stringify(file))?.steps).toHaveLength(STEPS_MAX);
});

test("a key that stands twice is refused, and nesting without end", () => {
  const text = JSON.stringify(FILE);
  expect(opened("x.json", text.replace('"steps"', '"name":"other","steps"'))).toBeUndefined();
  const deep = text.replace('"steps"', `"inputs":{"x":${"[".repeat(5_000)}${"]".repeat(5_000)}},"steps"`);
  expect(opened("x.json", deep)).toBeUndefined();
});

test("what a scenario asks for at its founding is filled in with values that fit", () => {
  const rent: Schema = {
    type: "object",
    properties: { rent: { type: "string", format: "decimal", "x-min": "200" } },
    required: ["rent"],
  };
  const none: Schema = { type: "object", properties: {} };
  const foundation = {
    scenario: "scn_a",
    title: "Lease",
    document: null,
    inputs_schema: rent as Json,
    actors: [
      { actor: "bank", title: "Bank", joins: "start" as const, schema: none as Json },
      { actor: "tenant", title: "Tenant", joins: "start" as const, schema: rent as Json },
    ],
  };
  const founding = foundingOf(foundation, undefined);
  expect(founding).toEqual({ inputs: { rent: "200" }, actors: { tenant: { rent: "200" } } });
  expect([...foundingFaults(foundation, founding).values()].flat()).toEqual([]);
  const given = foundingOf(foundation, { inputs: { rent: "1" }, actors: {} });
  expect(given).toEqual({ inputs: { rent: "1" }, actors: { tenant: { rent: "200" } } });
  expect(foundingFaults(foundation, given).get("")).toHaveLength(1);
});

test("sample data fits its schema", () => {
  const schema: Schema = {
    type: "object",
    properties: {
      rent: { type: "string", format: "decimal", "x-min": "0.01" },
      share: { type: "string", format: "decimal", "x-max": "0.5", "x-min": "0.25" },
      months: { type: "integer", minimum: 3, maximum: 12 },
      on: { type: "string", format: "date" },
      text: { type: "string", minLength: 12, maxLength: 20 },
      kind: { type: "string", enum: ["long", "short"] },
      agreed: { type: "boolean" },
      rooms: { type: "array", items: { type: "string" }, minItems: 2, maxItems: 5 },
    },
    required: ["rent", "share", "months", "on", "text", "kind", "agreed", "rooms"],
    additionalProperties: false,
  };
  expect(faultsOf(schema, sample(schema, "2026-01-01T00:00:00.000Z"))).toEqual([]);
});

const moment = (given: Partial<Moment>): Moment => ({
  step: 1,
  time: "2026-01-01T00:00:00.000Z",
  state: "open",
  entered: "2026-01-01T00:00:00.000Z",
  happened: [],
  markers: [],
  assets: {},
  vars: {},
  result: {},
  timers: [],
  next: [],
  open: [],
  instructions: {},
  ...given,
});

test("waiting goes to the first timer", () => {
  const timers = [{ due: "2026-01-31T00:00:00.000Z" }, { due: "2026-01-15T00:00:00.000Z", goto: "lapsed" }];
  expect(untilNext(moment({ timers }))).toEqual({ wait: "PT1209600S", milliseconds: 14 * 86_400_000 });
  expect(untilNext(moment({}))).toBeUndefined();
});

test("durations in words", () => {
  expect(duration(14 * 86_400_000)).toBe("14 days");
  expect(duration(86_400_000 + 3_600_000 + 1_000)).toBe("1 day 1 hour");
  expect(duration(0)).toBe("no time");
});

test("what happened beside the step itself", () => {
  const step = { actor: "tenant", action: "sign" };
  expect(byItself(step, moment({ happened: ["after:open", "sign.ok"] }))).toEqual(["after:open"]);
  expect(byItself({ wait: "P1D" }, moment({ happened: ["after:open"] }))).toEqual(["after:open"]);
});

test("a check that was not made has not passed", () => {
  const finding = { severity: "error" as const, line: 1, column: 1, message: "", explanation: "" };
  const outline = { name: "", title: "", language: "en", states: [], actions: [], actors: [], assets: [], vars: [] };
  const verdict = { sound: true, whole: true, flaws: [] };
  const report = (...codes: string[]): Report => ({
    errors: codes.filter(code => code.startsWith("E")).length,
    warnings: 0,
    findings: codes.map(code => ({ ...finding, code })),
    ...(codes.includes("E101") ? {} : { outline }),
    ...(codes.some(code => code.startsWith("E")) ? {} : { soundness: { ignored: verdict, honoured: verdict } }),
  });
  expect(checksOf(report()).left).toEqual([]);
  expect(checksOf(report()).passed.map(check => check.said)).toContain("playground.checkWays");
  const flawed = (kind: Flaw["kind"]) => {
    const honoured = { ...verdict, sound: false, flaws: [{ kind, message: "", path: [], states: [] }] };
    const { passed, left } = checksOf({ ...report(), soundness: { ignored: verdict, honoured } });
    expect(left).toEqual([]);
    return checksOf(report())
      .passed.filter(check => !passed.includes(check))
      .map(check => check.said);
  };
  expect(flawed("dead")).toEqual(["playground.checkWays"]);
  expect(flawed("cannot_end")).toEqual(["playground.checkSound"]);
  expect(flawed("left_behind")).toEqual(["playground.checkSound"]);
  expect(flawed("system_loop")).toEqual(["playground.checkLoops"]);
  expect(checksOf(report("E101")).passed).toEqual([]);
  const said = checksOf(report("E201")).passed.map(check => check.said);
  expect(said).toContain("playground.checkForm");
  expect(said).not.toContain("playground.checkNames");
  expect(said).not.toContain("playground.checkEnds");
  expect(checksOf(report("E302")).passed.map(check => check.said)).toContain("playground.checkReached");
  expect(checksOf(report("E302")).left.map(check => check.said)).toContain("playground.checkWaits");
});
