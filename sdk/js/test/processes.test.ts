// Children, signals and groups by their rules (docs/decisions/0013-sub-processes.md); stories are in workflow.test.ts.
import { describe, expect, test } from "vitest";
import { respond } from "../src/workflow/answer.js";
import { ScenarioError } from "../src/workflow/form.js";
import { loadScenario } from "../src/workflow/load.js";
import { downFrom, processAt, processBytes, wordsOf, type Process } from "../src/workflow/process.js";
import { membersOf } from "../src/workflow/roles.js";
import { joinProcess, startProcess } from "../src/workflow/start.js";
import { fireDue } from "../src/workflow/timers.js";
import { parseExpression } from "../src/rules/parse.js";
import { toPlain } from "../src/rules/value.js";

const x = (source: string): any => parseExpression(source);
const title = { en: "T" };
const int = { type: "integer" };
const texts = { type: "array", items: { type: "string" } };

function record(properties: any): any {
  return { type: "object", properties, required: Object.keys(properties).sort(), additionalProperties: false };
}

function action(more: any = {}, by = ["a"]): any {
  const { data, effects, ...rest } = more;
  const schema = data === undefined ? {} : { schema: record(data) };
  const done = effects === undefined ? {} : { do: effects };
  return { title, kind: "informative", by, responses: { ok: { title, ...schema, ...done } }, ...rest };
}

const end = { title, final: "success" };
const on = (name: string, goto = "end", more: any = {}) => ({ on: [name], goto, ...more });

/** A body in which `go` leads from `work` to `end`, with what a test adds. */
function body(more: any = {}): any {
  const { states, actions, ...rest } = more;
  return {
    title,
    actors: { a: { title } },
    actions: { go: action(), ...actions },
    initial: "work",
    states: { work: { title, transitions: [on("go")] }, end, ...states },
    ...rest,
  };
}

function scenario(more: any): any {
  return loadScenario({ scenario: "countersign/scenario/v1", name: "s", language: "en", ...body(more) });
}

function started(more: any, members: string[] = ["a"], inputs: any = null): Process {
  const bindings = members.map(name => [name, { party: `idn_${name.replace(".", "")}`, data: {} }] as const);
  return startProcess(scenario(more), new Map(bindings), inputs, 0);
}

function says(before: Process, process: string, name: string, data: any = null, actor = "a") {
  const said = { process, actor, party: `idn_${actor.replace(".", "")}`, personal: true, action: name };
  return respond(
    before,
    { ...said, response: undefined, data, attachments: {}, seen: undefined, time: 0 },
    () => undefined,
  );
}

/** What the processes are after an answer that is applied. */
function after(before: Process, process: string, name: string, data: any = null, actor = "a"): Process {
  const { process: now, rejected } = says(before, process, name, data, actor);
  expect(rejected).toBeUndefined();
  return now;
}

const states = ({ main }: Process) => Object.fromEntries(downFrom(main).map(({ path, state }) => [path, state]));
const work = (start: any[], transitions: any[] = [on("go")]) => ({ work: { title, start, transitions } });
const child = (more: any = {}) => ({ child: "c", scenario: "sub", ...more });
const refused = (more: any) => expect(() => scenario(more)).toThrow(ScenarioError);

