// Who plays the roles of a process. Parties are bound to the roles of `main`; those of a child follow them, with data of
// their own.

import { initialOf, type Schema } from "../rules/schema.js";
import { list, map, set, text, type Value } from "../rules/value.js";
import { reject, type Node } from "./process.js";
import { principalOf, type Actor, type Body } from "./scenario.js";

const PARTIES_MAX = 64;

/** A member of a role of `main`: of most roles there is one, of a group as many as it has. */
export interface Player {
  readonly bound: boolean;
  readonly party: string | undefined;
}

/** Nobody. */
export const NOBODY: Player = { bound: false, party: undefined };

/** Who plays the roles of `main`, by name. */
export type Parties = ReadonlyMap<string, readonly Player[]>;

/** A role of one process. */
export interface Role {
  /** The role of `main` that plays it. */
  readonly of: string;
  /** Its own data, by member; what is missing is at its initial value. */
  readonly own: readonly Value[];
}

/** A member of a role as a process sees it. */
export interface Member extends Player {
  /** `buyer`, or `sureties.0` of a group. */
  readonly name: string;
  readonly actor: string;
  /** Its number, 0 if it is the only one. */
  readonly index: number;
  /** Its own data. */
  readonly own: Value;
  /** The same with `key`, `identity`, and of a group `index`. */
  readonly value: Value;
}

/** Data of a role that nobody gave. */
export function initialData(data: Schema): Value {
  return initialOf(data) ?? map([]);
}

function memberOf(actor: Actor, name: string, role: Role, index: number, player: Player): Member {
  const key = actor.many === undefined ? name : `${name}.${index}`;
  const own = role.own[index] ?? initialData(actor.data);
  let value = set(own, ["key"], text(key)) as Value;
  if (actor.many !== undefined) value = set(value, ["index"], { kind: "int", value: index }) as Value;
  if (player.party !== undefined) {
    value = set(value, ["identity"], { kind: "party", value: player.party }) as Value;
  }
  return { ...player, name: key, actor: name, index, own, value };
}

/** The members of one role. */
export function membersIn(parties: Parties, { body, roles }: Node, actor: string): Member[] {
  const [declared, role] = [body.actors.get(actor), roles.get(actor)];
  if (declared === undefined || role === undefined) return [];
  return parties.get(role.of)!.map((player, index) => memberOf(declared, actor, role, index, player));
}

/** All members of all roles, by role and then by number. */
export function membersOf(parties: Parties, node: Node): Member[] {
  return [...node.roles.keys()].flatMap(actor => membersIn(parties, node, actor));
}

/** The member of that name. */
export function memberAt(parties: Parties, node: Node, name: string): Member | undefined {
  const [actor = ""] = name.split(".");
  return membersIn(parties, node, actor).find(member => member.name === name);
}

/** What `actors` holds of a role: its member, or the list of them. */
export function roleValue(parties: Parties, node: Node, actor: string): Value {
  const members = membersIn(parties, node, actor);
  const group = node.body.actors.get(actor)?.many !== undefined;
  return group ? list(members.map(({ value }) => value)) : members[0]?.value;
}

/** Gives a member other data. */
export function setOwn(node: Node, { actor, index }: Pick<Member, "actor" | "index">, data: Value): void {
  const role = node.roles.get(actor)!;
  const own = [...role.own];
  own[index] = data;
  node.roles = new Map(node.roles).set(actor, { ...role, own });
}

/** Actors that act for another belong to the same party, and parties are not too many. */
export function checkParties(scenario: Body, parties: Parties): void {
  const firstOf = (name: string) => parties.get(name)![0] ?? NOBODY;
  for (const name of parties.keys()) {
    const [role, principal] = [firstOf(name), firstOf(principalOf(scenario, name))];
    if (role.bound && principal.bound && principal.party !== role.party) reject("not_an_actor", `/actors/${name}`);
  }
  const all = [...parties.values()].flat().map(({ party }) => party);
  if (new Set(all.filter(party => party !== undefined)).size > PARTIES_MAX) reject("limit");
}
