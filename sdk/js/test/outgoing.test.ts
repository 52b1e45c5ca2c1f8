import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { toBase32, toUtf8 } from "../src/bytes.js";
import { sha256 } from "../src/hash.js";
import { verifyOutgoing, type OutgoingRequest, type WebhookEvent } from "../src/outgoing.js";
import { seedSigner } from "../src/sign.js";
import { json } from "./files.js";
import { receiver } from "./receiver.js";

const vector = json("docs/spec/vectors/outgoing.json");
const now = new Date(Number(vector.created) * 1000);
const request: OutgoingRequest = { method: "POST", url: vector.url, headers: vector, body: toUtf8(vector.body) };

test("a request of a node is believed", () => {
  expect(verifyOutgoing(request, vector.node_key, { now })).toEqual({ ok: true, idempotencyKey: "dlv_1" });
});

test("nothing of it can be changed", () => {
  const check = (change: Partial<OutgoingRequest>, key = vector.node_key, at = now) => {
    const verdict = verifyOutgoing({ ...request, ...change }, key, { now: at });
    return verdict.ok ? "believed" : verdict.fault;
  };
  const header = (name: string, value: string) => check({ headers: { ...vector, [name]: value } });
  expect(check({ method: "PUT" })).toBe("signature");
  expect(check({ url: "https://erp.example:8443/hook?x=2" })).toBe("signature");
  expect(check({ url: "https://other.example:8443/hook?x=1" })).toBe("signature");
  expect(check({ url: "hook" })).toBe("malformed");
  expect(check({ body: toUtf8("{}") })).toBe("digest");
  expect(check({ body: undefined })).toBe("malformed");
  expect(header("idempotency-key", "dlv_2")).toBe("signature");
  expect(header("content-type", "text/plain")).toBe("signature");
  expect(header("signature", "countersign=:AAAA:")).toBe("malformed");
  expect(header("signature-input", vector["signature-input"].replace("ed25519", "hmac-sha256"))).toBe("malformed");
  expect(header("signature-input", vector["signature-input"].replace("nonce=", "was="))).toBe("malformed");
  expect(check({}, toBase32(new Uint8Array(32)))).toBe("key");
  expect(check({}, vector.node_key, new Date(now.getTime() + 301_000))).toBe("clock");
});

test("signatures of others may stand beside it", () => {
  const headers = {
    ...vector,
    "signature-input": `proxy=("@method");tag="proxy", ${vector["signature-input"]}`,
    signature: `proxy=:AAAA:, ${vector.signature}`,
  };
  expect(verifyOutgoing({ ...request, headers }, vector.node_key, { now }).ok).toBe(true);
});

/** A request as a node signs it now. */
async function signed(url: string, body: string, id: string): Promise<RequestInit> {
  const signer = seedSigner(new Uint8Array(32).fill(1));
  const digest = `sha-256=:${btoa(String.fromCharCode(...sha256(toUtf8(body))))}:`;
  const names = ["@method", "@authority", "@path", "@query", "idempotency-key", "content-digest", "content-type"];
  const created = Math.floor(Date.now() / 1000);
  const keyid = toBase32(signer.publicKey);
  const input = `(${names.map(name => `"${name}"`).join(" ")});created=${created};nonce="aaaa";keyid="${keyid}";alg="ed25519";tag="countersign-outgoing"`;
  const { host, pathname } = new URL(url);
  const values = ["POST", host, pathname, "?", id, digest, "application/json"];
  const base = [...names.map((name, at) => `"${name}": ${values[at]}`), `"@signature-params": ${input}`].join("\n");
  const signature = btoa(String.fromCharCode(...(await signer.sign(toUtf8(base)))));
  return {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "content-digest": digest,
      "idempotency-key": id,
      "signature-input": `countersign=${input}`,
      signature: `countersign=:${signature}:`,
    },
  };
}

test("the receiver of the guide takes each event once, and nothing else", async () => {
  const guide = readFileSync(new URL("../../../docs/guide/src/webhooks.md", import.meta.url), "utf8");
  const source = readFileSync(new URL("receiver.ts", import.meta.url), "utf8").replace(
    "../src/index.js",
    "@countersign/sdk",
  );
  expect(guide).toContain(`\`\`\`ts\n${source}\`\`\``);
  const taken: WebhookEvent[] = [];
  const key = toBase32(seedSigner(new Uint8Array(32).fill(1)).publicKey);
  const url = "https://erp.example/countersign";
  const server = receiver(url, key, async event => void taken.push(event));
  await new Promise<void>(ready => server.listen(0, "127.0.0.1", ready));
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const event = { id: "whk_a-1", webhook: "whk_a", time: "2026-01-01T00:00:00.000Z", kind: "final", data: {} };
  const body = JSON.stringify(event);
  const good = await signed(url, body, event.id);
  for (const wanted of [204, 204]) expect((await fetch(here, good)).status).toBe(wanted);
  expect((await fetch(here, { ...good, body: body.replace("final", "fraud") })).status).toBe(400);
  expect((await fetch(here, { method: "POST", body })).status).toBe(400);
  expect(taken).toEqual([event]);
  server.close();
});
