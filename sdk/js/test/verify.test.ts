import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { toBase32 } from "../src/bytes.js";
import type { Verdict } from "../src/verify/index.js";
import { readBundle } from "../src/verify/bundle.js";
import { readProof } from "../src/verify/foreign.js";
import { inspect, verdictJson, verdictText, verify } from "../src/verify/index.js";
import { file, json } from "./files.js";

// Mutants share most of their signatures: each distinct one is checked once. That a check is right is what the suites
// in crypto.test.ts say.
vi.mock("../src/sign.js", async original => {
  const real = await original<typeof import("../src/sign.js")>();
  const remembered =
    <T extends (...given: never[]) => boolean>(check: T, known = new Map<string, boolean>()) =>
    (...given: Parameters<T>): boolean => {
      const name = given
        .map(part => ((part as unknown) instanceof Uint8Array ? Buffer.from(part).toString("base64") : part))
        .join();
      const held = known.get(name) ?? check(...given);
      known.set(name, held);
      return held;
    };
  return { ...real, verifySignature: remembered(real.verifySignature), isSigningKey: remembered(real.isSigningKey) };
});

const folder = "docs/spec/vectors/bundle/";
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const names = readdirSync(path(`../../../${folder}`)).flatMap(name => /^(.*)\.bundle$/.exec(name)?.[1] ?? []);

/** A verdict without the words of its finding: those are for people, and each implementation has its own. */
function comparable(verdict: Verdict) {
  const { finding } = verdict;
  return { ...verdict, finding: finding && { section: finding.section, object: finding.object, code: finding.code } };
}

test("the vectors of docs/spec", () => {
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) {
    const [verdict, expected] = [verify(file(`${folder}${name}.bundle`)), json(`${folder}${name}.json`)];
    expect(comparable(JSON.parse(verdictJson(verdict)) as Verdict), name).toEqual(comparable(expected as Verdict));
  }
});

test("whoever names the contract is told of another, and not that nobody compared", () => {
  const bytes = file(`${folder}newcomer.bundle`);
  const contract = String(verify(bytes).proven[0]!.facts["contract"]);
  const trusting = verify(bytes, { trust: contract });
  expect(trusting.not_proven.map(({ code }) => code)).not.toContain("contract_not_compared");
  expect(trusting.proven[0]!.facts["trusted"]).toBe(true);
  const other = verify(bytes, { trust: `${contract.slice(0, -1)}${contract.endsWith("a") ? "q" : "a"}` });
  expect(other.finding).toMatchObject({ section: "genesis", code: "other_contract" });
});

test("a file is compared with an attachment that stands apart", () => {
  const whole = readBundle(file(`${folder}lease.bundle`)).claims.flatMap(({ attachments }) => attachments);
  const text = whole.flatMap(shown => (shown.kind === "open" ? [shown.opening.payload] : []))[0]!;
  const contents = inspect(file(`${folder}lease-apart.bundle`)).contents!;
  const apart = contents.documents.flatMap(({ shown }, at) => (shown === "apart" ? [at] : []));
  expect(apart.length).toBe(1);
  expect(contents.compare(text)).toEqual(apart);
  expect(contents.compare(text.map(byte => byte ^ 1))).toEqual([]);
});

test("what another contract said is read from its proof, and from no other", () => {
  const said = readBundle(file(`${folder}question.bundle`)).claims.flatMap(({ payload }) =>
    payload.kind === "open"
      ? [JSON.parse(new TextDecoder().decode(payload.opening.payload)) as { data: { proof?: string } }]
      : [],
  );
  const proof = said.flatMap(({ data }) => data.proof ?? [])[0]!;
  const shown = readProof(proof)!;
  expect(shown.said).toMatchObject([{ process: "main", actor: "landlord", action: "review", response: "approve" }]);
  for (let at = 0; at < proof.length; at += 61) {
    const other = `${proof.slice(0, at)}${proof[at] === "a" ? "b" : "a"}${proof.slice(at + 1)}`;
    expect(readProof(other), `character ${at}`).toBeUndefined();
  }
  expect(readProof("")).toBeUndefined();
  expect(readProof(toBase32(file(`${folder}lease-one-claim.bundle`))), "with its charter").toBeUndefined();
});

