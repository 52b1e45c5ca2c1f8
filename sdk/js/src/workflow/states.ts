// States and their transitions, compiled.

import { canonicalText, member, type Json, type JsonObject } from "../json.js";
import { durationText, parseDuration } from "../rules/time.js";
import { BOOL, INT, identicalTypes, recordType, ANY, type Type } from "../rules/types.js";
import { attachedType, responseSight } from "./actions.js";
import { ascending, closed, described, integer, items, named, refuse, word, words } from "./form.js";
import { TIMED, type Parts, type Sight } from "./parts.js";
import { loadStart } from "./starts.js";
import type { Action, State, Transition, Trigger } from "./scenario.js";
import { actorsAsked } from "./synchronise.js";

const STATES_MAX = 2_000;
const STATE_TRANSITIONS_MAX = 200;
const ON_MAX = 50;
const STARTS_MAX = 100;
const TRIGGERS = ["on", "when", "signal", "after", "at", "every"];
const STATE_OPTIONAL = [
  "description",
  "clause",
  "ui",
  "final",
  "instructions",
  "do",
  "start",
  "transitions",
  "acknowledge",
];
const REPETITIONS_MAX = 100_000;

/** Compiles the states. */
export function loadStates(
  value: Json | undefined,
  parts: Parts,
  actions: ReadonlyMap<string, Action>,
): ReadonlyMap<string, State> {
  const states = new Map(named(value, STATES_MAX).map(([name, state]) => [name, loadState(state, parts, actions)]));
  return states.size === 0 ? refuse("states") : states;
}

function loadState(value: Json, parts: Parts, actions: ReadonlyMap<string, Action>): State {
  const state = closed(value, ["title"], STATE_OPTIONAL);
  described(state);
  parts.clause(state["clause"]);
  for (const [actor, text] of named(state["instructions"], 100)) {
    if (!parts.names.actors.includes(actor)) refuse("no such actor");
    words(text, "with");
    parts.words(text, new Map([["actor", parts.acting([actor])]]));
  }
  const final = word(state["final"], ["success", "failure", "cancelled"]);
  if ((final === undefined) !== (state["transitions"] !== undefined)) refuse("a state has transitions, or is final");
  const effects = parts.effects(state["do"], TIMED);
  const start = items(state["start"], STARTS_MAX).map(one => loadStart(one, parts, TIMED, TIMED));
  if (new Set(start.map(({ child }) => child)).size !== start.length) refuse("a child twice");
  if (final !== undefined && start.length > 0) refuse("an end that starts something");
  const acknowledge = state["acknowledge"] === undefined ? new Set<string>() : actorsAsked(state["acknowledge"], parts);
  if (final !== undefined && acknowledge.size > 0) refuse("an end that is acknowledged");
  const transitions = items(state["transitions"], STATE_TRANSITIONS_MAX, 0).map(one =>
    loadTransition(one, parts, actions),
  );
  return { effects, start, acknowledge, transitions, final };
}

function loadTransition(value: Json, parts: Parts, actions: ReadonlyMap<string, Action>): Transition {
  const transition = closed(value, ["goto"], [...TRIGGERS, "times", "by", "if", "do", "title", "clause"]);
  words(transition["title"], "without");
  parts.clause(transition["clause"]);
  const goto = transition["goto"] === "stay" ? undefined : word(transition["goto"], parts.names.states);
  const triggers = TRIGGERS.filter(key => transition[key] !== undefined);
  if (triggers.length !== 1 || (transition["by"] !== undefined && triggers[0] !== "on")) refuse("a trigger");
  if (transition["times"] !== undefined && triggers[0] !== "every") refuse("`times` without `every`");
  const { trigger, sight } =
    triggers[0] === "on"
      ? loadOn(transition, parts, actions)
      : triggers[0] === "signal"
        ? loadSignalled(transition, parts)
        : { trigger: loadTimed(transition, parts), sight: TIMED };
  const condition = parts.guard(transition["if"], sight);
  return { trigger, condition, effects: parts.effects(transition["do"], sight), goto };
}

