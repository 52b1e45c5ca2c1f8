// The file of a bundle, taken apart (docs/spec/bundle.md, "File, format 1").

import { DecodeError, Reader, compareBytes, concat, decode, encode, toUtf8 } from "../bytes.js";
import { compareIds, readId } from "../ids.js";
import { readProof } from "../merkle.js";
import {
  MEMBERS_MAX,
  outcomeLeaf,
  readEntry,
  readErasureReceipt,
  readGenesis,
  readOutcome,
  readReceipt,
  readSigned,
  readStatement,
  type Entry,
  type ErasureReceipt,
  type Genesis,
  type Outcome,
  type Receipt,
  type Signed,
  type Statement,
} from "../objects.js";
import { readHeading, readOpening, type Heading, type Opening } from "../payload.js";
import { Found, found } from "./finding.js";

/** Most bytes of a file. */
export const BUNDLE_BYTES_MAX = 64 << 20;
const MAGIC = toUtf8("countersign-bundle");
const FORMAT = 1n;
const RECORDS_MAX = 200_000;
const ATTACHMENTS_MAX = 32;
const ERASURES_MAX = 64;
const PARTS_MAX = 1_024;
const PART_NAME_BYTES_MAX = 1_024;
/** One member's receipts are of one place, so there are no more anchors than receipts. */
const ANCHORS_MAX = MEMBERS_MAX;

/** What is shown of a payload. */
export type Disclosure =
  | { kind: "absent" }
  | { kind: "open"; opening: Opening }
  | { kind: "redacted" }
  | { kind: "erased"; receipts: Signed<ErasureReceipt>[] }
  | { kind: "apart"; heading: Heading };

/** A place in the log with what stands there. */
export interface BundleRecord {
  entry: Signed<Entry>;
  statement: Signed<Statement>;
  payload: Disclosure;
  attachments: Disclosure[];
  outcome: Outcome;
  logPath: Uint8Array[];
  outcomePath: Uint8Array[];
}

/** Up to where the log is final. */
export interface Checkpoint {
  position: bigint;
  entry: string;
  logRoot: Uint8Array;
  outcomesRoot: Uint8Array;
  path: Uint8Array[];
}

/** A state that receipts sign. */
export interface Anchor {
  position: bigint;
  logRoot: Uint8Array;
  parts: { name: string; hash: Uint8Array }[];
  logPath: Uint8Array[];
  outcomesPath: Uint8Array[];
  later: BundleRecord[];
}

/** That an entry is final. */
export interface Certificate {
  view: bigint;
  position: bigint;
  entry: string;
  receipts: Signed<Receipt>[];
  seals: Uint8Array[][];
  anchors: Anchor[];
}

/** A file taken apart; nothing in it is checked yet. */
export interface Bundle {
  genesis: Signed<Genesis>;
  charter: Disclosure;
  members: BundleRecord[];
  claims: BundleRecord[];
  checkpoint: Checkpoint;
  certificate: Certificate;
  /** Everything before the checksum. */
  body: Uint8Array;
  checksum: Uint8Array;
}

function readDisclosure(input: Reader): Disclosure {
  switch (input.tag(5)) {
    case 0:
      return { kind: "absent" };
    case 1:
      return { kind: "open", opening: readOpening(input) };
    case 2:
      return { kind: "redacted" };
    case 3: {
      const receipts = input.list(ERASURES_MAX, inner => readSigned(inner, readErasureReceipt));
      if (receipts.length === 0) throw new DecodeError("value");
      ascend(receipts, (left, right) => compareIds(left.value.party, right.value.party));
      return { kind: "erased", receipts };
    }
    default:
      return { kind: "apart", heading: readHeading(input) };
  }
}

function ascend<T>(items: readonly T[], compare: (left: T, right: T) => number): void {
  for (let at = 1; at < items.length; at++) {
    if (compare(items[at - 1]!, items[at]!) >= 0) throw new DecodeError("order");
  }
}

function readRecord(input: Reader): BundleRecord {
  return {
    entry: readSigned(input, readEntry),
    statement: readSigned(input, readStatement),
    payload: readDisclosure(input),
    attachments: input.list(ATTACHMENTS_MAX, readDisclosure),
    outcome: readOutcome(input),
    logPath: readProof(input),
    outcomePath: readProof(input),
  };
}

