// The body of a scenario or of a sub-scenario, compiled.

import { isObject, type Json, type JsonObject } from "../json.js";
import type { Calendar } from "../rules/calendar.js";
import { NOTHING, compileSchema, type Schema, type Types } from "../rules/schema.js";
import {
  BOOL,
  INT,
  ITEMS_MAX_DEFAULT,
  TEXT_MAX_DEFAULT,
  TIMESTAMP,
  optional,
  recordType,
  textType,
  type Type,
} from "../rules/types.js";
import { loadActions } from "./actions.js";
import { checkFlow } from "./analysis.js";
import { closed, described, integer, isName, isNameValue, line, loadMany, named, refuse, word, words } from "./form.js";
import { invitesOf } from "./guests.js";
import { Parts } from "./parts.js";
import type { Actor, Body, Signal } from "./scenario.js";
import { startsWritten } from "./starts.js";
import { loadStates } from "./states.js";
import { descriptionsOf } from "./words.js";

/** The keys that a body has. */
export const BODY_REQUIRED = ["title", "actors", "states", "initial"];
/** The keys that a body may have. */
export const BODY_OPTIONAL = [
  "description",
  "ui",
  "types",
  "clauses",
  "assets",
  "vars",
  "inputs",
  "signals",
  "actions",
  "scenarios",
  "result",
];

/** Most signals of a body. */
export const SIGNALS_MAX = 200;
/** Most characters of a name, and of `cancelled`. */
const [NAME_MAX, OUTCOME_MAX] = [63, 9];
const ACTORS_MAX = 100;

/** Compiles a body. `bodyOf` gives another one by the name that it has here. */
export function loadBody(
  whole: JsonObject,
  calendars: ReadonlyMap<string, Calendar>,
  bodyOf: (name: string) => Body,
): Body {
  described(whole);
  const clauses = loadClauses(whole["clauses"]);
  const types = loadTypes(whole["types"]);
  const [vars, inputs] = [recordOf(whole["vars"], types), recordOf(whole["inputs"], types)];
  const assets = new Map(named(whole["assets"], 200).map(([name, asset]) => [name, loadAsset(asset, types)]));
  const actors = loadActors(whole["actors"], types);
  const signals = new Map(
    named(whole["signals"], SIGNALS_MAX).map(([name, signal]) => [name, loadSignal(signal, types)]),
  );
  const { children, childTypes } = childrenOf(whole, bodyOf);
  const parts = new Parts({
    types,
    actors,
    root: rootType(actors, assets, vars, inputs, childTypes),
    calendars: new Set(calendars.keys()),
    names: { actors: [...actors.keys()], clauses, states: named(whole["states"], 2_000).map(([name]) => name) },
    signals,
    children,
    bodyOf,
  });
  const actions = loadActions(whole, parts);
  const states = loadStates(whole["states"], parts, actions);
  const { initial } = whole;
  if (typeof initial !== "string" || !states.has(initial)) refuse("no such state");
  const result = named(whole["result"], 100).map(([name, tree]) => ({ name, rule: parts.expression(tree, new Map()) }));
  for (const words of descriptionsOf(whole)) parts.words(words, new Map());
  for (const words of isObject(whole["clauses"]) ? Object.values(whole["clauses"]) : []) parts.words(words, new Map());
  checkFlow(states, initial, actions);
  const invites = invitesOf(actions.values(), states.values());
  return { actors, assets, vars, inputs, calendars, actions, states, initial, result, signals, children, invites };
}

/** The children that states and effects name, and what is seen of them. */
function childrenOf(whole: JsonObject, bodyOf: (name: string) => Body) {
  const children = new Map<string, "one" | "list">();
  const childTypes = new Map<string, Type>();
  const bodies = new Map<string, Body>();
  for (const { child, scenario, each } of startsWritten(whole)) {
    const [body, count] = [bodyOf(scenario), each ? "list" : "one"] as const;
    const other = bodies.get(child);
    if (!isNameValue(child) || (other !== undefined && (other !== body || children.get(child) !== count)))
      refuse("a child");
    bodies.set(child, body);
    children.set(child, count);
    const one = childType(body);
    const many: Type = { kind: "list", of: one, min: 0, max: ITEMS_MAX_DEFAULT };
    childTypes.set(child, each ? many : optional(one));
  }
  return { children, childTypes };
}

function childType({ result }: Body): Type {
  return recordType([
    ["state", textType(NAME_MAX)],
    ["finished", BOOL],
    ["outcome", optional(textType(OUTCOME_MAX))],
    ["result", optional(recordType(result.map(({ name, rule }) => [name, optional(rule.type)])))],
  ]);
}

function loadSignal(value: Json, types: Types): Signal {
  const { schema, hold } = closed(value, [], ["schema", "hold"]);
  const data = schema === undefined ? NOTHING : compileSchema(schema, types);
  if (data.shape.kind !== "record" || (hold !== undefined && hold !== true)) refuse("a signal");
  return { data, hold: hold === true };
}

