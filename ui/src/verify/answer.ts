// What is asked of the verifier and what it answers: the same in a worker and, where there is none, in the page.
import { inspect, type Contents, type Verdict } from "@countersign/sdk/verify";

/** A bundle to check, or a file to compare with the documents of the last bundle that held. */
export type Question = { ask: "verify"; bytes: Uint8Array; trust?: string } | { ask: "compare"; bytes: Uint8Array };

/** What a bundle shows, without what cannot leave a worker. */
export type Shown = Omit<Contents, "compare">;

/** A verdict, and what was shown if it holds. */
export interface Checked {
  verdict: Verdict;
  shown: Shown | undefined;
}

/** `checked` answers `verify`, `same` answers `compare`: places in the list of documents. */
export type Reply = { checked: Checked } | { same: number[] };

/** Answers questions one after the other; remembers what the last bundle shows. */
export class Answers {
  #contents: Contents | undefined;

  answer(question: Question): Reply {
    if (question.ask === "compare") return { same: this.#contents?.compare(question.bytes) ?? [] };
    const { verdict, contents } = inspect(question.bytes, { trust: question.trust });
    this.#contents = contents;
    if (contents === undefined) return { checked: { verdict, shown: undefined } };
    const { compare: _, ...shown } = contents;
    return { checked: { verdict, shown } };
  }
}
