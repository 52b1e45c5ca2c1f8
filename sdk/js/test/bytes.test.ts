import { describe, expect, test } from "vitest";
import {
  DecodeError,
  decode,
  encode,
  fromBase32,
  toBase32,
  toHex,
  type Fault,
  type Reader,
  type Writer,
} from "../src/bytes.js";
import { hex, json } from "./files.js";

type Kind = { read: (input: Reader) => unknown; write: (out: Writer, value: never) => void };

type Vector = { type: string; bytes: string; value: unknown; fault: Fault };

const kinds: Record<string, Kind> = {
  uint: { read: input => input.uint().toString(), write: (out, value: string) => out.uint(BigInt(value)) },
  int: { read: input => input.int().toString(), write: (out, value: string) => out.int(BigInt(value)) },
  bool: { read: input => input.bool(), write: (out, value: boolean) => out.bool(value) },
  tag: { read: input => input.tag(256), write: (out, value: number) => out.uint(value) },
  "bytes up to 4": { read: input => toHex(input.bytes(4)), write: (out, value: string) => out.bytes(hex(value)) },
  "text up to 8": { read: input => input.text(8), write: (out, value: string) => out.text(value) },
  "array of 4": { read: input => toHex(input.fixed(4)), write: (out, value: string) => out.fixed(hex(value)) },
  "optional uint": {
    read: input => input.option(inner => inner.uint().toString()) ?? null,
    write: (out, value: string | null) => out.option(value ?? undefined, (inner, to) => to.uint(BigInt(inner))),
  },
  "list of uint up to 3": {
    read: input => input.list(3, inner => inner.uint().toString()),
    write: (out, value: string[]) => out.list(value, (inner, to) => to.uint(BigInt(inner))),
  },
};

describe("docs/spec/vectors/codec.json", () => {
  const vectors = json("docs/spec/vectors/codec.json");

  test.each<Vector>(vectors.accepted)("$type $bytes", ({ type, bytes, value }) => {
    const kind = kinds[type]!;
    expect(decode(hex(bytes), kind.read)).toEqual(value);
    expect(toHex(encode(out => kind.write(out, value as never)))).toBe(bytes);
  });

  test.each<Vector>(vectors.refused)("$type $bytes is refused: $fault", ({ type, bytes, fault }) => {
    expect(() => decode(hex(bytes), kinds[type]!.read)).toThrow(new DecodeError(fault));
  });
});

test("each byte string has one text in base32", () => {
  for (let length = 0; length < 40; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 0xff);
    expect(fromBase32(toBase32(bytes))).toEqual(bytes);
  }
  for (const text of ["b", "ab", "A7", "a1", "aaa", "aaaaaa"]) expect(fromBase32(text)).toBeUndefined();
});
