// Classes of personal data, and the envelopes of what a response says (docs/spec/scenario.md, "Personal data").

import { isObject, type Json, type JsonObject } from "../json.js";
import { durationText, parseDuration } from "../rules/time.js";
import { sealedIn } from "../rules/schema.js";
import { sortedTexts } from "../text.js";
import { ascending, closed, named, refuse, word, words } from "./form.js";
import { reject } from "./process.js";
import type { Response } from "./scenario.js";

const CLASSES_MAX = 100;
const ENVELOPE = { media: "application/json", name: "personal", bytesMax: 64 * 1024 };

/** Checks the classes, and that every class that is named is one of them. */
export function checkClasses(document: JsonObject): void {
  const actors = Object.keys(isObject(document["actors"]) ? document["actors"] : {});
  const classes = named(document["data_classes"], CLASSES_MAX);
  for (const [, value] of classes) {
    const one = closed(value, ["title", "subject", "purpose", "keep", "from"], ["holders"]);
    words(one["title"], "without");
    words(one["purpose"], "without");
    if (one["subject"] === undefined || word(one["subject"], actors) === undefined) refuse("subject");
    word(one["from"], ["end", "entry"]);
    const keep = one["keep"];
    const duration = typeof keep === "string" ? parseDuration(keep) : undefined;
    const positive = duration !== undefined && duration.months + duration.days + duration.ms > 0;
    if (!positive || durationText(duration) !== keep) refuse("keep");
    const holders = ascending(one["holders"], actors.length);
    if (!holders.every(name => actors.includes(name)) || holders.length === actors.length) refuse("holders");
  }
  const known = new Set(classes.map(([name]) => name));
  if (![...classesIn(document), ...classesOfFiles(document)].every(name => known.has(name)))
    refuse("no such data class");
  // Classes are of the scenario itself, not of what stands in it, however deep.
  const open = below(document, "scenarios").filter(isObject);
  for (let body = open.pop(); body !== undefined; body = open.pop()) {
    if (classesIn(body).length + classesOfFiles(body).length > 0) refuse("no such data class");
    open.push(...below(body, "scenarios").filter(isObject));
  }
}

/** The classes that the schemas of a scenario, or of what stands in it, name. */
function classesIn(body: JsonObject): string[] {
  const responses = below(body, "actions").flatMap(action => below(action, "responses"));
  const told = [...below(body, "actors"), ...below(body, "assets"), ...below(body, "signals"), ...responses];
  const schemas = told.flatMap(one => (isObject(one) ? [one["schema"]] : []));
  return [...schemas, ...below(body, "types"), body["vars"], body["inputs"]].flatMap(classesOfSchema);
}

/** The classes that a schema names; what is free in it, such as `ui`, is none of them. */
function classesOfSchema(schema: Json | undefined): string[] {
  if (!isObject(schema)) return [];
  const own = schema["x-personal"];
  const parts = [...below(schema, "properties"), schema["items"], schema["additionalProperties"]];
  return [...(typeof own === "string" ? [own] : []), ...parts.flatMap(classesOfSchema)];
}

/** What stands under the names of a map. */
function below(json: Json | undefined, key: string): Json[] {
  const found = isObject(json) ? json[key] : undefined;
  return isObject(found) ? Object.values(found) : [];
}

/** The classes that files of responses name. */
function classesOfFiles(document: JsonObject): string[] {
  const responses = below(document, "actions").flatMap(action => below(action, "responses"));
  const files = responses.flatMap(response => below(response, "attachments"));
  return files.flatMap(file => (isObject(file) && typeof file["personal"] === "string" ? [file["personal"]] : []));
}

/** Each personal value lies in an envelope of its own, called by the pointer of its place, and there is no other. */
export function checkEnvelopes(response: Response, data: Json, attachments: JsonObject): void {
  const invalid = (name: string): never =>
    reject("invalid_attachment", `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  const sealed = sealedIn(response.data, data);
  const stray = sortedTexts(Object.keys(attachments)).find(
    name => name.startsWith("/") && !sealed.some(({ pointer }) => pointer === name),
  );
  if (stray !== undefined) invalid(stray);
  for (const { pointer, hash } of sealed) {
    const files = Object.hasOwn(attachments, pointer) ? attachments[pointer] : undefined;
    const file = Array.isArray(files) && files.length === 1 ? files[0] : undefined;
    const { commitment, media, name, bytes } = isObject(file) ? file : invalid(pointer);
    const fits =
      commitment === hash &&
      media === ENVELOPE.media &&
      name === ENVELOPE.name &&
      typeof bytes === "number" &&
      bytes >= 0 &&
      bytes <= ENVELOPE.bytesMax;
    if (!fits) invalid(pointer);
  }
}
