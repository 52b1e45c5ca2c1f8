import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Client, ProblemError, type Schemas } from "../src/api/client.js";
import { SseParser, events, retryDelay, type NodeEvent, type StreamState } from "../src/api/events.js";
import { decode, fromBase32, toBase32 } from "../src/bytes.js";
import { WrongDraftError, checkDraft, say } from "../src/draft.js";
import { keyName } from "../src/identity.js";
import { canonicalJson } from "../src/json.js";
import { encodeStatement, readStatement, statementId, type Statement } from "../src/objects.js";
import { commitment, encodeOpening, readOpening } from "../src/payload.js";
import { seedSigner, verifySignature } from "../src/sign.js";

test("the types of the API are those of docs/spec/openapi.json", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-"));
  try {
    const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
    const made = join(folder, "schema.ts");
    const tool = path("../../../node_modules/openapi-typescript/bin/cli.js");
    execFileSync(process.execPath, [tool, path("../../../docs/spec/openapi.json"), "-o", made], { stdio: "ignore" });
    const same = readFileSync(made, "utf8") === readFileSync(path("../src/api/schema.ts"), "utf8");
    expect(same, "npm run generate -w @countersign/sdk").toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const signer = seedSigner(new Uint8Array(32).fill(1));
const id = (prefix: string, byte: number) => `${prefix}_${toBase32(new Uint8Array(32).fill(byte))}`;
const voice = { identity: id("idn", 5), key: keyName({ purpose: "user", key: signer.publicKey }), signer };
const contract = id("ctr", 4);
const payload = { media: "text/plain", text: "yes" };
const opening = { salt: new Uint8Array(32).fill(3), payload: canonicalJson(payload) };
const draft: Statement = {
  contract,
  kind: "comment",
  author: voice.identity,
  key: voice.key,
  sequence: 1n,
  basis: { position: 0n, entry: id("ent", 4), seen: undefined },
  requires: [],
  time: 1_000_000,
  nonce: new Uint8Array(16),
  payload: commitment(opening),
  class: "shared",
};
const prepared = (statement: Statement, shown = opening): Schemas["Prepared"] => ({
  statement: toBase32(encodeStatement(statement)),
  opening: toBase32(encodeOpening(shown)),
});
const wish = { contract, author: voice.identity, key: voice.key, kind: "comment" as const, payload };

test("a draft that says anything else is not signed", () => {
  expect(checkDraft(prepared(draft), wish, 1_000_000).statement).toEqual(draft);
  const wrong: [Partial<Statement>, string][] = [
    [{ contract: id("ctr", 9) }, "another contract"],
    [{ kind: "erase" }, "another kind"],
    [{ author: id("idn", 9) }, "another author"],
    [{ key: keyName({ purpose: "user", key: new Uint8Array(32) }) }, "another author"],
    [{ payload: new Uint8Array(32) }, "another payload"],
    [{ class: "linked" }, "another payload"],
    [{ time: 1_400_000 }, "far from the time"],
  ];
  for (const [change, why] of wrong) {
    expect(() => checkDraft(prepared({ ...draft, ...change }), wish, 1_000_000)).toThrow(why);
  }
  const other = { ...opening, payload: canonicalJson({ ...payload, text: "no" }) };
  const forged = prepared({ ...draft, payload: commitment(other) }, other);
  expect(() => checkDraft(forged, wish, 1_000_000)).toThrow("has another payload");
  const partly = (text: string) => ({ ...wish, payload: (said: Record<string, unknown>) => said["text"] === text });
  expect(checkDraft(forged, partly("no"), 1_000_000).payload["text"]).toBe("no");
  expect(() => checkDraft(forged, partly("yes"), 1_000_000)).toThrow("has another payload");
  expect(() => checkDraft({ statement: "a", opening: "!" }, wish)).toThrow(WrongDraftError);
});

const answer = (status: number, body: unknown, type = "application/json") =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": type } });

test("say drafts anew when another statement took the place, and sends what was signed", async () => {
  let [drafts, submits] = [0, 0];
  const client = new Client({
    base: "http://node.example/",
    token: "secret",
    fetch: async (url, init) => {
      expect(new Headers(init!.headers).get("authorization")).toBe("Bearer secret");
      if (String(url).endsWith("/prepare")) {
        drafts++;
        return answer(200, prepared({ ...draft, time: Date.now() }));
      }
      if (submits++ === 0) {
        return answer(409, { code: "seq_taken", detail: "taken", status: 409 }, "application/problem+json");
      }
      const { statement, openings } = JSON.parse(String(init!.body)) as Schemas["SubmitRequest"];
      const bytes = fromBase32(statement)!;
      const body = bytes.slice(0, -64);
      expect(decode(body, readStatement).sequence).toBe(1n);
      expect(verifySignature(signer.publicKey, "statement", body, bytes.slice(-64))).toBe(true);
      expect(decode(fromBase32(openings[0]!)!, readOpening)).toEqual(opening);
      return answer(201, { outcome: "applied", statement: statementId(body), entry: id("ent", 1), position: 1 });
    },
  });
  const submitted = await say(client, contract, voice, "comment", payload);
  expect([submitted.position, drafts, submits]).toEqual([1, 2, 2]);
});

test("a refusal is a problem with its code", async () => {
  const problem = { code: "unknown_contract", detail: "no such contract", suggestion: "look again", status: 404 };
  const client = new Client({ fetch: async () => answer(404, problem, "application/problem+json") });
  const refused = await client.get("/v1/contracts/{contract}", { path: { contract } }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ProblemError);
  expect(refused).toMatchObject({ ...problem });
  const gone = new Client({ fetch: () => Promise.reject(new TypeError("no route")) });
  await expect(gone.get("/v1/node")).rejects.toMatchObject({ code: "unreachable" });
});

test("a stream in any pieces gives the same events", () => {
  const text = ": hello\r\nid: 1\r\ndata: {\ndata: }\r\n\r\nevent: x\rid: 2\rdata:two\r\rdata\n\nid: 3\n\n";
  const whole = new SseParser().push(text);
  expect(whole).toEqual([
    { id: "1", data: "{\n}" },
    { id: "2", data: "two" },
    { id: "2", data: "" },
  ]);
  for (let cut = 1; cut < text.length; cut++) {
    const parser = new SseParser();
    expect([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))]).toEqual(whole);
  }
});

