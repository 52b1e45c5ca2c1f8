// Roles that wait for their party, and which parties are there to play them (docs/spec/scenario.md, "Invited roles").

import { encode } from "../bytes.js";
import type { Value } from "../rules/value.js";
import { sortedTexts } from "../text.js";
import { downFrom, stateOf, type Node, type Process } from "./process.js";
import { NOBODY, checkParties } from "./roles.js";
import { principalOf, type Action, type Body, type State } from "./scenario.js";
import type { Step } from "./step.js";

/** Who may be bound by an effect, and who is waited for. */
export interface Guests {
  /** The members of the contract; nothing in a play, where everybody is there. */
  readonly members: ReadonlySet<string> | undefined;
  /** By role of `main`: the party that is to play it, or nothing if anybody may. */
  readonly invited: ReadonlyMap<string, string | undefined>;
}

/** The roles that effects of a body invite, or of a body that it starts. */
export function invitesOf(actions: Iterable<Action>, states: Iterable<State>): ReadonlySet<string> {
  const [listed, found] = [[...states], new Set<string>()];
  const answers = [...actions].flatMap(({ responses }) => [...responses.values()]);
  const ways = listed.flatMap(({ transitions }) => transitions);
  const changes = [...answers, ...listed, ...ways].flatMap(({ effects }) => effects.map(({ change }) => change));
  for (const change of changes) if (change.kind === "invite") found.add(change.actor);
  const started = changes.flatMap(change => (change.kind === "start" ? [change.start] : []));
  for (const { body, actors } of [...started, ...listed.flatMap(({ start }) => start)]) {
    for (const actor of body.invites) found.add(actors.get(actor)!);
  }
  return found;
}

/** The bytes of the roles that wait; nothing if there are none. */
export function invitedBytes({ guests: { invited } }: Process): Uint8Array | undefined {
  if (invited.size === 0) return undefined;
  const names = sortedTexts(invited.keys());
  return encode(out => out.list(names, (name, to) => to.text(name).text(invited.get(name) ?? "")));
}

/** Whether a newcomer may be invited to play a role. */
export function mayJoin({ guests, parties, main }: Process, actor: string): boolean {
  const free = parties.get(actor)?.[0]?.bound === false;
  return free && (guests.invited.has(actor) || !main.body.invites.has(actor));
}

/** Whether a party is the one that a role waits for, or may come without being named. */
export function expects({ guests: { invited }, main }: Process, actor: string, party: string | undefined): boolean {
  const named = invited.get(actor);
  return invited.has(actor) ? named === undefined || named === party : !main.body.invites.has(actor);
}

/** The same process, where a role does not wait any more. */
export function came(process: Process, actor: string): Process {
  const invited = new Map(process.guests.invited);
  return invited.delete(actor) ? { ...process, guests: { ...process.guests, invited } } : process;
}

/** The roles that wait for a party. */
export function waitingFor({ guests }: Process, party: string): string[] {
  return sortedTexts([...guests.invited].flatMap(([actor, named]) => (named === party ? [actor] : [])));
}

/** Whether a process is over. */
export function isOver({ main }: Process): boolean {
  return stateOf(main).final !== undefined;
}

/** The effect `invite`: a party that is there plays the role at once, another is waited for. */
export function inviteRole(step: Step, node: Node, actor: string, value: Value): void {
  const party = value?.kind === "party" ? value.value : undefined;
  const role = node.roles.get(actor)!.of;
  const [played] = step.process.parties.get(role)!;
  if (played?.bound === true && played.party === party) return;
  unbind(step, role);
  const { guests } = step.process;
  const { members } = guests;
  if (members === undefined || (party !== undefined && members.has(party))) return bindRole(step, role, party);
  step.process = { ...step.process, guests: { ...guests, invited: new Map(guests.invited).set(role, party) } };
}

/** The effect `remove`: nobody plays the role any more, nor is anybody waited for. */
export function removeRole(step: Step, node: Node, actor: string): void {
  unbind(step, node.roles.get(actor)!.of);
}

/** Binds a role, and those who act for it. */
export function bindRole(step: Step, role: string, party: string | undefined): void {
  step.process = came(step.process, role);
  const parties = new Map(step.process.parties);
  const { body } = step.process.main;
  for (const name of withFollowers(body, role)) parties.set(name, [{ bound: true, party }]);
  checkParties(body, parties);
  step.process = { ...step.process, parties };
}

function withFollowers(body: Body, role: string): string[] {
  return [...body.actors.keys()].filter(name => name === role || principalOf(body, name) === role);
}

/** Nobody plays a role any more, nor those who act for it, in any process; what was done as it counts no longer. */
function unbind(step: Step, role: string): void {
  const left = withFollowers(step.process.main.body, role);
  for (const name of left) step.process = came(step.process, name);
  const before = step.process.parties;
  const bound = (name: string, index: number) => left.includes(name) && before.get(name)?.[index]?.bound === true;
  for (const node of downFrom(step.process.main)) {
    const roles = new Map(node.roles);
    for (const [name, { of, own }] of node.roles) {
      if (left.includes(of))
        roles.set(name, { of, own: own.map((data, index) => (bound(of, index) ? undefined : data)) });
    }
    node.roles = roles;
    node.did = node.did.filter(({ actor }) => {
      const [name = "", index = "0"] = actor.split(".");
      return !bound(node.roles.get(name)!.of, Number(index));
    });
  }
  const parties = new Map(before);
  for (const name of left)
    parties.set(
      name,
      before.get(name)!.map(() => NOBODY),
    );
  step.process = { ...step.process, parties };
}
