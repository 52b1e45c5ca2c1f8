import { expect, test } from "vitest";
import { DecodeError, decode, encode, toHex, toUtf8, type Reader } from "../src/bytes.js";
import { hashOf } from "../src/hash.js";
import { JsonError, canonicalText, parseJson, readCanonicalJson } from "../src/json.js";
import { Frontier, isConsistent, isIncluded, rootOf } from "../src/merkle.js";
import {
  contractId,
  encodeStatement,
  entryId,
  genesisHolds,
  readEntry,
  readGenesis,
  readErasureReceipt,
  readReceipt,
  readStatement,
  receiptId,
  statementId,
  writeGenesis,
} from "../src/objects.js";
import { commitment, commitmentText } from "../src/payload.js";
import { file, hex, json } from "./files.js";

test("docs/spec/vectors/json.json", () => {
  const vectors = json("docs/spec/vectors/json.json");
  for (const { text, canonical } of vectors.accepted) expect(canonicalText(parseJson(text))).toBe(canonical);
  for (const { text, bytes, fault } of vectors.refused) {
    const read = () => readCanonicalJson(bytes === undefined ? toUtf8(text) : hex(bytes));
    expect(read, text).toThrow(new JsonError(fault));
  }
});

const unfold = (test: { text?: string; hex?: string; repeat?: string; times?: number; then?: string }) =>
  test.hex === undefined ? toUtf8(test.text ?? test.repeat!.repeat(test.times!) + test.then!) : hex(test.hex);

test("JSONTestSuite: what must be refused is, and only what the page lists beside it", () => {
  const page = new TextDecoder().decode(file("docs/spec/json.md"));
  const cases = json("core/codec/tests/testdata/json-test-suite/cases.json").parsing;
  expect(cases.length).toBe(318);
  for (const parsing of cases) {
    const holds = (() => {
      try {
        parseJson(unfold(parsing));
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(JsonError);
        return false;
      }
    })();
    expect([parsing.name, holds]).toEqual([
      parsing.name,
      parsing.name.startsWith("y_") && !page.includes(`\`${parsing.name}\``),
    ]);
  }
});

test("the documents of RFC 8785's author", () => {
  for (const { name, input, output } of json("core/codec/tests/testdata/jcs/cases.json")) {
    if (name === "structures" || name === "values") expect(() => parseJson(input)).toThrow(JsonError);
    else expect(canonicalText(parseJson(input))).toBe(output);
  }
});

test("docs/spec/vectors/log.json", () => {
  const readers = {
    genesis: readGenesis,
    statement: readStatement,
    entry: readEntry,
    receipt: readReceipt,
    "erasure receipt": readErasureReceipt,
  };
  const ids: Record<string, (bytes: Uint8Array) => string> = {
    genesis: bytes => contractId(decode(bytes, readGenesis)),
    statement: statementId,
    entry: entryId,
    receipt: receiptId,
    "erasure receipt": bytes => toHex(hashOf("erasureReceipt", bytes)),
  };
  for (const { object, bytes, id } of json("docs/spec/vectors/log.json").signed) {
    const value = decode(hex(bytes), readers[object as keyof typeof readers] as (input: Reader) => never);
    expect(ids[object]!(hex(bytes))).toBe(id);
    if (object === "statement") expect(toHex(encodeStatement(value))).toBe(bytes);
    if (object === "genesis") {
      const genesis = decode(hex(bytes), readGenesis);
      expect(toHex(encode(out => writeGenesis(genesis, out)))).toBe(bytes);
      expect(genesisHolds(genesis)).toBe(true);
      expect(genesisHolds({ ...genesis, retry: 0n })).toBe(false);
    }
    expect(() =>
      decode(hex(bytes + "00"), readers[object as keyof typeof readers] as (input: Reader) => never),
    ).toThrow(DecodeError);
  }
});

test("docs/spec/vectors/merkle.json", () => {
  const vectors = json("docs/spec/vectors/merkle.json");
  const leaves: Uint8Array[] = vectors.leaves.map(hex);
  const roots = new Map<number, Uint8Array>();
  for (const { size, root, frontier } of vectors.roots) {
    const tree = new Frontier();
    leaves.slice(0, size).forEach(leaf => tree.append(leaf));
    expect(toHex(tree.root())).toBe(root);
    expect(toHex(encode(out => tree.subtrees().reduce((to, subtree) => to.fixed(subtree), out.uint(size))))).toBe(
      frontier,
    );
    roots.set(size, hex(root));
  }
  for (const { index, size, proof } of vectors.inclusion) {
    const check = (leaf: Uint8Array, path: string[]) =>
      isIncluded(leaf, BigInt(index), BigInt(size), path.map(hex), roots.get(size)!);
    expect(check(leaves[index]!, proof)).toBe(true);
    expect(check(toUtf8("another"), proof)).toBe(false);
    expect(check(leaves[index]!, [...proof, "00".repeat(32)])).toBe(false);
    if (proof.length > 0) expect(check(leaves[index]!, proof.slice(1))).toBe(false);
  }
  for (const { old, new: size, proof } of vectors.consistency) {
    const check = (path: string[], root = roots.get(size)!) =>
      isConsistent(BigInt(old), BigInt(size), path.map(hex), roots.get(old)!, root);
    expect(check(proof)).toBe(true);
    expect(check([...proof, "00".repeat(32)])).toBe(false);
    if (proof.length > 0) expect(check(proof.slice(1))).toBe(false);
    if (old > 0) expect(check(proof, rootOf([toUtf8("another")]))).toBe(false);
  }
});

test("the commitments of docs/spec/vectors/contract.json", () => {
  for (const { payload, salt, commitment: text } of json("docs/spec/vectors/contract.json").payloads) {
    expect(commitmentText(commitment({ salt: hex(salt), payload: toUtf8(payload) }))).toBe(text);
  }
});
