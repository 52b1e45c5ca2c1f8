// Signing in to a node with a key (docs/spec/session.md): no secret is sent.

import type { Client, Schemas } from "./api/client.js";
import { DecodeError, concat, fromBase32, toBase32 } from "./bytes.js";
import { idBytes, keyBytes } from "./ids.js";
import { cardText, type SignedInception } from "./identity.js";
import { sign } from "./sign.js";
import type { Voice } from "./draft.js";

/** The node is another than was meant: nothing was signed. */
export class WrongNodeError extends Error {
  override readonly name = "WrongNodeError";
  readonly code = "wrong_node";

  constructor() {
    super("nothing was signed: the node has another key than was expected");
  }
}

/** Who signs in, and to which node. */
export interface LoginOptions {
  voice: Voice;
  /** The inception record of the person. */
  inception: SignedInception;
  /** The key of the node that is meant, in base32, if it is known. */
  nodeKey?: string | undefined;
}

/** The bytes that are signed under the purpose `session`; throws {@link DecodeError}. */
export function sessionClaim(nodeKey: string, nonce: string, identity: string, key: string): Uint8Array {
  const parts = [fromBase32(nodeKey), fromBase32(nonce), idBytes("idn", identity), keyBytes(key)];
  const fixed = parts.map((part, at) => {
    if (part === undefined || part.length !== [32, 32, 32, 8][at]) throw new DecodeError("value");
    return part;
  });
  return concat(...fixed);
}

async function answer(client: Client, { voice, inception, nodeKey }: LoginOptions): Promise<Schemas["LoginRequest"]> {
  const challenge = await client.post("/v1/session/challenge");
  if (nodeKey !== undefined && challenge.node_key !== nodeKey) throw new WrongNodeError();
  const claim = sessionClaim(challenge.node_key, challenge.nonce, voice.identity, voice.key);
  const signature = toBase32(await sign(voice.signer, "session", claim));
  return { card: cardText(inception), key: voice.key, nonce: challenge.nonce, signature };
}

/** Signs in. The client sends the token of the session from here on. */
export async function login(client: Client, options: LoginOptions): Promise<Schemas["Session"]> {
  const { token, session } = await client.post("/v1/session", { body: await answer(client, options) });
  client.token = token;
  return session;
}

/** Becomes a user with the secret of a link, and signs in. */
export async function enrol(
  client: Client,
  secret: string,
  options: LoginOptions & { name?: string },
): Promise<Schemas["Session"]> {
  const named = options.name === undefined ? {} : { name: options.name };
  const body = { ...(await answer(client, options)), ...named, secret };
  const { token, session } = await client.post("/v1/enrol", { body });
  client.token = token;
  return session;
}

/** Ends the session. */
export async function logout(client: Client): Promise<void> {
  await client.send("delete", "/v1/session");
  client.token = undefined;
}