function readCheckpoint(input: Reader): Checkpoint {
  return {
    position: input.uint(),
    entry: readId(input, "ent"),
    logRoot: input.fixed(32),
    outcomesRoot: input.fixed(32),
    path: readProof(input),
  };
}

function readAnchor(input: Reader): Anchor {
  const anchor = {
    position: input.uint(),
    logRoot: input.fixed(32),
    parts: input.ascending(
      PARTS_MAX,
      inner => ({ name: inner.text(PART_NAME_BYTES_MAX), hash: inner.fixed(32) }),
      part => toUtf8(part.name),
    ),
    logPath: readProof(input),
    outcomesPath: readProof(input),
    later: input.list(RECORDS_MAX, readRecord),
  };
  return anchor;
}

function compareAnchors(left: Anchor, right: Anchor): number {
  if (left.position !== right.position) return left.position < right.position ? -1 : 1;
  return compareBytes(left.logRoot, right.logRoot);
}

function readCertificate(input: Reader): Certificate {
  const certificate = {
    view: input.uint(),
    position: input.uint(),
    entry: readId(input, "ent"),
    receipts: input.list(MEMBERS_MAX, inner => readSigned(inner, readReceipt)),
    seals: input.list(MEMBERS_MAX, readProof),
    anchors: input.list(ANCHORS_MAX, readAnchor),
  };
  ascend(certificate.anchors, compareAnchors);
  return certificate;
}

const NOT_ITS_ENCODING = "bytes that are not the encoding of what stands here";

/** Reads part of a file; what cannot be read is a finding at `object`. */
function part<T>(object: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError) found(object, "malformed", NOT_ITS_ENCODING);
    throw error;
  }
}

function readRecords(section: string, bytes: Uint8Array): BundleRecord[] {
  const input = new Reader(bytes);
  const count = part(section, () => input.length(RECORDS_MAX));
  const records: BundleRecord[] = [];
  for (let at = 0; at < count; at++) records.push(part(`${section}[${at}]`, () => readRecord(input)));
  part(section, () => input.end());
  return records;
}

/** Takes a file apart. Throws {@link Found}. */
export function readBundle(bytes: Uint8Array): Bundle {
  if (bytes.length > BUNDLE_BYTES_MAX) found("file", "bundle_too_large", "more than 64 MiB");
  const input = new Reader(bytes);
  const format = part("file", () => {
    if (compareBytes(input.fixed(MAGIC.length), MAGIC) !== 0) throw new DecodeError("value");
    return input.uint();
  });
  if (format > FORMAT) found("file", "newer_format", "a format above 1");
  if (format !== FORMAT) found("file", "malformed", NOT_ITS_ENCODING);
  // Each section is taken apart as soon as it is there: what is damaged first is found first.
  const section = (name: string) => part(name, () => input.bytes(BUNDLE_BYTES_MAX));
  const of = <T>(name: string, read: (inner: Reader) => T) => {
    const bytes = section(name);
    return part(name, () => decode(bytes, read));
  };
  const sections = {
    ...of("genesis", inner => ({ genesis: readSigned(inner, readGenesis), charter: readDisclosure(inner) })),
    members: readRecords("members", section("members")),
    claims: readRecords("claims", section("claims")),
    checkpoint: of("checkpoint", readCheckpoint),
    certificate: of("certificate", readCertificate),
  };
  const body = input.since(0);
  const checksum = part("checksum", () => {
    const sum = input.fixed(32);
    input.end();
    return sum;
  });
  return { ...sections, body, checksum };
}

/** The line of a record in the outcomes tree. */
export function lineOf(record: BundleRecord): Uint8Array {
  return outcomeLeaf(record.entry.value.position, record.entry.value.statement, record.outcome);
}

/** The state hash that named parts make. */
export function stateParts(parts: readonly { name: string; hash: Uint8Array }[]): Uint8Array {
  return concat(...parts.map(({ name, hash }) => encode(out => out.text(name).fixed(hash))));
}

export { Found };
