// JSON, restricted and canonical (docs/spec/json.md): one byte string for each document.

import { fromUtf8, toUtf8 } from "./bytes.js";

/** A JSON value whose numbers are integers within ±(2^53 − 1). Objects have no prototype. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** Members by key. */
export interface JsonObject {
  [key: string]: Json;
}

/** What is wrong with a document. */
export type JsonFault =
  | "syntax"
  | "too long"
  | "too deep"
  | "not an integer"
  | "out of range"
  | "duplicate key"
  | "not Unicode"
  | "not canonical";

/** A text that is not of the JSON accepted here. */
export class JsonError extends Error {
  override readonly name = "JsonError";
  readonly fault: JsonFault;

  constructor(fault: JsonFault) {
    super(`JSON: ${fault}`);
    this.fault = fault;
  }
}

/** Limits of a document. */
export interface JsonLimits {
  /** Most bytes; 1 MiB if absent. */
  bytesMax?: number;
  /** Most arrays and objects in each other; 64 if absent. */
  depthMax?: number;
}

/** Whether a value is an object with members. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own member of an object, or nothing. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** An object without prototype, so that `__proto__` is a key like any other. */
export function newObject(entries: Iterable<readonly [string, Json]> = []): JsonObject {
  const object = Object.create(null) as JsonObject;
  for (const [key, value] of entries) object[key] = value;
  return object;
}

/** Reads a document. The first fault from the left counts. */
export function parseJson(input: Uint8Array | string, limits: JsonLimits = {}): Json {
  const bytes = typeof input === "string" ? toUtf8(input) : input;
  if (bytes.length > (limits.bytesMax ?? 1 << 20)) throw new JsonError("too long");
  const reader = new JsonReader(bytes, limits.depthMax ?? 64);
  return reader.document();
}

/** Reads a document that stands in canonical form already. */
export function readCanonicalJson(bytes: Uint8Array, limits: JsonLimits = {}): Json {
  const value = parseJson(bytes, limits);
  const canonical = canonicalJson(value);
  if (canonical.length !== bytes.length || canonical.some((byte, at) => byte !== bytes[at])) {
    throw new JsonError("not canonical");
  }
  return value;
}

/** The canonical bytes of a value. */
export function canonicalJson(value: Json): Uint8Array {
  return toUtf8(canonicalText(value));
}

/** The canonical text of a value (RFC 8785). */
export function canonicalText(value: Json): string {
  const parts: string[] = [];
  write(value, parts);
  return parts.join("");
}

function write(value: Json, out: string[]): void {
  if (value === null || typeof value === "boolean") out.push(String(value));
  else if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new JsonError("not an integer");
    out.push(String(value));
  } else if (typeof value === "string") out.push(quote(value));
  else if (Array.isArray(value)) {
    out.push("[");
    value.forEach((item, at) => {
      if (at > 0) out.push(",");
      write(item, out);
    });
    out.push("]");
  } else {
    out.push("{");
    // The order of texts in JavaScript is that of UTF-16 code units, as RFC 8785 asks.
    Object.keys(value)
      .sort((left, right) => (left < right ? -1 : left > right ? 1 : 0))
      .forEach((key, at) => {
        if (at > 0) out.push(",");
        out.push(quote(key), ":");
        write(value[key]!, out);
      });
    out.push("}");
  }
}

/** A text in quotes, escaped as RFC 8785 does: `JSON.stringify` does the same, but lets lone surrogates pass. */
function quote(text: string): string {
  if (!isWellFormed(text)) throw new JsonError("not Unicode");
  return JSON.stringify(text);
}

/** Whether each surrogate stands in a pair. */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

