// Who is known in a contract and who may act for whom, as its log says.
import { fromBase32, inceptionId, keyName, parseCard, decode, readKey } from "@countersign/sdk";
import { everyPage, useReading, type Asked } from "../api/hooks";
import type { Entry, Json, LogPage } from "../api/types";
import { isRecord } from "../form/schema";
import type { Rotated } from "../keys/useAdmin";

/** A mandate as it stands in the log (docs/spec/member.md, "Mandate"). */
export interface MandateText {
  person: string;
  key?: string;
  actors: "all" | readonly string[];
  actions: "all" | readonly string[];
  limits?: readonly { field: string; max: string }[];
  from?: string;
  until?: string;
}

/** A mandate in force. */
export interface Granted {
  /** `stm_…` */
  statement: string;
  position: number;
  /** The party that gave it, `idn_…`. */
  party: string;
  mandate: MandateText;
}

/** What the log says of people. */
export interface People {
  /** Persons and systems that were introduced. */
  known: ReadonlySet<string>;
  /** Mandates in force, in the order of the log. */
  mandates: readonly Granted[];
  /** Keys that were added and retired, of all identities: a name of a key is that of one key alone. */
  rotated: Rotated;
}

/** The people of a contract, fresh at every event of it. */
export function usePeople(contract: string): Asked<People> {
  return useReading(`people:${contract}`, [`entries:${contract}`], async () => {
    const known = settled.get(contract) ?? { upTo: 0, entries: [] };
    const path = `/v1/contracts/${contract}/log`;
    const newer = await everyPage(path, (page: LogPage) => page.entries, known.upTo);
    const next = keepSettled(known, newer);
    settled.set(contract, next);
    return peopleOf([...next.entries, ...newer.filter(entry => entry.position > next.upTo)]);
  });
}

/** What is final of a log does not change: of that, the entries that say something of people. */
interface Settled {
  upTo: number;
  entries: readonly Entry[];
}

const settled = new Map<string, Settled>();
const OF_PEOPLE = new Set(["confirm", "identity", "invite", "key_rotate", "mandate", "mandate_revoke"]);

/** Adds what became final; `newer` follows what is settled, without gaps. */
export function keepSettled(known: Settled, newer: readonly Entry[]): Settled {
  const open = newer.findIndex(entry => entry.standing.level !== "final");
  const final = open < 0 ? newer : newer.slice(0, open);
  return {
    upTo: final.at(-1)?.position ?? known.upTo,
    entries: [...known.entries, ...final.filter(entry => OF_PEOPLE.has(entry.kind))],
  };
}

/** Reads applied entries, oldest first. */
export function peopleOf(entries: readonly Entry[]): People {
  const known = new Set<string>();
  const [added, retired] = [new Set<string>(), new Set<string>()];
  let mandates: Granted[] = [];
  for (const entry of entries) {
    const payload = entry.payload;
    if (entry.outcome !== "applied" || !isRecord(payload)) continue;
    if (entry.kind === "identity") {
      const id = introduced(payload["inception"]);
      if (id !== undefined) known.add(id);
    } else if (entry.kind === "mandate") {
      const party = entry.party ?? entry.author;
      const mandate = payload as unknown as MandateText;
      mandates.push({ statement: entry.statement, position: entry.position, party, mandate });
    } else if (entry.kind === "mandate_revoke") {
      mandates = mandates.filter(granted => granted.statement !== payload["mandate"]);
    } else if (entry.kind === "key_rotate") {
      for (const one of listOf(payload["add"])) {
        const name = addedName(one);
        if (name !== undefined) added.add(name);
      }
      for (const one of listOf(payload["retire"])) if (typeof one === "string") retired.add(one);
    }
  }
  return { known, mandates, rotated: { added, retired } };
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function introduced(card: Json | undefined): string | undefined {
  try {
    return typeof card === "string" ? inceptionId(parseCard(card).inception) : undefined;
  } catch {
    return undefined;
  }
}

function addedName(one: Json): string | undefined {
  const bytes = isRecord(one) && typeof one["key"] === "string" ? fromBase32(one["key"]) : undefined;
  try {
    return bytes === undefined ? undefined : keyName(decode(bytes, readKey));
  } catch {
    return undefined;
  }
}
