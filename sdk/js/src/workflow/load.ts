// From a document in canonical form to a scenario that runs (docs/spec/scenario.md).

import { sha256 } from "../hash.js";
import { canonicalJson, type Json } from "../json.js";
import { ExpressionError } from "../rules/rule.js";
import { SchemaError } from "../rules/schema.js";
import { BODY_OPTIONAL, BODY_REQUIRED } from "./body.js";
import { loadCalendars } from "./calendars.js";
import { loadChanges } from "./changes.js";
import { checkClasses } from "./classes.js";
import { Family } from "./family.js";
import { ScenarioError, ascending, closed, integer, isNameValue, items, language, line, refuse } from "./form.js";
import type { Body, Comments, Scenario } from "./scenario.js";

const COMMENT_BYTES_MAX = 65_536;
const BYTES_MAX = 1 << 20;

/** Compiles a scenario; throws {@link ScenarioError}. */
export function loadScenario(document: Json): Scenario {
  try {
    return load(document);
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof SchemaError) throw new ScenarioError(error.message);
    throw error;
  }
}

function load(document: Json): Scenario {
  const canonical = canonicalJson(document);
  if (canonical.length > BYTES_MAX) refuse("more than 1 MiB");
  const required = ["scenario", "name", "language", ...BODY_REQUIRED];
  const whole = closed(document, required, [
    "version",
    "changes",
    "calendars",
    "comments",
    "data_classes",
    ...BODY_OPTIONAL,
  ]);
  if (whole["scenario"] !== "countersign/scenario/v1" || !isNameValue(whole["name"]))
    refuse("a scenario of this version");
  language(whole["language"]);
  line(whole["version"], 64);
  checkClasses(whole);
  const body = new Family(whole, loadCalendars(whole["calendars"])).root();
  const changes = loadChanges(whole["changes"], [...body.actors.keys()]);
  return { ...body, digest: sha256(canonical), comments: loadComments(whole["comments"], body), changes };
}

function loadComments(value: Json | undefined, { actors }: Body): Comments | undefined {
  const everyone = new Set(actors.keys());
  if (value === undefined) return { by: everyone, media: ["text/plain"], bytesMax: COMMENT_BYTES_MAX };
  if (value === "none") return undefined;
  const comments = closed(value, ["by"], ["media", "max_bytes"]);
  const by = ascending(comments["by"], 100);
  if (by.length === 0 || !by.every(name => everyone.has(name))) refuse("no such actor");
  const media = comments["media"] === undefined ? ["text/plain"] : items(comments["media"], 32, 0);
  media.forEach(one => line(one, 127));
  const bytesMax = integer(comments["max_bytes"], COMMENT_BYTES_MAX, 1, 1 << 30);
  return { by: new Set(by), media: media as string[], bytesMax };
}
