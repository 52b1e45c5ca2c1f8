// What starts a child: a line of `start` in a state, or an effect.

import { isObject, type Json, type JsonObject } from "../json.js";
import { accepts, type Type } from "../rules/types.js";
import { initialOf, type Schema } from "../rules/schema.js";
import { closed, isName, isNameValue, named, refuse, word } from "./form.js";
import type { Parts, Sight } from "./parts.js";
import type { Body, Start } from "./scenario.js";

/** A child as it is written somewhere in a body, before anything is checked. */
interface Written {
  child: string;
  scenario: string;
  each: boolean;
}

/** All places of a body that start children. */
export function startsWritten(whole: JsonObject): Written[] {
  const [states, actions] = [below(whole["states"]), below(whole["actions"])];
  const transitions = states.flatMap(state => listed(state, "transitions"));
  const responses = actions.flatMap(action => (isObject(action) ? below(action["responses"]) : []));
  const effects = [...states, ...transitions, ...responses].flatMap(part => listed(part, "do"));
  const started = effects.flatMap(effect => (isObject(effect) && isObject(effect["start"]) ? [effect["start"]] : []));
  return [...states.flatMap(state => listed(state, "start")), ...started].flatMap(start => {
    if (!isObject(start)) return [];
    const { child, scenario } = start;
    if (typeof child !== "string" || typeof scenario !== "string") return [];
    return [{ child, scenario, each: start["for"] !== undefined }];
  });
}

function below(value: Json | undefined): Json[] {
  return isObject(value) ? Object.values(value) : [];
}

function listed(part: Json, key: string): readonly Json[] {
  const found = isObject(part) ? part[key] : undefined;
  return Array.isArray(found) ? found : [];
}

/** Compiles what starts a child. `later`: what is seen when the second item of a sequence begins. */
export function loadStart(value: Json, parts: Parts, sight: Sight, later: Sight): Start {
  const written = closed(value, ["child", "scenario"], ["with", "actors", "for", "if", "own"]);
  const { child, scenario, own } = written;
  if (!isNameValue(child) || typeof scenario !== "string" || (own !== undefined && own !== true)) refuse("a child");
  const body = parts.bodyOf(scenario);
  const condition = parts.guard(written["if"], sight);
  const each = written["for"] === undefined ? undefined : loadEach(written["for"], body, parts, sight);
  const seen = each?.order === "sequential" ? later : sight;
  const given = named(written["with"], 100).map(([name, tree]) => {
    const { type } = member(body, name);
    return { name, rule: parts.expression(tree, seen, type) };
  });
  const names = [...given.map(({ name }) => name), ...(each === undefined ? [] : [each.input])];
  if (new Set(names).size !== names.length) refuse("an input twice");
  if (!missing(body.inputs).every(name => names.includes(name))) refuse("an input is missing");
  const actors = loadPlayers(written["actors"], body, parts);
  return { child, body, condition, each, given, actors, own: own === true };
}

function loadEach(value: Json, body: Body, parts: Parts, sight: Sight): NonNullable<Start["each"]> {
  const { each, in: items, order: how } = closed(value, ["each", "in", "order"], []);
  const order = word(how, ["parallel", "sequential"]) ?? refuse("an order");
  if (!isName(each)) refuse("an input");
  const { type } = member(body, each);
  const rule = parts.expression(items, sight);
  if (rule.type.personal !== undefined) refuse("personal data");
  if (rule.type.kind !== "any" && (rule.type.kind !== "list" || !accepts(type, rule.type.of!))) refuse("a list");
  return { input: each, rule, order };
}

function membersOf({ inputs }: Body) {
  return inputs.shape.kind === "record" ? inputs.shape.members : refuse("inputs are a record");
}

/** An input of the child. */
function member(body: Body, name: string): { type: Type } {
  return membersOf(body).get(name)?.schema ?? refuse("no such input");
}

/** Who plays the actors of a child: those of the same name, unless it is said. */
function loadPlayers(value: Json | undefined, body: Body, parts: Parts): ReadonlyMap<string, string> {
  const { actors } = body;
  const said = new Map(named(value, 100));
  const players = new Map<string, string>();
  for (const [name, actor] of actors) {
    const mine = said.get(name) ?? name;
    if (typeof mine !== "string" || (said.has(name) && mine === name)) refuse("an actor");
    const player = parts.actor(mine);
    if ((player.many === undefined) !== (actor.many === undefined)) refuse("a group for a group");
    if (missing(actor.data).length > 0) refuse("data of an actor that nobody gives");
    if (body.invites.has(name)) parts.guest(mine);
    players.set(name, mine);
  }
  return [...said.keys()].every(name => actors.has(name)) ? players : refuse("no such actor");
}

/** The members of a record that must be there, and are not by themselves. */
function missing({ shape }: Schema): string[] {
  const members = shape.kind === "record" ? [...shape.members] : [];
  const needed = members.filter(([, { schema, required }]) => required && initialOf(schema) === undefined);
  return needed.map(([name]) => name);
}
