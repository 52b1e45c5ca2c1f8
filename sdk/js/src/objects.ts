// The objects of a log (docs/spec/log.md, types.md, payload.md): reading, writing, ids.

import { DecodeError, Writer, decode, encode, toHex, type Reader } from "./bytes.js";
import { hashOf } from "./hash.js";
import { bytesOf, idText, keyBytes, keyText, readId, readTime } from "./ids.js";
import { inceptionId, memberHolds, readMember, writeMember, type Member } from "./identity.js";

/** Kinds of statements, by tag. */
export const STATEMENT_KINDS = [
  "response",
  "invite",
  "join",
  "confirm",
  "identity",
  "mandate",
  "mandate_revoke",
  "key_rotate",
  "comment",
  "tick",
  "erase",
  "propose",
  "vote",
] as const;
/** The kind of a statement. */
export type StatementKind = (typeof STATEMENT_KINDS)[number];
/** Most members of a contract. */
export const MEMBERS_MAX = 64;
const STATEMENT_BYTES_MAX = 2048;
const REQUIRES_MAX = 8;
const DAY = 86_400_000n;
const COMMITMENTS_MAX = 64;

/** An object and the 64 bytes of its signature. */
export interface Signed<T> {
  value: T;
  /** The bytes that are hashed and signed. */
  bytes: Uint8Array;
  signature: Uint8Array;
}

/** Reads a value and its signature. */
export function readSigned<T>(input: Reader, read: (input: Reader) => T): Signed<T> {
  const start = input.position;
  const value = read(input);
  const bytes = input.since(start);
  return { value, bytes, signature: input.fixed(64) };
}

/** The format of a genesis of a contract that binds. */
export const GENESIS_FORMAT = 1n;
/** The format of a genesis of a contract of the test network, which binds nobody. */
export const TEST_GENESIS_FORMAT = 2n;

/** Position 0 of a contract. */
export interface Genesis {
  /** {@link GENESIS_FORMAT} or {@link TEST_GENESIS_FORMAT}. */
  format: bigint;
  language: bigint;
  nonce: Uint8Array;
  members: Member[];
  scenario: Uint8Array;
  skew: bigint;
  retry: bigint;
  keyOverlap: bigint;
  payloadBytes: bigint;
  /** 0: by signatures. */
  finality: number;
  payload: Uint8Array;
  time: number;
}

/** Reads a genesis without signature. Whether it founds a contract is what {@link genesisHolds} says. */
export function readGenesis(input: Reader): Genesis {
  return {
    format: input.uint(),
    language: input.uint(),
    nonce: input.fixed(32),
    members: input.list(MEMBERS_MAX, readMember),
    scenario: input.fixed(32),
    skew: input.uint(),
    retry: input.uint(),
    keyOverlap: input.uint(),
    payloadBytes: input.uint(),
    finality: input.tag(1),
    payload: input.fixed(32),
    time: readTime(input),
  };
}

/** Whether a genesis founds a contract: settings within bounds, members that hold, no two of one party or node. */
export function genesisHolds(genesis: Genesis): boolean {
  const { format, language, members, skew, retry, keyOverlap, payloadBytes } = genesis;
  if ((format !== GENESIS_FORMAT && format !== TEST_GENESIS_FORMAT) || language !== 1n || members.length === 0)
    return false;
  if (skew > DAY || retry > DAY || retry === 0n || keyOverlap > 1n << 32n || payloadBytes > 64n << 20n) return false;
  const parties = new Set(members.map(member => inceptionId(member.inception.inception)));
  const nodes = new Set(members.map(member => toHex(member.node.record.nodeKey)));
  if (parties.size !== members.length || nodes.size !== members.length) return false;
  return members.every(member => member.inception.inception.kind === "organisation" && memberHolds(member));
}

/** Writes a genesis without signature. */
export function writeGenesis(genesis: Genesis, out: Writer): void {
  out.uint(genesis.format).uint(genesis.language).fixed(genesis.nonce).list(genesis.members, writeMember);
  out.fixed(genesis.scenario).uint(genesis.skew).uint(genesis.retry).uint(genesis.keyOverlap);
  out.uint(genesis.payloadBytes).uint(genesis.finality).fixed(genesis.payload).int(genesis.time);
}

/** The contract that a genesis begins, `ctr_…`. */
export function contractId(genesis: Genesis): string {
  return idText(
    "ctr",
    hashOf(
      "genesis",
      encode(out => writeGenesis(genesis, out)),
    ),
  );
}

/** What a person or system says. */
export interface Statement {
  /** `ctr_…` */
  contract: string;
  kind: StatementKind;
  /** `idn_…` */
  author: string;
  /** `key_…` */
  key: string;
  sequence: bigint;
  /** The head that the author saw. */
  basis: { position: bigint; /** `ent_…` */ entry: string; seen: Uint8Array | undefined };
  /** `stm_…` */
  requires: string[];
  /** Milliseconds since 1970. */
  time: number;
  /** 16 bytes. */
  nonce: Uint8Array;
  /** The commitment; zeros without payload. */
  payload: Uint8Array;
  class: "shared" | "linked";
}

/** Reads a statement without signature. */
export function readStatement(input: Reader): Statement {
  const start = input.position;
  const statement: Statement = {
    contract: readId(input, "ctr"),
    kind: STATEMENT_KINDS[input.tag(STATEMENT_KINDS.length)]!,
    author: readId(input, "idn"),
    key: keyText(input.fixed(8)),
    sequence: input.uint(),
    basis: {
      position: input.uint(),
      entry: readId(input, "ent"),
      seen: input.option(inner => inner.fixed(32)),
    },
    requires: input.list(REQUIRES_MAX, inner => readId(inner, "stm")),
    time: readTime(input),
    nonce: input.fixed(16),
    payload: input.fixed(32),
    class: input.tag(2) === 0 ? "shared" : "linked",
  };
  if (input.since(start).length > STATEMENT_BYTES_MAX) throw new DecodeError("limit");
  return statement;
}

