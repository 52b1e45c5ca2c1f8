// Founding a contract (docs/spec/contract.md, "Genesis payload"; log.md, "Genesis"): charter and genesis are made and
// signed here; the node gets them as they are.

import type { Schemas } from "./api/client.js";
import { DecodeError, concat, decode, encode, fromBase32, toBase32 } from "./bytes.js";
import { sha256 } from "./hash.js";
import { inceptionId, keyName, memberHolds, readMember, type Member } from "./identity.js";
import { canonicalJson, type Json, type JsonObject } from "./json.js";
import { contractId, type Genesis, GENESIS_FORMAT, TEST_GENESIS_FORMAT, writeGenesis } from "./objects.js";
import { commitment, encodeOpening, newOpening, type Opening } from "./payload.js";
import { sign, type Signer } from "./sign.js";

/** Skew 5 minutes, retry 10 seconds, overlap 256 positions, attachments to 64 MiB, finality by signatures. */
export const SETTINGS_DEFAULT = {
  skew: 300_000n,
  retry: 10_000n,
  keyOverlap: 256n,
  payloadBytes: 64n << 20n,
  finality: 0,
} as const;

/** What a genesis commits to: the scenario, its inputs, and who plays whom from the start. */
export interface Charter {
  /** In canonical form. */
  scenario: Json;
  inputs: JsonObject;
  /** Actor → its party (`idn_…`) and its own data. */
  actors: Record<string, { party: string; data: JsonObject }>;
}

/** A contract that is not founded yet: what is signed, and what it commits to. */
export interface Founding {
  genesis: Genesis;
  /** The bytes that are signed, under the purpose `genesis`. */
  bytes: Uint8Array;
  charter: Opening;
  /** `ctr_…` that it will have. */
  contract: string;
}

/** Settings of the contract; randomness and time are given in tests alone. */
export interface FoundingOptions {
  /** Whether it is a contract of the test network, which binds nobody. */
  test?: boolean;
  settings?: Pick<Genesis, keyof typeof SETTINGS_DEFAULT>;
  salt?: Uint8Array;
  nonce?: Uint8Array;
  time?: number;
}

/** Reads the card of a node, of which a party is made a member; throws {@link DecodeError} if it does not hold. */
export function parseMember(text: string): Member {
  const bytes = fromBase32(text.trim());
  if (bytes === undefined) throw new DecodeError("value");
  const member = decode(bytes, readMember);
  if (!memberHolds(member) || member.inception.inception.kind !== "organisation") throw new DecodeError("value");
  return member;
}

/** The party of a member, `idn_…`. */
export function partyOf(member: Member): string {
  return inceptionId(member.inception.inception);
}

/** The names of the admin keys with which a member began, `key_…`. */
export function adminKeys(member: Member): string[] {
  return member.inception.inception.keys.filter(key => key.purpose === "admin").map(keyName);
}

/** Puts a founding together. The creator is the first of the members; each party stands there once. */
export function draftFounding(charter: Charter, members: readonly Member[], options: FoundingOptions = {}): Founding {
  const content = canonicalJson({
    actors: charter.actors,
    inputs: charter.inputs,
    scenario: charter.scenario,
  });
  const fresh = newOpening(content);
  const opening = { ...fresh, salt: options.salt ?? fresh.salt };
  const genesis: Genesis = {
    format: options.test === true ? TEST_GENESIS_FORMAT : GENESIS_FORMAT,
    language: 1n,
    nonce: options.nonce ?? crypto.getRandomValues(new Uint8Array(32)),
    members: [...members],
    scenario: sha256(canonicalJson(charter.scenario)),
    ...(options.settings ?? SETTINGS_DEFAULT),
    payload: commitment(opening),
    time: options.time ?? Date.now(),
  };
  return {
    genesis,
    bytes: encode(out => writeGenesis(genesis, out)),
    charter: opening,
    contract: contractId(genesis),
  };
}

/** Signs a founding with an admin key of the creator: what the node gets. */
export async function signFounding(founding: Founding, admin: Signer): Promise<Schemas["FoundRequest"]> {
  const signature = await sign(admin, "genesis", founding.bytes);
  return {
    genesis: toBase32(concat(founding.bytes, signature)),
    charter: toBase32(encodeOpening(founding.charter)),
  };
}
