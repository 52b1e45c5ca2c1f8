// Who is signed in at the node of this page. The token lives as long as the tab, and nowhere else.
import { Client, events, ProblemError, type NodeEvent } from "@countersign/sdk/api";
import { Observed } from "../lib/observed";
import { Store, topicsOf } from "./store";
import type { NodeInfo, Session } from "./types";

const TOKEN = "countersign.token";
/** Somebody looks at the page: a node that is back is noticed within this time. */
const RETRY_MAX_MS = 4_000;

/** `unknown` until the token of the tab was tried; `why` is there when a session ended by itself. */
export type SignedIn =
  { state: "unknown" } | { state: "out"; why?: "ended" | "locked" } | { state: "in"; session: Session; node: NodeInfo };

/** Whether the page hears of changes. */
export type Live = { state: "live" | "connecting" | "stopped"; since: Date };

export const signedIn = new Observed<SignedIn>({ state: "unknown" });
export const live = new Observed<Live>({ state: "connecting", since: new Date() });
/** The last event that the node told, for whoever needs more than fresh answers. */
export const lastEvent = new Observed<{ event: NodeEvent; at: Date } | undefined>(undefined);
export const store = new Store();

/** The node of this page. Typed by path: `client.get("/v1/contracts/{contract}", { path: { contract } })`. */
export const client = new Client({ fetch: watched });

let stream: AbortController | undefined;

/** A session that the node does not know any more ends here, too. */
async function watched(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const sent = client.token;
  const response = await globalThis.fetch(input, { ...init, cache: "no-store" });
  if (response.status === 401 && sent !== undefined && sent === client.token && signedIn.get().state === "in")
    forget("ended");
  return response;
}

/** The JSON of a path that is put together elsewhere. */
export async function ask<T>(path: string): Promise<T> {
  return (await client.request("GET", path)).json() as Promise<T>;
}

/** Takes a token into use: asks the node whose it is, and begins to listen. Throws `ProblemError`. */
export async function enter(token: string): Promise<void> {
  client.token = token;
  try {
    const [session, node] = await Promise.all([ask<Session>("/v1/session"), ask<NodeInfo>("/v1/node")]);
    sessionStorage.setItem(TOKEN, token);
    listen();
    signedIn.set({ state: "in", session, node });
  } catch (error) {
    client.token = undefined;
    throw error;
  }
}

/** Goes on with the session of this tab, if there is one. */
export async function resume(): Promise<void> {
  const token = sessionStorage.getItem(TOKEN);
  if (token === null) return signedIn.set({ state: "out" });
  try {
    await enter(token);
  } catch (error) {
    // A node that is away may come back: the token stays for the next attempt.
    if (error instanceof ProblemError && error.status !== 401) signedIn.set({ state: "out" });
    else forget("ended");
  }
}

/** Signs out, here and at the node. */
export async function leave(): Promise<void> {
  await client.request("DELETE", "/v1/session").catch(() => undefined);
  forget();
}

/** Forgets the session in this tab. */
export function forget(why?: "ended" | "locked"): void {
  client.token = undefined;
  sessionStorage.removeItem(TOKEN);
  stream?.abort();
  stream = undefined;
  store.clear();
  signedIn.set(why === undefined ? { state: "out" } : { state: "out", why });
}

function listen(): void {
  stream?.abort();
  stream = new AbortController();
  let cut = false;
  live.set({ state: "connecting", since: new Date() });
  void events(client, {
    signal: stream.signal,
    retryMax: RETRY_MAX_MS,
    onEvent: event => {
      lastEvent.set({ event, at: new Date() });
      if (event.kind === "gap") store.touchAll();
      else
        store.touch(...topicsOf({ kind: event.kind, ...(event.contract == null ? {} : { contract: event.contract }) }));
    },
    onState: now => {
      if (now.state === "live") {
        // Before the first event there is no place to go on from: whatever happened meanwhile is read.
        if (cut && lastEvent.get() === undefined) store.touchAll();
        live.set({ state: "live", since: new Date() });
      } else {
        if (!cut || live.get().state === "live") live.set({ state: "stopped", since: new Date() });
        cut = true;
      }
    },
  });
}
