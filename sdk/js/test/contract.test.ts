import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { Reader, decode, encode, equalBytes, fromUtf8, toHex, toUtf8 } from "../src/bytes.js";
import {
  contractId,
  readEntry,
  readGenesis,
  readOutcome,
  readSigned,
  readStatement,
  statementId,
  writeOutcome,
  type Outcome,
  type Statement,
} from "../src/objects.js";
import { readOpening } from "../src/payload.js";
import { readCharter } from "../src/verify/charter.js";
import { Contract, Impossible, type Prefix } from "../src/verify/contract.js";
import { readPayload, type Payload } from "../src/verify/payloads.js";
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

/** What statements before a place need payloads for, as the verifier looks it up. */
function prefixOf(
  applied: ReadonlySet<string>,
  before: readonly { value: Statement; payload: Payload | undefined }[],
): Prefix {
  const uses = (commitments: readonly Uint8Array[]) =>
    commitments.map(commitment => {
      if (before.some(({ value }) => equalBytes(value.payload, commitment))) return { own: true as const };
      const first = before.find(
        ({ payload }) =>
          payload?.kind === "response" &&
          payload.attachments.some(({ files }) => files.some(one => equalBytes(one.commitment, commitment))),
      );
      return first && { own: false as const, author: first.value.author };
    });
  return { isApplied: one => applied.has(one), uses };
}

const given = process.env["COUNTERSIGN_MUTANTS"];

/** The first entry of a log that becomes something else here. */
function difference(log: any): unknown {
  const genesis = readGenesis(new Reader(hex(log.genesis)));
  const { payload: bytes } = decode(hex(log.charter), readOpening);
  const contract = new Contract(genesis, contractId(genesis), readCharter(bytes, genesis.scenario)!);
  const applied = new Set<string>();
  const before: { value: Statement; payload: Payload | undefined }[] = [];
  for (const { entry, statement, payload, outcome, hash } of log.log) {
    const { value, bytes: signed } = decode(hex(statement), input => readSigned(input, readStatement));
    const placed = decode(hex(entry), readEntry);
    const said = payload === null ? undefined : hex(payload);
    let found: Outcome;
    try {
      found = contract.apply(placed, statementId(signed), value, said, prefixOf(applied, before));
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      if (outcome === null) continue;
      return { kind: value.kind, position: placed.position, found: error.message, outcome };
    }
    const wanted = outcome === null ? "impossible" : decode(hex(outcome), readOutcome);
    const state = toHex(contract.hash());
    if (!isDeepStrictEqual(found, wanted) || state !== hash) {
      const same = state === hash;
      return { kind: value.kind, position: placed.position, found, wanted, same, text: said && fromUtf8(said) };
    }
    before.push({ value, payload: said && readPayload(value.kind, said) });
    if (found.kind === "applied") applied.add(placed.statement);
  }
  return undefined;
}

test("both judge every entry of every log alike", { timeout: 600_000 }, async ({ skip }) => {
  if (given === undefined) return skip("skipped: COUNTERSIGN_MUTANTS names no folder; make test does");
  const different: unknown[] = [];
  let [count, entries] = [0, 0];
  const input = createInterface({ input: createReadStream(join(given, "logs.jsonl")), crlfDelay: Infinity });
  for await (const line of input) {
    const log = JSON.parse(line);
    [count, entries] = [count + 1, entries + log.log.length];
    const found = difference(log);
    if (found !== undefined) different.push(found);
  }
  expect([count > 150, entries > 6_000]).toEqual([true, true]);
  expect(different.slice(0, 10), `${different.length} of ${count}`).toEqual([]);
});
