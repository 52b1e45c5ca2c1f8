import { createServer, type IncomingMessage } from "node:http";
import { readWebhookEvent, verifyOutgoing, type WebhookEvent } from "../src/index.js";

/** A longer body is none of a node. */
const BODY_BYTES_MAX = 1 << 20;

/** Hands each event on once. `url` is what `webhook add` was given, `nodeKey` stands in `countersign node status`. */
export function receiver(url: string, nodeKey: string, take: (event: WebhookEvent) => Promise<void>) {
  const taken = new Map<string, Promise<void>>(); // A database, if it is to survive a restart.
  const answer = async (request: IncomingMessage): Promise<number> => {
    const body = await bodyOf(request);
    const verdict = verifyOutgoing({ method: request.method ?? "", url, headers: request.headers, body }, nodeKey);
    const event = readWebhookEvent(body);
    if (!verdict.ok || event === undefined) return 400;
    const key = verdict.idempotencyKey;
    // Noted before it is done: an attempt that comes meanwhile waits for the same.
    const work = taken.get(key) ?? Promise.resolve(event).then(take);
    taken.set(key, work);
    try {
      await work;
      return 204;
    } catch {
      taken.delete(key); // The node tries again.
      return 500;
    }
  };
  return createServer((request, response) => {
    answer(request).then(
      status => response.writeHead(status).end(),
      () => response.destroy(), // The sender went away, or sends too much.
    );
  });
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw new Error("the body is too long");
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
