// A scenario ready to run: names resolved, expressions and schemas compiled (docs/spec/scenario.md).

import type { Question } from "./question.js";
import type { Calendar } from "../rules/calendar.js";
import type { Rule } from "../rules/rule.js";
import type { Schema } from "../rules/schema.js";
import type { Duration } from "../rules/time.js";
import type { ChangeRules } from "./changes.js";
import type { Announce, Own } from "./synchronise.js";

/** Most members of a group, and items of an asset that is a list. */
export const MEMBERS_MAX = 1_000;

/** How many there may be. */
export interface Many {
  readonly min: number;
  readonly max: number;
}

/** What a process runs by: the scenario itself, or one of its sub-scenarios. Maps are in the order of names. */
export interface Body {
  readonly actors: ReadonlyMap<string, Actor>;
  readonly assets: ReadonlyMap<string, Schema>;
  readonly vars: Schema;
  readonly inputs: Schema;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly actions: ReadonlyMap<string, Action>;
  readonly states: ReadonlyMap<string, State>;
  readonly initial: string;
  readonly result: readonly { name: string; rule: Rule }[];
  readonly signals: ReadonlyMap<string, Signal>;
  /** The children that it may start: whether they are a list. */
  readonly children: ReadonlyMap<string, "one" | "list">;
  /** The actors whom effects invite, of this body or of one that it starts. */
  readonly invites: ReadonlySet<string>;
}

/** A checked scenario: its own body, and what holds for all bodies. */
export interface Scenario extends Body {
  /** SHA-256 of the canonical form. */
  readonly digest: Uint8Array;
  /** Who may comment, and what; nothing if there are no comments. */
  readonly comments: Comments | undefined;
  readonly changes: ChangeRules;
}

/** A role. */
export interface Actor {
  readonly data: Schema;
  /** The actor whose party it belongs to. */
  readonly actsFor: string | undefined;
  readonly joins: "start" | "invitation";
  /** Of a group: how many members it has. */
  readonly many: Many | undefined;
}

/** What processes tell each other. */
export interface Signal {
  readonly data: Schema;
  /** Whether it waits for a receiver that is not ready. */
  readonly hold: boolean;
}

/** A child that a state or an effect starts. */
export interface Start {
  readonly child: string;
  readonly body: Body;
  readonly condition: Rule | undefined;
  /** One child for each item of a list, which is the input of that name. */
  readonly each: { readonly input: string; readonly rule: Rule; readonly order: "parallel" | "sequential" } | undefined;
  /** The other inputs. */
  readonly given: readonly { name: string; rule: Rule }[];
  /** Of each actor of the child, the actor here that plays it. */
  readonly actors: ReadonlyMap<string, string>;
  /** Whether it outlives the state. */
  readonly own: boolean;
}

/** Something that actors can do. */
export interface Action {
  readonly performative: boolean;
  /** Whether the node of its actor does it (`run`). */
  readonly system: boolean;
  /** What it asks another contract. */
  readonly question: Question | undefined;
  readonly by: ReadonlySet<string>;
  readonly condition: Rule | undefined;
  /** Paths below `_`. */
  readonly seen: readonly (readonly string[])[];
  readonly responses: ReadonlyMap<string, Response>;
  readonly expect: string;
  /** Its responses wait before they take effect. */
  readonly announce: Announce | undefined;
  /** It comes with a key of the language: the document does not declare it. */
  readonly own: Own | undefined;
}

/** An answer to an action. */
export interface Response {
  readonly data: Schema;
  readonly attachments: ReadonlyMap<string, Attachment>;
  readonly effects: readonly Effect[];
  /** What it proves without showing it. */
  readonly proving: Proving | undefined;
}

/** What a response proves of a committed number. */
export interface Proving {
  /** Where the commitment and the challenge stand, below `_`. */
  readonly of: readonly string[];
  readonly challenge: readonly string[];
  /** Digits after the point of the number. */
  readonly digits: number;
  readonly min: Rule | undefined;
  readonly max: Rule | undefined;
}