describe("children of a list", () => {
  const sub = body({ inputs: record({ item: { type: "string" } }), result: { item: x("inputs.item") } });
  const count = [{ set: "vars.got", to: x("count(c in children.c, c.finished)") }];
  const list = (order: string) => ({
    inputs: record({ all: texts }),
    scenarios: { sub },
    vars: record({ got: int }),
    result: { got: x("vars.got") },
    states: work(
      [child({ for: { each: "item", in: x("inputs.all"), order } })],
      [{ when: x("all_finished()"), do: count, goto: "end" }, on("go")],
    ),
  });

  test("start together, or one after the other", () => {
    const together = started(list("parallel"), ["a"], { all: ["x", "y", "z"] });
    expect(Object.keys(states(together))).toEqual(["main", "main/c.0", "main/c.1", "main/c.2"]);
    let now = started(list("sequential"), ["a"], { all: ["x", "y", "z"] });
    for (const number of [0, 1, 2]) {
      expect(states(now)).toEqual({ main: "work", [`main/c.${number}`]: "work" });
      expect(now.main.children.at(-1)!.left).toHaveLength(2 - number);
      now = after(now, `main/c.${number}`, "go");
    }
    expect(states(now)).toEqual({ main: "end" });
    expect(toPlain(now.main.result)).toEqual({ got: 3 });
  });

  test("are none of an empty list, and at most 1,000", () => {
    expect(states(started(list("sequential"), ["a"], { all: [] }))).toEqual({ main: "end" });
    const many = started(list("parallel"), ["a"], { all: Array.from({ length: 1_000 }, () => "x") });
    expect(downFrom(many.main)).toHaveLength(1_001);
    const side = { actions: { more: action({ effects: [{ start: { child: "d", scenario: "other" } }] }) } };
    const transitions = [{ when: x("all_finished()"), goto: "end" }, on("more", "stay"), on("go")];
    const full = { ...list("parallel"), ...side, scenarios: { sub, other: body() } };
    full.states = work([child({ for: { each: "item", in: x("inputs.all"), order: "parallel" } })], transitions);
    const all = Array.from({ length: 1_000 }, () => "x");
    expect(says(started(full, ["a"], { all }), "main", "more").rejected?.rule).toBe("limit");
  });

  test("need an input for the item, and no second value for it", () => {
    refused({ ...list("parallel"), scenarios: { sub: body() } });
    const twice = child({ for: { each: "item", in: x("inputs.all"), order: "parallel" }, with: { item: x('"x"') } });
    refused({ ...list("parallel"), states: work([twice]) });
  });
});

describe("what leaves a state", () => {
  const two = {
    actions: { stop: action({ effects: [{ cancel: "c" }] }) },
    scenarios: { sub: body() },
    states: {
      ...work([child(), { child: "d", scenario: "sub", own: true }], [on("go", "rest"), on("stop", "stay")]),
      rest: { title, transitions: [{ when: x('children.d.outcome == "success"'), goto: "end" }, on("go", "work")] },
    },
  };

  test("ends its children, but not its own", () => {
    const left = after(started(two), "main", "go");
    expect(states(left)).toEqual({ main: "rest", "main/d": "work" });
    expect(left.main.children.map(({ name, line }) => [name, line])).toEqual([["d", 0]]);
    expect(states(after(left, "main/d", "go"))).toEqual({ main: "end" });
    // Entered again, the name is taken anew.
    const again = after(left, "main", "go");
    expect(again.main.children.map(({ name, line }) => [name, line])).toEqual([
      ["c", 1],
      ["d", 2],
    ]);
  });

  test("and a child that is cancelled stays as that", () => {
    const now = after(started(two), "main", "stop");
    expect(states(now)).toEqual({ main: "work", "main/d": "work" });
    expect(now.main.children[0]!.is).toEqual({ state: "work", outcome: "cancelled", result: undefined });
    expect(says(now, "main/c", "go").rejected?.rule).toBe("unknown_action");
  });
});

describe("isolation", () => {
  test("a child has inputs and actors of its own, and reads nothing else", () => {
    const sub = body({ actors: { b: { title } }, inputs: record({ n: int }), actions: { go: action({}, ["b"]) } });
    const start = child({ with: { n: x("vars.n + 1") }, actors: { b: "a" } });
    const whole = { vars: record({ n: { ...int, default: 4 } }), scenarios: { sub }, states: work([start]) };
    const now = started(whole);
    expect(toPlain(processAt(now, "main/c")!.inputs)).toEqual({ n: 5 });
    const [member] = membersOf(now.parties, processAt(now, "main/c")!);
    expect(toPlain(member!.value)).toEqual({ key: "b", identity: "idn_a" });
    refused({ ...whole, states: work([child({ with: { n: x("vars.n") } })]) });
    refused({ ...whole, states: work([child({ actors: { b: "a" } })]) });
    const reads = body({ states: { work: { title, transitions: [on("go", "end", { if: x("vars.n == 4") })] } } });
    refused({ ...whole, scenarios: { sub: reads }, states: work([child()]) });
  });

  test("who joins later plays in every child at once", () => {
    const actors = { a: { title }, b: { title, joins: "invitation" } };
    const sub = body({ actors: { b: { title } }, actions: { go: action({}, ["b"]) } });
    const now = started({ actors, scenarios: { sub }, states: work([child()]) });
    expect(says(now, "main/c", "go", null, "b").rejected?.rule).toBe("not_an_actor");
    const joined = joinProcess(now, "b", { party: "idn_b", data: {} }, 0);
    expect(states(after(joined, "main/c", "go", null, "b"))).toEqual({ main: "work" });
  });

  test("what does not fit the inputs rejects the step of the parent", () => {
    const sub = body({ inputs: record({ n: { ...int, maximum: 3 } }) });
    const actions = { begin: action({ data: { n: int }, effects: [{ start: child({ with: { n: x("data.n") } }) }] }) };
    const now = started({
      actions,
      scenarios: { sub },
      states: { work: { title, transitions: [on("begin", "stay"), on("go")] } },
    });
    const { process, rejected } = says(now, "main", "begin", { n: 4 });
    expect([rejected?.rule, rejected?.pointer]).toEqual(["invalid_result", "/children/c/inputs/n"]);
    expect(processBytes(process)).toEqual(processBytes(now));
    expect(states(after(now, "main", "begin", { n: 3 }))).toEqual({ main: "work", "main/c": "work" });
  });
});

