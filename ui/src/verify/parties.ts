import { plain } from "../lib/hostile";
import { monogram, shortId } from "../lib/ids";
import type { Party } from "../lib/names";
import type { Shown } from "./answer";

/** The members as a bundle knows them: by what they play, else by their id. A bundle knows no names. */
export function partiesOf({ signers }: Shown): Party[] {
  const seen = new Set<string>();
  return signers.map(({ party, roles }, order) => {
    const played = roles.join(", ");
    const name = played === "" || seen.has(played) ? shortId(party) : played;
    seen.add(played);
    return { id: party, name, monogram: monogram(name), order, own: false, roles: [shortId(party)] };
  });
}

/** Names by id, for sentences. */
export function namesOf(parties: readonly Party[]): Map<string, string> {
  return new Map(parties.map(({ id, name }) => [id, name]));
}

/** A list of names in a text of ours. */
export function listOf(parties: readonly Party[], locale: string): string {
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(parties.map(({ name }) => plain(name, 60)));
}
