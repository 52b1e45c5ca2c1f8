// What pages use: answers of the node that stay fresh.
import { ProblemError } from "@countersign/sdk/api";
import { useCallback, useState, useSyncExternalStore } from "react";
import { useObserved } from "../lib/observed";
import { ask, signedIn, store } from "./session";
import type { Reading, Topic } from "./store";
import type * as Model from "./types";

/** An answer, and a way to ask for it again. */
export type Asked<T> = Reading<T> & { again: () => void };

/** The JSON of a path; read again when something with one of the topics happens. `undefined` asks for nothing. */
export function useAnswer<T>(path: string | undefined, topics: readonly Topic[]): Asked<T> {
  return useReading(path, topics, () => ask<T>(path ?? ""));
}

/** Like `useAnswer`, for what takes more than one request. `key` names it. */
export function useReading<T>(key: string | undefined, topics: readonly Topic[], fetch: () => Promise<T>): Asked<T> {
  const watch = useCallback(
    (listener: () => void) => (key === undefined ? () => undefined : store.watch(key, topics, fetch, listener)),
    // The key names the question: topics and fetch follow from it.
    [key],
  );
  const reading = useSyncExternalStore(watch, () => store.peek<T>(key ?? ""));
  const again = useCallback(() => key !== undefined && store.again(key), [key]);
  return { ...reading, again };
}

/** Something that somebody wants done: what is being done, and why the last of it was refused. */
export interface Doing<K> {
  busy: K | undefined;
  refusal: ProblemError | undefined;
  /** Does it, and reads again what is shown. Gives nothing if it was refused. */
  act: <T>(what: K, work: () => Promise<T>, ...topics: readonly Topic[]) => Promise<T | undefined>;
}

/** Asks the node to do something. `K` tells buttons beside each other apart. */
export function useDoing<K = string>(): Doing<K> {
  const [busy, setBusy] = useState<K>();
  const [refusal, setRefusal] = useState<ProblemError>();
  const act: Doing<K>["act"] = async (what, work, ...topics) => {
    setBusy(() => what);
    setRefusal(undefined);
    try {
      return await work();
    } catch (error) {
      setRefusal(error instanceof ProblemError ? error : new ProblemError(0, "page_fault", String(error)));
      return undefined;
    } finally {
      setBusy(undefined);
      store.touch(...topics);
    }
  };
  return { busy, refusal, act };
}

/** All pages of a list, or those after something. */
export async function everyPage<T, P extends { next?: string | number }>(
  path: string,
  items: (page: P) => T[],
  after?: string | number,
): Promise<T[]> {
  const all: T[] = [];
  let next = after;
  do {
    const query = new URLSearchParams({ limit: "1000", ...(next === undefined ? {} : { after: String(next) }) });
    const page = await ask<P>(`${path}?${query}`);
    all.push(...items(page));
    next = page.next;
  } while (next !== undefined);
  return all;
}

/** Whoever is signed in. Only below the frame, where somebody is. */
export function useSignedIn(): { session: Model.Session; node: Model.NodeInfo } {
  const now = useObserved(signedIn);
  if (now.state !== "in") throw new Error("nobody is signed in");
  return now;
}

/** What is open to this party, in all contracts. */
export function useInbox(): Asked<Model.InboxItem[]> {
  return useReading("inbox", ["inbox"], () =>
    everyPage("/v1/inbox", (page: { items: Model.InboxItem[]; next?: string }) => page.items),
  );
}

/** What others have to do. A node that cannot tell yet tells nothing. */
export function useWaiting(): Asked<Model.WaitingItem[]> {
  return useReading("waiting", ["waiting"], () =>
    everyPage("/v1/waiting", (page: { items: Model.WaitingItem[]; next?: string }) => page.items),
  );
}

/** All contracts of this node. */
export function useContracts(): Asked<Model.ContractSummary[]> {
  return useReading("contracts", ["contracts"], () =>
    everyPage("/v1/contracts", (page: { contracts: Model.ContractSummary[]; next?: string }) => page.contracts),
  );
}

/** A contract, fresh at every event of it. */
export function useContract(contract: string): Asked<Model.ContractView> {
  return useAnswer(`/v1/contracts/${contract}`, [`contract:${contract}`]);
}

/** Entries are read in stretches of this many. */
const STRETCH = 50;

/** An entry of a log of that length; its neighbours come along. */
export function useEntry(contract: string, position: number, length: number): Model.Entry | undefined {
  const page = useStretch(contract, position, length);
  return page.data?.entries[(position - 1) % STRETCH];
}

/** The newest entries of a log of that length, oldest first, and when they were read. */
export function useNewest(
  contract: string,
  count: number,
  length: number,
): { entries: readonly Model.Entry[]; at: Date | undefined } {
  const last = useStretch(contract, length, length);
  // They may begin in the stretch before.
  const before = useStretch(contract, Math.max(0, length - count + 1), length);
  const all = before.data === last.data ? [] : (before.data?.entries ?? []);
  return { entries: [...all, ...(last.data?.entries ?? [])].slice(-count), at: last.at };
}

function useStretch(contract: string, position: number, length: number): Asked<Model.LogPage> {
  const after = Math.floor((position - 1) / STRETCH) * STRETCH;
  const there = position >= 1 && position <= length;
  const path = there ? `/v1/contracts/${contract}/log?after=${after}&limit=${STRETCH}` : undefined;
  return useAnswer<Model.LogPage>(path, [`contract:${contract}`]);
}
