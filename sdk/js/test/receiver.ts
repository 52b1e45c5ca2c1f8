import { createServer } from "node:http";
import { readWebhookEvent, verifyOutgoing, type WebhookEvent } from "../src/index.js";

/** Hands each event on once. `url` is what `webhook add` was given, `nodeKey` stands in `countersign node status`. */
export function receiver(url: string, nodeKey: string, take: (event: WebhookEvent) => Promise<void>) {
  const done = new Set<string>(); // A database, if it is to survive a restart.
  return createServer(async (request, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part as Uint8Array);
    const body = new Uint8Array(Buffer.concat(parts));
    const asked = { method: request.method ?? "", url, headers: request.headers, body };
    const verdict = verifyOutgoing(asked, nodeKey);
    const event = readWebhookEvent(body);
    if (!verdict.ok || event === undefined) {
      response.writeHead(400).end();
      return;
    }
    if (!done.has(verdict.idempotencyKey)) {
      await take(event);
      done.add(verdict.idempotencyKey);
    }
    response.writeHead(204).end();
  });
}
