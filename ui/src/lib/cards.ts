// Cards of parties that were used in this browser. A card is public: it says who a party is and where its node listens.
import { parseMember, partyOf } from "@countersign/sdk";

/** A party that can be made a member. */
export interface Known {
  /** `idn_…` */
  party: string;
  /** What it is called here. */
  name: string;
  /** base32 of the member record. */
  card: string;
}

const KEY = "countersign.cards";
const CARDS_MAX = 200;

/** The cards that this browser remembers, by name. What is none any more is left out. */
export function knownCards(): Known[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as Known[];
    return kept.flatMap(({ name, card }) => knownCard(name, card) ?? []);
  } catch {
    return [];
  }
}

/** Reads a card; nothing if it is none or does not hold. */
export function knownCard(name: string, text: string): Known | undefined {
  const card = text.trim();
  try {
    return { party: partyOf(parseMember(card)), name, card };
  } catch {
    return undefined;
  }
}

/** Remembers a card, in place of an older one of the same party. */
export function rememberCard(known: Known): Known[] {
  const others = knownCards().filter(one => one.party !== known.party);
  const all = [...others, known].sort((one, other) => one.name.localeCompare(other.name)).slice(0, CARDS_MAX);
  localStorage.setItem(KEY, JSON.stringify(all));
  return all;
}
