// How a receiver checks a request of a node: a webhook, or a system action (docs/spec/outgoing.md).

import { cutAddress } from "./address.js";
import { fromBase32, fromUtf8, toUtf8 } from "./bytes.js";
import { sha256 } from "./hash.js";
import { verifyMessage } from "./sign.js";

/** A request as it came. */
export interface OutgoingRequest {
  /** `POST`. */
  readonly method: string;
  /** The address that the operator gave the node for this receiver, not what a proxy made of it. */
  readonly url: string;
  /** The value of a header by its lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes of the body as they came; none for a request without one. */
  readonly body?: Uint8Array | undefined;
}

/** Why a request is not to be believed. */
export type OutgoingFault = "malformed" | "digest" | "key" | "clock" | "signature";

/** Whether a request is to be believed, and the key under which it is done once. */
export type OutgoingVerdict =
  { readonly ok: true; readonly idempotencyKey: string } | { readonly ok: false; readonly fault: OutgoingFault };

const COVERED = String.raw`\("@method" "@authority" "@path" "@query" "idempotency-key"( "content-digest" "content-type")?\)`;
const PARAMETERS = String.raw`;created=(\d{1,15});nonce="[a-z2-7]{1,64}";keyid="([a-z2-7]{52})";alg="ed25519";tag="countersign-outgoing"`;
const INPUT = new RegExp(`(?:^|, *)countersign=(${COVERED}${PARAMETERS})(?:,|$)`);
const SIGNATURE = /(?:^|, *)countersign=:([A-Za-z0-9+/]{86}==):(?:,|$)/;

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/**
 * Checks a request against the node key of the party that should have sent it: base32, as on its card or in
 * `GET /v1/node`. A clock may be `windowSeconds` off, 300 unless set. Whoever acts on it does so once per
 * `idempotencyKey`.
 */
export function verifyOutgoing(
  request: OutgoingRequest,
  nodeKey: string,
  options: { readonly now?: Date; readonly windowSeconds?: number } = {},
): OutgoingVerdict {
  const no = (fault: OutgoingFault): OutgoingVerdict => ({ ok: false, fault });
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === "string" ? value : (value ?? []).join(", ");
  };
  const input = INPUT.exec(header("signature-input"));
  const signature = SIGNATURE.exec(header("signature"))?.[1];
  const key = fromBase32(nodeKey);
  const hasBody = input?.[2] !== undefined;
  if (!input || signature === undefined || hasBody !== (request.body !== undefined)) return no("malformed");
  if (key === undefined || input[4] !== nodeKey) return no("key");
  const digest = header("content-digest");
  if (request.body !== undefined && digest !== `sha-256=:${base64(sha256(request.body))}:`) return no("digest");
  const now = Math.floor((options.now ?? new Date()).getTime() / 1000);
  if (Math.abs(now - Number(input[3])) > (options.windowSeconds ?? 300)) return no("clock");
  const address = cutAddress(request.url);
  if (address === undefined) return no("malformed");
  const values: readonly (readonly [string, string])[] = [
    ["@method", request.method],
    ["@authority", address.authority],
    ["@path", address.path],
    ["@query", address.query],
    ["idempotency-key", header("idempotency-key")],
    ...(hasBody
      ? ([
          ["content-digest", digest],
          ["content-type", header("content-type")],
        ] as const)
      : []),
  ];
  const lines = [...values.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${input[1]}`];
  const bytes = Uint8Array.from(atob(signature), letter => letter.charCodeAt(0));
  if (!verifyMessage(key, toUtf8(lines.join("\n")), bytes)) return no("signature");
  return { ok: true, idempotencyKey: header("idempotency-key") };
}

/** What a webhook tells (`WebhookEvent` of the API). */
export interface WebhookEvent {
  /** Names the delivery; the same for every attempt. */
  readonly id: string;
  /** `whk_…`. */
  readonly webhook: string;
  /** When the node noted it. */
  readonly time: string;
  /** `ctr_…`; absent on a `test`, and on a `gap` over all contracts. */
  readonly contract?: string;
  /** What kind. Kinds may be added: skip those that you do not know. */
  readonly kind: string;
  /** What the kind says. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Whether it is told again because an operator asked for it. */
  readonly replayed?: boolean;
}

/** The event in the body of a webhook that was verified; undefined if it is none. */
export function readWebhookEvent(body: Uint8Array): WebhookEvent | undefined {
  try {
    const event = JSON.parse(fromUtf8(body) ?? "") as Partial<WebhookEvent> | null;
    const whole = [event?.id, event?.webhook, event?.time, event?.kind].every(part => typeof part === "string");
    const data = event?.data;
    return whole && typeof data === "object" && data !== null && !Array.isArray(data)
      ? (event as WebhookEvent)
      : undefined;
  } catch {
    return undefined;
  }
}
