// What the page has read from the node. An answer is kept under its key as long as somebody shows it and a little
// longer; an event of the node marks answers as old by their topics, and those that are shown are read again. The old
// answer stays on the page until the new one is there.
import { ProblemError } from "@countersign/sdk/api";

/** How an answer stands. `data` is the last good one, also while `problem` says that a newer one was refused. */
export interface Reading<T> {
  readonly data: T | undefined;
  readonly problem: ProblemError | undefined;
  readonly at: Date | undefined;
  readonly reading: boolean;
}

/** What an answer depends on: `contract:ctr_…`, `entries:ctr_…`, `inbox`, `contracts`, … */
export type Topic = string;

interface Slot {
  reading: Reading<unknown>;
  topics: readonly Topic[];
  fetch: () => Promise<unknown>;
  readonly listeners: Set<() => void>;
  old: boolean;
  under: boolean;
  again: boolean;
  attempts: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** An answer that nobody shows is forgotten after this time. */
const FORGET_MS = 60_000;
/** Events that come together cause one reading. */
const GATHER_MS = 15;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000] as const;
const NOTHING: Reading<never> = { data: undefined, problem: undefined, at: undefined, reading: false };

export class Store {
  readonly #slots = new Map<string, Slot>();
  readonly #dirty = new Set<Topic>();
  #gathering: ReturnType<typeof setTimeout> | undefined;

  /** Shows an answer from now on; gives what ends it. */
  watch(key: string, topics: readonly Topic[], fetch: () => Promise<unknown>, listener: () => void): () => void {
    const slot = this.#slot(key, topics, fetch);
    clearTimeout(slot.timer);
    slot.listeners.add(listener);
    if (slot.reading.at === undefined || slot.old) this.#read(slot);
    return () => {
      slot.listeners.delete(listener);
      if (slot.listeners.size > 0) return;
      slot.timer = setTimeout(() => this.#slots.delete(key), FORGET_MS);
    };
  }

  /** How an answer stands; the same object until it changes. */
  peek<T>(key: string): Reading<T> {
    return (this.#slots.get(key)?.reading ?? NOTHING) as Reading<T>;
  }

  /** Something happened: answers with one of these topics are old. Those that are shown are read again soon. */
  touch(...topics: readonly Topic[]): void {
    for (const topic of topics) this.#dirty.add(topic);
    this.#gathering ??= setTimeout(() => this.#gather(), GATHER_MS);
  }

  /** Everything is old: events are missing, or the node was away. */
  touchAll(): void {
    for (const slot of this.#slots.values()) this.#renew(slot);
  }

  /** Reads one answer again, because a person asked. */
  again(key: string): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#renew(slot);
  }

  /** Forgets everything: another person, or none. */
  clear(): void {
    for (const slot of this.#slots.values()) clearTimeout(slot.timer);
    this.#slots.clear();
  }

  #slot(key: string, topics: readonly Topic[], fetch: () => Promise<unknown>): Slot {
    const known = this.#slots.get(key);
    if (known !== undefined) {
      known.topics = topics;
      known.fetch = fetch;
      return known;
    }
    const slot: Slot = {
      reading: { ...NOTHING, reading: true },
      topics,
      fetch,
      listeners: new Set(),
      old: false,
      under: false,
      again: false,
      attempts: 0,
      timer: undefined,
    };
    this.#slots.set(key, slot);
    return slot;
  }

  #gather(): void {
    this.#gathering = undefined;
    const dirty = new Set(this.#dirty);
    this.#dirty.clear();
    const old = [...this.#slots.values()].filter(slot => slot.topics.some(topic => dirty.has(topic)));
    // A browser asks a node few things at a time: what happened stands before what follows from it.
    const isFirst = (slot: Slot): boolean => slot.topics.some(topic => topic.startsWith("contract:"));
    for (const slot of [...old.filter(isFirst), ...old.filter(slot => !isFirst(slot))]) this.#renew(slot);
  }

  #renew(slot: Slot): void {
    slot.old = true;
    if (slot.listeners.size === 0) return;
    if (slot.under) slot.again = true;
    else this.#read(slot);
  }

  #read(slot: Slot): void {
    if (slot.under) return;
    slot.under = true;
    slot.old = false;
    clearTimeout(slot.timer);
    if (!slot.reading.reading) this.#set(slot, { ...slot.reading, reading: true });
    slot
      .fetch()
      .then(
        data => {
          slot.attempts = 0;
          this.#set(slot, { data, problem: undefined, at: new Date(), reading: false });
        },
        (error: unknown) => {
          const problem = error instanceof ProblemError ? error : new ProblemError(0, "page_fault", String(error));
          this.#set(slot, { ...slot.reading, problem, at: slot.reading.at ?? new Date(), reading: false });
          this.#later(slot, problem);
        },
      )
      .finally(() => {
        slot.under = false;
        if (!slot.again) return;
        slot.again = false;
        this.#read(slot);
      });
  }

  /** Tries again by itself when the fault may pass: the node is away, or busy. */
  #later(slot: Slot, problem: ProblemError): void {
    if (problem.status !== 0 && problem.status < 500) return;
    if (problem.code === "page_fault" || slot.listeners.size === 0) return;
    const wait = RETRY_MS[Math.min(slot.attempts, RETRY_MS.length - 1)];
    slot.attempts += 1;
    slot.timer = setTimeout(() => this.#renew(slot), wait);
  }

  #set(slot: Slot, reading: Reading<unknown>): void {
    slot.reading = reading;
    for (const listener of slot.listeners) listener();
  }
}

/**
 * Which topics an event touches. `contract:…` is all that a contract shows; `entries:…` what follows from its entries
 * and what is final alone. Receipts come more often than both, and change neither drawing nor documents.
 */
export function topicsOf(event: { contract?: string; kind: string }): Topic[] {
  const { contract } = event;
  const shown = contract === undefined ? [] : [`contract:${contract}`];
  if (event.kind === "received") return ["waiting", ...shown];
  if (event.kind === "run") return contract === undefined ? [] : [`runs:${contract}`];
  const entries = contract === undefined ? [] : [`entries:${contract}`];
  return ["inbox", "contracts", "waiting", "node", "personal", ...shown, ...entries];
}