/** A file that a response asks for. */
export interface Attachment {
  readonly media: readonly string[] | undefined;
  readonly optional: boolean;
  /** Of a list of files: how many. */
  readonly many: Many | undefined;
  readonly bytesMax: number;
  /** The data class that it belongs to. */
  readonly personal: string | undefined;
}

/** Where a process can be. */
export interface State {
  readonly effects: readonly Effect[];
  readonly start: readonly Start[];
  /** Who is asked to acknowledge its entry before anything else goes on. */
  readonly acknowledge: ReadonlySet<string>;
  readonly transitions: readonly Transition[];
  readonly final: "success" | "failure" | "cancelled" | undefined;
}

/** A way out of a state, or back into it. */
export interface Transition {
  readonly trigger: Trigger;
  readonly condition: Rule | undefined;
  readonly effects: readonly Effect[];
  /** The state that it leads to; nothing if it stays. */
  readonly goto: string | undefined;
}

/** What makes a transition fire. */
export type Trigger =
  /** One of these responses (`action.response`), given by one of these actors. */
  | { kind: "on"; responses: ReadonlySet<string>; by: ReadonlySet<string> }
  /** As soon as it is true; whether it always is. */
  | { kind: "when"; rule: Rule; always: boolean }
  /** When that signal is delivered. */
  | { kind: "signal"; signal: string }
  | Timed;

/** A trigger by time. `written`: what says when it is due, if two timers of which that is equal are due together. */
export type Timed =
  /** So long after the state was entered. */
  | { kind: "after"; rule: Rule; written: string | undefined }
  /** At the end of so many working days after the day on which the state was entered. */
  | { kind: "business_days"; rule: Rule; calendar: string; written: string | undefined }
  /** At this moment or date, evaluated anew after each step. */
  | { kind: "at"; rule: Rule; written: string | undefined }
  /** So often, so long after the state was entered and after each other. */
  | { kind: "every"; interval: Duration; times: number; written: string | undefined };

/** A change of data, or what else is done on the way. */
export interface Effect {
  readonly condition: Rule | undefined;
  readonly change: Change;
}

/** What an effect does. */
export type Change =
  | { kind: "mark"; label: string }
  | { kind: "set" | "append" | "merge"; target: Target; rule: Rule }
  | { kind: "signal"; signal: string; to: Addressee; data: readonly { name: string; rule: Rule }[] }
  | { kind: "start"; start: Start }
  | { kind: "cancel"; child: string }
  | { kind: "invite"; actor: string; rule: Rule | undefined }
  | { kind: "remove"; actor: string };

/** Whom a signal is for. */
export type Addressee = "parent" | "children" | "contract";

/** What an effect writes to: a part of the process, and the path below it. */
export interface Target {
  /** `actor` is whoever acts. */
  readonly section: "assets" | "vars" | "actors" | "actor";
  /** Of the section `actors`. */
  readonly actor: string | undefined;
  readonly path: readonly string[];
}

/** The rules for comments. */
export interface Comments {
  readonly by: ReadonlySet<string>;
  readonly media: readonly string[];
  readonly bytesMax: number;
}

/** The role that a name means: its own, or of a group that of a member such as `sureties.0`. */
export function roleOf({ actors }: Body, name: string): string | undefined {
  if (actors.has(name)) return name;
  const [, role, number] = /^([^.]*)\.(0|[1-9][0-9]{0,2})$/.exec(name) ?? [];
  return role !== undefined && number !== undefined && actors.get(role)?.many !== undefined ? role : undefined;
}

/** Whether somebody can be bound to a name: an actor that is no group, or a member of one. */
export function isPlayed(body: Body, name: string): boolean {
  return roleOf(body, name) !== undefined && body.actors.get(name)?.many === undefined;
}

/** The actor at the end of the chain of `acts_for`; none acts for another in a circle. */
export function principalOf(scenario: Body, actor: string): string {
  let found = actor;
  for (let next = scenario.actors.get(found)?.actsFor; next !== undefined; next = scenario.actors.get(found)?.actsFor) {
    found = next;
  }
  return found;
}
