// The placeholders `{{ expression }}` of words, and where words with placeholders stand in a scenario.

import { isObject, type Json, type JsonObject } from "../json.js";
import { refuse } from "./form.js";

const PLACEHOLDERS_MAX = 1_000;

/** The sources of the placeholders in a text. */
export function placeholders(text: string): string[] {
  const sources: string[] = [];
  for (let start = text.indexOf("{{"); start >= 0; start = text.indexOf("{{", start)) {
    if (sources.length >= PLACEHOLDERS_MAX) refuse("too many placeholders");
    const end = endOf(text, start + 2);
    sources.push(text.slice(start + 2, end));
    start = end + 2;
  }
  return sources;
}

/** Where the `}}` stands that closes a placeholder: not in a text in quotes, and not that of a map. */
function endOf(text: string, from: number): number {
  let [quoted, braces] = [false, 0];
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === "\\") at += 1;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === "{") braces += 1;
    else if (character === "}" && braces > 0) braces -= 1;
    else if (text.startsWith("}}", at)) return at;
  }
  return refuse("a placeholder that is not closed");
}

/** Every description in a scenario, of itself and of its parts. */
export function descriptionsOf(whole: JsonObject): (Json | undefined)[] {
  const below = (part: Json | undefined, key: string): Json[] => {
    const held = isObject(part) ? part[key] : undefined;
    return isObject(held) ? Object.values(held) : [];
  };
  const actions = below(whole, "actions");
  const responses = actions.flatMap(action => below(action, "responses"));
  const attachments = responses.flatMap(response => below(response, "attachments"));
  const named = ["actors", "assets", "states"].flatMap(key => below(whole, key));
  const parts: Json[] = [whole, ...named, ...actions, ...responses, ...attachments];
  return parts.map(part => (isObject(part) ? part["description"] : undefined));
}
