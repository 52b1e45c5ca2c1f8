import { createReadStream, existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../src/bytes.js";
import { sha256 } from "../src/hash.js";
import { canonicalText, isObject, parseJson, type Json } from "../src/json.js";
import { parseDuration, parseTimestamp, plusTime } from "../src/rules/time.js";
import { fromTyped, identical, toPlain, type Value } from "../src/rules/value.js";
import { conditionHolds, respond, whyClosed, type Answer, type Entitlement } from "../src/workflow/answer.js";
import { ScenarioError } from "../src/workflow/form.js";
import { invitedBytes } from "../src/workflow/guests.js";
import { loadScenario } from "../src/workflow/load.js";
import {
  Rejected,
  downFrom,
  processAt,
  processBytes,
  stateOf,
  wordsOf,
  type Binding,
  type Process,
} from "../src/workflow/process.js";
import { membersOf, roleValue } from "../src/workflow/roles.js";
import { joinProcess, startProcess, welcome } from "../src/workflow/start.js";
import { fireDue } from "../src/workflow/timers.js";
import { seenOf } from "../src/workflow/view.js";
import { file } from "./files.js";

const LIMITS = { bytesMax: 16 << 20, depthMax: 1_300 };
const vectors = "docs/spec/vectors/";
const given = process.env["COUNTERSIGN_MUTANTS"];

function bindingOf({ party, data }: any): Binding {
  return { party: party ?? undefined, data };
}

/** What becomes of one step of a play. */
function take(before: Process, step: any): { process: Process; rejected: Rejected | undefined } {
  if (step.tick !== undefined) return { process: fireDue(before, step.tick).process, rejected: undefined };
  if (step.join !== undefined) {
    const { actor, binding, time } = step.join;
    try {
      return { process: joinProcess(before, actor, bindingOf(binding), time), rejected: undefined };
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      // Its timers stay fired; a contract keeps nothing of a confirmation that is rejected.
      return { process: fireDue(before, time).process, rejected: error };
    }
  }
  if (step.welcome !== undefined) {
    const { members, party, time } = step.welcome;
    const among: Process = { ...before, guests: { ...before.guests, members: new Set(members) } };
    try {
      return { process: welcome(among, party, time), rejected: undefined };
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      return { process: fireDue(among, time).process, rejected: error };
    }
  }
  const { response, seen, entitled, ...rest } = step.respond;
  const answer: Answer = {
    ...rest,
    response: response ?? undefined,
    seen: seen === null ? undefined : fromHex(seen),
  };
  const entitlement: Entitlement = () => (entitled === "entitled" ? undefined : entitled);
  return respond(before, answer, entitlement);
}

function said(process: Process | undefined, rejected: Rejected | undefined) {
  const refused = rejected === undefined ? {} : { rule: rejected.rule, pointer: rejected.pointer };
  if (process === undefined) return refused;
  const { state, result } = process.main;
  const hashes = downFrom(process.main).map(node => [node.path, toHex(sha256(processBytes(process, node)))]);
  const alone = hashes.length === 1 ? { hash: hashes[0]![1] } : { hashes: Object.fromEntries(hashes) };
  const invited = invitedBytes(process);
  const waiting = invited && { invited: toHex(invited) };
  return { ...refused, ...waiting, state, bytes: processBytes(process).length, ...alone, result };
}

function expected({ result, ...rest }: any) {
  return result === undefined ? rest : { ...rest, result: fromTyped(result) as Value };
}

function same(one: any, other: any): boolean {
  const { result, ...rest } = one;
  const { result: wanted, ...others } = other;
  return canonicalText(rest) === canonicalText(others) && identical(result, wanted);
}

/** The first place where a play goes another way. */
function difference(play: any): unknown {
  let now: Process;
  try {
    const bindings = new Map(Object.entries(play.actors).map(([actor, one]) => [actor, bindingOf(one)]));
    now = startProcess(loadScenario(play.scenario), bindings, play.inputs, play.time, play.members);
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    const found = said(undefined, error);
    return same(found, play.start) ? undefined : { play: play.name, found, wanted: play.start };
  }
  const begun = said(now, undefined);
  if (!same(begun, expected(play.start))) return { play: play.name, begun, wanted: play.start };
  for (const [index, step] of play.steps.entries()) {
    const { tick: _, join: __, respond: ___, welcome: ____, ...outcome } = step;
    const { process, rejected } = take(now, step);
    const found = said(process, rejected);
    if (!same(found, expected(outcome))) return { play: play.name, index, step, found };
    now = process;
  }
  return undefined;
}

const committed = (parseJson(file(`${vectors}process.json`), LIMITS) as any).plays;

describe("the plays of the vectors", () => {
  for (const play of committed) {
    test(play.name, () => expect(difference(play)).toBeUndefined());
  }
});

async function eachLine(name: string, work: (line: any, number: number) => void): Promise<number> {
  let number = 0;
  const input = createInterface({ input: createReadStream(join(given!, name)), crlfDelay: Infinity });
  for await (const line of input) work(parseJson(line, LIMITS), number++);
  return number;
}

test("both interpreters go the same way in every play", { timeout: 600_000 }, async ({ skip }) => {
  if (given === undefined) return skip("skipped: COUNTERSIGN_MUTANTS names no folder; make test does");
  const different: unknown[] = [];
  const count = await eachLine("plays.jsonl", play => {
    const found = difference(play);
    if (found !== undefined) different.push(found);
  });
  expect(count).toBe(2_000);
  expect(different.slice(0, 3), `${different.length} of ${count}`).toEqual([]);
});

function accepts(scenario: Json): boolean {
  try {
    loadScenario(scenario);
    return true;
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return false;
  }
}

test("both readers accept the same scenarios", { timeout: 600_000 }, async ({ skip }) => {
  if (given === undefined) return skip("skipped: COUNTERSIGN_MUTANTS names no folder; make test does");
  const different: unknown[] = [];
  let sound = 0;
  const count = await eachLine("scenarios.jsonl", ({ scenario, accepted, codes }, number) => {
    if (accepted) sound++;
    if (accepts(scenario) !== accepted) different.push({ number, accepted, codes });
  });
  expect(count).toBe(2_000);
  expect(sound).toBeGreaterThan(200);
  expect(different.slice(0, 400), `${different.length} of ${count}`).toEqual([]);
});

/** What is open, by actor, as stories write it. */
function open(process: Process): Record<string, unknown[]> {
  const found: Record<string, any[]> = {};
  if (stateOf(process.main).final !== undefined) return found;
  for (const node of downFrom(process.main)) {
    for (const { name, actor, bound } of membersOf(process.parties, node)) {
      const actions = [...node.body.actions].flatMap(([action, declared]) => {
        const responses = [...declared.responses.keys()].filter(
          one => whyClosed(process, node, action, one, { name, actor }) === undefined,
        );
        const held = bound && responses.length > 0 && conditionHolds(process, node, declared, name);
        return held ? [{ process: node.path, action, responses }] : [];
      });
      if (actions.length > 0) found[name] = [...(found[name] ?? []), ...actions];
    }
  }
  for (const actions of Object.values(found)) actions.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  return found;
}

function keyOf({ process, action }: any): string {
  return `${process} ${action}`;
}

function found(process: Process, rejected: Rejected | undefined, wanted: any) {
  const { main } = process;
  const all: Record<string, unknown> = {
    outcome: stateOf(main).final ?? null,
    states: Object.fromEntries(downFrom(main).map(({ path, state }) => [path, state])),
    vars: toPlain(main.vars),
    assets: toPlain(main.assets),
    markers: wordsOf(process.markers),
    previous: wordsOf(main.history),
    result: main.result === undefined ? {} : toPlain(main.result),
    open: open(process),
  };
  if (isObject(wanted.actors)) {
    const names = Object.keys(wanted.actors);
    all["actors"] = Object.fromEntries(names.map(name => [name, toPlain(roleValue(process.parties, main, name))]));
  }
  const kept = Object.keys(wanted).filter(key => key !== "rejected" && key !== "next");
  const { pointer } = wanted.rejected ?? {};
  const refused = rejected && { rule: rejected.rule, ...(pointer === undefined ? {} : { pointer: rejected.pointer }) };
  return { ...Object.fromEntries(kept.map(key => [key, all[key]])), ...(refused && { rejected: refused }) };
}

/** A member of a story, without what is no matter of running, and open actions in one order. */
function wantedOf({ next: _, ...wanted }: any) {
  if (wanted.open === undefined) return wanted;
  const sorted = (actions: any[]) => [...actions].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const actors = Object.entries(wanted.open).map(([actor, actions]) => [actor, sorted(actions as any[])]);
  return { ...wanted, open: Object.fromEntries(actors) };
}

/** The process of a step that names none: where its action is open to the actor, else the first that has it. */
function processOf(process: Process, { actor, action }: any): string {
  const alive = downFrom(process.main).filter(({ body }) => body.actions.has(action));
  const opened = (open(process)[actor] as any[] | undefined)?.find(one => one.action === action);
  return opened?.process ?? alive[0]?.path ?? "main";
}

/** Canonical forms of what the vectors of Rust have no play of. */
const written = JSON.parse(readFileSync(new URL("scenarios.json", import.meta.url), "utf8"));

const folder = fileURLToPath(new URL(`../../../${vectors}scenario/stories/`, import.meta.url));
const stories = existsSync(folder) ? readdirSync(folder).sort() : [];

describe("stories", () => {
  let told = 0;
  const changed: string[] = [];
  for (const name of stories) {
    const story = parseJson(file(`${vectors}scenario/stories/${name}`), LIMITS) as any;
    const title = story.scenario?.name ?? story.file.replace(/^.*\/|\.yaml$/g, "");
    // Stories are written by hand; their canonical form stands among the plays.
    const canonical = committed.find((play: any) => play.scenario.name === title)?.scenario ?? written[title];
    if (canonical === undefined) continue;
    // The second interpreter runs no deviations yet: it says so by name.
    if (story.steps.some((step: any) => step.deviation !== undefined)) {
      changed.push(name);
      continue;
    }
    told++;
    test(name, () => {
      const scenario = loadScenario(canonical);
      const actors = [...scenario.actors].filter(([, { joins }]) => joins === "start");
      const bindings = new Map<string, Binding>();
      for (const [actor, { many }] of actors) {
        const given = story.actors?.[actor];
        const members: any[] = given ?? Array.from({ length: many?.min ?? 0 }, () => ({}));
        if (many === undefined) bindings.set(actor, { party: undefined, data: given ?? {} });
        else members.forEach((data, index) => bindings.set(`${actor}.${index}`, { party: undefined, data }));
      }
      let time = parseTimestamp(story.start ?? "2026-01-01T00:00:00.000Z")!;
      let now = startProcess(scenario, bindings, story.inputs ?? null, time);
      if (story.initially) expect(found(now, undefined, story.initially)).toEqual(wantedOf(story.initially));
      const snapshots = [now];
      for (const [index, step] of story.steps.entries()) {
        if (step.wait !== undefined) time = plusTime(time, parseDuration(step.wait)!)!;
        else if (step.time !== undefined) time = parseTimestamp(step.time)!;
        let rejected: Rejected | undefined;
        if (step.action === undefined) now = fireDue(now, time).process;
        else {
          const then = step.saw === undefined ? fireDue(now, time).process : snapshots[step.saw]!;
          const process = step.process ?? processOf(then, step);
          const node = processAt(then, process);
          const paths = node?.body.actions.get(step.action)?.seen ?? [];
          const answer: Answer = {
            process,
            actor: step.actor,
            party: undefined,
            personal: true,
            action: step.action,
            response: step.response,
            data: step.data ?? null,
            attachments: step.attachments ?? {},
            seen: paths.length === 0 ? undefined : seenOf(then, node!, paths),
            time,
          };
          ({ process: now, rejected } = respond(now, answer, () => undefined));
        }
        snapshots.push(now);
        expect(found(now, rejected, step.expected), `step ${index + 1}`).toEqual(wantedOf(step.expected));
      }
      expect(stateOf(now.main).final ?? null).toBe(story.outcome);
    });
  }
  test("but those that adopt a deviation", () => expect(changed).toEqual(told > 0 ? ["rate_card.json"] : []));
  test("are told as far as this version has their words", () => expect(told).toBeGreaterThanOrEqual(18));
});
