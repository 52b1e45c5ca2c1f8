import { expect, test } from "vitest";
import { Client } from "../src/api/client.js";
import { fromBase32, toHex } from "../src/bytes.js";
import { parseCard } from "../src/identity.js";
import { WrongNodeError, enrol, login, logout, sessionClaim } from "../src/login.js";
import { seedSigner, sign, verifySignature } from "../src/sign.js";
import { hex, json } from "./files.js";

const { cases } = json("docs/spec/vectors/session.json");

test("docs/spec/vectors/session.json", async () => {
  expect(cases.length).toBeGreaterThan(0);
  for (const { node_key, nonce, identity, key, secret_key, claim, signature } of cases) {
    const bytes = sessionClaim(node_key, nonce, identity, key);
    expect(toHex(bytes)).toBe(claim);
    const signer = seedSigner(hex(secret_key));
    expect(await sign(signer, "session", bytes)).toEqual(fromBase32(signature));
    expect(verifySignature(signer.publicKey, "session", bytes, fromBase32(signature)!)).toBe(true);
  }
});

test("a person signs in, becomes a user and goes, and signs nothing for another node", async () => {
  const { node_key, nonce, identity, key, secret_key, card, signature } = cases[0];
  const asked: [string, string, unknown][] = [];
  const client = new Client({
    fetch: async (url, init) => {
      asked.push([init!.method!, String(url), init!.body === undefined ? undefined : JSON.parse(String(init!.body))]);
      if (init!.method === "DELETE") return new Response(null, { status: 204 });
      const challenge = { node_key, nonce, until: "2026-03-02T00:00:00.000Z" };
      const body = String(url).endsWith("challenge") ? challenge : { token: "abc", session: { role: "member" } };
      return new Response(JSON.stringify(body), { status: 200 });
    },
  });
  const options = { voice: { identity, key, signer: seedSigner(hex(secret_key)) }, inception: parseCard(card) };
  expect(await login(client, { ...options, nodeKey: node_key })).toEqual({ role: "member" });
  expect([client.token, asked[1]]).toEqual(["abc", ["POST", "/v1/session", { card, key, nonce, signature }]]);
  await logout(client);
  expect(client.token).toBeUndefined();
  await enrol(client, "secret", { ...options, name: "Anna" });
  expect(asked.at(-1)).toEqual(["POST", "/v1/enrol", { card, key, nonce, signature, name: "Anna", secret: "secret" }]);
  const before = asked.length;
  await expect(login(client, { ...options, nodeKey: "another" })).rejects.toThrow(WrongNodeError);
  expect(asked.length).toBe(before + 1);
});
