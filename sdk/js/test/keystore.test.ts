import { expect, test } from "vitest";
import { toHex } from "../src/bytes.js";
import { KeystoreError, newPerson, openKeystore, people, personKeys, sealKeystore } from "../src/keystore.js";
import { hex, json } from "./files.js";

const vectors = json("docs/spec/vectors/keystore/v1.json");

test("files open, and the same keys give the same file", async () => {
  expect(vectors.files.length).toBe(4);
  for (const { passphrase, file, keys, salt, nonce, memory_kib, passes, lanes } of vectors.files) {
    const opened = await openKeystore(hex(file), passphrase);
    expect(opened.map(key => ({ ...key, secret: toHex(key.secret), created: key.created.toString() }))).toEqual(keys);
    const random = { salt: hex(salt), nonce: hex(nonce) };
    const made = await sealKeystore(opened, passphrase, [memory_kib, passes, lanes], random);
    expect(toHex(made)).toBe(file);
  }
});

test("other files are refused", async () => {
  expect(vectors.refused.length).toBeGreaterThan(20);
  for (const { name, passphrase, file, code } of vectors.refused) {
    const refused = await openKeystore(hex(file), passphrase).catch((error: unknown) => error);
    expect([name, refused instanceof KeystoreError && refused.code]).toEqual([name, code]);
  }
});

test("a person goes into a file and comes back", async () => {
  const anna = await newPerson("Anna", hex("07".repeat(32)), 5n);
  const file = await sealKeystore(personKeys(anna), "correct horse", [64, 1, 1]);
  const [back] = await people(await openKeystore(file, "correct horse"));
  expect([back!.name, back!.identity, back!.keys[0]!.id]).toEqual(["Anna", anna.identity, anna.keys[0]!.id]);
});
