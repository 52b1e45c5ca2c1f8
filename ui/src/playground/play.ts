// A play as it is kept and passed on: a text and the steps taken in it.
import type { Json } from "../api/types";
import { begin, controlOf, isRecord, members, resolve, type Draft, type Schema } from "../form/schema";
import type { ActionForms, Moment, Run, Slot, Step } from "./types";

/** What somebody plays with. */
export interface Play {
  /** The name of its file, without an ending. */
  name: string;
  document: string;
  steps: readonly Step[];
}

/** What a shared file says that it is. */
const FORMAT = "countersign/play/v1";
/** The node takes no larger document. */
export const DOCUMENT_BYTES_MAX = 1 << 20;
/** The node plays no more steps. */
export const STEPS_MAX = 1_000;
/** A file with steps and data is not larger. */
export const FILE_BYTES_MAX = 4 << 20;

/** The one file that holds a play. */
export function shared(play: Play): string {
  return `${JSON.stringify({ format: FORMAT, ...play }, null, 2)}\n`;
}

/** A file somebody opened: a shared play, or the text of a scenario. `undefined`: neither. */
export function opened(file: string, text: string): Play | undefined {
  const name = file.replace(/\.(play\.json|ya?ml|json)$/i, "").slice(0, 80) || "scenario";
  const found = json(text);
  if (!isRecord(found) || found["format"] !== FORMAT) return fits({ name, document: text, steps: [] });
  const { document, steps } = found;
  if (typeof document !== "string" || !Array.isArray(steps) || !steps.every(isStep)) return undefined;
  const given = found["name"];
  return fits({ name: typeof given === "string" ? given.slice(0, 80) : name, document, steps });
}

function fits(play: Play): Play | undefined {
  const bytes = new TextEncoder().encode(play.document).length;
  return bytes > DOCUMENT_BYTES_MAX || play.steps.length > STEPS_MAX || play.document.includes("\0") ? undefined : play;
}

function json(text: string): Draft {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isStep(step: unknown): step is Step {
  if (!isRecord(step as Draft)) return false;
  const { actor, action, wait, time } = step as Record<string, unknown>;
  const acts = typeof actor === "string" && typeof action === "string";
  return acts || (typeof wait === "string" && actor === undefined) || (typeof time === "string" && actor === undefined);
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
    localStorage.setItem(PLACE + person, JSON.stringify({ format: FORMAT, ...play }));
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
      return [
        slot.name,
        { hash: `sha256:${"0".repeat(64)}`, name: `example.${end}`, media, bytes: Math.min(1_024, slot.max_bytes) },
      ];
    }),
  );
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
  const forms = run.actions[action];
  if (forms === undefined) return { other: cause };
  const said = formOf(forms, response);
  return forms.responses.length > 1 && said !== undefined
    ? { action: forms.title, response: said.title }
    : { action: forms.title };
}
