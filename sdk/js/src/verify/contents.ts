// What a bundle that holds shows beside its sentences: for pages that draw copies and compare documents.

import { equalBytes, toHex } from "../bytes.js";
import { inceptionId } from "../identity.js";
import { isObject, member } from "../json.js";
import { commitment, commitmentText } from "../payload.js";
import type { Disclosure } from "./bundle.js";
import { inWords } from "./charter.js";
import { roleOf } from "../workflow/scenario.js";
import type { Held } from "./check.js";
import { filesOf } from "./payloads.js";

/** A member who made the log final. */
export interface Signer {
  /** `idn_…` */
  party: string;
  /** What it plays, in the words of the scenario; empty if the scenario is left out. */
  roles: string[];
  /** Up to where its receipt signs. */
  position: number;
  /** The state that it signs there, hexadecimal. */
  stateHash: string;
}

/** A file that a shown statement names. */
export interface NamedDocument {
  name: string;
  media: string;
  bytes: number;
  /** `sha256:…` */
  commitment: string;
  position: number;
  statement: string;
  /** Only one that is open or apart can be compared: its salt is in the bundle. */
  shown: Disclosure["kind"];
}

/** What a bundle shows. */
export interface Contents {
  contract: string;
  /** The title of the scenario, unless it is left out. */
  title: string | null;
  /** Up to where the log is final. */
  position: number;
  entry: string;
  signers: Signer[];
  /** Records whose author's signature was checked, of all that the bundle holds. */
  signed: { checked: number; records: number };
  documents: NamedDocument[];
  /** The documents that a file is, byte for byte, as places in `documents`. */
  compare(file: Uint8Array): number[];
}

/** The contents of a bundle that was checked. */
export function contentsOf(held: Held): Contents {
  const { bundle, contract, charter, members, claims } = held;
  const records = [...members, ...claims];
  const files = records.flatMap(({ record, payload }) =>
    filesOf(payload).map((file, at) => ({
      file,
      record,
      disclosure: record.attachments[at]!,
    })),
  );
  const compare = (given: Uint8Array): number[] =>
    files.flatMap(({ file, disclosure }, at) => {
      const shown = disclosure.kind === "open" ? disclosure.opening : undefined;
      const salt = shown?.salt ?? (disclosure.kind === "apart" ? disclosure.heading.salt : undefined);
      if (salt === undefined || given.length !== file.bytes) return [];
      return equalBytes(commitment({ salt, payload: given }), file.commitment) ? [at] : [];
    });
  return {
    contract,
    title: charter === undefined ? null : inWords(charter.scenario, charter.scenario["title"]),
    position: Number(bundle.checkpoint.position),
    entry: bundle.checkpoint.entry,
    signers: signersOf(held),
    signed: { checked: records.filter(one => one.signature === "checked").length, records: records.length },
    documents: files.map(({ file, record, disclosure }) => ({
      name: file.name,
      media: file.media,
      bytes: file.bytes,
      commitment: commitmentText(file.commitment),
      position: Number(record.entry.value.position),
      statement: record.entry.value.statement,
      shown: disclosure.kind,
    })),
    compare,
  };
}

/** Founders first, in their order. */
function signersOf(held: Held): Signer[] {
  const { genesis, certificate } = held.bundle;
  const founders = genesis.value.members.map(({ inception }) => inceptionId(inception.inception));
  const order = ({ party }: Signer) => (founders.includes(party) ? founders.indexOf(party) : founders.length);
  const signers = certificate.receipts.map(({ value }) => ({
    party: value.party,
    roles: rolesOf(held, value.party),
    position: Number(value.position),
    stateHash: toHex(value.stateHash),
  }));
  return signers.sort((left, right) => order(left) - order(right));
}

/** What a party plays: as the founding record says, and what it was invited for later. */
function rolesOf({ charter, members }: Held, party: string): string[] {
  if (charter === undefined) return [];
  const actors = [...charter.actors].filter(([, player]) => player.party === party).map(([actor]) => actor);
  for (const { payload, before } of members) {
    if (payload?.kind !== "confirm") continue;
    const invited = before.invitations.get(payload.invitation);
    if (invited?.joined?.party === party) actors.push(...invited.actors);
  }
  const named = charter.scenario["actors"];
  return actors.map(actor => {
    const one = isObject(named) ? member(named, roleOf(charter.compiled, actor) ?? actor) : undefined;
    return inWords(charter.scenario, member(one, "title")) ?? actor;
  });
}
