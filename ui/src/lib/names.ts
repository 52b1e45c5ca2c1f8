// How parties are called here. A name is what somebody chose: it is always shown with `Said`.
import type { ContractView, Member } from "../api/types";
import { locale } from "../messages";
import { monogram, shortId } from "./ids";

/** A party as pages show it: `order` is its place among the members, for its colour. */
export interface Party {
  id: string;
  name: string;
  monogram: string;
  order: number;
  own: boolean;
  roles: string[];
}

/** The parties of a contract: yours first, then the others in their order. `own` is how the node calls yours. */
export function parties(view: Pick<ContractView, "members" | "names">, own?: string): Party[] {
  const all = view.members.map((member, order) => party(member, order, view.names, member.own ? own : undefined));
  return [...all.filter(one => one.own), ...all.filter(one => !one.own)];
}

function party(member: Member, order: number, names: Record<string, string> = {}, own?: string): Party {
  const roles = member.actors.map(actor => member.actor_titles?.[actor] ?? actor);
  const name =
    own ?? names[member.party] ?? member.name ?? (roles.length > 0 ? capital(roles.join(", ")) : shortId(member.party));
  return { id: member.party, name, monogram: monogram(name), order, own: member.own, roles };
}

/** Whoever wrote something: their own name, else that of their party, else their id. */
export function authorOf(
  said: { author: string; author_name?: string; party?: string },
  parties: readonly Party[],
): string {
  const party = parties.find(one => one.id === (said.party ?? said.author));
  return said.author_name ?? party?.name ?? shortId(said.author);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `Ada, Bob and Cyd` */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat(locale).format(names);
}
