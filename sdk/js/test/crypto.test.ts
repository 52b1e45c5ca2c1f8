import { x25519 } from "@noble/curves/ed25519.js";
import { expect, test } from "vitest";
import { concat, fromHex, toHex, toUtf8 } from "../src/bytes.js";
import { NAMESPACES, hashOf, sha256, type Namespace } from "../src/hash.js";
import { SealError, openSeal, seal } from "../src/seal.js";
import {
  generateKeyPair,
  importSeed,
  isSigningKey,
  seedSigner,
  sign,
  verifyMessage,
  verifySignature,
  webCryptoSigner,
} from "../src/sign.js";
import { hex, json } from "./files.js";

const vectors = json("docs/spec/vectors/crypto.json");
const named = (name: string) => Object.entries(NAMESPACES).find(([, full]) => full === name)![0] as Namespace;

test("the namespaces are those of the page, in its order", () => {
  expect(Object.values(NAMESPACES)).toEqual(vectors.namespaces);
});

test("ids", () => {
  expect(vectors.ids.length).toBeGreaterThan(0);
  for (const { namespace, bytes, id } of vectors.ids) expect(toHex(hashOf(named(namespace), hex(bytes)))).toBe(id);
});

test("signatures", async () => {
  expect(vectors.signatures.length).toBeGreaterThan(0);
  for (const vector of vectors.signatures) {
    const [namespace, bytes, signature] = [named(vector.namespace), hex(vector.bytes), hex(vector.signature)];
    for (const signer of [
      seedSigner(hex(vector.secret)),
      await webCryptoSigner(await importSeed(hex(vector.secret))),
    ]) {
      expect(toHex(signer.publicKey)).toBe(vector.public);
      expect(toHex(await sign(signer, namespace, bytes))).toBe(vector.signature);
    }
    expect(verifySignature(hex(vector.public), namespace, bytes, signature)).toBe(true);
    expect(verifySignature(hex(vector.public), namespace, concat(bytes, bytes, Uint8Array.of(1)), signature)).toBe(
      false,
    );
  }
  const { public: key, base, signature } = vectors.http;
  expect(verifyMessage(hex(key), toUtf8(base), hex(signature))).toBe(true);
});

test("a key of WebCrypto signs and cannot be read out", async () => {
  const pair = await generateKeyPair();
  const signer = await webCryptoSigner(pair);
  const signature = await sign(signer, "statement", toUtf8("lease"));
  expect(verifySignature(signer.publicKey, "statement", toUtf8("lease"), signature)).toBe(true);
  await expect(crypto.subtle.exportKey("pkcs8", pair.privateKey)).rejects.toThrow();
});

test("seals", () => {
  for (const { namespace, context, plain, secret, public: key, sealed } of vectors.sealed) {
    expect(toHex(openSeal(hex(secret), named(namespace), hex(context), hex(sealed)))).toBe(plain);
    const mine = seal(hex(key), named(namespace), hex(context), hex(plain));
    expect(toHex(openSeal(hex(secret), named(namespace), hex(context), mine))).toBe(plain);
    const other = mine.slice();
    other[40]! ^= 1;
    expect(() => openSeal(hex(secret), named(namespace), hex(context), other)).toThrow(SealError);
    expect(() => openSeal(hex(secret), named(namespace), toUtf8("another"), mine)).toThrow(SealError);
  }
});

test("the stream that seals draw their key from", () => {
  const { key, stream } = vectors.seed;
  const blocks = [0, 1, 2].map(at => sha256(hex(key), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, at)));
  expect(toHex(concat(...blocks)).startsWith(stream)).toBe(true);
});

test("CCTV: the rule is ZIP-215", () => {
  const cases = json("core/crypto/tests/testdata/cctv/ed25519.json");
  expect(cases.length).toBe(914);
  for (const { number, key, sig, msg, flags } of cases) {
    const holds = !flags.includes("reencoded_k") || flags.includes("low_order_A");
    expect([number, verifyMessage(hex(key), toUtf8(msg), hex(sig))]).toEqual([number, holds]);
    expect([number, isSigningKey(hex(key))]).toEqual([number, !flags.includes("low_order_A")]);
  }
});

test("Wycheproof: malformed signatures are refused", () => {
  for (const { number, key, sig, msg, result } of json("core/crypto/tests/testdata/wycheproof/ed25519.json")) {
    const signature = fromHex(sig) ?? new Uint8Array();
    const expected = number === 151 ? true : result === "valid";
    expect([number, verifyMessage(hex(key), hex(msg), signature)]).toEqual([number, expected]);
  }
});

test("Wycheproof: X25519, but for shared secrets of zero", () => {
  const cases = json("core/crypto/tests/testdata/wycheproof/x25519.json");
  expect(cases.length).toBeGreaterThan(500);
  for (const { number, public: key, private: secret, shared, flags } of cases) {
    const found = (() => {
      try {
        return toHex(x25519.getSharedSecret(hex(secret), hex(key)));
      } catch {
        return "none";
      }
    })();
    expect([number, found]).toEqual([number, flags.includes("ZeroSharedSecret") ? "none" : shared]);
  }
});
