// The binary form (docs/spec/codec.md): one byte string for each value, and only that one is read back.

/** What is wrong with bytes; the words are those of docs/spec/codec.md, "What is refused". */
export type Fault = "short" | "trailing" | "integer" | "limit" | "tag" | "text" | "order" | "value";

/** Bytes that are no encoding of what was expected. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(`bytes are not in canonical form: ${fault}`);
    this.fault = fault;
  }
}

const U64_MAX = (1n << 64n) - 1n;
const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The UTF-8 of a text. A text with a lone surrogate has none. */
export function toUtf8(text: string): Uint8Array {
  return utf8.encode(text);
}

/** The text of UTF-8, or nothing if it is not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** One byte string of several. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Order of byte strings: negative, zero or positive. A prefix stands before what it begins. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const difference = left[at]! - right[at]!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Whether two byte strings are the same. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && compareBytes(left, right) === 0;
}

/** Lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of lower-case hexadecimal digits, or nothing. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** RFC 4648 base32 in lower case without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(held >> bits) & 31];
    }
  }
  return bits > 0 ? text + BASE32[(held << (5 - bits)) & 31] : text;
}

/** The bytes of a text in base32, or nothing: each byte string has one text. */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    const value = BASE32.indexOf(character);
    if (value < 0) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return bits < 5 && (held & ((1 << bits) - 1)) === 0 && at === bytes.length ? bytes : undefined;
}

/** Puts values one after the other. */
export class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  /** Fixed bytes, as they are. */
  fixed(bytes: Uint8Array): this {
    const room = this.#length + bytes.length;
    if (room > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(room, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = room;
    return this;
  }

  /** An unsigned integer up to 2^64 − 1. */
  uint(value: bigint | number): this {
    let rest = BigInt(value);
    if (rest < 0n || rest > U64_MAX) throw new RangeError("not an unsigned integer of 64 bits");
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    return this.fixed(Uint8Array.from(bytes));
  }

  /** A signed integer of 64 bits. */
  int(value: bigint | number): this {
    const signed = BigInt(value);
    if (BigInt.asIntN(64, signed) !== signed) throw new RangeError("not a signed integer of 64 bits");
    return this.uint(signed < 0n ? -2n * signed - 1n : 2n * signed);
  }

  /** Yes or no. */
  bool(value: boolean): this {
    return this.uint(value ? 1 : 0);
  }

  /** Bytes with their length. */
  bytes(bytes: Uint8Array): this {
    return this.uint(bytes.length).fixed(bytes);
  }

  /** A text with the length of its UTF-8. */
  text(text: string): this {
    return this.bytes(toUtf8(text));
  }

  /** A count and the items. */
  list<T>(items: readonly T[], write: (item: T, out: Writer) => void): this {
    this.uint(items.length);
    for (const item of items) write(item, this);
    return this;
  }

  /** Nothing, or a value. */
  option<T>(value: T | undefined, write: (value: T, out: Writer) => void): this {
    this.bool(value !== undefined);
    if (value !== undefined) write(value, this);
    return this;
  }

  /** What was written. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Takes values off bytes, one after the other. Every method throws {@link DecodeError}. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bytes were read. */
  get position(): number {
    return this.#at;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** What was read since a {@link position}. */
  since(position: number): Uint8Array {
    return this.#bytes.subarray(position, this.#at);
  }

  /** As many bytes as the type says. */
  fixed(length: number): Uint8Array {
    if (length > this.left) throw new DecodeError("short");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** An unsigned integer in its shortest form. */
  uint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.fixed(1)[0]!;
      // The tenth byte holds the highest of 64 bits alone.
      if (shift === 63n && byte > 1) throw new DecodeError("integer");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0n) throw new DecodeError("integer");
        return value;
      }
    }
  }

  /** A signed integer. */
  int(): bigint {
    const value = this.uint();
    return (value & 1n) === 0n ? value >> 1n : -((value + 1n) >> 1n);
  }

  /** A length or count up to a limit. */
  length(limit: number): number {
    const value = this.uint();
    if (value > BigInt(limit)) throw new DecodeError("limit");
    return Number(value);
  }

  /** The tag of one of `variants` variants. */
  tag(variants: number): number {
    const value = this.uint();
    if (value >= BigInt(variants)) throw new DecodeError("tag");
    return Number(value);
  }

  /** Yes or no. */
  bool(): boolean {
    return this.tag(2) === 1;
  }

  /** Bytes with their length, at most `limit`. */
  bytes(limit: number): Uint8Array {
    return this.fixed(this.length(limit));
  }

  /** A text of at most `limit` bytes. */
  text(limit: number): string {
    const text = fromUtf8(this.bytes(limit));
    if (text === undefined) throw new DecodeError("text");
    return text;
  }

  /** A list of at most `limit` items. */
  list<T>(limit: number, read: (input: Reader) => T): T[] {
    const count = this.length(limit);
    const items: T[] = [];
    for (let at = 0; at < count; at++) items.push(read(this));
    return items;
  }

  /** A list whose items ascend strictly by `key`; without it by their bytes. */
  ascending<T>(limit: number, read: (input: Reader) => T, key?: (item: T) => Uint8Array): T[] {
    let before: Uint8Array | undefined;
    return this.list(limit, input => {
      const start = input.position;
      const item = read(input);
      const bytes = key ? key(item) : input.since(start);
      if (before !== undefined && compareBytes(before, bytes) >= 0) throw new DecodeError("order");
      before = bytes;
      return item;
    });
  }

  /** Nothing, or a value. */
  option<T>(read: (input: Reader) => T): T | undefined {
    return this.bool() ? read(this) : undefined;
  }

  /** Nothing follows. */
  end(): void {
    if (this.left > 0) throw new DecodeError("trailing");
  }
}

/** Reads one value that is all of the bytes. */
export function decode<T>(bytes: Uint8Array, read: (input: Reader) => T): T {
  const input = new Reader(bytes);
  const value = read(input);
  input.end();
  return value;
}

/** The bytes of one value. */
export function encode(write: (out: Writer) => void): Uint8Array {
  const out = new Writer();
  write(out);
  return out.done();
}
