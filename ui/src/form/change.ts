// Changes of what is filled in, as controls tell them.
import type { Draft } from "./schema";

/** A new value, or how it follows from the one that stands when the change is made. */
export type Change = Draft | ((old: Draft) => Draft);

/** A value after a change. */
export function changed(old: Draft, change: Change): Draft {
  return typeof change === "function" ? change(old) : change;
}
