import { expect, test } from "vitest";
import { Reader, decode, fromHex, toHex, toUtf8 } from "../src/bytes.js";
import {
  contractId,
  entryId,
  readEntry,
  readGenesis,
  readOutcome,
  readSigned,
  readStatement,
  statementId,
} from "../src/objects.js";
import { readPayload } from "../src/verify/payloads.js";
import { Roster } from "../src/verify/roster.js";
import { hex, json } from "./files.js";

const vectors = json("docs/spec/vectors/contract.json");
const PARTS = ["epoch", "identities", "invitations", "mandates"] as const;

test("the members' parts of the state are those of docs/spec/vectors/contract.json, entry by entry", () => {
  const genesis = readGenesis(new Reader(hex(vectors.genesis.bytes)));
  expect(contractId(genesis)).toBe(vectors.genesis.contract);
  const roster = new Roster(genesis, vectors.genesis.contract);
  const parts = () => Object.fromEntries(PARTS.map(name => [name, toHex(roster.part(name))]));
  const expected = (state: { parts: Record<string, string> }) =>
    Object.fromEntries(PARTS.map(name => [name, state.parts[name]]));
  expect(parts()).toEqual(expected(vectors.genesis.state));
  for (const { entry, statement, payload, outcome, position, state } of vectors.log) {
    const { value, bytes } = decode(hex(statement.bytes), input => readSigned(input, readStatement));
    const placed = decode(hex(entry.bytes), input => readSigned(input, readEntry));
    expect([statementId(bytes), entryId(placed.bytes)]).toEqual([statement.id, entry.id]);
    expect(placed.value.position).toBe(BigInt(position));
    const read = readPayload(value.kind, toUtf8(payload));
    expect(read?.kind).toBe(value.kind);
    if (decode(fromHex(outcome)!, readOutcome).kind === "applied") {
      expect(roster.apply(statement.id, value, BigInt(position), read!)).toBeUndefined();
    }
    expect([position, parts()]).toEqual([position, expected(state)]);
  }
});
