// The checks of a bundle, in the order of docs/spec/bundle.md, "Verification": the first that fails is the finding.

import { equalBytes } from "../bytes.js";
import { NAMESPACES, named, sha256, type Namespace } from "../hash.js";
import { bytesOf } from "../ids.js";
import { inceptionId, keyName, signs, type SignedInception } from "../identity.js";
import { EMPTY_ROOT, isConsistent, isIncluded } from "../merkle.js";
import { contractId, entryId, genesisHolds, statementId, type Receipt, type Signed } from "../objects.js";
import { NO_PAYLOAD, commitment, headingCommitment } from "../payload.js";
import { verifySignature } from "../sign.js";
import { lineOf, stateParts, type Anchor, type Bundle, type BundleRecord, type Disclosure } from "./bundle.js";
import { readCharter, type Charter } from "./charter.js";
import { found, hold } from "./finding.js";
import { filesOf, readPayload, type Payload } from "./payloads.js";
import { Roster, type Epoch } from "./roster.js";

const MEMBER_KINDS = ["identity", "mandate", "mandate_revoke", "key_rotate", "invite", "join", "confirm"];

/** A record that was checked. */
export interface Checked {
  object: string;
  record: BundleRecord;
  payload: Payload | undefined;
  /** The party of the author, if the author was known before. */
  party: string | undefined;
  signature: "checked" | "not_checked";
  /** Who belonged before the record. */
  before: Roster;
  /** What the payload names as its author's key, if it is known. */
  admin: boolean;
}

/** A bundle whose objects hold. */
export interface Held {
  bundle: Bundle;
  contract: string;
  charter: Charter | undefined;
  members: Checked[];
  claims: Checked[];
  /** Parties of the members who made it final. */
  signers: string[];
  /** Erased payloads, with who signed that. */
  erasures: Erasure[];
  /** Whether no record of mandates is hidden. */
  mandatesComplete: boolean;
}

/** A payload that was erased. */
export interface Erasure {
  /** `stm_…` that it belongs to. */
  statement: string;
  commitment: Uint8Array;
  /** Who signed that, and when by the clock of their node. */
  words: { party: string; time: number }[];
}

function holds(signed: Signed<unknown>, namespace: Namespace, key: Uint8Array): boolean {
  return verifySignature(key, namespace, signed.bytes, signed.signature);
}

const NO_SIGNATURE = "the signature does not hold";

/** Checks everything but outcomes and the checksum. Throws {@link Found}. */
export function checkBundle(bundle: Bundle, trusted: string | undefined): Held {
  const contract = checkGenesis(bundle, trusted);
  const charter = checkCharter(bundle);
  checkCheckpoint(bundle);
  const roster = new Roster(bundle.genesis.value, contract);
  checkReceipts(bundle, contract, roster);
  const records = new Records(bundle, contract, roster);
  records.run();
  checkSigners(bundle, records);
  checkAnchors(bundle, records);
  const erasures = checkErasures(bundle, contract, records);
  const { members, claims, mandatesComplete } = records;
  const signers = bundle.certificate.receipts.map(receipt => receipt.value.party);
  return { bundle, contract, charter, members, claims, signers, erasures, mandatesComplete };
}

function checkGenesis(bundle: Bundle, trusted: string | undefined): string {
  const genesis = bundle.genesis.value;
  const creator = genesis.members[0]?.inception.inception;
  const admins = creator?.keys.filter(key => key.purpose === "admin") ?? [];
  const signed = admins.some(({ key }) => holds(bundle.genesis, "genesis", key));
  hold(signed, "genesis", "bad_genesis", "not signed by an admin key of the creator");
  hold(genesisHolds(genesis), "genesis", "bad_genesis", "settings or members that found no contract");
  const contract = contractId(genesis);
  const same = trusted === undefined || trusted === contract;
  hold(same, "genesis", "other_contract", `the contract is ${contract}`);
  return contract;
}

function checkCharter(bundle: Bundle): Charter | undefined {
  const object = "genesis.charter";
  checkOpening(object, bundle.charter, bundle.genesis.value.payload);
  if (bundle.charter.kind !== "open") return undefined;
  const charter = readCharter(bundle.charter.opening.payload, bundle.genesis.value.scenario);
  return charter ?? found(object, "bad_charter", "the scenario is not the one that the genesis names");
}

