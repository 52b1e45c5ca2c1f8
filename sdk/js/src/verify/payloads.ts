// The payloads of statements (docs/spec/contract.md, "Payloads"): canonical JSON with exactly the members named.

import { decode, equalBytes, fromBase32, fromUtf8, type Reader } from "../bytes.js";
import { idBytes, keyBytes, parseTime } from "../ids.js";
import {
  readKey,
  readMember,
  readSignedInception,
  readSigningKey,
  type IdentityKey,
  type Member,
  type SignedInception,
} from "../identity.js";
import { canonicalJson, isObject, readCanonicalJson, type Json, type JsonObject } from "../json.js";
import type { StatementKind } from "../objects.js";
import { parseCommitment } from "../payload.js";

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
  | { kind: "comment"; media: string; text: string }
  | { kind: "tick"; process: string }
  | { kind: "erase"; commitments: Uint8Array[]; reason: string };

class BadForm extends Error {}

function bad(): never {
  throw new BadForm();
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : bad();
}

function list(value: Json | undefined, max: number): Json[] {
  return Array.isArray(value) && value.length <= max ? value : bad();
}

function coded<T>(value: Json | undefined, read: (input: Reader) => T): T {
  return decode(fromBase32(text(value)) ?? bad(), read);
}

function codedBytes(value: Json | undefined, length: number): Uint8Array {
  return coded(value, input => input.fixed(length));
}

function id(prefix: "idn" | "stm", value: Json | undefined): string {
  const written = text(value);
  return idBytes(prefix, written) === undefined ? bad() : written;
}

function count(value: Json | undefined): bigint {
  return typeof value === "number" && value >= 0 ? BigInt(value) : bad();
}

function isAscending(items: readonly string[]): boolean {
  return items.every((item, at) => at === 0 || (items[at - 1] ?? "") < item);
}

/** An object with exactly these members, and perhaps the optional ones. */
function closed(value: Json, required: readonly string[], optional: readonly string[] = []): JsonObject {
  if (!isObject(value)) bad();
  const keys = Object.keys(value);
  if (!required.every(key => Object.hasOwn(value, key))) bad();
  if (!keys.every(key => required.includes(key) || optional.includes(key))) bad();
  return value;
}

function attachment(value: Json): AttachmentRef {
  const object = closed(value, ["bytes", "commitment", "media", "name"]);
  return {
    bytes: Number(count(object["bytes"])),
    commitment: parseCommitment(text(object["commitment"])) ?? bad(),
    media: text(object["media"]),
    name: text(object["name"]),
  };
}

function attachments(value: Json | undefined) {
  if (!isObject(value)) bad();
  const fields = Object.keys(value).sort();
  const named = fields.map(field => {
    const files = list(value[field], ATTACHMENTS_MAX).map(attachment);
    return { field, files: files.length === 0 ? bad() : files };
  });
  return named.reduce((sum, { files }) => sum + files.length, 0) > ATTACHMENTS_MAX ? bad() : named;
}

function names(value: Json | undefined): "all" | string[] {
  return value === "all" ? "all" : list(value, NAMES_MAX).map(text);
}

function time(value: Json | undefined): number | undefined {
  return value === undefined ? undefined : (parseTime(text(value)) ?? bad());
}

/** Reads a mandate. */
function mandate(value: Json): Mandate {
  const object = closed(value, ["person", "actors", "actions"], ["key", "limits", "from", "until"]);
  const key = object["key"];
  if (key !== undefined && keyBytes(text(key)) === undefined) bad();
  const limits = object["limits"] === undefined ? [] : list(object["limits"], LIMITS_MAX);
  return {
    person: id("idn", object["person"]),
    actors: names(object["actors"]),
    actions: names(object["actions"]),
    key: key as string | undefined,
    limits: limits.map(limit => {
      const { field, max } = closed(limit, ["field", "max"]);
      return { field: text(field), max: text(max) };
    }),
    from: time(object["from"]),
    until: time(object["until"]),
    json: object,
  };
}

