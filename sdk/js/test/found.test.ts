import { expect, test } from "vitest";
import { concat, decode, encode, fromBase32, toBase32, toHex } from "../src/bytes.js";
import {
  SETTINGS_DEFAULT,
  adminKeys,
  draftFounding,
  parseMember,
  partyOf,
  signFounding,
  type Charter,
} from "../src/found.js";
import { writeMember } from "../src/identity.js";
import { parseJson } from "../src/json.js";
import { readGenesis, readSigned } from "../src/objects.js";
import { readOpening } from "../src/payload.js";
import { seedSigner } from "../src/sign.js";
import { hex, json } from "./files.js";

test("the founding of docs/spec/vectors/contract.json", () => {
  const vector = json("docs/spec/vectors/contract.json").genesis;
  const { value: genesis, bytes } = decode(hex(vector.bytes), input => readSigned(input, readGenesis));
  const opening = decode(hex(vector.charter), readOpening);
  const charter = parseJson(opening.payload) as unknown as Charter;
  const { nonce, time, members } = genesis;
  const options = { salt: opening.salt, nonce, time, settings: { ...SETTINGS_DEFAULT, keyOverlap: 4n } };
  const founding = draftFounding(charter, members, options);
  expect(toHex(founding.bytes)).toBe(toHex(bytes));
  expect(founding.contract).toBe(vector.contract);
  expect(founding.charter.payload).toEqual(opening.payload);
  const other = draftFounding({ ...charter, inputs: { a: 1 } }, members, options);
  expect(other.contract).not.toBe(vector.contract);
});

test("the signature of docs/spec/vectors/log.json", async () => {
  const vector = json("docs/spec/vectors/log.json").signed.find((one: any) => one.object === "genesis");
  const genesis = decode(hex(vector.bytes), readGenesis);
  const charter = { salt: new Uint8Array(32), payload: new Uint8Array() };
  const founding = { genesis, bytes: hex(vector.bytes), charter, contract: vector.id };
  const request = await signFounding(founding, seedSigner(new Uint8Array(32).fill(1)));
  expect(fromBase32(request.genesis)).toEqual(concat(hex(vector.bytes), hex(vector.signature)));
});

test("a card is a member that holds, and names its admin keys", () => {
  const { bytes: genesis } = json("docs/spec/vectors/contract.json").genesis;
  const member = decode(hex(genesis), input => readSigned(input, readGenesis)).value.members[0]!;
  const bytes = encode(out => writeMember(member, out));
  const read = parseMember(`${toBase32(bytes)}\n`);
  expect(partyOf(read)).toBe(partyOf(member));
  expect(adminKeys(read).length).toBeGreaterThan(0);
  const broken = bytes.slice();
  broken[bytes.length - 1]! ^= 1;
  expect(() => parseMember(toBase32(broken))).toThrow();
  expect(() => parseMember("no card")).toThrow();
});
