// The payloads of statements (docs/spec/contract.md, "Payloads"): canonical JSON with exactly the members named. The
// order in which members are looked at is that of the page: the first at fault is what a rejection names.

import { decode, fromBase32, type Reader } from "../bytes.js";
import { idBytes, keyBytes } from "../ids.js";
import {
  readKey,
  readMember,
  readSignedInception,
  readSigningKey,
  type IdentityKey,
  type Member,
  type SignedInception,
} from "../identity.js";
import { isObject, readCanonicalJson, type Json, type JsonObject } from "../json.js";
import type { StatementKind } from "../objects.js";
import { CHANGE_KINDS, type ChangeKind } from "../workflow/changes.js";
import { parseCommitment } from "../payload.js";
import { decimalText, parseDecimal } from "../rules/decimal.js";
import { parseTimestamp, timestampText } from "../rules/time.js";
import { compareText, sortedTexts } from "../text.js";

/** Most bytes of the payload of a statement. */
export const STATEMENT_PAYLOAD_BYTES_MAX = 256 * 1024;
const ATTACHMENTS_MAX = 32;
const NAMES_MAX = 100;
const LIMITS_MAX = 100;
const LIST_MAX = 64;

/** A file that a response names. */
export interface AttachmentRef {
  bytes: number;
  commitment: Uint8Array;
  media: string;
  name: string;
}

/** What a mandate allows. */
export interface Mandate {
  person: string;
  actors: "all" | string[];
  actions: "all" | string[];
  key: string | undefined;
  limits: { field: string; max: string }[];
  from: number | undefined;
  until: number | undefined;
  /** In its one form: names ascend, decimals and times are canonical. */
  json: JsonObject;
}

/** A payload by its kind. */
export type Payload =
  | {
      kind: "response";
      action: string;
      actor: string;
      attachments: { field: string; files: AttachmentRef[] }[];
      data: Json;
      process: string;
      response: string | undefined;
    }
  | { kind: "invite"; actors: string[]; expires: bigint; hint: string; key: Uint8Array; nonceCommitment: Uint8Array }
  | {
      kind: "join";
      data: JsonObject;
      invitation: string;
      member: Member;
      memberBytes: Uint8Array;
      nonce: Uint8Array;
      proof: Uint8Array;
    }
  | { kind: "confirm"; invitation: string; nonce: Uint8Array }
  | { kind: "identity"; inception: SignedInception }
  | { kind: "mandate"; mandate: Mandate }
  | { kind: "mandate_revoke"; mandate: string }
  | {
      kind: "key_rotate";
      identity: string;
      add: { key: IdentityKey; proof: Uint8Array | undefined }[];
      retire: string[];
      overlap: bigint | undefined;
    }
  | { kind: "comment"; media: string; text: string; attachments: AttachmentRef[] }
  | { kind: "tick"; process: string }
  | { kind: "erase"; commitments: Uint8Array[]; reason: string }
  | {
      kind: "propose";
      change: ChangeKind;
      /** SHA-256 of the agreed scenario. */
      of: Uint8Array;
      document: JsonObject;
      /** Of an update: the new scenario. */
      to: JsonObject | undefined;
      /** Of a dispute: the statement. */
      entry: string | undefined;
    }
  | { kind: "vote"; choice: "yes" | "no"; document: Uint8Array; proposal: string };

/** A payload that is not of the form of its kind: the member at fault. */
export class BadForm extends Error {
  override readonly name = "BadForm";
  readonly member: string;

  constructor(member: string) {
    super(`the payload is not of its form: ${member}`);
    this.member = member;
  }
}

function fault(member: string): never {
  throw new BadForm(member);
}

/** The members of an object; what is wrong is said by the name of a member. */
class Form {
  readonly #members: JsonObject;

