// Asks the verifier in its worker. A browser that allows none here checks in the page: slower to use, the same answer.
import { Answers, type Checked, type Question, type Reply } from "./answer";

/** Starts the worker; how depends on where its code is. */
export type Spawn = () => Worker;

export class Checker {
  readonly #spawn: Spawn;
  readonly #here = new Answers();
  #worker: Worker | undefined;
  #refused = false;

  constructor(spawn: Spawn) {
    this.#spawn = spawn;
  }

  /** Checks a bundle. `trust` is the id of the contract that it must be about. */
  async verify(bytes: Uint8Array, trust?: string): Promise<Checked> {
    const reply = await this.#ask({ ask: "verify", bytes, ...(trust === undefined ? {} : { trust }) });
    if (!("checked" in reply)) throw new Error("answered something else");
    return reply.checked;
  }

  /** Which documents of the last bundle a file is. */
  async compare(bytes: Uint8Array): Promise<number[]> {
    const reply = await this.#ask({ ask: "compare", bytes });
    if (!("same" in reply)) throw new Error("answered something else");
    return reply.same;
  }

  /** Ends the worker; what was asked is not answered any more. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #ask(question: Question): Promise<Reply> {
    const worker = this.#started();
    if (worker === undefined) return Promise.resolve(this.#here.answer(question));
    return new Promise((done, failed) => {
      worker.onmessage = (event: MessageEvent<Reply>) => done(event.data);
      worker.onerror = event => {
        event.preventDefault();
        this.#refused = true;
        this.close();
        this.#ask(question).then(done, failed);
      };
      worker.postMessage(question);
    });
  }

  #started(): Worker | undefined {
    if (this.#refused) return undefined;
    try {
      return (this.#worker ??= this.#spawn());
    } catch {
      this.#refused = true;
      return undefined;
    }
  }
}