test("pauses grow, and are spread", () => {
  expect([0, 1, 2, 20].map(attempt => retryDelay(attempt, 1))).toEqual([500, 1000, 2000, 30_000]);
  expect(retryDelay(2, 0)).toBe(1000);
  expect(retryDelay(20, 1, 4_000)).toBe(4_000);
});

test("a stream goes on after the last event, tells a gap, and ends when the node refuses", async () => {
  const asked: (string | null)[] = [];
  const event = (number: number, kind: string) =>
    `id: ${number}\ndata: {"id":"${number}","kind":"${kind}","data":{}}\n\n`;
  const streams = [event(1, "extended") + event(2, "final"), event(9, "gap")];
  const client = new Client({
    fetch: async (_, init) => {
      asked.push(new Headers(init!.headers).get("last-event-id"));
      const next = streams.shift();
      return next === undefined ? answer(401, { code: "unauthenticated", detail: "no" }) : new Response(next);
    },
  });
  const [heard, states]: [NodeEvent[], StreamState[]] = [[], []];
  const signal = new AbortController().signal;
  await events(client, {
    signal,
    jitter: () => 0,
    onEvent: event => heard.push(event),
    onState: state => states.push(state),
  });
  expect(asked).toEqual([null, "2", "9"]);
  expect(heard.map(({ kind }) => kind)).toEqual(["extended", "final", "gap"]);
  expect(states.map(({ state }) => state)).toEqual(["live", "waiting", "live", "waiting", "ended"]);
});
