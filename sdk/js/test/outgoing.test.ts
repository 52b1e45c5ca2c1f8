import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { cutAddress } from "../src/address.js";
import { toBase32, toUtf8 } from "../src/bytes.js";
import { sha256 } from "../src/hash.js";
import { readWebhookEvent, verifyOutgoing, type OutgoingRequest, type WebhookEvent } from "../src/outgoing.js";
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

test("an address is cut as a node cuts it", () => {
  const addresses = json("docs/spec/vectors/outgoing-addresses.json") as [string, [string, string, string] | null][];
  for (const [address, parts] of addresses) {
    const found = cutAddress(address);
    expect([address, found === undefined ? null : [found.authority, found.path, found.query]]).toEqual([
      address,
      parts,
    ]);
  }
  expect(cutAddress(`https://a/${"x".repeat(2_048)}`)).toBeUndefined();
});

test("an event has data", () => {
  const event = { id: "whk_a-1", webhook: "whk_a", time: "2026-01-01T00:00:00.000Z", kind: "final", data: {} };
  const read = (change: object) => readWebhookEvent(toUtf8(JSON.stringify({ ...event, ...change })));
  expect(read({})).toEqual(event);
  for (const data of [null, [], "a", undefined]) expect(read({ data })).toBeUndefined();
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

const url = "https://erp.example/countersign";
const event = { id: "whk_a-1", webhook: "whk_a", time: "2026-01-01T00:00:00.000Z", kind: "final", data: {} };
const body = JSON.stringify(event);

/** Runs the receiver of the guide. `seen` waits until so many requests were read. */
async function receiving(
  take: (event: WebhookEvent) => Promise<void>,
  work: (here: string, seen: (count: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const server = receiver(url, toBase32(seedSigner(new Uint8Array(32).fill(1)).publicKey), take);
  let read = 0;
  let tell = () => {};
  server.on("request", request =>
    request.on("end", () => {
      read += 1;
      tell();
    }),
  );
  const seen = (count: number) =>
    new Promise<void>(resolve => {
      tell = () => {
        if (read >= count) setImmediate(resolve);
      };
      tell();
    });
  await new Promise<void>(ready => server.listen(0, "127.0.0.1", ready));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen);
  } finally {
    server.close();
  }
}

test("the receiver of the guide takes each event once, and nothing else", async () => {
  const guide = readFileSync(new URL("../../../docs/guide/src/webhooks.md", import.meta.url), "utf8");
  const source = readFileSync(new URL("receiver.ts", import.meta.url), "utf8").replace(
    "../src/index.js",
    "@countersign/sdk",
  );
  expect(guide).toContain(`\`\`\`ts\n${source}\`\`\``);
  const taken: WebhookEvent[] = [];
  await receiving(
    async event => void taken.push(event),
    async here => {
      const good = await signed(url, body, event.id);
      for (const wanted of [204, 204]) expect((await fetch(here, good)).status).toBe(wanted);
      expect((await fetch(here, { ...good, body: body.replace("final", "fraud") })).status).toBe(400);
      expect((await fetch(here, { method: "POST", body })).status).toBe(400);
      await expect(fetch(here, { method: "POST", body: "x".repeat((1 << 20) + 1) })).rejects.toThrow();
    },
  );
  expect(taken).toEqual([event]);
});

test("two attempts at one event at one time are one", async () => {
  let taken = 0;
  let [begin, end] = [() => {}, () => {}];
  const begun = new Promise<void>(resolve => (begin = resolve));
  const may = new Promise<void>(resolve => (end = resolve));
  const take = async () => {
    taken += 1;
    begin();
    await may;
  };
  await receiving(take, async (here, seen) => {
    const good = await signed(url, body, event.id);
    const first = fetch(here, good);
    await begun;
    const second = fetch(here, good);
    // It is there, with its body.
    await seen(2);
    end();
    expect([(await first).status, (await second).status]).toEqual([204, 204]);
  });
  expect(taken).toBe(1);
});

test("what could not be taken is tried again", async () => {
  let taken = 0;
  const take = async () => {
    taken += 1;
    if (taken === 1) throw new Error("no room");
  };
  await receiving(take, async here => {
    const good = await signed(url, body, event.id);
    for (const wanted of [500, 204, 204]) expect((await fetch(here, good)).status).toBe(wanted);
  });
  expect(taken).toBe(2);
});