/** That what is shown of a payload is what a commitment commits to. */
function checkOpening(object: string, shown: Disclosure, committed: Uint8Array): void {
  const nothing = equalBytes(committed, NO_PAYLOAD);
  switch (shown.kind) {
    case "absent":
      return hold(nothing, object, "bad_opening", "the payload that it commits to is neither here nor left out");
    case "open": {
      const opens = equalBytes(commitment(shown.opening), committed);
      return hold(opens, object, "bad_opening", "the payload is not what the commitment commits to");
    }
    case "apart": {
      const leads = equalBytes(headingCommitment(shown.heading), committed);
      const why = "salt, length and content hash are not what the commitment commits to";
      return hold(leads, object, "bad_opening", why);
    }
    case "redacted":
      return hold(!nothing, object, "bad_opening", "there is no payload to leave out");
    case "erased": {
      const names = shown.receipts.every(({ value }) => value.commitments.some(other => equalBytes(other, committed)));
      return hold(!nothing && names, object, "bad_opening", "an erasure receipt is for other payloads");
    }
  }
}

function checkCheckpoint({ checkpoint }: Bundle): void {
  const { position, entry, path, logRoot } = checkpoint;
  const under = position > 0n && isIncluded(bytesOf(entry), position, position + 1n, path, logRoot);
  hold(under, "checkpoint.path", "bad_path", "the entry is not under the log root");
}

/** The state hash that the parts of an anchor give. */
export function stateHash(anchor: Anchor): Uint8Array {
  return sha256(named(NAMESPACES.state), stateParts(anchor.parts));
}

function checkReceipts(bundle: Bundle, contract: string, founders: Roster): void {
  const { checkpoint, certificate } = bundle;
  const { receipts, seals, anchors } = certificate;
  receipts.forEach((receipt, at) => {
    const key = founders.nodeKey(receipt.value.party);
    const signed = key === undefined || holds(receipt, "receipt", key);
    hold(signed, `certificate.receipts[${at}]`, "bad_signature", NO_SIGNATURE);
  });
  const same = certificate.position === checkpoint.position && certificate.entry === checkpoint.entry;
  hold(same, "certificate.entry", "mismatch", "the certificate is for another entry than the checkpoint");
  const states = anchors.map(stateHash);
  const anchorOf = ({ position, logRoot }: Receipt) =>
    anchors.findIndex(anchor => anchor.position === position && equalBytes(anchor.logRoot, logRoot));
  const used = new Set<number>();
  receipts.forEach(({ value: receipt }, at) => {
    const index = anchorOf(receipt);
    const here = index >= 0 && equalBytes(states[index]!, receipt.stateHash);
    hold(here, `certificate.receipts[${at}]`, "mismatch", "the log or state that it signs is not here");
    used.add(index);
  });
  anchors.forEach((anchor, at) => {
    const object = `certificate.anchors[${at}]`;
    hold(used.has(at), `${object}.state`, "mismatch", "no receipt signs for it");
    checkAnchor(bundle, anchor, object);
  });
  hold(seals.length === receipts.length, "certificate.seals", "mismatch", "not one path for each receipt");
  receipts.forEach(({ value: receipt }, at) => {
    const object = `certificate.receipts[${at}]`;
    const alike = receipt.contract === contract && receipt.view === certificate.view && receipt.term === 0n;
    hold(alike, object, "mismatch", "a receipt of another contract, term or view");
    checkSeal(receipt, checkpoint.position, seals[at]!, at);
  });
}

function checkSeal(receipt: Receipt, checkpoint: bigint, path: Uint8Array[], at: number): void {
  const { sealed, position, logRoot } = receipt;
  const object = `certificate.receipts[${at}]`;
  hold(sealed !== undefined, object, "not_final", "it seals nothing");
  const late = sealed.position >= checkpoint && sealed.position <= position;
  hold(late, object, "not_final", "it does not seal the checkpoint or an entry after it");
  const under = isIncluded(bytesOf(sealed.entry), sealed.position, position + 1n, path, logRoot);
  hold(under, `certificate.seals[${at}]`, "bad_path", "the sealed entry is not on the log that the receipt signs");
}

