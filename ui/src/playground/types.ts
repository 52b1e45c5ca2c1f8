// What the node says of a scenario without a contract (docs/spec/openapi.json).
import type { Json, ProcessPart } from "../api/types";
import type { Schema } from "../form/schema";

export interface Finding {
  /** `E…` refuses, `W…` warns. */
  code: string;
  severity: "error" | "warning";
  /** Both from 1; the column in code points. */
  line: number;
  column: number;
  message: string;
  explanation: string;
  state?: string;
  /** The states on the way to it. */
  path?: string[];
}

export interface Outline {
  name: string;
  title: string;
  language: string;
  initial?: string;
  states: { name: string; title: string; outcome?: string; line: number }[];
  actions: { name: string; title: string; kind: string; by: string[]; responses: string[]; line: number }[];
  actors: { name: string; title: string; line: number }[];
  assets: string[];
  vars: string[];
}

export interface Report {
  /** There if the scenario can be run. */
  scenario?: string;
  errors: number;
  warnings: number;
  findings: Finding[];
  outline?: Outline;
  /** Whether every run can end; absent if the scenario cannot be run. */
  soundness?: { ignored: Verdict; honoured: Verdict };
}

/** What one search over the net of a scenario says. */
export interface Verdict {
  sound: boolean;
  /** Whether everything was looked at. */
  whole: boolean;
  flaws: Flaw[];
}

export interface Flaw {
  kind: "cannot_end" | "left_behind" | "dead" | "system_loop";
  message: string;
  /** What happened, and where every process stood then. */
  path: { by: string; states: string[] }[];
  /** The states of the scenario itself on that way. */
  states: string[];
}

/** A step of a play: somebody acts, or time passes. */
export type Step =
  | {
      /** Left out: where the action is open to the actor. */
      process?: string;
      actor: string;
      action: string;
      response?: string;
      data?: Json;
      attachments?: Json;
      time?: string;
    }
  | { wait: string }
  | { time: string };

export interface Moment {
  step: number;
  time: string;
  state: string;
  entered: string;
  outcome?: "success" | "failure" | "cancelled";
  refused?: { rule: string; message: string; pointer?: string; line?: number; column?: number };
  /** `action.response`, `after:state`. */
  happened: string[];
  markers: string[];
  assets: Json;
  vars: Json;
  result: Json;
  timers: { due: string; goto?: string }[];
  next: string[];
  /** The actor by its name in the process. */
  open: { process?: string; actor: string; action: string; responses: string[] }[];
  processes?: ProcessPart[];
  instructions: Record<string, string>;
}

export interface Slot {
  name: string;
  optional: boolean;
  many?: { min: number; max: number };
  media?: string[];
  max_bytes: number;
}

export interface ActionForms {
  title: string;
  kind: string;
  clause?: string;
  seen: string[];
  expect: string;
  responses: { response: string; title: string; schema: Schema; attachments: Slot[] }[];
}

export interface Run {
  scenario: string;
  moments: Moment[];
  /** Those of a process within stand under its path, a colon and the action. */
  actions: Record<string, ActionForms>;
  state_titles: Record<string, string>;
  actor_titles: Record<string, string>;
  inputs_schema: Schema;
}

export interface Template {
  name: string;
  title: string;
  summary: string;
  document: string;
}

/** A part of the JSON Schema of the language. */
export interface KeySchema {
  description?: string;
  type?: string;
  properties?: Record<string, KeySchema>;
  additionalProperties?: boolean | KeySchema;
  items?: KeySchema;
  anyOf?: KeySchema[];
  oneOf?: KeySchema[];
  enum?: string[];
  const?: Json;
  required?: string[];
  $ref?: string;
  $defs?: Record<string, KeySchema>;
  "x-refers"?: string;
  "x-expression"?: boolean;
}
