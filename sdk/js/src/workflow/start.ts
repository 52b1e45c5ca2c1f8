// How a process begins, and how its roles find their parties (docs/spec/scenario.md, "A step").

import type { Json, JsonObject } from "../json.js";
import { memberSchema, sealedIn, type Schema } from "../rules/schema.js";
import { map, set, type Value } from "../rules/value.js";
import { sortedTexts } from "../text.js";
import { beginning } from "./children.js";
import { came, expects, waitingFor, isOver, bindRole } from "./guests.js";
import { ROOT_PROCESS, reject, stateOf, type Binding, type Process } from "./process.js";
import { NOBODY, checkParties, initialData, type Parties, type Player, type Role } from "./roles.js";
import { MEMBERS_MAX, principalOf, type Actor, type Scenario } from "./scenario.js";
import { Step, dataBy } from "./step.js";
import { fireDue } from "./timers.js";

/**
 * Starts a process: binds roles, checks inputs, enters the initial state and settles. `members`: the parties of the
 * contract; nothing in a play, where everybody is there. Throws {@link Rejected}.
 */
export function startProcess(
  scenario: Scenario,
  bindings: ReadonlyMap<string, Binding>,
  inputs: Json,
  time: number,
  members?: Iterable<string>,
): Process {
  const given = givenAtOnce(scenario.inputs, inputs === null ? {} : inputs, "/inputs");
  const { parties, roles } = bound(scenario, bindings);
  const inputsOf = given ?? map([]);
  const main = beginning(scenario, { path: ROOT_PROCESS, parent: undefined, inputs: inputsOf, roles }, time);
  const guests = { members: members === undefined ? undefined : new Set(members), invited: new Map() };
  const step = new Step({ scenario, time, parties, main, markers: undefined, guests });
  step.enter(step.process.main, scenario.initial);
  return step.finish();
}

/** Data that come with a charter or a `join`, which carry no envelopes: personal data come with a response. */
function givenAtOnce(schema: Schema, json: Json, pointer: string): Value {
  const value = dataBy(schema, json, pointer);
  const [place] = sealedIn(schema, json);
  return place === undefined ? value : reject("invalid_data", pointer + place.pointer);
}

/** Binds a role that joins by invitation to its party; a group gets one more member. Throws {@link Rejected}. */
export function joinProcess(before: Process, actor: string, binding: Binding, time: number): Process {
  const { process, complete } = fireDue(before, time);
  if (!complete) reject("limit");
  if (stateOf(process.main).final !== undefined) reject("process_over");
  const { scenario } = process;
  const declared = scenario.actors.get(actor);
  if (declared?.joins !== "invitation") return reject("not_an_actor");
  const { many } = declared;
  const players = process.parties.get(actor)!;
  const free = players[0]?.bound === false && expects(process, actor, binding.party);
  if (many === undefined && !free) reject("not_an_actor");
  if (many !== undefined && players.length >= many.max) reject("limit");
  const known = many === undefined ? [] : players;
  // What effects wrote before anybody came stays, unless the newcomer says otherwise.
  const held = process.main.body.invites.has(actor) ? process.main.roles.get(actor)!.own[0] : undefined;
  const own = ownData(many === undefined ? actor : `${actor}.${known.length}`, declared, binding.data, held);
  const parties = new Map(process.parties).set(actor, [...known, { bound: true, party: binding.party }]);
  checkParties(scenario, parties);
  const step = new Step({ ...came(process, actor), parties });
  const { main } = step.process;
  const kept = main.roles.get(actor)!.own.slice(0, known.length);
  main.roles = new Map(main.roles).set(actor, { of: actor, own: [...kept, own] });
  return step.finish();
}

/** Binds the roles that wait for a party which is a member now. Throws {@link Rejected}. */
export function welcome(before: Process, party: string, time: number): Process {
  if (waitingFor(before, party).length === 0) return before;
  const { process, complete } = fireDue(before, time);
  if (!complete) reject("limit");
  if (isOver(process)) return process;
  const step = new Step(process);
  for (const actor of waitingFor(process, party)) bindRole(step, actor, party);
  return step.finish();
}

function bound(
  scenario: Scenario,
  bindings: ReadonlyMap<string, Binding>,
): { parties: Parties; roles: ReadonlyMap<string, Role> } {
  const names = [...scenario.actors].flatMap(([name, actor]) => memberNames(name, actor, bindings));
  const unknown = sortedTexts(bindings.keys()).find(name => !names.includes(name));
  if (unknown !== undefined) reject("not_an_actor", `/actors/${unknown}`);
  const parties = new Map<string, readonly Player[]>();
  const roles = new Map<string, Role>();
  for (const [name, actor] of scenario.actors) {
    const found = memberNames(name, actor, bindings).map(
      member => [member, bindingOf(scenario, member, bindings)] as const,
    );
    // Who joins by invitation comes later: the group may begin with nobody.
    const least = actor.joins === "start" ? (actor.many?.min ?? 0) : 0;
    if (found.length < least) reject("not_an_actor", `/actors/${name}`);
    if (actor.many !== undefined && found.length > actor.many.max) reject("limit");
    parties.set(
      name,
      found.map(([, own]) => (own === undefined ? NOBODY : { bound: true, party: own.party })),
    );
    const own = found.map(([member, own]) =>
      own === undefined ? initialData(actor.data) : ownData(member, actor, own.data),
    );
    roles.set(name, { of: name, own });
  }
  checkParties(scenario, parties);
  return { parties, roles };
}

/** The names of the members of an actor: its own, or of a group as many as are bound, without gaps. */
function memberNames(name: string, { many }: Actor, bindings: ReadonlyMap<string, Binding>): string[] {
  if (many === undefined) return [name];
  const names: string[] = [];
  while (names.length < MEMBERS_MAX && bindings.has(`${name}.${names.length}`)) names.push(`${name}.${names.length}`);
  return names;
}

/** How a member is bound: by itself, or with the actor that it acts for. Who joins by invitation may not be yet. */
function bindingOf(scenario: Scenario, member: string, bindings: ReadonlyMap<string, Binding>): Binding | undefined {
  const own = bindings.get(member);
  const actor = scenario.actors.get(member);
  if (own !== undefined || actor?.joins === "invitation") return own;
  const principal = principalOf(scenario, member);
  const inherited = principal === member ? undefined : bindings.get(principal);
  return inherited === undefined ? reject("not_an_actor", `/actors/${member}`) : { party: inherited.party, data: {} };
}

/** Data that somebody gives for a role. They may be incomplete: members are checked one by one. */
function ownData(name: string, actor: Actor, data: JsonObject, held?: Value): Value {
  let value = held ?? initialData(actor.data);
  for (const member of sortedTexts(Object.keys(data))) {
    const pointer = `/actors/${name}/${member}`;
    const schema = memberSchema(actor.data, member) ?? reject("invalid_data", pointer);
    const given = data[member]!;
    if (given !== null) value = set(value, [member], givenAtOnce(schema, given, pointer)) as Value;
  }
  return value;
}