  constructor(value: Json, known: readonly string[], fault = "payload") {
    if (!isObject(value) || !Object.keys(value).every(key => known.includes(key))) throw new BadForm(fault);
    this.#members = value;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  /** A member, as something that it may not be. */
  read<T>(name: string, read: (value: Json) => T | undefined): T {
    const value = this.has(name) ? this.#members[name] : undefined;
    const found = value === undefined ? undefined : read(value);
    return found ?? fault(name);
  }

  /** The same of a member that may be left out. */
  maybe<T>(name: string, read: (value: Json) => T | undefined): T | undefined {
    return this.has(name) ? this.read(name, read) : undefined;
  }
}

function text(value: Json): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function listOf<T>(max: number, read: (value: Json) => T | undefined): (value: Json) => T[] | undefined {
  return value => {
    if (!Array.isArray(value) || value.length > max) return undefined;
    const items = value.map(read);
    return items.includes(undefined) ? undefined : (items as T[]);
  };
}

function coded<T>(read: (input: Reader) => T): (value: Json) => T | undefined {
  return value => {
    const bytes = typeof value === "string" ? fromBase32(value) : undefined;
    try {
      return bytes && decode(bytes, read);
    } catch {
      return undefined;
    }
  };
}

function codedBytes(length: number): (value: Json) => Uint8Array | undefined {
  return coded(input => input.fixed(length));
}

function id(prefix: "idn" | "stm"): (value: Json) => string | undefined {
  return value => (typeof value === "string" && idBytes(prefix, value) !== undefined ? value : undefined);
}

function keyNamed(value: Json): string | undefined {
  return typeof value === "string" && keyBytes(value) !== undefined ? value : undefined;
}

function count(value: Json): bigint | undefined {
  return typeof value === "number" && value >= 0 ? BigInt(value) : undefined;
}

/** What a payload brings. */
export function filesOf(payload: Payload | undefined): AttachmentRef[] {
  if (payload?.kind === "response") return payload.attachments.flatMap(({ files }) => files);
  return payload?.kind === "comment" ? payload.attachments : [];
}

function isAscending(items: readonly string[]): boolean {
  return items.every((item, at) => at === 0 || compareText(items[at - 1]!, item) < 0);
}

function attachment(value: Json): AttachmentRef | undefined {
  try {
    const form = new Form(value, ["bytes", "commitment", "media", "name"]);
    return {
      commitment: form.read("commitment", given => parseCommitment(text(given) ?? "")),
      name: form.read("name", text),
      media: form.read("media", text),
      bytes: Number(form.read("bytes", count)),
    };
  } catch {
    return undefined;
  }
}

function attachments(value: Json) {
  if (!isObject(value)) return undefined;
  const named = sortedTexts(Object.keys(value)).map(field => {
    const files = listOf(ATTACHMENTS_MAX, attachment)(value[field]!);
    return { field, files: files ?? [] };
  });
  const total = named.reduce((sum, { files }) => sum + files.length, 0);
  return total > ATTACHMENTS_MAX || named.some(({ files }) => files.length === 0) ? undefined : named;
}

function names(value: Json): "all" | string[] | undefined {
  if (value === "all") return value;
  const given = listOf(NAMES_MAX, text)(value);
  return given && sortedTexts(new Set(given));
}

function time(value: Json): number | undefined {
  return typeof value === "string" ? parseTimestamp(value) : undefined;
}

function limit(value: Json): { field: string; max: string } | undefined {
  const { field, max } = isObject(value) && Object.keys(value).length === 2 ? value : {};
  const most = typeof max === "string" ? parseDecimal(max) : undefined;
  return typeof field === "string" && most !== undefined ? { field, max: decimalText(most) } : undefined;
}

/** Reads a mandate. */
function mandate(value: Json): Mandate {
  const form = new Form(value, ["person", "key", "actors", "actions", "limits", "from", "until"], "mandate");
  const person = form.read("person", id("idn"));
  const key = form.maybe("key", keyNamed);
  const [actors, actions] = [form.read("actors", names), form.read("actions", names)];
  const limits = form.maybe("limits", listOf(LIMITS_MAX, limit)) ?? [];
  const [from, until] = [form.maybe("from", time), form.maybe("until", time)];
  const json: JsonObject = {
    person,
    actors,
    actions,
    ...(key === undefined ? {} : { key }),
    ...(limits.length === 0 ? {} : { limits: limits.map(one => ({ ...one })) }),
    ...(from === undefined ? {} : { from: timestampText(from) }),
    ...(until === undefined ? {} : { until: timestampText(until) }),
  };
  return { person, actors, actions, key, limits, from, until, json };
}

function newKey(value: Json): { key: IdentityKey; proof: Uint8Array | undefined } | undefined {
  try {
    const form = new Form(value, ["key", "proof"]);
    const proof = form.maybe("proof", codedBytes(64));
    return { key: form.read("key", coded(readKey)), proof };
  } catch {
    return undefined;
  }
}

function rotation(value: Json): Payload {
  const form = new Form(value, ["add", "identity", "overlap", "retire"]);
  const whole = (given: Json) => (Array.isArray(given) && given.length <= LIST_MAX ? given : undefined);
  form.read("add", whole);
  form.read("retire", whole);
  return {
    kind: "key_rotate",
    identity: form.read("identity", id("idn")),
    add: form.read("add", listOf(LIST_MAX, newKey)),
    retire: form.read("retire", listOf(LIST_MAX, keyNamed)),
    overlap: form.maybe("overlap", count),
  };
}

function join(value: Json): Payload {
  const form = new Form(value, ["data", "invitation", "member", "nonce", "proof"]);
  const data = form.read("data", given => (isObject(given) ? given : undefined));
  return {
    kind: "join",
    invitation: form.read("invitation", id("stm")),
    member: form.read("member", coded(readMember)),
    memberBytes: form.read("member", given => fromBase32(text(given) ?? "")),
    nonce: form.read("nonce", codedBytes(32)),
    proof: form.read("proof", codedBytes(64)),
    data: Object.values(data).every(isObject) ? data : fault("data"),
  };
}

function response(value: Json): Payload {
  const form = new Form(value, ["action", "actor", "attachments", "data", "process", "response"]);
  return {
    kind: "response",
    attachments: form.read("attachments", attachments),
    process: form.read("process", text),
    actor: form.read("actor", text),
    action: form.read("action", text),
    response: form.maybe("response", text),
    // `null` is data too.
    data: form.read("data", given => ({ given })).given,
  };
}

function read(kind: StatementKind, value: Json): Payload {
  switch (kind) {
    case "response":
      return response(value);
    case "invite": {
      const form = new Form(value, ["actors", "expires", "hint", "key", "nonce_commitment"]);
      const ordered = (given: string[] | undefined) => (given?.length && isAscending(given) ? given : undefined);
      return {
        kind,
        actors: form.read("actors", given => ordered(listOf(LIST_MAX, text)(given))),
        hint: form.read("hint", text),
        key: form.read("key", coded(readSigningKey)),
        nonceCommitment: form.read("nonce_commitment", codedBytes(32)),
        expires: form.read("expires", count),
      };
    }
    case "join":
      return join(value);
    case "confirm": {
      const form = new Form(value, ["invitation", "nonce"]);
      return { kind, invitation: form.read("invitation", id("stm")), nonce: form.read("nonce", codedBytes(32)) };
    }
    case "identity": {
      const form = new Form(value, ["inception"]);
      return { kind, inception: form.read("inception", coded(readSignedInception)) };
    }
    case "mandate":
      return { kind, mandate: mandate(value) };
    case "mandate_revoke":
      return { kind, mandate: new Form(value, ["mandate"]).read("mandate", id("stm")) };
    case "key_rotate":
      return rotation(value);
    case "comment": {
      const form = new Form(value, ["attachments", "media", "text"]);
      const said = { kind, text: form.read("text", text), media: form.read("media", text) };
      const files = form.maybe("attachments", listOf(ATTACHMENTS_MAX, attachment));
      if (files?.length === 0) fault("attachments");
      return { ...said, attachments: files ?? [] };
    }
    case "tick":
      return { kind, process: new Form(value, ["process"]).read("process", text) };
    case "erase": {
      const form = new Form(value, ["commitments", "reason"]);
      const written = form.read("commitments", listOf(LIST_MAX, text));
      const commitments = written.map(item => parseCommitment(item));
      const whole = commitments.length > 0 && !commitments.includes(undefined) && isAscending(written);
      if (!whole) fault("commitments");
      return { kind, commitments: commitments as Uint8Array[], reason: form.read("reason", text) };
    }
    case "propose": {
      const form = new Form(value, ["change", "document", "entry", "of", "to"]);
      const change = form.read("change", given => CHANGE_KINDS.find(one => one === given));
      const object = (given: Json | undefined) => (isObject(given) ? given : undefined);
      const document = form.read("document", object);
      const of = form.read("of", given => parseCommitment(text(given) ?? ""));
      const [to, entry] = [form.maybe("to", object), form.maybe("entry", id("stm"))];
      if ((to !== undefined) !== (change === "update")) fault("to");
      if ((entry !== undefined) !== (change === "dispute")) fault("entry");
      return { kind, change, of, document, to, entry };
    }
    case "vote": {
      const form = new Form(value, ["choice", "document", "proposal"]);
      const choice = form.read("choice", given => (["yes", "no"] as const).find(one => one === given));
      const document = form.read("document", given => parseCommitment(text(given) ?? ""));
      return { kind, choice, document, proposal: form.read("proposal", id("stm")) };
    }
  }
}

/** Reads the payload of a statement; throws {@link BadForm} if it is not of the form of its kind. */
export function parsePayload(kind: StatementKind, bytes: Uint8Array): Payload {
  let value: Json;
  try {
    value = readCanonicalJson(bytes, { bytesMax: STATEMENT_PAYLOAD_BYTES_MAX });
  } catch {
    throw new BadForm("json");
  }
  if (!isObject(value)) fault("payload");
  return read(kind, value);
}

/** Reads the payload of a statement, or nothing if it is not of the form of its kind. */
export function readPayload(kind: StatementKind, bytes: Uint8Array): Payload | undefined {
  try {
    return parsePayload(kind, bytes);
  } catch (error) {
    if (!(error instanceof BadForm)) throw error;
    return undefined;
  }
}
