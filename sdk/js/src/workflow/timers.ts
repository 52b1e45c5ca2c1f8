// Timers that are due fire before anything is said (docs/spec/scenario.md, "Timers first").

import { afterFiring } from "./due.js";
import { Rejected, downFrom, stateOf, type Node, type Process } from "./process.js";
import { Step, copyOf } from "./step.js";

const TIMERS_FIRED_MAX = 1_000;

/**
 * Fires the timers that are due, earliest first, each a step of its own at its due time, and advances the time. Not
 * complete if there are more of them than fire before one statement.
 */
export function fireDue(before: Process, time: number): { process: Process; complete: boolean } {
  let process = before;
  for (let fired = 0; fired < TIMERS_FIRED_MAX; fired++) {
    const due = nextDue(process, time);
    // A declared time before that of the last step counts as that.
    if (due === undefined) return { process: { ...process, time: Math.max(process.time, time) }, complete: true };
    process = due.kind === "timer" ? fire(process, due) : takeEffect(process, due);
  }
  return { process, complete: nextDue(process, time) === undefined };
}

/** A timer in the tree, or an announced response. */
interface Due {
  readonly path: string;
  readonly kind: "timer" | "announced";
  readonly index: number;
  readonly due: number;
}

/** The earliest timer due by a time; of several the first in the state of the first process, parents first. */
function nextDue({ main }: Process, time: number): Due | undefined {
  let found: Due | undefined;
  const consider = (one: Due) => {
    if (one.due <= time && (found === undefined || one.due < found.due)) found = one;
  };
  for (const { path, timers, announced } of downFrom(main)) {
    timers.forEach(({ due, fired, times }, index) => {
      if (fired < times && due !== undefined) consider({ path, kind: "timer", index, due });
    });
    announced.forEach(({ due, objected }, index) => {
      if (objected === undefined) consider({ path, kind: "announced", index, due });
    });
  }
  return found;
}

/** Fires one timer. It counts as fired even if its condition does not hold or its step is rejected. */
function fire(before: Process, { path, index, due }: Due): Process {
  const main = copyOf(before.main);
  const process = { ...before, main, time: Math.max(before.time, due) };
  const counted = at(main, path);
  counted.timers = counted.timers.map((timer, position) => (position === index ? afterFiring(counted, timer) : timer));
  try {
    const step = new Step(process);
    const node = at(step.process.main, path);
    step.timeOut(node, stateOf(node).transitions[node.timers[index]!.transition]!);
    return step.finish();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return process;
  }
}

/** An announced response is due: it takes effect, or is void if no transition holds for it any more. */
function takeEffect(before: Process, { path, index, due }: Due): Process {
  const main = copyOf(before.main);
  const process = { ...before, main, time: Math.max(before.time, due) };
  const node = at(main, path);
  const announced = node.announced[index]!;
  node.announced = node.announced.filter(other => other !== announced);
  try {
    const step = new Step(process);
    step.carryOut(at(step.process.main, path), announced);
    return step.finish();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return process;
  }
}

function at(main: Node, path: string): Node {
  return downFrom(main).find(node => node.path === path)!;
}
