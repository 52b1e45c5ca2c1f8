// What can be said of a scenario without running it: ends that are reached, transitions that are never taken, responses
// that are lost, loops of automatic steps (docs/spec/scenario.md: E301 to E305).

import { refuse } from "./form.js";
import type { Action, State, Transition } from "./scenario.js";

/** Most transitions remembered for one response; what more of them would cover is not found. */
const COVERS_MAX = 8;

/** Refuses states that cannot be run as they stand. */
export function checkFlow(
  states: ReadonlyMap<string, State>,
  initial: string,
  actions: ReadonlyMap<string, Action>,
): void {
  const forward = new Map([...states].map(([name, { transitions }]) => [name, targetsOf(transitions)]));
  const backward = new Map([...states.keys()].map(name => [name, [] as string[]]));
  for (const [from, targets] of forward) for (const to of targets) backward.get(to)!.push(from);
  const reached = closure(forward, [initial]);
  const ends = [...states].filter(([, { final }]) => final !== undefined).map(([name]) => name);
  const ending = closure(backward, ends);
  for (const [name, { transitions }] of states) {
    if (!reached.has(name)) refuse(`state ${name} cannot be reached`);
    if (!ending.has(name)) refuse(`no end can be reached from ${name}`);
    checkTaken(transitions);
    checkResponses(transitions, actions);
  }
  checkLoops(states);
}

function targetsOf(transitions: readonly Transition[]): string[] {
  return transitions.flatMap(({ goto }) => (goto === undefined ? [] : [goto]));
}

/** All names that can be reached. */
function closure(edges: ReadonlyMap<string, readonly string[]>, from: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const left = [...from];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    left.push(...edges.get(name)!);
  }
  return reached;
}

/** An earlier transition without a condition comes first: E303. */
function checkTaken(transitions: readonly Transition[]): void {
  const taken = new Map<string, ReadonlySet<string>[]>();
  const [timers, signals] = [new Set<string>(), new Set<string>()];
  let always = false;
  for (const { trigger, condition, goto } of transitions) {
    let never: boolean;
    if (trigger.kind === "on") {
      const { responses, by } = trigger;
      const covers = (who: ReadonlySet<string>) => [...by].every(actor => who.has(actor));
      never = [...responses].every(response => taken.get(response)?.some(covers) === true);
      if (condition === undefined) {
        for (const response of responses) {
          const known = taken.get(response) ?? [];
          if (known.length < COVERS_MAX) taken.set(response, [...known, by]);
        }
      }
    } else if (trigger.kind === "when") {
      never = always;
      always ||= trigger.always && condition === undefined;
    } else if (trigger.kind === "signal") {
      never = signals.has(trigger.signal);
      if (condition === undefined) signals.add(trigger.signal);
    } else {
      const { written } = trigger;
      never = written !== undefined && timers.has(written);
      const leaves = condition === undefined && goto !== undefined;
      if (leaves && written !== undefined) timers.add(written);
    }
    if (never) refuse("a transition that is never taken");
  }
}

/** Of an action that is open here, each response has a transition: E304. */
function checkResponses(transitions: readonly Transition[], actions: ReadonlyMap<string, Action>): void {
  const named = new Set(transitions.flatMap(({ trigger }) => (trigger.kind === "on" ? [...trigger.responses] : [])));
  for (const name of new Set([...named].map(response => response.split(".")[0]!))) {
    const lost = [...actions.get(name)!.responses.keys()].find(response => !named.has(`${name}.${response}`));
    if (lost !== undefined) refuse(`${name}.${lost} has no transition`);
  }
}

/** A loop whose every transition is `when: true`: E305. */
function checkLoops(states: ReadonlyMap<string, State>): void {
  const next = (name: string): string | undefined => {
    const automatic = states
      .get(name)!
      .transitions.find(
        ({ trigger, condition }) => trigger.kind === "when" && trigger.always && condition === undefined,
      );
    return automatic && (automatic.goto ?? name);
  };
  const done = new Set<string>();
  for (const start of states.keys()) {
    const path = new Set<string>();
    let at: string | undefined = start;
    while (at !== undefined && !done.has(at) && !path.has(at)) {
      path.add(at);
      at = next(at);
    }
    if (at !== undefined && path.has(at)) refuse("a loop of automatic steps");
    for (const name of path) done.add(name);
  }
}
