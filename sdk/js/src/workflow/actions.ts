// Actions and their responses, compiled.

import { isObject, type Json, type JsonObject } from "../json.js";
import { NOTHING, compileSchema } from "../rules/schema.js";
import { ATTACHMENT, TEXT_MAX_DEFAULT, TIMESTAMP, optional, recordType, textType, type Type } from "../rules/types.js";
import { compareText } from "../text.js";
import { closed, described, integer, isName, items, line, loadMany, named, refuse, word } from "./form.js";
import type { Parts, Sight } from "./parts.js";
import { loadProving } from "./proof.js";
import type { Action, Attachment, Response } from "./scenario.js";
import { loadAnnounce, ownActions, ownNames } from "./synchronise.js";
import { checkRun } from "./system.js";

const ATTACHMENT_BYTES_MAX = 10 << 20;
const RESPONSES_MAX = 50;
const ACTIONS_MAX = 2_000;

/** Compiles the actions. */
export function loadActions(whole: JsonObject, parts: Parts): ReadonlyMap<string, Action> {
  const members = named(whole["actions"], ACTIONS_MAX);
  // An action can be named before it stands.
  for (const [name, action] of members) {
    const responses = isObject(action) ? action["responses"] : undefined;
    parts.declare(name, isObject(responses) ? Object.keys(responses) : []);
  }
  for (const name of ownNames(whole)) parts.declare(name, []);
  const declared = members.map(([name, action]): [string, Action] => [name, loadAction(action, parts)]);
  return new Map([...declared, ...ownActions(whole, parts)].sort(([left], [right]) => compareText(left, right)));
}

function loadAction(value: Json, parts: Parts): Action {
  const action = closed(
    value,
    ["title", "kind", "by", "responses"],
    ["description", "clause", "ui", "needs", "if", "seen", "expect", "priority", "run", "announce"],
  );
  described(action);
  parts.clause(action["clause"]);
  const system = action["run"] !== undefined;
  word(action["needs"], system ? ["countersigned"] : ["countersigned", "final"]);
  integer(action["priority"], 0, -100, 100);
  const kind = word(action["kind"], ["performative", "informative"]);
  const by = parts.actorsNamed(action["by"]);
  const acting = parts.acting(by);
  const sight: Sight = new Map([
    ["actor", acting],
    ["time", TIMESTAMP],
  ]);
  const condition = parts.guard(action["if"], sight);
  const seen = items(action["seen"], 20).map(path => parts.seenPath(path));
  const written = named(action["responses"], RESPONSES_MAX);
  const responses = new Map(written.map(([name, response]) => [name, loadResponse(response, acting, parts)]));
  const expect = expected(action["expect"], [...responses.keys()]);
  const question = system ? checkRun(action["run"]!, by, responses, sight, parts) : undefined;
  const announce = loadAnnounce(action["announce"], parts);
  if (system && announce !== undefined) refuse("a system action that is announced");
  return {
    performative: kind === "performative",
    system,
    question,
    by,
    condition,
    seen,
    responses,
    expect,
    announce,
    own: undefined,
  };
}

/** The response on the golden flow: the only one, or `ok`, or what is written. */
function expected(value: Json | undefined, responses: readonly string[]): string {
  const standard = responses.length === 1 ? responses[0] : responses.find(name => name === "ok");
  if (value === undefined) return standard ?? refuse("no response is expected");
  if (typeof value !== "string" || value === standard || !responses.includes(value)) refuse("no such response");
  return value;
}

function loadResponse(value: Json, acting: Type, parts: Parts): Response {
  const response = closed(value, ["title"], ["description", "ui", "schema", "attachments", "proof", "do"]);
  described(response);
  const data = response["schema"] === undefined ? NOTHING : compileSchema(response["schema"], parts.types);
  const attachments = new Map(
    named(response["attachments"], 50).map(([name, attachment]) => [name, loadAttachment(attachment)]),
  );
  const effects = parts.effects(response["do"], responseSight(acting, data.type, attachedType(attachments)));
  return { data, attachments, effects, proving: loadProving(response["proof"], data.type, parts) };
}

function loadAttachment(value: Json): Attachment {
  const attachment = closed(value, ["title"], ["description", "media", "many", "optional", "max_bytes", "personal"]);
  described(attachment);
  const media = attachment["media"] === undefined ? undefined : items(attachment["media"], 32);
  media?.forEach(one => line(one, 127));
  if (attachment["optional"] !== undefined && attachment["optional"] !== true) refuse("optional");
  const bytesMax = integer(attachment["max_bytes"], ATTACHMENT_BYTES_MAX, 1, 1 << 30);
  const personal = attachment["personal"];
  // That there is such a class was checked.
  if (personal !== undefined && !isName(personal)) refuse("the name of a data class");
  const many = attachment["many"] === undefined ? undefined : loadMany(attachment["many"]);
  const may = attachment["optional"] === true;
  return { media: media as string[] | undefined, optional: may, many, bytesMax, personal };
}

/** What expressions see of the files of a response. */
export function attachedType(attachments: ReadonlyMap<string, Attachment>): Type {
  return recordType(
    [...attachments].map(([name, { personal, many }]) => {
      const file: Type = { ...ATTACHMENT, personal };
      return [name, optional(many === undefined ? file : { kind: "list", of: file, ...many })];
    }),
  );
}

/** What stands beside the process while a response is given. */
export function responseSight(actor: Type, data: Type, attached: Type): Sight {
  return new Map<string, Type>([
    ["actor", actor],
    ["data", data],
    ["attachments", attached],
    ["time", TIMESTAMP],
    ["response", textType(TEXT_MAX_DEFAULT)],
  ]);
}
