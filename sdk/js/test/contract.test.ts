import { expect, test } from "vitest";
import { Reader, decode, encode, toHex, toUtf8 } from "../src/bytes.js";
import { readEntry, readGenesis, readOutcome, readSigned, readStatement, writeOutcome } from "../src/objects.js";
import { readOpening } from "../src/payload.js";
import { readCharter } from "../src/verify/charter.js";
import { Contract } from "../src/verify/contract.js";
import { hex, json } from "./files.js";

const vectors = json("docs/spec/vectors/contract.json");

test("the state of docs/spec/vectors/contract.json, entry by entry", () => {
  const genesis = readGenesis(new Reader(hex(vectors.genesis.bytes)));
  const { payload: bytes } = decode(hex(vectors.genesis.charter), readOpening);
  const charter = readCharter(bytes, genesis.scenario)!;
  const contract = new Contract(genesis, vectors.genesis.contract, charter);
  const state = () => ({
    hash: toHex(contract.hash()),
    parts: Object.fromEntries(contract.parts().map(({ name, hash }) => [name, toHex(hash)])),
  });
  expect(state()).toEqual(vectors.genesis.state);
  const applied = new Set<string>();
  for (const { entry, statement, payload, outcome, position, state: expected } of vectors.log) {
    const { value } = decode(hex(statement.bytes), input => readSigned(input, readStatement));
    const placed = decode(hex(entry.bytes), input => readSigned(input, readEntry)).value;
    const prefix = { isApplied: (one: string) => applied.has(one), uses: () => [] };
    const found = contract.apply(placed, statement.id, value, toUtf8(payload), prefix);
    expect([position, found]).toEqual([position, decode(hex(outcome), readOutcome)]);
    expect(toHex(encode(out => writeOutcome(found, out)))).toBe(outcome);
    expect([position, state()]).toEqual([position, expected]);
    if (found.kind === "applied") applied.add(statement.id);
  }
});
