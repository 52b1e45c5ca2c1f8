// A play as it is kept and passed on: a text and the steps taken in it.
import { parseJson } from "@countersign/sdk";
import type { Invalid } from "@countersign/sdk/schema";
import type { Foundation, Json } from "../api/types";
import { MAIN } from "../contract/processes";
import { begin, controlOf, faultsOf, isRecord, members, resolve, type Draft, type Schema } from "../form/schema";
import type { ActionForms, Moment, Run, Slot, Step } from "./types";

/** What somebody plays with. */
export interface Play {
  /** The name of its file, without an ending. */
  name: string;
  document: string;
  steps: readonly Step[];
  /** What it is founded with; without it, values that fit. */
  founding?: Founding;
}

/** What a charter says beside the scenario: inputs, and what each actor says of itself. */
export interface Founding {
  inputs: Draft;
  actors: Readonly<Record<string, Draft>>;
}

/** What a shared file says that it is. */
const FORMAT = "countersign/play/v1";
/** The node takes no larger document. */
export const DOCUMENT_BYTES_MAX = 1 << 20;
/** The node plays no more steps. */
export const STEPS_MAX = 1_000;
/** A file with steps and data is not larger. */
export const FILE_BYTES_MAX = 4 << 20;
/** Characters of a name. */
const NAME_MAX = 80;
const MEMBERS = ["format", "name", "document", "inputs", "actors", "steps"];

/** The one file that holds a play. */
export function shared(play: Play): string {
  return `${JSON.stringify(written(play), null, 2)}\n`;
}

/** The members of the file (docs/spec/play.md). */
function written({ name, document, founding, steps }: Play): object {
  const { inputs, actors } = founding ?? {};
  return { format: FORMAT, name, document, inputs, actors, steps };
}

/** A file somebody opened: a shared play, or the text of a scenario. `undefined`: neither. */
export function opened(file: string, text: string): Play | undefined {
  const name = file.replace(/\.(play\.json|ya?ml|json)$/i, "").slice(0, NAME_MAX) || "scenario";
  if (text.length > FILE_BYTES_MAX || sizeOf(text) > FILE_BYTES_MAX) return undefined;
  return claimsToBeShared(text) ? sharedPlay(name, text) : fits({ name, document: text, steps: [] });
}

/** Whether a text says of itself that it is a shared play; then it must be one. */
function claimsToBeShared(text: string): boolean {
  try {
    const found = JSON.parse(text) as Draft;
    return isRecord(found) && found["format"] === FORMAT;
  } catch {
    return false;
  }
}

/** Reads a shared play (docs/spec/play.md). */
function sharedPlay(otherwise: string, text: string): Play | undefined {
  const found = strict(text);
  if (!isRecord(found) || !Object.keys(found).every(member => MEMBERS.includes(member))) return undefined;
  const { name = otherwise, document, steps, inputs, actors } = found;
  if (typeof name !== "string" || name.length > NAME_MAX || typeof document !== "string") return undefined;
  if (!Array.isArray(steps) || !steps.every(isStep)) return undefined;
  if (!isDataOrNone(inputs) || !isDataOrNone(actors) || !Object.values(actors ?? {}).every(isRecord)) return undefined;
  const founding = inputs === undefined && actors === undefined ? {} : { founding: { inputs, actors: actors ?? {} } };
  return fits({ name, document, steps, ...founding });
}

function isDataOrNone(value: Draft): value is { readonly [member: string]: Json } | undefined {
  return value === undefined || isRecord(value);
}