function checkAnchor({ checkpoint }: Bundle, anchor: Anchor, object: string): void {
  const outcomes = anchor.parts.find(part => part.name === "outcomes")?.hash;
  hold(outcomes !== undefined, `${object}.state`, "mismatch", "a state without outcomes");
  if (anchor.position === checkpoint.position) {
    const same = equalBytes(anchor.logRoot, checkpoint.logRoot) && equalBytes(outcomes, checkpoint.outcomesRoot);
    hold(same, "checkpoint", "mismatch", "its roots are not those that the members sign");
  }
  const log = isConsistent(
    checkpoint.position + 1n,
    anchor.position + 1n,
    anchor.logPath,
    checkpoint.logRoot,
    anchor.logRoot,
  );
  hold(log, `${object}.log_path`, "bad_path", "the log at the checkpoint is not its beginning");
  const grown = isConsistent(
    checkpoint.position,
    anchor.position,
    anchor.outcomesPath,
    checkpoint.outcomesRoot,
    outcomes,
  );
  hold(grown, `${object}.outcomes_path`, "bad_path", "the outcomes at the checkpoint are not its beginning");
}

/** The roots that the paths of records lead to. */
interface Roots {
  position: bigint;
  logRoot: Uint8Array;
  outcomesRoot: Uint8Array;
}

/** Goes through the records by position. */
class Records {
  readonly members: Checked[] = [];
  readonly claims: Checked[] = [];
  mandatesComplete = true;
  /** The members before the entry at the checkpoint. */
  epoch: Epoch;
  readonly #bundle: Bundle;
  readonly #contract: string;
  readonly roster: Roster;

  constructor(bundle: Bundle, contract: string, roster: Roster) {
    [this.#bundle, this.#contract, this.roster] = [bundle, contract, roster];
    this.epoch = roster.epoch;
  }

  run(): void {
    const { members, claims, checkpoint } = this.#bundle;
    const listed = (records: BundleRecord[], section: "members" | "claims") =>
      records.map((record, at) => ({ record, at, section, object: `${section}[${at}]` }));
    const all = [...listed(members, "members"), ...listed(claims, "claims")];
    checkOrder(members, "members", checkpoint.position, this.roster);
    checkOrder(claims, "claims", checkpoint.position, this.roster);
    all.sort((left, right) => {
      const [one, other] = [left.record.entry.value.position, right.record.entry.value.position];
      return one < other ? -1 : one > other ? 1 : 0;
    });
    let last = 0n;
    for (const { record, section, object } of all) {
      const { position } = record.entry.value;
      hold(position > last, `${object}.entry`, "bad_order", "positions must ascend, up to the checkpoint");
      last = position;
      if (position === checkpoint.position) this.epoch = this.roster.epoch;
      const checked = this.check(object, record, checkpoint, this.roster);
      (section === "members" ? this.members : this.claims).push(checked);
    }
    if (last < checkpoint.position) this.epoch = this.roster.epoch;
  }

  check(object: string, record: BundleRecord, roots: Roots, roster: Roster): Checked {
    this.#checkPlace(object, record, roots, roster);
    const payload = checkPayload(object, record);
    const author = this.#checkAuthor(object, record, payload, roster);
    const before = roster.copy();
    const { position } = record.entry.value;
    const { value: statement } = record.statement;
    if (changesMembers(record)) {
      if (payload === undefined) {
        const mandates = statement.kind === "mandate" || statement.kind === "mandate_revoke";
        const hidden = `${object}.payload`;
        hold(mandates, hidden, "members_incomplete", "who belongs, and with which keys, must be shown");
        this.mandatesComplete = false;
      } else {
        const why = roster.apply(statementId(record.statement.bytes), statement, position, payload);
        const lenient = !this.mandatesComplete && statement.kind === "mandate_revoke";
        if (why !== undefined && !lenient) found(object, "members_incomplete", why);
      }
    }
    return { object, record, payload, before, ...author };
  }

  /** Entry and statement belong together, a member appended it, and both trees hold it. */
  #checkPlace(object: string, record: BundleRecord, roots: Roots, roster: Roster): void {
    const { value: entry } = record.entry;
    const together =
      entry.contract === this.#contract &&
      entry.lane === 0n &&
      record.statement.value.contract === this.#contract &&
      entry.statement === statementId(record.statement.bytes);
    hold(together, `${object}.entry`, "mismatch", "entry, statement and contract do not belong together");
    const key = roster.nodeKey(entry.party);
    hold(key !== undefined, `${object}.entry`, "not_entitled", "the party that appended it is no member there");
    hold(holds(record.entry, "entry", key), `${object}.entry`, "bad_signature", NO_SIGNATURE);
    const id = bytesOf(entryId(record.entry.bytes));
    const inLog = isIncluded(id, entry.position, roots.position + 1n, record.logPath, roots.logRoot);
    hold(inLog, `${object}.log_path`, "bad_path", "the entry is not on the log that all members signed for");
    const line = lineOf(record);
    const counted = isIncluded(line, entry.position - 1n, roots.position, record.outcomePath, roots.outcomesRoot);
    hold(counted, `${object}.outcome`, "bad_path", "not the outcome that all members signed for");
  }