function loadClauses(value: Json | undefined): ReadonlySet<string> {
  if (value === undefined) return new Set();
  const ids = isObject(value) ? Object.keys(value) : [];
  if (!isObject(value) || ids.length === 0 || ids.length > 1_000) refuse("clauses");
  for (const id of ids) {
    if (id === "") refuse("a clause without id");
    line(id, 64);
    words(value[id], "with");
  }
  return new Set(ids);
}

function loadTypes(value: Json | undefined): Types {
  const types = Object.fromEntries(named(value, 500)) as JsonObject;
  for (const name of Object.keys(types)) compileSchema(types[name], types);
  return types;
}

/** `vars` or `inputs`: the schema of a record with members. */
function recordOf(value: Json | undefined, types: Types): Schema {
  if (value === undefined) return NOTHING;
  const schema = compileSchema(value, types);
  const { shape } = schema;
  const whole = shape.kind === "record" && shape.members.size > 0 && [...shape.members.keys()].every(isName);
  return whole ? schema : refuse("a record with names");
}

function loadAsset(value: Json, types: Types): Schema {
  const asset = closed(value, ["title", "schema"], ["description", "ui", "many"]);
  described(asset);
  const items = compileSchema(asset["schema"], types);
  if (asset["many"] === undefined) return items;
  const { min, max } = loadMany(asset["many"]);
  return compileSchema({ type: "array", items: asset["schema"]!, ...bounds(min, max) }, types);
}

/** The bounds of a list as a canonical schema has them. */
function bounds(min: number, max: number): JsonObject {
  return { ...(min === 0 ? {} : { minItems: min }), ...(max === ITEMS_MAX_DEFAULT ? {} : { maxItems: max }) };
}

function loadActors(value: Json | undefined, types: Types): ReadonlyMap<string, Actor> {
  const actors = new Map<string, Actor>();
  const members = named(value, ACTORS_MAX);
  const known = members.map(([name]) => name);
  for (const [name, written] of members) {
    const actor = closed(written, ["title"], ["description", "ui", "schema", "acts_for", "joins", "priority", "many"]);
    described(actor);
    integer(actor["priority"], 0, -100, 100);
    const data = actor["schema"] === undefined ? NOTHING : compileSchema(actor["schema"], types);
    if (data.shape.kind !== "record") refuse("the data of an actor are a record");
    const actsFor = word(actor["acts_for"], known);
    if (actsFor === name || isLocal(name)) refuse("an actor");
    const joins = word(actor["joins"], ["invitation"]) ?? "start";
    const many = actor["many"] === undefined ? undefined : loadMany(actor["many"]);
    if (many !== undefined && actsFor !== undefined) refuse("a group acts for itself");
    actors.set(name, { data, actsFor, joins, many });
  }
  for (const { actsFor } of actors.values()) {
    if (actsFor !== undefined && actors.get(actsFor)!.many !== undefined) refuse("a group acts for itself");
  }
  for (const name of known) {
    let next = actors.get(name)?.actsFor;
    for (let steps = 0; next !== undefined; steps++, next = actors.get(next)?.actsFor) {
      if (steps > known.length) refuse("actors act for each other");
    }
  }
  return actors.size === 0 ? refuse("no actors") : actors;
}

function isLocal(name: string): boolean {
  return ["actor", "data", "attachments", "time", "signal", "response"].includes(name);
}

/** The members that every actor has, beside its own data; of a group a list of them. */
function actorType({ data, many }: Actor): Type {
  const one = recordType([
    ...data.type.members!,
    ["key", textType(TEXT_MAX_DEFAULT)],
    ["identity", optional({ kind: "party" })],
    ["index", optional(INT)],
  ]);
  return many === undefined ? one : { kind: "list", of: one, ...many };
}

/** The type of `_`. */
function rootType(
  actors: ReadonlyMap<string, Actor>,
  assets: ReadonlyMap<string, Schema>,
  vars: Schema,
  inputs: Schema,
  children: Iterable<readonly [string, Type]>,
): Type {
  const text = textType(TEXT_MAX_DEFAULT);
  return recordType([
    ["actors", recordType([...actors].map(([name, actor]) => [name, actorType(actor)]))],
    ["assets", recordType([...assets].map(([name, { type }]) => [name, optional(type)]))],
    // They fill up step by step.
    ["vars", recordType([...vars.type.members!].map(([name, type]) => [name, optional(type)]))],
    ["inputs", inputs.type],
    ["children", recordType(children)],
    [
      "process",
      recordType([
        ["id", text],
        ["state", text],
        ["started", TIMESTAMP],
        ["entered", TIMESTAMP],
      ]),
    ],
  ]);
}
