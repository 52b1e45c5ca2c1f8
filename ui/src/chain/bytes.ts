// The bytes of an entry, a statement, a receipt and an opening, field by field (docs/spec/log.md, statement.md, payload.md).
import {
  decode,
  fromBase32,
  Reader,
  readEntry,
  readId,
  readReceipt,
  readSigned,
  readStatement,
  type Entry,
  type Receipt,
  type Signed,
  type Statement,
} from "@countersign/sdk";

/** A stretch of bytes with its name and what it says. */
export interface Stretch {
  name:
    | "contract"
    | "lane"
    | "position"
    | "previous"
    | "statement"
    | "party"
    | "count"
    | "epoch"
    | "term"
    | "view"
    | "entry"
    | "logRoot"
    | "stateHash"
    | "sealed"
    | "opens"
    | "signature"
    | "salt"
    | "payload";
  /** An id, a number, or nothing but the bytes themselves. */
  means: string | undefined;
  bytes: Uint8Array;
}

class Stretches {
  readonly #input: Reader;
  readonly found: Stretch[] = [];

  constructor(bytes: Uint8Array) {
    this.#input = new Reader(bytes);
  }

  take(name: Stretch["name"], read: (input: Reader) => string | undefined): this {
    const start = this.#input.position;
    const means = read(this.#input);
    this.found.push({ name, means, bytes: this.#input.since(start) });
    return this;
  }

  number(name: Stretch["name"]): this {
    return this.take(name, input => String(input.uint()));
  }

  hash(name: Stretch["name"]): this {
    return this.take(name, input => void input.fixed(32));
  }

  signature(): Stretch[] {
    return this.take("signature", input => void input.fixed(64)).found;
  }
}

/** The fields of a signed entry, in their order. */
export function entryStretches(bytes: Uint8Array): Stretch[] {
  return new Stretches(bytes)
    .take("contract", input => readId(input, "ctr"))
    .number("lane")
    .number("position")
    .take("previous", input => readId(input, "ent"))
    .take("statement", input => readId(input, "stm"))
    .take("party", input => readId(input, "idn"))
    .number("count")
    .signature();
}

/** The fields of a signed receipt, in their order. */
export function receiptStretches(bytes: Uint8Array): Stretch[] {
  return new Stretches(bytes)
    .take("contract", input => readId(input, "ctr"))
    .take("party", input => readId(input, "idn"))
    .number("epoch")
    .number("term")
    .number("view")
    .number("count")
    .number("position")
    .take("entry", input => readId(input, "ent"))
    .hash("logRoot")
    .hash("stateHash")
    .take("sealed", input =>
      input.option(inner => {
        inner.uint();
        return readId(inner, "ent");
      }),
    )
    .take("opens", input => input.option(inner => readId(inner, "rcp")))
    .signature();
}

/** The salt and the payload of an opening. */
export function openingStretches(bytes: Uint8Array): { stretches: Stretch[]; text: string } {
  let payload = new Uint8Array();
  const stretches = new Stretches(bytes).hash("salt").take("payload", input => {
    payload = new Uint8Array(input.bytes(bytes.length));
    return String(payload.length);
  }).found;
  return { stretches, text: new TextDecoder().decode(payload) };
}

/** Base32 as the node gives it, or nothing if that is none. */
export function bytesOfText(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : fromBase32(text);
}

/** A signed object taken apart, or nothing if these are not its bytes. */
function signed<T>(bytes: Uint8Array | undefined, read: (input: Reader) => T): Signed<T> | undefined {
  try {
    return bytes === undefined ? undefined : decode(bytes, input => readSigned(input, read));
  } catch {
    return undefined;
  }
}

export const signedEntry = (bytes: Uint8Array | undefined): Signed<Entry> | undefined => signed(bytes, readEntry);
export const signedReceipt = (bytes: Uint8Array | undefined): Signed<Receipt> | undefined => signed(bytes, readReceipt);
export const signedStatement = (bytes: Uint8Array | undefined): Signed<Statement> | undefined =>
  signed(bytes, readStatement);
