// Server-sent events by fetch, which can send a token: resumed after the last event, with pauses that grow.

import { ProblemError, type Client, type Schemas } from "./client.js";

/** Something that happened. */
export type NodeEvent = Schemas["Event"];

/** How a stream stands: events come; it was cut off and will be tried again; the node refuses it for good. */
export type StreamState =
  { state: "live" } | { state: "waiting"; retryIn: number } | { state: "ended"; problem: ProblemError };

/** Of what to hear, and whom to tell. */
export interface EventOptions {
  /** Only of this contract, `ctr_…`. */
  contract?: string;
  /** Go on after this event. */
  lastEventId?: string;
  /** Ends the stream. */
  signal: AbortSignal;
  /** Gets each event in order; one of kind `gap` says to read again what is shown. */
  onEvent: (event: NodeEvent) => void;
  /** Gets how the stream stands, when that changes. */
  onState?: (state: StreamState) => void;
  /** The longest pause before an attempt, in milliseconds; half a minute if absent. */
  retryMax?: number;
  /** A number from 0 to 1 that spreads the attempts of many; random if absent. */
  jitter?: () => number;
}

const RETRY_FIRST = 500;
const RETRY_MAX = 30_000;
/** A node sends a comment every 15 seconds; silence of three of them is a line that is cut. */
const SILENCE_MAX = 45_000;
/** Most characters of an event before it is taken for damage. */
const EVENT_CHARACTERS_MAX = 1 << 20;

/** The pause before an attempt: doubled each time, half of it by chance. */
export function retryDelay(attempt: number, jitter: number, max: number = RETRY_MAX): number {
  const whole = Math.min(max, RETRY_FIRST * 2 ** Math.min(attempt, 16));
  return Math.round(whole / 2 + (whole / 2) * jitter);
}

/** One event of the wire format. */
export interface SseMessage {
  id: string | undefined;
  data: string;
}

/** Takes the text of a stream apart into events. */
export class SseParser {
  #rest = "";
  #id: string | undefined;
  #data: string[] = [];

  /** The events that are complete with this piece. */
  push(piece: string): SseMessage[] {
    const messages: SseMessage[] = [];
    const text = this.#rest + piece;
    let start = 0;
    for (;;) {
      const end = text.slice(start).search(/\r\n|\n|\r(?!$)/);
      if (end < 0) break;
      const line = text.slice(start, start + end);
      start += end + (text.startsWith("\r\n", start + end) ? 2 : 1);
      if (line === "") {
        if (this.#data.length > 0) messages.push({ id: this.#id, data: this.#data.join("\n") });
        this.#data = [];
      } else this.#line(line);
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > EVENT_CHARACTERS_MAX) throw new RangeError("an event without end");
    return messages;
  }

  #line(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }
}

/** Listens until the signal ends it or the node refuses for good. */
export async function events(client: Client, options: EventOptions): Promise<void> {
  const { signal, onState = () => {}, retryMax = RETRY_MAX, jitter = Math.random } = options;
  let last = options.lastEventId;
  let attempt = 0;
  while (!signal.aborted) {
    let wait = 0;
    try {
      await listen(
        client,
        options,
        last,
        () => onState({ state: "live" }),
        event => {
          [last, attempt] = [event.id, 0];
          options.onEvent(event);
        },
      );
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError) {
        if (error.status >= 400 && error.status < 500 && error.status !== 429) {
          onState({ state: "ended", problem: error });
          return;
        }
        wait = error.retryAfter ?? 0;
      }
    }
    if (signal.aborted) return;
    const retryIn = Math.max(wait, retryDelay(attempt++, jitter(), retryMax));
    onState({ state: "waiting", retryIn });
    await pause(retryIn, signal);
  }
}

async function listen(
  client: Client,
  options: EventOptions,
  last: string | undefined,
  onOpen: () => void,
  onEvent: (event: NodeEvent) => void,
): Promise<void> {
  const silence = new AbortController();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENCE_MAX);
  try {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (last !== undefined) headers["last-event-id"] = last;
    const { contract } = options;
    const response = await (contract === undefined
      ? client.request("GET", "/v1/events", { headers, signal })
      : client.request("GET", "/v1/contracts/{contract}/events", { path: { contract }, headers, signal }));
    onOpen();
    const [parser, decoder] = [new SseParser(), new TextDecoder()];
    const reader = response.body!.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MAX);
      for (const message of parser.push(decoder.decode(value, { stream: true }))) {
        onEvent(JSON.parse(message.data) as NodeEvent);
      }
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, millis);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
