// From a wish to a statement in the log: the node drafts, this side compares and signs, the node appends.
// A node that lies must not get a signature.

import { Client, ProblemError, type Schemas } from "./api/client.js";
import { DecodeError, concat, decode, equalBytes, fromBase32, toBase32 } from "./bytes.js";
import { JsonError, canonicalJson, parseJson, type Json, type JsonObject } from "./json.js";
import { decodeStatement, statementId, type Statement, type StatementKind } from "./objects.js";
import { commitment, encodeOpening, readOpening, type Opening } from "./payload.js";
import { sign, type Signer } from "./sign.js";

/** How far the time of a draft may lie from the time of this machine, in milliseconds. */
export const CLOCK_APART_MAX = 300_000;

/** A statement of the same author may take the place of a draft: so often it is drafted anew. */
const DRAFTS_MAX = 3;

/** Whoever makes statements: an identity and one of its keys. */
export interface Voice {
  /** `idn_…` */
  identity: string;
  /** `key_…` */
  key: string;
  signer: Signer;
}

/** The node drafted something else than was asked: nothing was signed. */
export class WrongDraftError extends Error {
  override readonly name = "WrongDraftError";
  readonly code = "wrong_draft";

  constructor(why: string) {
    super(`nothing was signed: the draft of the node ${why}`);
  }
}

/** What was asked for. */
export interface Wish {
  /** `ctr_…` */
  contract: string;
  /** `idn_…` */
  author: string;
  /** `key_…` */
  key: string;
  kind: StatementKind;
  /** The payload that is wished, or what must hold for one that the node chose in part. */
  payload: Json | ((payload: JsonObject) => boolean);
}

/** A draft that says exactly what was wished: what will be signed, for a preview. */
export interface CheckedDraft {
  statement: Statement;
  /** The bytes that are signed, under the purpose `statement`. */
  bytes: Uint8Array;
  opening: Opening;
  payload: JsonObject;
}

function fromText(text: string): Uint8Array {
  const bytes = fromBase32(text);
  if (bytes === undefined) throw new WrongDraftError("cannot be read");
  return bytes;
}

/** Compares a draft with what was wished. Throws {@link WrongDraftError} unless it says that, and nothing else. */
export function checkDraft(prepared: Schemas["Prepared"], wish: Wish, now: number = Date.now()): CheckedDraft {
  const bytes = fromText(prepared.statement);
  let statement: Statement;
  let opening: Opening;
  let payload: Json;
  try {
    statement = decodeStatement(bytes);
    opening = decode(fromText(prepared.opening), readOpening);
    payload = parseJson(opening.payload);
  } catch (error) {
    if (error instanceof DecodeError || error instanceof JsonError) throw new WrongDraftError("cannot be read");
    throw error;
  }
  const says =
    typeof wish.payload === "function"
      ? equalBytes(opening.payload, canonicalJson(payload)) && wish.payload(payload as JsonObject)
      : equalBytes(opening.payload, canonicalJson(wish.payload));
  if (statement.contract !== wish.contract) throw new WrongDraftError("is for another contract");
  if (statement.kind !== wish.kind) throw new WrongDraftError("is of another kind");
  if (statement.author !== wish.author || statement.key !== wish.key) {
    throw new WrongDraftError("names another author");
  }
  if (statement.class !== "shared" || !equalBytes(statement.payload, commitment(opening))) {
    throw new WrongDraftError("commits to another payload");
  }
  if (!says) throw new WrongDraftError("has another payload");
  if (Math.abs(statement.time - now) > CLOCK_APART_MAX) {
    throw new WrongDraftError("has a time that is far from the time of this machine");
  }
  return { statement, bytes, opening, payload: payload as JsonObject };
}

/** A statement that was checked and signed, and has no place yet. */
export interface SignedDraft {
  /** `stm_…` */
  statement: string;
  /** What the node gets. */
  request: Schemas["SubmitRequest"];
}

/** Signs a draft that was checked. `attachments` are the openings of what its payload names. */
export async function signDraft(
  draft: CheckedDraft,
  voice: Voice,
  attachments: readonly Opening[] = [],
): Promise<SignedDraft> {
  const signature = await sign(voice.signer, "statement", draft.bytes);
  const openings = [draft.opening, ...attachments].map(opening => toBase32(encodeOpening(opening)));
  const request = { statement: toBase32(concat(draft.bytes, signature)), openings };
  return { statement: statementId(draft.bytes), request };
}

/** Lets the node draft a statement and compares the draft. */
export async function prepare(
  client: Client,
  contract: string,
  voice: Pick<Voice, "identity" | "key">,
  kind: StatementKind,
  payload: Json,
): Promise<CheckedDraft> {
  const wish = { contract, author: voice.identity, key: voice.key, kind, payload };
  const prepared = await client.post("/v1/contracts/{contract}/statements/prepare", {
    path: { contract },
    body: { author: voice.identity, key: voice.key, kind, payload },
  });
  return checkDraft(prepared, wish);
}

/** Gives a signed statement its place. One that is rejected there is refused, as if the node had said so at once. */
export async function submit(client: Client, contract: string, signed: SignedDraft): Promise<Schemas["Submitted"]> {
  const submitted = await client.post("/v1/contracts/{contract}/statements", {
    path: { contract },
    body: signed.request,
  });
  if (submitted.statement !== signed.statement) {
    throw new ProblemError(500, "other_statement", "the node answered for another statement");
  }
  if (submitted.outcome === "rejected") {
    const detail = `rejected at position ${submitted.position}`;
    throw new ProblemError(409, submitted.rule, detail, submitted.by === "" ? undefined : submitted.by);
  }
  if (submitted.outcome === "failed") throw new ProblemError(409, "failed", submitted.witness);
  return submitted;
}

/** Says something in a contract: drafted, compared, signed, submitted; anew if another took its place. */
export async function say(
  client: Client,
  contract: string,
  voice: Voice,
  kind: StatementKind,
  payload: Json,
  attachments: readonly Opening[] = [],
): Promise<Schemas["Submitted"]> {
  for (let drafts = 1; ; drafts++) {
    try {
      const draft = await prepare(client, contract, voice, kind, payload);
      return await submit(client, contract, await signDraft(draft, voice, attachments));
    } catch (error) {
      const taken = error instanceof ProblemError && error.code === "seq_taken";
      if (!taken || drafts >= DRAFTS_MAX) throw error;
    }
  }
}