function rotation(value: Json): Payload {
  const object = closed(value, ["add", "identity", "retire"], ["overlap"]);
  const overlap = object["overlap"];
  return {
    kind: "key_rotate",
    identity: id("idn", object["identity"]),
    add: list(object["add"], LIST_MAX).map(item => {
      const added = closed(item, ["key"], ["proof"]);
      const proof = added["proof"];
      return {
        key: coded(added["key"], readKey),
        proof: proof === undefined ? undefined : codedBytes(proof, 64),
      };
    }),
    retire: list(object["retire"], LIST_MAX).map(item => (keyBytes(text(item)) ? text(item) : bad())),
    overlap: overlap === undefined ? undefined : count(overlap),
  };
}

function read(kind: StatementKind, value: Json): Payload {
  switch (kind) {
    case "response": {
      const object = closed(value, ["action", "actor", "attachments", "data", "process"], ["response"]);
      const response = object["response"];
      return {
        kind,
        action: text(object["action"]),
        actor: text(object["actor"]),
        attachments: attachments(object["attachments"]),
        data: object["data"]!,
        process: text(object["process"]),
        response: response === undefined ? undefined : text(response),
      };
    }
    case "invite": {
      const object = closed(value, ["actors", "expires", "hint", "key", "nonce_commitment"]);
      const actors = list(object["actors"], LIST_MAX).map(text);
      return {
        kind,
        actors: actors.length > 0 && isAscending(actors) ? actors : bad(),
        expires: count(object["expires"]),
        hint: text(object["hint"]),
        key: coded(object["key"], readSigningKey),
        nonceCommitment: codedBytes(object["nonce_commitment"], 32),
      };
    }
    case "join": {
      const object = closed(value, ["data", "invitation", "member", "nonce", "proof"]);
      return {
        kind,
        data: isObject(object["data"]) ? object["data"] : bad(),
        invitation: id("stm", object["invitation"]),
        member: coded(object["member"], readMember),
        memberBytes: fromBase32(text(object["member"])) ?? bad(),
        nonce: codedBytes(object["nonce"], 32),
        proof: codedBytes(object["proof"], 64),
      };
    }
    case "confirm": {
      const object = closed(value, ["invitation", "nonce"]);
      return { kind, invitation: id("stm", object["invitation"]), nonce: codedBytes(object["nonce"], 32) };
    }
    case "identity":
      return { kind, inception: coded(closed(value, ["inception"])["inception"], readSignedInception) };
    case "mandate":
      return { kind, mandate: mandate(value) };
    case "mandate_revoke":
      return { kind, mandate: id("stm", closed(value, ["mandate"])["mandate"]) };
    case "key_rotate":
      return rotation(value);
    case "comment": {
      const object = closed(value, ["media", "text"]);
      return { kind, media: text(object["media"]), text: text(object["text"]) };
    }
    case "tick":
      return { kind, process: text(closed(value, ["process"])["process"]) };
    case "erase": {
      const object = closed(value, ["commitments", "reason"]);
      const written = list(object["commitments"], LIST_MAX).map(text);
      const commitments = written.map(item => parseCommitment(item) ?? bad());
      return {
        kind,
        commitments: commitments.length > 0 && isAscending(written) ? commitments : bad(),
        reason: text(object["reason"]),
      };
    }
  }
}

/** Reads the payload of a statement, or nothing if it is not of the form of its kind. */
export function readPayload(kind: StatementKind, bytes: Uint8Array): Payload | undefined {
  if (bytes.length > STATEMENT_PAYLOAD_BYTES_MAX || fromUtf8(bytes) === undefined) return undefined;
  try {
    const value = readCanonicalJson(bytes, { bytesMax: STATEMENT_PAYLOAD_BYTES_MAX });
    return equalBytes(canonicalJson(value), bytes) ? read(kind, value) : undefined;
  } catch {
    return undefined;
  }
}
