// When timers are due (docs/spec/scenario.md, "Timers first").

import { durationOf, plusTime, type Duration } from "../rules/time.js";
import { reject, stateOf, type Node, type Timer } from "./process.js";
import type { Timed } from "./scenario.js";
import type { Step } from "./step.js";

/** When a timer of a state that was just entered is due first; those of `at` are when the step ends. */
export function firstDue(step: Step, node: Node, trigger: Timed): number | undefined {
  const { time, scenario } = step.process;
  switch (trigger.kind) {
    case "at":
      return undefined;
    case "every":
      // All of them exist, or none does.
      repetition(time, trigger.interval, trigger.times);
      return repetition(time, trigger.interval, 1);
    case "after": {
      const delay = step.value(node, trigger.rule, {});
      return delay?.kind === "duration" ? (plusTime(time, delay.value) ?? reject("expression_error")) : undefined;
    }
    case "business_days": {
      const count = step.value(node, trigger.rule, {});
      if (count?.kind !== "int") return undefined;
      const calendar = scenario.calendars.get(trigger.calendar)!;
      const entered = calendar.date(time);
      const last = entered === undefined ? undefined : calendar.addBusinessDays(entered, count.value);
      const end = last === undefined ? undefined : calendar.endOf(last);
      return end ?? reject("expression_error");
    }
  }
}

/** A timer that fired once more, and when it fires next if it is one of `every`. */
export function afterFiring(node: Node, timer: Timer): Timer {
  const fired = timer.fired + 1;
  const { trigger } = stateOf(node).transitions[timer.transition]!;
  const again = trigger.kind === "every" && fired < timer.times;
  const due = again ? repetition(node.entered, trigger.interval, fired + 1) : timer.due;
  return { ...timer, fired, due };
}

/** So many times the interval after a moment: from the moment itself, so that a month stays a month. */
function repetition(entered: number, { months, days, ms }: Duration, number: number): number {
  const delay = durationOf(months * number, days * number, ms * number);
  return (delay === undefined ? undefined : plusTime(entered, delay)) ?? reject("expression_error");
}