describe("depth", () => {
  /** A chain of so many bodies, each of which starts the next. */
  const chain = (links: number) => {
    const scenarios: any = {};
    for (let number = 1; number <= links; number++) {
      const start = number < links ? [{ child: "c", scenario: `s${number + 1}` }] : undefined;
      scenarios[`s${number}`] = body({
        states: { work: { title, ...(start === undefined ? {} : { start }), transitions: [on("go")] } },
      });
    }
    return { scenarios, states: work([{ child: "c", scenario: "s1" }]) };
  };

  test("is eight, however the brackets stand", () => {
    expect(downFrom(started(chain(8)).main)).toHaveLength(9);
    refused(chain(9));
  });

  test("is not without end", () => {
    const start = [{ child: "c", scenario: "other" }];
    const other = body({ states: work([{ child: "c", scenario: "sub" }]) });
    refused({ scenarios: { sub: body({ states: work(start) }), other }, states: work([child()]) });
    refused({ scenarios: { sub: body({ states: work([child()]) }) }, states: work([child()]) });
  });

  test("is that of a step, too", () => {
    const flip = body({ states: { work: { title, transitions: [{ when: x("true"), goto: "end" }] } } });
    const again = {
      scenarios: { sub: flip },
      states: {
        ...work([child()], [{ when: x("all_finished()"), goto: "round" }, on("go")]),
        round: { title, transitions: [{ when: x("all_finished()"), goto: "work" }] },
      },
    };
    expect(() => started(again)).toThrow(expect.objectContaining({ rule: "runaway" }));
  });
});

describe("time", () => {
  test("is one for all: the earliest timer fires first, a parent before its children", () => {
    const timed = (label: string) => ({
      work: { title, transitions: [{ after: { duration: "P1D" }, do: [{ mark: label }], goto: "end" }, on("go")] },
    });
    const states = {
      work: {
        title,
        start: [child(), { child: "d", scenario: "sub" }],
        transitions: [
          { after: { duration: "P1D" }, do: [{ mark: "parent" }], goto: "stay" },
          { when: x("all_finished()"), goto: "end" },
          on("go"),
        ],
      },
    };
    const now = started({ scenarios: { sub: body({ states: timed("sub") }) }, states });
    const { process } = fireDue(now, 2 * 86_400_000);
    expect(wordsOf(process.markers)).toEqual(["parent", "sub", "sub"]);
    expect(process.main.state).toBe("end");
    expect(process.main.entered).toBe(86_400_000);
  });
});

