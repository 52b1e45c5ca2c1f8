// The payload of a genesis: scenario, inputs, and who plays whom (docs/spec/contract.md, "Genesis payload").

import { equalBytes } from "../bytes.js";
import { sha256 } from "../hash.js";
import { idBytes } from "../ids.js";
import { canonicalJson, isObject, member, readCanonicalJson, type Json, type JsonObject } from "../json.js";
import { ScenarioError } from "../workflow/form.js";
import { loadScenario } from "../workflow/load.js";
import { isPlayed, principalOf, type Scenario } from "../workflow/scenario.js";

const CHARTER_BYTES_MAX = 4 << 20;
/** A sum of 500 numbers is a tree 1,000 deep. */
const CHARTER_DEPTH_MAX = 1_210;

/** What a contract is about. */
export interface Charter {
  scenario: JsonObject;
  inputs: JsonObject;
  actors: Map<string, { party: string; data: JsonObject }>;
  /** The scenario, ready to run. */
  compiled: Scenario;
}

/** Reads a charter; nothing if it is not one, or not of that scenario. */
export function readCharter(bytes: Uint8Array, scenario: Uint8Array): Charter | undefined {
  let value: Json;
  try {
    value = readCanonicalJson(bytes, { bytesMax: CHARTER_BYTES_MAX, depthMax: CHARTER_DEPTH_MAX });
  } catch {
    return undefined;
  }
  if (!isObject(value) || Object.keys(value).sort().join() !== "actors,inputs,scenario") return undefined;
  const { actors, inputs, scenario: document } = value;
  if (!isObject(actors) || !isObject(inputs) || !isObject(document)) return undefined;
  if (!equalBytes(sha256(canonicalJson(document)), scenario)) return undefined;
  const bound = new Map<string, { party: string; data: JsonObject }>();
  for (const [actor, player] of Object.entries(actors)) {
    const [party, data] = [member(player, "party"), member(player, "data")];
    if (!isObject(player) || Object.keys(player).length !== 2) return undefined;
    if (typeof party !== "string" || idBytes("idn", party) === undefined || !isObject(data)) return undefined;
    bound.set(actor, { party, data });
  }
  const compiled = compiledOf(document);
  // Who follows another is bound by that one.
  const stray = [...bound.keys()].some(
    actor => compiled === undefined || !isPlayed(compiled, actor) || principalOf(compiled, actor) !== actor,
  );
  return compiled === undefined || stray ? undefined : { scenario: document, inputs, actors: bound, compiled };
}

function compiledOf(document: JsonObject): Scenario | undefined {
  try {
    return loadScenario(document);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return undefined;
  }
}

/** A text of the scenario in the language that prevails. */
export function inWords(scenario: JsonObject, text: Json | undefined): string | null {
  const language = member(scenario, "language");
  const words = typeof language === "string" ? member(text, language) : undefined;
  return typeof words === "string" ? words : null;
}
