// Who can play in a contract to be founded: an actor is one seat, a group as many as are asked for.

import type { FoundationActor } from "../api/types";

/** A place for one party. */
export interface Seat extends FoundationActor {
  /** The actor, or the group. */
  role: string;
  /** Which of a group, from 0 on; nothing of an actor that is no group. */
  number?: number;
}

/** How many seats of a group there are at least. */
export function leastSeats({ joins, many }: FoundationActor): number {
  return joins === "start" ? (many?.min ?? 0) : 0;
}

/** The seats of all who stand for themselves. `counts`: seats of groups that somebody asked for. */
export function seatsOf(actors: readonly FoundationActor[], counts: Readonly<Record<string, number>>): Seat[] {
  const principals = actors.filter(one => one.acts_for === undefined);
  return principals.flatMap(one => {
    if (one.many === undefined) return [{ ...one, role: one.actor }];
    const count = Math.min(one.many.max, Math.max(leastSeats(one), counts[one.actor] ?? 0));
    return Array.from({ length: count }, (_, number) => ({
      ...one,
      actor: `${one.actor}.${number}`,
      title: `${one.title} ${number + 1}`,
      role: one.actor,
      number,
    }));
  });
}

/** The name under which each seat that somebody takes is bound: members of a group have numbers without a gap. */
export function namesOf(taken: readonly Seat[]): Map<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    taken.map(({ actor, role, number }) => {
      if (number === undefined) return [actor, actor];
      const next = counts.get(role) ?? 0;
      counts.set(role, next + 1);
      return [actor, `${role}.${next}`];
    }),
  );
}
