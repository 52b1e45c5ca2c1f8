// From a document in canonical form to a scenario that runs (docs/spec/scenario.md).

import { sha256 } from "../hash.js";
import { canonicalJson, isObject, type Json, type JsonObject } from "../json.js";
import { ExpressionError } from "../rules/rule.js";
import { NOTHING, SchemaError, compileSchema, type Schema, type Types } from "../rules/schema.js";
import { TEXT_MAX_DEFAULT, TIMESTAMP, INT, optional, recordType, textType, type Type } from "../rules/types.js";
import { loadActions } from "./actions.js";
import { checkFlow } from "./analysis.js";
import {
  ScenarioError,
  closed,
  described,
  integer,
  isName,
  items,
  language,
  line,
  named,
  refuse,
  word,
  words,
} from "./form.js";
import { loadCalendars } from "./calendars.js";
import { Parts } from "./parts.js";
import type { Actor, Comments, Scenario } from "./scenario.js";
import { loadStates } from "./states.js";
import { descriptionsOf } from "./words.js";

const ACTORS_MAX = 100;
const COMMENT_BYTES_MAX = 65_536;
const BYTES_MAX = 1 << 20;

/** Compiles a scenario; throws {@link ScenarioError}. */
export function loadScenario(document: Json): Scenario {
  try {
    return load(document);
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof SchemaError) throw new ScenarioError(error.message);
    throw error;
  }
}

function load(document: Json): Scenario {
  const canonical = canonicalJson(document);
  if (canonical.length > BYTES_MAX) refuse("more than 1 MiB");
  const whole = closed(
    document,
    ["scenario", "name", "title", "language", "actors", "states", "initial"],
    [
      "version",
      "description",
      "ui",
      "changes",
      "types",
      "calendars",
      "clauses",
      "assets",
      "vars",
      "inputs",
      "actions",
      "result",
      "comments",
    ],
  );
  if (whole["scenario"] !== "countersign/scenario/v1" || !(whole["name"] === "stay" || isName(whole["name"])))
    refuse("a scenario of this version");
  language(whole["language"]);
  line(whole["version"], 64);
  described(whole);
  word(whole["changes"], ["none"]);
  const clauses = loadClauses(whole["clauses"]);
  const types = loadTypes(whole["types"]);
  const [vars, inputs] = [recordOf(whole["vars"], types), recordOf(whole["inputs"], types)];
  const assets = new Map(named(whole["assets"], 200).map(([name, asset]) => [name, loadAsset(asset, types)]));
  const actors = loadActors(whole["actors"], types);
  const names = { actors: [...actors.keys()], clauses, states: named(whole["states"], 2_000).map(([name]) => name) };
  const calendars = loadCalendars(whole["calendars"]);
  const parts = new Parts(types, actors, rootType(actors, assets, vars, inputs), new Set(calendars.keys()), names);
  const actions = loadActions(whole["actions"], parts);
  const states = loadStates(whole["states"], parts, actions);
  const { initial } = whole;
  if (typeof initial !== "string" || !states.has(initial)) refuse("no such state");
  const result = named(whole["result"], 100).map(([name, tree]) => ({ name, rule: parts.expression(tree, new Map()) }));
  for (const words of descriptionsOf(whole)) parts.words(words, new Map());
  for (const words of isObject(whole["clauses"]) ? Object.values(whole["clauses"]) : []) parts.words(words, new Map());
  checkFlow(states, initial, actions);
  const comments = loadComments(whole["comments"], parts);
  const data = { actors, assets, vars, inputs, calendars };
  return { digest: sha256(canonical), ...data, actions, states, initial, result, comments };
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
  const asset = closed(value, ["title", "schema"], ["description", "ui"]);
  described(asset);
  return compileSchema(asset["schema"], types);
}

function loadActors(value: Json | undefined, types: Types): ReadonlyMap<string, Actor> {
  const actors = new Map<string, Actor>();
  const members = named(value, ACTORS_MAX);
  const known = members.map(([name]) => name);
  for (const [name, written] of members) {
    const actor = closed(written, ["title"], ["description", "ui", "schema", "acts_for", "joins", "priority"]);
    described(actor);
    integer(actor["priority"], 0, -100, 100);
    const data = actor["schema"] === undefined ? NOTHING : compileSchema(actor["schema"], types);
    if (data.shape.kind !== "record") refuse("the data of an actor are a record");
    const actsFor = word(actor["acts_for"], known);
    if (actsFor === name || isLocal(name)) refuse("an actor");
    const joins = word(actor["joins"], ["invitation"]) ?? "start";
    actors.set(name, { data, actsFor, joins });
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

/** The members that every actor has, beside its own data. */
function actorType({ data }: Actor): Type {
  return recordType([
    ...data.type.members!,
    ["key", textType(TEXT_MAX_DEFAULT)],
    ["identity", optional({ kind: "party" })],
    ["index", optional(INT)],
  ]);
}

/** The type of `_`. */
function rootType(
  actors: ReadonlyMap<string, Actor>,
  assets: ReadonlyMap<string, Schema>,
  vars: Schema,
  inputs: Schema,
): Type {
  const text = textType(TEXT_MAX_DEFAULT);
  return recordType([
    ["actors", recordType([...actors].map(([name, actor]) => [name, actorType(actor)]))],
    ["assets", recordType([...assets].map(([name, { type }]) => [name, optional(type)]))],
    // They fill up step by step.
    ["vars", recordType([...vars.type.members!].map(([name, type]) => [name, optional(type)]))],
    ["inputs", inputs.type],
    ["children", recordType([])],
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

function loadComments(value: Json | undefined, parts: Parts): Comments | undefined {
  const everyone = new Set(parts.names.actors);
  if (value === undefined) return { by: everyone, media: ["text/plain"], bytesMax: COMMENT_BYTES_MAX };
  if (value === "none") return undefined;
  const comments = closed(value, ["by"], ["media", "max_bytes"]);
  const media = comments["media"] === undefined ? ["text/plain"] : items(comments["media"], 32, 0);
  media.forEach(one => line(one, 127));
  const bytesMax = integer(comments["max_bytes"], COMMENT_BYTES_MAX, 1, 1 << 30);
  return { by: parts.actorsNamed(comments["by"]), media: media as string[], bytesMax };
}