  #checkAuthor(object: string, record: BundleRecord, payload: Payload | undefined, roster: Roster) {
    const { value: statement } = record.statement;
    const [where, position] = [`${object}.statement`, record.entry.value.position];
    const applied = record.outcome.kind === "applied";
    const held = roster.identities.get(statement.author);
    if (held === undefined && statement.kind === "join") {
      hold(!applied || payload?.kind === "join", where, "not_entitled", "its key is not known there");
      if (payload?.kind !== "join") return { party: undefined, signature: "not_checked" as const, admin: false };
      const key = keyOf(payload.member.inception, statement.author, statement.key);
      hold(key !== undefined, where, "not_entitled", "its key is not among those of its author");
      hold(holds(record.statement, "statement", key), where, "bad_signature", NO_SIGNATURE);
      return { party: undefined, signature: "checked" as const, admin: false };
    }
    const key = roster.key(statement.author, statement.key);
    hold(key !== undefined && signs(key.key.purpose), where, "not_entitled", "its key is not known there");
    hold(holds(record.statement, "statement", key.key.key), where, "bad_signature", NO_SIGNATURE);
    const current = !applied || roster.maySign(key, statement, position);
    hold(current, where, "not_entitled", "its key was replaced before");
    const admin = held!.kind === "organisation" && key.key.purpose === "admin";
    return { party: held!.party, signature: "checked" as const, admin };
  }
}

/** What a founder appended is signed by a key that genesis names: such a signature is looked at before paths. */
function checkFounder(record: BundleRecord, object: string, founders: Roster): void {
  const key = founders.nodeKey(record.entry.value.party);
  const signed = key === undefined || holds(record.entry, "entry", key);
  hold(signed, `${object}.entry`, "bad_signature", NO_SIGNATURE);
}

function keyOf(signed: SignedInception, author: string, name: string): Uint8Array | undefined {
  if (inceptionId(signed.inception) !== author) return undefined;
  return signed.inception.keys.find(key => signs(key.purpose) && keyName(key) === name)?.key;
}

/** Whether a record is one of those that say who belongs. */
function changesMembers({ statement, outcome }: BundleRecord): boolean {
  return MEMBER_KINDS.includes(statement.value.kind) && outcome.kind === "applied";
}

function checkOrder(records: readonly BundleRecord[], section: string, last: bigint, founders: Roster): void {
  let before = 0n;
  records.forEach((record, at) => {
    const { position } = record.entry.value;
    checkFounder(record, `${section}[${at}]`, founders);
    const follows = position > before && position <= last;
    hold(follows, `${section}[${at}].entry`, "bad_order", "positions must ascend, up to the checkpoint");
    before = position;
    const belongs = changesMembers(record) === (section === "members");
    hold(belongs, `${section}[${at}]`, "mismatch", "it belongs in the other section");
  });
}

