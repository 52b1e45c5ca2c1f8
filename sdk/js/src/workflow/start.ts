// How a process begins, and how its roles find their parties (docs/spec/scenario.md, "A step").

import type { Json } from "../json.js";
import { initialOf, memberSchema } from "../rules/schema.js";
import { map, set, text, type Value } from "../rules/value.js";
import { sortedTexts } from "../text.js";
import { reject, stateOf, type Binding, type Process, type Role } from "./process.js";
import { principalOf, type Actor, type Scenario } from "./scenario.js";
import { Step, dataBy, fireDue } from "./step.js";

const PARTIES_MAX = 64;

/** Starts a process: binds roles, checks inputs, enters the initial state and settles. Throws {@link Rejected}. */
export function startProcess(
  scenario: Scenario,
  bindings: ReadonlyMap<string, Binding>,
  inputs: Json,
  time: number,
): Process {
  const given = dataBy(scenario.inputs, inputs === null ? {} : inputs, "/inputs");
  const assets = [...scenario.assets].map(([name, schema]) => [name, initialOf(schema)] as const);
  const step = new Step({
    scenario,
    state: scenario.initial,
    started: time,
    entered: time,
    time,
    roles: rolesOf(scenario, bindings),
    assets: map(assets.filter(([, value]) => !(value?.kind === "map" && value.value.size === 0))),
    vars: initialOf(scenario.vars) ?? map([]),
    inputs: given ?? map([]),
    did: [],
    timers: [],
    history: undefined,
    markers: undefined,
    result: undefined,
  });
  step.enter(scenario.initial);
  return step.finish();
}

/** Binds a role that joins by invitation to its party. Throws {@link Rejected}. */
export function joinProcess(before: Process, actor: string, binding: Binding, time: number): Process {
  const { process, complete } = fireDue(before, time);
  if (!complete) reject("limit");
  if (stateOf(process).final !== undefined) reject("process_over");
  const declared = process.scenario.actors.get(actor);
  if (declared?.joins !== "invitation" || process.roles.get(actor)!.bound) reject("not_an_actor");
  const roles = new Map(process.roles).set(actor, boundRole(actor, declared, binding));
  checkParties(process.scenario, roles);
  return new Step({ ...process, roles }).finish();
}

function rolesOf(scenario: Scenario, bindings: ReadonlyMap<string, Binding>): ReadonlyMap<string, Role> {
  const unknown = sortedTexts(bindings.keys()).find(name => !scenario.actors.has(name));
  if (unknown !== undefined) reject("not_an_actor", `/actors/${unknown}`);
  const roles = new Map<string, Role>();
  for (const [name, actor] of scenario.actors) {
    const own = bindings.get(name);
    const principal = principalOf(scenario, name);
    const inherited = principal === name ? undefined : bindings.get(principal);
    if (own !== undefined) roles.set(name, boundRole(name, actor, own));
    else if (actor.joins === "invitation") {
      roles.set(name, { bound: false, party: undefined, value: roleValue(name, actor, undefined) });
    } else if (inherited !== undefined) roles.set(name, boundRole(name, actor, { party: inherited.party, data: {} }));
    else reject("not_an_actor", `/actors/${name}`);
  }
  checkParties(scenario, roles);
  return roles;
}

/** Actors that act for another belong to the same party, and parties are not too many. */
function checkParties(scenario: Scenario, roles: ReadonlyMap<string, Role>): void {
  for (const [name, role] of roles) {
    const principal = roles.get(principalOf(scenario, name))!;
    if (role.bound && principal.bound && principal.party !== role.party) reject("not_an_actor", `/actors/${name}`);
  }
  const parties = new Set([...roles.values()].map(({ party }) => party).filter(party => party !== undefined));
  if (parties.size > PARTIES_MAX) reject("limit");
}

function roleValue(name: string, actor: Actor, party: string | undefined): Value {
  const keyed = set(initialOf(actor.data) ?? map([]), ["key"], text(name)) as Value;
  return party === undefined ? keyed : (set(keyed, ["identity"], { kind: "party", value: party }) as Value);
}

/** A role bound to a party. Its data may be incomplete: members are checked one by one. */
function boundRole(name: string, actor: Actor, { party, data }: Binding): Role {
  let value = roleValue(name, actor, party);
  for (const member of sortedTexts(Object.keys(data))) {
    const pointer = `/actors/${name}/${member}`;
    const schema = memberSchema(actor.data, member) ?? reject("invalid_data", pointer);
    const given = data[member]!;
    if (given !== null) value = set(value, [member], dataBy(schema, given, pointer)) as Value;
  }
  return { bound: true, party, value };
}