const ESCAPES: Record<string, string> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class JsonReader {
  readonly #bytes: Uint8Array;
  readonly #depthMax: number;
  #at = 0;

  constructor(bytes: Uint8Array, depthMax: number) {
    this.#bytes = bytes;
    this.#depthMax = depthMax;
  }

  document(): Json {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#bytes.length) throw new JsonError("syntax");
    return value;
  }

  #peek(): string {
    const byte = this.#bytes[this.#at];
    return byte === undefined ? "" : String.fromCharCode(byte);
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return;
      this.#at++;
    }
  }

  #expect(word: string): void {
    for (const character of word) {
      if (this.#peek() !== character) throw new JsonError("syntax");
      this.#at++;
    }
  }

  #value(depth: number): Json {
    this.#space();
    const first = this.#peek();
    if (first === "{" || first === "[") {
      if (depth >= this.#depthMax) throw new JsonError("too deep");
      this.#at++;
      return first === "{" ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    if (first === '"') return this.#string();
    if (first === "-" || (first >= "0" && first <= "9")) return this.#number();
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (first === word[0]) {
        this.#expect(word);
        return value;
      }
    }
    throw new JsonError("syntax");
  }

  #array(depth: number): Json[] {
    const items: Json[] = [];
    this.#space();
    if (this.#peek() === "]") {
      this.#at++;
      return items;
    }
    for (;;) {
      items.push(this.#value(depth));
      this.#space();
      if (this.#peek() === "]") break;
      this.#expect(",");
    }
    this.#at++;
    return items;
  }

  #object(depth: number): JsonObject {
    const object = newObject();
    this.#space();
    if (this.#peek() === "}") {
      this.#at++;
      return object;
    }
    for (;;) {
      this.#space();
      if (this.#peek() !== '"') throw new JsonError("syntax");
      const key = this.#string();
      this.#space();
      this.#expect(":");
      const value = this.#value(depth);
      if (Object.hasOwn(object, key)) throw new JsonError("duplicate key");
      object[key] = value;
      this.#space();
      if (this.#peek() === "}") break;
      this.#expect(",");
    }
    this.#at++;
    return object;
  }

  #number(): number {
    const start = this.#at;
    if (this.#peek() === "-") this.#at++;
    if (!/[0-9]/.test(this.#peek())) throw new JsonError("syntax");
    if (this.#peek() === "0") this.#at++;
    else while (/[0-9]/.test(this.#peek())) this.#at++;
    if (/[0-9]/.test(this.#peek())) throw new JsonError("syntax");
    const whole = this.#ascii(start);
    let fraction = false;
    if (this.#peek() === ".") {
      this.#at++;
      this.#digits();
      fraction = true;
    }
    if (this.#peek() === "e" || this.#peek() === "E") {
      this.#at++;
      if (this.#peek() === "+" || this.#peek() === "-") this.#at++;
      this.#digits();
      fraction = true;
    }
    if (fraction || whole === "-0") throw new JsonError("not an integer");
    const value = Number(whole);
    if (!Number.isSafeInteger(value)) throw new JsonError("out of range");
    return value;
  }

  #digits(): void {
    if (!/[0-9]/.test(this.#peek())) throw new JsonError("syntax");
    while (/[0-9]/.test(this.#peek())) this.#at++;
  }

  #ascii(start: number): string {
    return String.fromCharCode(...this.#bytes.subarray(start, this.#at));
  }

  #string(): string {
    this.#at++;
    let text = "";
    for (;;) {
      const start = this.#at;
      let byte = this.#bytes[this.#at];
      while (byte !== undefined && byte !== 0x22 && byte !== 0x5c && byte >= 0x20) byte = this.#bytes[++this.#at];
      const plain = fromUtf8(this.#bytes.subarray(start, this.#at));
      if (plain === undefined) throw new JsonError("not Unicode");
      text += plain;
      if (byte === undefined || byte < 0x20) throw new JsonError("syntax");
      this.#at++;
      if (byte === 0x22) return text;
      text += this.#escape();
    }
  }

  #escape(): string {
    const mark = this.#peek();
    this.#at++;
    if (mark !== "u") {
      const plain = Object.hasOwn(ESCAPES, mark) ? ESCAPES[mark] : undefined;
      if (plain === undefined) throw new JsonError("syntax");
      return plain;
    }
    const first = this.#unit();
    if (first >= 0xdc00 && first <= 0xdfff) throw new JsonError("not Unicode");
    if (first < 0xd800 || first > 0xdbff) return String.fromCharCode(first);
    if (this.#peek() !== "\\" || this.#bytes[this.#at + 1] !== 0x75) throw new JsonError("not Unicode");
    this.#at += 2;
    const second = this.#unit();
    if (second < 0xdc00 || second > 0xdfff) throw new JsonError("not Unicode");
    return String.fromCharCode(first, second);
  }

  #unit(): number {
    const start = this.#at;
    this.#at += 4;
    const digits = this.#at <= this.#bytes.length ? this.#ascii(start) : "";
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new JsonError("syntax");
    return Number.parseInt(digits, 16);
  }
}
