// A person signs a challenge of the node with the own key (docs/spec/session.md). Nothing secret is sent.
import { bytesOf, concat, fromBase32, keyBytes, sign, toBase32, type Voice } from "@countersign/sdk";
import { client } from "../api/session";
import type { Session } from "../api/types";

interface Challenge {
  nonce: string;
  node_key: string;
}

interface Answered {
  card: string;
  key: string;
  nonce: string;
  signature: string;
}

async function answered(voice: Voice, card: string): Promise<Answered> {
  const challenge = (await (await client.request("POST", "/v1/session/challenge", { body: {} })).json()) as Challenge;
  const [nodeKey, nonce] = [fromBase32(challenge.node_key), fromBase32(challenge.nonce)];
  const key = keyBytes(voice.key);
  if (nodeKey?.length !== 32 || nonce?.length !== 32 || key === undefined)
    throw new Error("a challenge of another form");
  const signature = await sign(voice.signer, "session", concat(nodeKey, nonce, bytesOf(voice.identity), key));
  return { card, key: voice.key, nonce: challenge.nonce, signature: toBase32(signature) };
}

/** Begins a session; gives its token. */
export async function login(voice: Voice, card: string): Promise<string> {
  const answer = await client.request("POST", "/v1/session", { body: await answered(voice, card) });
  return ((await answer.json()) as { token: string; session: Session }).token;
}

/** Becomes a user of the node by the secret of an enrolment link, and begins a session; gives its token. */
export async function enrol(secret: string, voice: Voice, card: string, name: string): Promise<string> {
  const body = { secret, name, ...(await answered(voice, card)) };
  const answer = await client.request("POST", "/v1/enrol", { body });
  return ((await answer.json()) as { token: string; session: Session }).token;
}