function loadTimed({ when, after, at, every, times }: JsonObject, parts: Parts): Trigger {
  if (when !== undefined) {
    return { kind: "when", rule: parts.expression(when, TIMED, BOOL), always: member(when, "bool") === true };
  }
  if (at !== undefined) {
    const { type, ...rule } = parts.expression(at, TIMED);
    if (type.personal !== undefined || !["timestamp", "date", "any"].includes(type.kind)) refuse("a point in time");
    return { kind: "at", rule: { type, ...rule }, written: canonicalText({ at }) };
  }
  if (every !== undefined) {
    const interval = typeof every === "string" ? parseDuration(every) : undefined;
    if (interval === undefined || durationText(interval) !== every) refuse("a duration");
    const { months, days, ms } = interval;
    if (Math.min(months, days, ms) < 0 || Math.max(months, days, ms) === 0) refuse("a duration above zero");
    const often = integer(times, 0, 1, REPETITIONS_MAX);
    return often === 0 ? refuse("how often") : { kind: "every", interval, times: often, written: every };
  }
  const count = member(after, "business_days");
  if (count !== undefined) {
    const { calendar } = closed(after, ["business_days", "calendar"], []);
    const rule = parts.expression(count, TIMED, INT);
    const written = member(count, "int") === undefined ? undefined : canonicalText(after!);
    return { kind: "business_days", rule, calendar: parts.calendar(calendar), written };
  }
  const rule = parts.expression(after, TIMED, { kind: "duration" });
  return { kind: "after", rule, written: member(after, "duration") === undefined ? undefined : canonicalText(after!) };
}

function loadSignalled(transition: JsonObject, parts: Parts): { trigger: Trigger; sight: Sight } {
  const signal = parts.signal(transition["signal"]);
  return { trigger: { kind: "signal", signal }, sight: new Map([...TIMED, ["signal", parts.signalType(signal)]]) };
}

function loadOn(transition: JsonObject, parts: Parts, actions: ReadonlyMap<string, Action>) {
  const written = ascending(transition["on"], ON_MAX);
  const responses = new Set(written.flatMap(name => responsesNamed(name, actions)));
  const by = transition["by"] === undefined ? new Set(parts.names.actors) : parts.actorsNamed(transition["by"]);
  const acting = [...responses].flatMap(name => [...actions.get(name.split(".")[0]!)!.by]);
  const actors = parts.names.actors.filter(actor => by.has(actor) && acting.includes(actor));
  const trigger: Trigger = { kind: "on", responses, by };
  return { trigger, sight: sightOf([...responses].sort(), parts.acting(actors), actions) };
}

/** `action.response` of what one word of `on` names: a response, or all of an action. */
function responsesNamed(name: string, actions: ReadonlyMap<string, Action>): string[] {
  const [action = "", response, more] = name.split(".");
  const found = actions.get(action);
  const known = found?.own === undefined ? found?.responses : undefined;
  if (known === undefined || more !== undefined) refuse("no such action");
  if (response === undefined) return [...known.keys()].map(one => `${action}.${one}`);
  return known.has(response) ? [name] : refuse("no such response");
}

/** What a transition that one of these responses takes can see: what they share. */
function sightOf(responses: readonly string[], actor: Type, actions: ReadonlyMap<string, Action>): Sight {
  let data: Type | undefined;
  let attachments: Type | undefined;
  for (const name of responses) {
    const [action, response] = name.split(".") as [string, string];
    const found = actions.get(action)!.responses.get(response)!;
    const attached = attachedType(found.attachments);
    data = data === undefined ? found.data.type : shared(data, found.data.type);
    attachments = attachments === undefined ? attached : shared(attachments, attached);
  }
  return responseSight(actor, data ?? ANY, attachments ?? ANY);
}

/** The members that two records share. */
function shared(one: Type, other: Type): Type {
  if (one.kind !== "record" || other.kind !== "record") return identicalTypes(one, other) ? one : recordType([]);
  return recordType(
    [...one.members!].filter(([name, type]) => {
      const found = other.members!.get(name);
      return found !== undefined && identicalTypes(found, type);
    }),
  );
}