/** Writes a statement without signature. */
export function writeStatement(statement: Statement, out: Writer): void {
  const key = keyBytes(statement.key);
  if (key === undefined) throw new TypeError(`no key: ${statement.key}`);
  out.fixed(bytesOf(statement.contract)).uint(STATEMENT_KINDS.indexOf(statement.kind));
  out.fixed(bytesOf(statement.author)).fixed(key).uint(statement.sequence);
  out.uint(statement.basis.position).fixed(bytesOf(statement.basis.entry));
  out.option(statement.basis.seen, (seen, to) => to.fixed(seen));
  out.list(statement.requires, (id, to) => to.fixed(bytesOf(id)));
  out
    .int(statement.time)
    .fixed(statement.nonce)
    .fixed(statement.payload)
    .uint(statement.class === "shared" ? 0 : 1);
}

/** The bytes of a statement that are hashed and signed. */
export function encodeStatement(statement: Statement): Uint8Array {
  return encode(out => writeStatement(statement, out));
}

/** Reads a statement from its bytes; throws {@link DecodeError}. */
export function decodeStatement(bytes: Uint8Array): Statement {
  return decode(bytes, readStatement);
}

/** `stm_…` of the bytes of a statement. */
export function statementId(bytes: Uint8Array): string {
  return idText("stm", hashOf("statement", bytes));
}

/** A place in the log. */
export interface Entry {
  contract: string;
  /** 0. */
  lane: bigint;
  position: bigint;
  previous: string;
  statement: string;
  /** Who appends, `idn_…`. */
  party: string;
  count: bigint;
}

/** Reads an entry without signature. */
export function readEntry(input: Reader): Entry {
  return {
    contract: readId(input, "ctr"),
    lane: input.uint(),
    position: input.uint(),
    previous: readId(input, "ent"),
    statement: readId(input, "stm"),
    party: readId(input, "idn"),
    count: input.uint(),
  };
}

/** `ent_…` of the bytes of an entry. */
export function entryId(bytes: Uint8Array): string {
  return idText("ent", hashOf("entry", bytes));
}

/** "I hold all of it up to this entry, validated it, and computed this state." */
export interface Receipt {
  contract: string;
  party: string;
  epoch: bigint;
  term: bigint;
  view: bigint;
  count: bigint;
  position: bigint;
  entry: string;
  logRoot: Uint8Array;
  stateHash: Uint8Array;
  sealed: { position: bigint; entry: string } | undefined;
  opens: string | undefined;
}

/** Reads a receipt without signature. */
export function readReceipt(input: Reader): Receipt {
  return {
    contract: readId(input, "ctr"),
    party: readId(input, "idn"),
    epoch: input.uint(),
    term: input.uint(),
    view: input.uint(),
    count: input.uint(),
    position: input.uint(),
    entry: readId(input, "ent"),
    logRoot: input.fixed(32),
    stateHash: input.fixed(32),
    sealed: input.option(inner => ({ position: inner.uint(), entry: readId(inner, "ent") })),
    opens: input.option(inner => readId(inner, "rcp")),
  };
}

/** `rcp_…` of the bytes of a receipt. */
export function receiptId(bytes: Uint8Array): string {
  return idText("rcp", hashOf("receipt", bytes));
}

/** "I deleted payload, salt, caches and copies." */
export interface ErasureReceipt {
  contract: string;
  /** The `erase` statement. */
  statement: string;
  party: string;
  /** Of the party's items, without gaps. */
  count: bigint;
  commitments: Uint8Array[];
  time: number;
}

/** Reads an erasure receipt without signature. */
export function readErasureReceipt(input: Reader): ErasureReceipt {
  const receipt = {
    contract: readId(input, "ctr"),
    statement: readId(input, "stm"),
    party: readId(input, "idn"),
    count: input.uint(),
    commitments: input.ascending(COMMITMENTS_MAX, inner => inner.fixed(32)),
    time: readTime(input),
  };
  if (receipt.commitments.length === 0) throw new DecodeError("value");
  return receipt;
}

/** What became of a statement at its place. */
export type Outcome =
  { kind: "applied" } | { kind: "rejected"; rule: string; by: string } | { kind: "failed"; witness: string };

const OUTCOME_TEXT_BYTES_MAX = 256;
const CODE_BYTES_MAX = 48;

/** Reads an outcome. */
export function readOutcome(input: Reader): Outcome {
  switch (input.tag(3)) {
    case 0:
      return { kind: "applied" };
    case 1: {
      const rule = input.text(CODE_BYTES_MAX);
      if (!/^[a-z0-9_]+$/.test(rule)) throw new DecodeError("value");
      return { kind: "rejected", rule, by: input.text(OUTCOME_TEXT_BYTES_MAX) };
    }
    default:
      return { kind: "failed", witness: input.text(OUTCOME_TEXT_BYTES_MAX) };
  }
}

/** Writes an outcome. */
export function writeOutcome(outcome: Outcome, out: Writer): void {
  if (outcome.kind === "applied") out.uint(0);
  else if (outcome.kind === "rejected") out.uint(1).text(outcome.rule).text(outcome.by);
  else out.uint(2).text(outcome.witness);
}

/** The leaf of the outcomes tree for a position. */
export function outcomeLeaf(position: bigint, statement: string, outcome: Outcome): Uint8Array {
  return encode(out => writeOutcome(outcome, out.uint(position).fixed(bytesOf(statement))));
}
