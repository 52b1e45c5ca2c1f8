// The form of a scenario in canonical form: keys, names, words (docs/spec/scenario.md). Nothing else is read here.

import { isObject, type Json, type JsonObject } from "../json.js";
import { characters, compareText, sortedTexts } from "../text.js";
import { MEMBERS_MAX, type Many } from "./scenario.js";

/** A document that is no scenario of this version in canonical form. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

/** Refuses a document. */
export function refuse(why: string): never {
  throw new ScenarioError(why);
}

const RESERVED = "stay everyone none if then else and or not in is assigned unassigned otherwise true false".split(" ");
const TEXT_CHARACTERS_MAX = 65_536;
const TRANSLATIONS_MAX = 24;

/** Whether a text can name a state, an actor and so on. */
export function isName(text: Json | undefined): text is string {
  return typeof text === "string" && /^[a-z][a-z0-9_]{0,62}$/.test(text) && !RESERVED.includes(text);
}

/** Whether a value is a name. `stay` is one here, since `goto` has it; only what is declared cannot be called so. */
export function isNameValue(text: Json | undefined): text is string {
  return text === "stay" || isName(text);
}

/** An object with exactly these members, and perhaps the optional ones. */
export function closed(value: Json | undefined, required: readonly string[], optional: readonly string[]): JsonObject {
  if (!isObject(value)) refuse("an object is missing");
  const unknown = Object.keys(value).find(key => !required.includes(key) && !optional.includes(key));
  if (unknown !== undefined) refuse(`\`${unknown}\` does not stand here`);
  const missing = required.find(key => !Object.hasOwn(value, key));
  return missing === undefined ? value : refuse(`\`${missing}\` is missing`);
}

/** The members of a map by name, ascending. What is written has members, but at most so many. */
export function named(value: Json | undefined, max: number): [string, Json][] {
  if (value === undefined) return [];
  const members = isObject(value) ? sortedTexts(Object.keys(value)) : [];
  if (!isObject(value) || members.length === 0 || members.length > max || !members.every(isName)) refuse("names");
  return members.map(name => [name, value[name]!]);
}

/** A list; what is written is not empty, unless it may be. */
export function items(value: Json | undefined, max: number, least = 1): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) && value.length >= least && value.length <= max ? value : refuse("a list");
}

/** Texts that ascend. */
export function ascending(value: Json | undefined, max: number): readonly string[] {
  const texts = items(value, max);
  if (!texts.every(text => typeof text === "string")) refuse("a list of texts");
  const ordered = texts.every((text, at) => at === 0 || compareText(texts[at - 1] as string, text as string) < 0);
  return ordered ? (texts as string[]) : refuse("a list that ascends");
}

/** An integer that is written, and is not the default. */
export function integer(value: Json | undefined, standard: number, least: number, most: number): number {
  if (value === undefined) return standard;
  const allowed = typeof value === "number" && value !== standard && value >= least && value <= most;
  return allowed ? value : refuse("an integer");
}

/** One of some words. */
export function word<T extends string>(value: Json | undefined, words: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  return words.find(one => one === value) ?? refuse("a word");
}

/** A text of at most so many characters. */
export function line(value: Json | undefined, max: number): void {
  if (value !== undefined && (typeof value !== "string" || characters(value) > max)) refuse("a line");
}

function isTag(text: string): boolean {
  return /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(text);
}

/** A tag of a language. */
export function language(value: Json | undefined): void {
  if (typeof value !== "string" || !isTag(value)) refuse("a language");
}

/** Words by language. Titles have no placeholders. */
export function words(value: Json | undefined, placeholders: "with" | "without"): void {
  if (value === undefined) return;
  const written = isObject(value) ? Object.entries(value) : [];
  if (written.length === 0 || written.length > TRANSLATIONS_MAX) refuse("words");
  for (const [tag, text] of written) {
    if (!isTag(tag) || typeof text !== "string" || text === "" || characters(text) > TEXT_CHARACTERS_MAX)
      refuse("words");
    if (placeholders === "without" && text.includes("{{")) refuse("a placeholder in a title");
  }
}

/** Title and description, and that `ui` is a map. */
export function described(part: JsonObject): void {
  words(part["title"], "without");
  words(part["description"], "with");
  if (part["ui"] !== undefined && (!isObject(part["ui"]) || Object.keys(part["ui"]).length > 100)) refuse("ui");
}

/** `many`: how many there may be. */
export function loadMany(value: Json | undefined): Many {
  const { min, max } = closed(value, ["min", "max"], []);
  const whole = typeof min === "number" && typeof max === "number" && 0 <= min && min <= max && 1 <= max;
  return whole && max <= MEMBERS_MAX ? { min, max } : refuse("how many");
}