describe("arbitrary bytes", () => {
  test("prove nothing and throw nothing", () => {
    const whole = file(`${folder}newcomer.bundle`);
    for (let length = 0; length < whole.length; length += 97) {
      expect(verify(whole.slice(0, length)).verdict).toBe("refused");
    }
    expect(verify(new Uint8Array()).finding).toMatchObject({ section: "file", code: "malformed" });
  });
});

test("the command says it, with the exit codes of `countersign verify`", ({ skip }) => {
  if (!existsSync(path("../dist/verify/index.js"))) skip("skipped: npm run build was not run");
  const run = (...given: string[]) =>
    spawnSync(process.execPath, [path("../bin/countersign-verify.js"), ...given], { encoding: "utf8" });
  const bundle = path(`../../../${folder}newcomer.bundle`);
  const proven = run(bundle, "--json");
  expect([proven.status, proven.stdout]).toEqual([0, `${verdictJson(verify(file(`${folder}newcomer.bundle`)))}\n`]);
  expect(run(bundle).stdout).toBe(verdictText(verify(file(`${folder}newcomer.bundle`))));
  const scratch = mkdtempSync(join(tmpdir(), "countersign-"));
  try {
    writeFileSync(join(scratch, "damaged"), file(`${folder}refused-checksum.bundle`));
    const refused = run(join(scratch, "damaged"));
    expect([refused.status, refused.stdout]).toEqual([1, expect.stringContaining("[bad_checksum]")]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  for (const misuse of [[], ["no such file"], [bundle, "--trust", "ctr_x"], [bundle, "--loud"]]) {
    expect(run(...misuse).status, misuse.join(" ")).toBe(2);
  }
});

/** Bundles that a test of `core/proof` changed, with its verdicts: `make mutants` writes them. */
const mutants = process.env["COUNTERSIGN_MUTANTS"];

test("both verifiers agree on every mutant", { timeout: 600_000 }, ({ skip }) => {
  if (mutants === undefined) return skip("skipped: COUNTERSIGN_MUTANTS names no folder; make test does");
  const bundles = new Uint8Array(readFileSync(join(mutants, "bundles.bin")));
  const verdicts = readFileSync(join(mutants, "verdicts.jsonl"), "utf8").trimEnd().split("\n");
  expect(verdicts.length).toBe(10_000);
  const lengths = new DataView(bundles.buffer);
  const different: unknown[] = [];
  let [at, computed, lies] = [0, 0, 0];
  verdicts.forEach((line, number) => {
    const end = at + 4 + lengths.getUint32(at);
    const ours = comparable(JSON.parse(verdictJson(verify(bundles.slice(at + 4, end)))) as Verdict);
    const theirs = comparable(JSON.parse(line) as Verdict);
    at = end;
    if (theirs.finding?.code === "state_differs") lies++;
    if (theirs.proven.some(({ code }) => code === "recomputed")) computed++;
    if (!isDeepStrictEqual(ours, theirs)) different.push({ number, ours, theirs });
  });
  expect(at).toBe(bundles.length);
  // What only computing the log again finds, and what it confirms.
  expect([lies > 0, computed > 0]).toEqual([true, true]);
  expect(different.slice(0, 5), `${different.length} of ${verdicts.length}`).toEqual([]);
});

test("what a bundle shows: who signed, and which file is which document", () => {
  const bytes = file(`${folder}lease.bundle`);
  const { verdict, contents } = inspect(bytes);
  expect(verdict).toEqual(verify(bytes));
  expect(contents?.signers.map(({ roles }) => roles)).toEqual([["Landlord"], ["Tenant"], ["Guarantor bank"]]);
  expect(contents?.signed).toEqual({ checked: contents?.position, records: contents?.position });
  const [document] = contents!.documents;
  expect(document).toMatchObject({ name: "lease.pdf", bytes: 14, shown: "open" });
  expect(contents!.compare(new Uint8Array(14))).toEqual([]);
  const opened = readBundle(bytes).claims.flatMap(({ attachments }) => attachments);
  const payload = opened[0]?.kind === "open" ? opened[0].opening.payload : new Uint8Array();
  expect(contents!.compare(payload)).toEqual([0]);
  expect(contents!.compare(payload.map(byte => byte ^ 1))).toEqual([]);
  const left = inspect(file(`${folder}lease-redacted.bundle`)).contents!;
  expect(left.compare(payload)).toEqual([]);
  expect(inspect(bytes.slice(1)).contents).toBeUndefined();
});