describe("signals", () => {
  const ring = { signal: "ring", to: "children", with: { n: x("data.n") } };
  const signals = (hold: boolean) => ({ ring: { schema: record({ n: int }), ...(hold ? { hold } : {}) } });
  const hears = { signal: "ring", if: x("signal.n > vars.heard"), do: [{ set: "vars.heard", to: x("signal.n") }] };
  const sub = (hold: boolean) =>
    body({
      signals: signals(hold),
      vars: record({ heard: { ...int, default: 0 } }),
      states: {
        work: { title, transitions: [on("go", "ready")] },
        ready: { title, transitions: [{ ...hears, goto: "stay" }, on("go")] },
      },
    });
  const whole = (hold: boolean) => ({
    signals: signals(hold),
    actions: { ring: action({ data: { n: int }, effects: [ring] }) },
    scenarios: { sub: sub(hold) },
    states: work([child(), { child: "d", scenario: "sub" }], [on("ring", "stay"), on("go")]),
  });
  const heard = (now: Process, path: string) => (toPlain(processAt(now, path)!.vars) as any).heard;

  test("go to every child that listens, and are lost to the others", () => {
    const ready = after(started(whole(false)), "main/d", "go");
    const rung = after(ready, "main", "ring", { n: 3 });
    expect([heard(rung, "main/c"), heard(rung, "main/d")]).toEqual([0, 3]);
    expect(heard(after(rung, "main/c", "go"), "main/c")).toBe(0);
  });

  test("wait where they are held, each until its child listens, at most 100", () => {
    let now = started(whole(true));
    for (const n of [2, 1, 5]) now = after(now, "main", "ring", { n });
    expect(processAt(now, "main/c")!.held.map(({ from, signal }) => [from, signal])).toHaveLength(3);
    now = after(now, "main/c", "go");
    // The second did not hold when the first had been heard; it waits on.
    expect(heard(now, "main/c")).toBe(5);
    expect(processAt(now, "main/c")!.held.map(({ data }) => toPlain(data))).toEqual([{ n: 1 }]);
    for (let more = 3; more < 100; more++) now = after(now, "main", "ring", { n: more });
    expect(says(now, "main", "ring", { n: 1 }).rejected?.rule).toBe("limit");
  });

  test("are declared by whoever sends or hears them", () => {
    refused({ ...whole(false), signals: {} });
    refused({
      ...whole(false),
      actions: { ring: action({ data: { n: int }, effects: [{ signal: "ring", to: "all" }] }) },
    });
    const without = action({ data: { n: int }, effects: [{ signal: "ring", to: "children" }] });
    const { rejected } = says(started({ ...whole(false), actions: { ring: without } }), "main", "ring", { n: 1 });
    expect([rejected?.rule, rejected?.pointer]).toEqual(["invalid_result", "/signals/ring/n"]);
    const other = { ...sub(false), signals: { ring: { schema: record({ n: int, more: int }) } } };
    refused({ ...whole(false), scenarios: { sub: other } });
  });
});

describe("groups", () => {
  const many = { min: 2, max: 3 };
  const whole = {
    actors: { a: { title }, g: { title, many } },
    actions: { sign: action({ if: x("not did(actor, sign)") }, ["g"]) },
    states: {
      work: { title, transitions: [on("sign", "stay"), { when: x("everyone_did(sign)"), goto: "end" }, on("go")] },
    },
  };

  test("have as many members as they say", () => {
    expect(() => started(whole, ["a", "g.0"])).toThrow(expect.objectContaining({ rule: "not_an_actor" }));
    expect(() => started(whole, ["a", "g.0", "g.2"])).toThrow(expect.objectContaining({ rule: "not_an_actor" }));
    const four = ["a", "g.0", "g.1", "g.2", "g.3"];
    expect(() => started(whole, four)).toThrow(expect.objectContaining({ rule: "limit" }));
  });

  test("everyone is every member", () => {
    let now = started(whole, ["a", "g.0", "g.1", "g.2"]);
    for (const member of ["g.1", "g.0"]) {
      now = after(now, "main", "sign", null, member);
      expect(says(now, "main", "sign", null, member).rejected?.rule).toBe("condition_not_met");
    }
    expect(now.main.state).toBe("work");
    expect(after(now, "main", "sign", null, "g.2").main.state).toBe("end");
    expect(says(now, "main", "sign", null, "g").rejected?.rule).toBe("not_an_actor");
  });

  test("play groups of children", () => {
    const sub = body({ actors: { a: { title }, g: { title, many } }, actions: { sign: action({}, ["g"]) } });
    sub.states.work = { title, transitions: [on("sign"), on("go")] };
    const now = started({ ...whole, scenarios: { sub }, states: { ...work([child()], [on("sign"), on("go")]) } }, [
      "a",
      "g.0",
      "g.1",
    ]);
    expect(states(after(now, "main/c", "sign", null, "g.1"))).toEqual({ main: "work" });
    refused({
      ...whole,
      scenarios: { sub: { ...sub, actors: { a: { title }, g: { title } } } },
      states: work([child()]),
    });
  });
});
