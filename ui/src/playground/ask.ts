// The questions that the node answers about a scenario. It keeps nothing of them.
import { ProblemError } from "@countersign/sdk/api";
import { useEffect, useRef, useState } from "react";
import { client } from "../api/session";
import type { Foundation } from "../api/types";
import type { Written } from "../contract/Written";
import type { Diagram, Overlay } from "../diagram/types";
import type { Founding } from "./play";
import type { KeySchema, Report, Run, Step, Template } from "./types";

async function post<T>(path: string, body: unknown): Promise<T> {
  return (await client.request("POST", path, { body })).json() as Promise<T>;
}

/** Finds the faults of a text. */
export const check = (document: string): Promise<Report> => post("/v1/scenario/check", { document });

/** Lays a text out. */
export const draw = (document: string, overlay: Overlay): Promise<Diagram> =>
  post("/v1/scenario/diagram", { document, overlay });

/** Plays steps from the founding on. */
export const run = (document: string, { inputs, actors }: Founding, steps: readonly Step[]): Promise<Run> =>
  post("/v1/scenario/run", { document, inputs, actors, steps });

/** What founding on a text asks for. */
export const foundation = (document: string): Promise<Foundation> => post("/v1/scenario/foundation", { document });

/** Writes a scenario as a contract in plain words. */
export const prose = (document: string): Promise<Written> => post("/v1/scenario/prose", { document });

/** The keys of the language. */
export const language = async (): Promise<KeySchema> =>
  ((await (await client.request("GET", "/v1/scenario/schema")).json()) as { schema: KeySchema }).schema;

/** Texts to begin with. */
export const templates = async (): Promise<Template[]> =>
  ((await (await client.request("GET", "/v1/scenario/templates")).json()) as { templates: Template[] }).templates;

/** An answer, and what it was the answer to. Until a newer one is there, or if that was refused, the old one stays. */
export interface Told<Q, A> {
  question?: Q;
  answer?: A;
  problem?: ProblemError;
  /** How long the answer took. */
  took?: number;
  waiting: boolean;
}

/** Asks whenever the question changes and has been the same for `pause`; answers to older questions are dropped. */
export function useTold<Q, A>(question: Q | undefined, fetch: (question: Q) => Promise<A>, pause: number): Told<Q, A> {
  const [told, setTold] = useState<Told<Q, A>>({ waiting: true });
  const ask = useRef(fetch);
  ask.current = fetch;
  useEffect(() => {
    if (question === undefined) return undefined;
    let over = false;
    setTold(before => ({ ...before, waiting: true }));
    const late = setTimeout(() => {
      const began = performance.now();
      ask
        .current(question)
        .then(answer => over || setTold({ question, answer, took: performance.now() - began, waiting: false }))
        .catch((error: unknown) => {
          if (over) return;
          const problem = error instanceof ProblemError ? error : new ProblemError(0, "page_fault", String(error));
          setTold(before => ({ ...before, problem, waiting: false }));
        });
    }, pause);
    return () => {
      over = true;
      clearTimeout(late);
    };
  }, [question, pause]);
  return told;
}