/** The payload of a record, read if it is shown, with its attachments. */
function checkPayload(object: string, record: BundleRecord): Payload | undefined {
  const { value: statement } = record.statement;
  checkOpening(`${object}.payload`, record.payload, statement.payload);
  const bytes = record.payload.kind === "open" ? record.payload.opening.payload : undefined;
  const payload = bytes === undefined ? undefined : readPayload(statement.kind, bytes);
  const formless = bytes !== undefined && payload === undefined && record.outcome.kind === "applied";
  hold(!formless, `${object}.payload`, "bad_opening", "the payload is not of the form of its kind");
  const named = filesOf(payload);
  const complete = named.length === record.attachments.length;
  hold(complete, `${object}.attachments`, "mismatch", "not those that the payload names");
  record.attachments.forEach((shown, at) => {
    checkOpening(`${object}.attachments[${at}]`, shown, named[at]!.commitment);
  });
  return payload;
}

function checkSigners(bundle: Bundle, records: Records): void {
  const { receipts } = bundle.certificate;
  const { members } = records.epoch;
  const each =
    receipts.length === members.length && members.every(({ party }, at) => receipts[at]!.value.party === party);
  hold(each, "certificate.receipts", "not_final", "not exactly one receipt of each member, in their order");
  receipts.forEach((receipt, at) => {
    const signed = holds(receipt, "receipt", members[at]!.node.record.nodeKey);
    hold(signed, `certificate.receipts[${at}]`, "bad_signature", NO_SIGNATURE);
  });
}

function checkAnchors(bundle: Bundle, records: Records): void {
  const { anchors, receipts } = bundle.certificate;
  const rosters = anchors.map((anchor, at) => {
    const roster = records.roster.copy();
    const outcomesRoot = anchor.parts.find(part => part.name === "outcomes")?.hash ?? EMPTY_ROOT;
    const roots = { position: anchor.position, logRoot: anchor.logRoot, outcomesRoot };
    let last = bundle.checkpoint.position;
    anchor.later.forEach((record, index) => {
      const object = `certificate.anchors[${at}].later[${index}]`;
      const { position } = record.entry.value;
      const follows = position > last && position <= anchor.position && changesMembers(record);
      hold(follows, `${object}.entry`, "bad_order", "it must follow, and change the members");
      last = position;
      records.check(object, record, roots, roster);
    });
    return roster;
  });
  anchors.forEach((anchor, at) => {
    for (const name of ["epoch", "identities", "invitations", "mandates"] as const) {
      if (name === "mandates" && !records.mandatesComplete) continue;
      const signed = anchor.parts.find(part => part.name === name)?.hash;
      const leads = signed !== undefined && equalBytes(signed, rosters[at]!.part(name));
      const why = `they do not lead to the ${name} that the members signed for: one is left out`;
      hold(leads, "members", "members_incomplete", why);
    }
    receipts.forEach(({ value: receipt }, index) => {
      if (receipt.position !== anchor.position || !equalBytes(receipt.logRoot, anchor.logRoot)) return;
      const counts = receipt.epoch === rosters[at]!.epoch.number;
      hold(counts, `certificate.receipts[${index}]`, "members_incomplete", "it counts other members than these");
    });
  });
}

function checkErasures(bundle: Bundle, contract: string, records: Records): Erasure[] {
  const erasures: Erasure[] = [];
  const check = (object: string, shown: Disclosure, erased?: Omit<Erasure, "words">) => {
    if (shown.kind !== "erased") return;
    for (const receipt of shown.receipts) {
      const { party } = receipt.value;
      const key = records.roster.nodeKey(party);
      const signed = key !== undefined && receipt.value.contract === contract && holds(receipt, "erasureReceipt", key);
      hold(signed, object, "bad_signature", `the erasure receipt of ${party} does not hold`);
    }
    const words = shown.receipts.map(({ value: { party, time } }) => ({ party, time }));
    if (erased !== undefined) erasures.push({ ...erased, words });
  };
  check("genesis.charter", bundle.charter);
  for (const { object, record, payload } of [...records.members, ...records.claims]) {
    const { statement } = record.entry.value;
    check(`${object}.payload`, record.payload, { statement, commitment: record.statement.value.payload });
    const files = filesOf(payload);
    record.attachments.forEach((shown, at) => {
      check(`${object}.attachments[${at}]`, shown, { statement, commitment: files[at]!.commitment });
    });
  }
  return erasures;
}
