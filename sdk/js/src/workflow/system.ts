// `run`: what a node does by itself (docs/spec/scenario.md). Nothing is run here; its form and expressions are checked.

import { isObject, type Json } from "../json.js";
import { Invalid, memberSchema, validate } from "../rules/schema.js";
import { TEXT_MAX_DEFAULT, holdsPersonal, isSealed, optional, textType, type Type } from "../rules/types.js";
import { durationText, parseDuration } from "../rules/time.js";
import { closed, integer, isNameValue, line, refuse, word } from "./form.js";
import type { Parts, Sight } from "./parts.js";
import { loadQuestion, type Question } from "./question.js";
import type { Response } from "./scenario.js";

const HEADER_TYPE: Type = optional(textType(TEXT_MAX_DEFAULT));
const WAIT_MS_MAX = 30 * 86_400_000;
const DAY_MS = 86_400_000;
/** Headers that the node sets itself. */
const OWN_HEADERS = (
  "authorization connection content-digest content-length content-type date expect host idempotency-key signature " +
  "signature-input te transfer-encoding upgrade"
).split(" ");

/** Refuses a `run` that no node of this version accepts. What it asks another contract, if that is what it does. */
export function checkRun(
  value: Json,
  by: ReadonlySet<string>,
  responses: ReadonlyMap<string, Response>,
  sight: Sight,
  parts: Parts,
): Question | undefined {
  if (by.size !== 1) refuse("a system action of several actors");
  if ([...by].some(actor => parts.actor(actor).many !== undefined)) refuse("a system action of a group");
  const error = responses.get("error");
  if (error === undefined || !responses.has("ok")) refuse("a system action without `ok` and `error`");
  const run = closed(value, ["timeout"], ["http", "webhook", "program", "contract", "retry", "poll"]);
  const kinds = ["http", "webhook", "program", "contract"].filter(key => run[key] !== undefined);
  if (kinds.length !== 1) refuse("a system action is one of four");
  if (run["http"] !== undefined) {
    const http = closed(run["http"], ["method", "url"], ["headers", "body", "secret"]);
    if (word(http["method"], ["GET", "POST", "PUT", "PATCH", "DELETE"]) === undefined) refuse("a method");
    address(http["url"]!);
    expressions(http["headers"], 50, sight, parts, HEADER_TYPE).forEach(header);
    expressions(http["body"], 100, sight, parts);
    if (http["secret"] !== undefined) called(http["secret"]);
  } else if (run["webhook"] !== undefined) {
    const webhook = closed(run["webhook"], ["url"], ["body"]);
    address(webhook["url"]!);
    expressions(webhook["body"], 100, sight, parts);
  } else if (run["program"] !== undefined) {
    const program = closed(run["program"], ["name"], ["input"]);
    called(program["name"]!);
    expressions(program["input"], 100, sight, parts);
  }
  milliseconds(run["timeout"]!);
  if (run["retry"] !== undefined) {
    const retry = closed(run["retry"], ["times", "first", "factor", "longest"], []);
    integer(retry["times"], 0, 1, 100);
    integer(retry["factor"], 0, 1, 10);
    milliseconds(retry["first"]!);
    milliseconds(retry["longest"]!);
  }
  if (run["poll"] !== undefined) {
    const poll = closed(run["poll"], ["every", "times"], []);
    integer(poll["times"], 0, 1, 100_000);
    milliseconds(poll["every"]!);
  }
  for (const name of ["ok", "error"]) givenByNode(responses.get(name)!);
  tellsFailures(error);
  // Who acts declares the time, so a question does not see it.
  const asker = new Map([...sight].filter(([name]) => name === "actor"));
  return run["contract"] === undefined ? undefined : loadQuestion(run["contract"], responses, asker, parts);
}

/** Expressions by name; those that are written are at least one. */
function expressions(
  value: Json | undefined,
  max: number,
  sight: Sight,
  parts: Parts,
  expected?: Type,
): readonly string[] {
  if (value === undefined) return [];
  const names = isObject(value) ? Object.keys(value) : [];
  if (!isObject(value) || names.length === 0 || names.length > max) refuse("expressions");
  for (const name of names) {
    // What stands in the place of personal data is a commitment, which nobody means to send.
    if (holdsPersonal(parts.expression(value[name], sight, expected).type)) refuse("E501");
  }
  return names;
}

/** What the operator calls a secret or a program. */
function called(value: Json): void {
  if (!isNameValue(value)) refuse("a name");
}

function header(name: string): void {
  if (!/^[A-Za-z0-9-]{1,128}$/.test(name) || OWN_HEADERS.includes(name.toLowerCase())) refuse("a header");
}

function address(value: Json): void {
  line(value, 2_048);
  const host = typeof value === "string" ? /^https?:\/\/([^/?]+)/.exec(value)?.[1] : undefined;
  if (host === undefined || host.includes("@") || !/^[!-"$-~]+$/.test(value as string)) refuse("an address");
}

/** A duration in its normal form, above zero, without months, at most 30 days. */
function milliseconds(value: Json): void {
  const found = typeof value === "string" ? parseDuration(value) : undefined;
  if (found === undefined || durationText(found) !== value) refuse("a duration");
  const { months, days, ms } = found;
  const whole = days * DAY_MS + ms;
  if (months !== 0 || days < 0 || ms < 0 || whole <= 0 || whole > WAIT_MS_MAX) refuse("a duration of a system action");
}

/** A node attaches no file and seals no personal data: those are optional. */
function givenByNode({ data, attachments }: Response): void {
  if (
    [...attachments.values()].some(({ optional, many }) => !optional && many?.min !== 0) ||
    needsEnvelope(data.type)
  ) {
    refuse("a response that no node gives by itself");
  }
}

/** Whether there is no value without personal data in an envelope of their own. */
function needsEnvelope(type: Type): boolean {
  if (type.optional === true) return false;
  if (isSealed(type)) return true;
  if (type.kind === "list") return (type.min ?? 0) > 0 && needsEnvelope(type.of!);
  return type.kind === "record" && [...type.members!.values()].some(needsEnvelope);
}

/** A node must be able to give `error`, whatever went wrong. */
function tellsFailures(error: Response): void {
  const known: [string, Json][] = [
    ["reason", "unreachable"],
    ["detail", "no answer"],
    ["attempts", 1],
    ["witness", `sha256:${"0".repeat(64)}`],
  ];
  const data = Object.fromEntries(known.filter(([name]) => memberSchema(error.data, name) !== undefined));
  try {
    validate(error.data, data);
  } catch (cause) {
    if (!(cause instanceof Invalid)) throw cause;
    refuse("`error` asks for more than a node can say");
  }
}
