// A value that components follow.
import { useSyncExternalStore } from "react";

export class Observed<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();
  constructor(value: T) {
    this.#value = value;
  }
  get = (): T => this.#value;
  set(value: T): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

/** The value now; the component is drawn again when it changes. */
export function useObserved<T>(observed: Observed<T>): T {
  return useSyncExternalStore(observed.listen, observed.get);
}