function fits(play: Play): Play | undefined {
  const small = sizeOf(play.document) <= DOCUMENT_BYTES_MAX && play.steps.length <= STEPS_MAX;
  return small && !play.document.includes("\0") ? play : undefined;
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** JSON as the node reads it: no key twice, no fractions, bounded depth (docs/spec/json.md). */
function strict(text: string): Draft {
  try {
    return parseJson(text, { bytesMax: FILE_BYTES_MAX }) as Json;
  } catch {
    return undefined;
  }
}

/** The kinds of steps: which members are text, and which others may stand beside them. */
const STEPS: readonly (readonly [texts: readonly string[], others: readonly string[]])[] = [
  [
    ["actor", "action"],
    ["process", "response", "data", "attachments", "time"],
  ],
  [["wait"], []],
  [["time"], []],
];

function isStep(step: unknown): step is Step {
  if (!isRecord(step as Draft)) return false;
  const members = step as Record<string, unknown>;
  return STEPS.some(
    ([texts, others]) =>
      texts.every(name => typeof members[name] === "string") &&
      Object.keys(members).every(name => texts.includes(name) || others.includes(name)),
  );
}

const PLACE = "countersign.playground.";

/** What this person last had in the editor. */
export function keptPlay(person: string): Play | undefined {
  try {
    const text = localStorage.getItem(PLACE + person);
    return text === null ? undefined : opened("scenario", text);
  } catch {
    return undefined;
  }
}

/** Keeps a play in this browser; false if the browser does not. */
export function keepPlay(person: string, play: Play): boolean {
  try {
    localStorage.setItem(PLACE + person, JSON.stringify(written(play)));
    return true;
  } catch {
    return false;
  }
}

/** Data that a form can begin with, so that nobody has to invent some: each required field gets a value that fits. */
export function sample(
  schema: Schema,
  now: string,
  types: Readonly<Record<string, Schema>> = schema.types ?? {},
): Draft {
  return sampleOf(schema, now, types, 0);
}

function sampleOf(written: Schema, now: string, types: Readonly<Record<string, Schema>>, depth: number): Draft {
  const schema = resolve(written, types);
  const given = begin(schema, types);
  const control = controlOf(schema);
  if (depth > 8 || (given !== undefined && control !== "record")) return given;
  switch (control) {
    case "record":
      return Object.fromEntries(
        members(schema)
          .filter(([name]) => schema.required?.includes(name))
          .map(([name, member]) => [name, sampleOf(member, now, types, depth + 1) ?? null]),
      );
    case "choice":
      return schema.enum?.[0];
    case "switch":
      return false;
    case "integer":
      return between(1, schema.minimum, schema.maximum);
    case "decimal":
      return decimal(schema);
    case "date":
      return now.slice(0, 10);
    case "moment":
      return now;
    case "duration":
      return "P1M";
    case "party":
      return undefined;
    case "list":
      return Array.from(
        { length: Math.min(schema.minItems ?? 0, 3) },
        () => sampleOf(schema.items ?? {}, now, types, depth + 1) ?? null,
      );
    case "map":
      return {};
    case "line":
    case "lines":
      if (schema.format === "hash") return `sha256:${"0".repeat(64)}`;
      return "Example".padEnd(schema.minLength ?? 0, ".").slice(0, schema.maxLength ?? 100);
    default:
      return undefined;
  }
}

function between(value: number, least = value, most = value): number {
  return Math.min(Math.max(value, least), Math.max(most, least));
}

function decimal(schema: Schema): string {
  const least = schema["x-min"];
  const most = schema["x-max"];
  const fits = (value: string): boolean =>
    (least === undefined || Number(value) >= Number(least)) && (most === undefined || Number(value) <= Number(most));
  return ["100.00", "1", "0"].find(fits) ?? least ?? most ?? "100.00";
}

/** Files that stand for real ones: no bytes are read in a play, only what a file would be. */
export function sampleFiles(slots: readonly Slot[]): Json {
  const needed = slots.filter(slot => !slot.optional);
  return Object.fromEntries(
    needed.map(slot => {
      const media = (slot.media?.[0] ?? "application/pdf").replace("*", "plain");
      const end = media.split("/")[1]?.replace(/[^a-z0-9]/gi, "") ?? "bin";
      const bytes = Math.min(1_024, slot.max_bytes);
      const file = { hash: `sha256:${"0".repeat(64)}`, name: `example.${end}`, media, bytes };
      return [
        slot.name,
        slot.many === undefined ? file : Array.from({ length: Math.max(1, slot.many.min) }, () => file),
      ];
    }),
  );
}

/** Whether there is anything to fill in. */
export function asks(schema: Schema): boolean {
  return Object.keys(schema.properties ?? {}).length > 0;
}

/** The moment at which the node begins a play. */
const START = "2026-01-01T00:00:00Z";

/** What a scenario asks for at its founding, with values that fit where somebody gave none. */
export function foundingOf(foundation: Foundation, given: Founding | undefined): Founding {
  const actors = foundation.actors.filter(one => asks(one.schema as Schema));
  return {
    inputs: given?.inputs ?? sample(foundation.inputs_schema as Schema, START),
    actors: Object.fromEntries(
      actors.map(one => [one.actor, given?.actors[one.actor] ?? sample(one.schema as Schema, START)]),
    ),
  };
}

/** What of a founding does not fit, by actor; the inputs under an empty name. */
export function foundingFaults(foundation: Foundation, founding: Founding): ReadonlyMap<string, Invalid[]> {
  const faults = new Map([["", faultsOf(foundation.inputs_schema as Schema, founding.inputs)]]);
  for (const one of foundation.actors) {
    if (asks(one.schema as Schema)) faults.set(one.actor, faultsOf(one.schema as Schema, founding.actors[one.actor]));
  }
  return faults;
}

/** What a form for an action needs, in a process within or in `main`. */
export function formsOf(run: Run, { process, action }: { process?: string; action: string }): ActionForms | undefined {
  return run.actions[process === undefined || process === MAIN ? action : `${process}:${action}`];
}

/** The form of a response of an action. */
export function formOf(forms: ActionForms | undefined, response: string): ActionForms["responses"][number] | undefined {
  return forms?.responses.find(one => one.response === response);
}

/** How long until the next thing happens by itself: an ISO duration in whole seconds, and its words. */
export function untilNext(moment: Moment): { wait: string; milliseconds: number } | undefined {
  const due = moment.timers.map(timer => Date.parse(timer.due)).filter(time => !Number.isNaN(time));
  const first = Math.min(...due);
  if (due.length === 0) return undefined;
  const milliseconds = Math.max(0, first - Date.parse(moment.time));
  return { wait: `PT${Math.ceil(milliseconds / 1_000)}S`, milliseconds };
}

/** The title of what happened: `action.response` or `after:state`. */
export function causeTitles(
  run: Run,
  cause: string,
): { action: string; response?: string } | { after: string } | { other: string } {
  if (cause.startsWith("after:")) return { after: run.state_titles[cause.slice(6)] ?? cause.slice(6) };
  const [action = "", response = ""] = cause.split(".");
  const within = Object.keys(run.actions).find(name => name.endsWith(`:${action}`));
  const forms = run.actions[action] ?? run.actions[within ?? ""];
  if (forms === undefined) return { other: cause };
  const said = formOf(forms, response);
  return forms.responses.length > 1 && said !== undefined
    ? { action: forms.title, response: said.title }
    : { action: forms.title };
}
