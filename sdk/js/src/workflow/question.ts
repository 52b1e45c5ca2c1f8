// Questions to another contract, and whether a proof answers them (docs/decisions/0022-contract-to-contract.md).

import { canonicalJson, canonicalText, isObject, type Json, type JsonObject } from "../json.js";
import { EvaluationError } from "../rules/evaluate.js";
import type { Rule } from "../rules/rule.js";
import { memberSchema } from "../rules/schema.js";
import { timestampText } from "../rules/time.js";
import { TEXT_MAX_DEFAULT, holdsPersonal, optional, textType } from "../rules/types.js";
import { toPlain } from "../rules/value.js";
import type { Answer } from "./answer.js";
import { ascending, closed, isName, refuse } from "./form.js";
import type { Parts, Sight } from "./parts.js";
import { reject, type Node, type Process } from "./process.js";
import type { Response } from "./scenario.js";
import { viewOf } from "./view.js";

/** Most characters of a proof. */
export const PROOF_CHARACTERS_MAX = 65_536;
const REQUEST_BYTES_MAX = 64 << 10;
const ANSWERS_MAX = 50;
const FACTS = ["contract", "action", "response", "party", "statement", "at", "answer"];

/** What another contract is asked. */
export interface Question {
  readonly of: Rule;
  readonly request: Request | undefined;
  /** `action` or `action.response`; none: that the request was applied is the answer. */
  readonly answers: readonly string[];
}

interface Request {
  readonly actor: string;
  readonly action: string;
  readonly response: string;
  readonly data: readonly (readonly [string, Rule])[];
}

/** A response in another contract. */
export interface Told {
  readonly statement: string;
  readonly party: string | undefined;
  readonly process: string;
  readonly actor: string;
  readonly action: string;
  readonly response: string | undefined;
  readonly data: Json;
  /** Milliseconds. */
  readonly at: number;
}

/** What a bundle shows of another contract: responses that are applied and final, in the order of its log. */
export interface Shown {
  readonly contract: string;
  readonly said: readonly Told[];
}

/** Reads a proof; nothing if it does not hold. */
export type ProofReader = (text: string) => Shown | undefined;

/** Compiles `contract` of `run`. */
export function loadQuestion(
  value: Json,
  responses: ReadonlyMap<string, Response>,
  sight: Sight,
  parts: Parts,
): Question {
  const { of, ask, answer } = closed(value, ["of"], ["ask", "answer"]);
  if (ask === undefined && answer === undefined) refuse("a question without `ask` and `answer`");
  const answers = ascending(answer, ANSWERS_MAX);
  if (!answers.every(one => one.split(".").length <= 2 && one.split(".").every(isName))) refuse("an answer");
  const rule = parts.expression(of, sight, optional(textType(TEXT_MAX_DEFAULT)));
  carriesProof(responses.get("ok")!);
  return { of: rule, request: ask === undefined ? undefined : loadRequest(ask, sight, parts), answers };
}

function loadRequest(value: Json, sight: Sight, parts: Parts): Request {
  const { actor, action, response, data } = closed(value, ["actor", "action"], ["response", "data"]);
  if (!isName(actor) || !isName(action) || response === "ok") refuse("a name");
  if (response !== undefined && !isName(response)) refuse("a name");
  const names = isObject(data) ? Object.keys(data) : [];
  if (data !== undefined && (!isObject(data) || names.length === 0 || names.length > 100)) refuse("expressions");
  const rules = names.map(name => [name, parts.expression((data as JsonObject)[name], sight)] as const);
  if (rules.some(([, { type }]) => holdsPersonal(type))) refuse("E501");
  return { actor, action, response: response ?? "ok", data: rules };
}

/** The data of `ok` have room for the proof, and say nothing that it does not show. */
function carriesProof({ data }: Response): void {
  const members = data.type.members ?? new Map();
  if ([...members.keys()].some(name => name !== "proof" && !FACTS.includes(name))) refuse("data that no proof shows");
  const proof = data.type.members?.get("proof");
  const long = proof?.kind === "text" && (proof.max ?? 0) >= PROOF_CHARACTERS_MAX;
  if (!long || proof.optional === true || proof.personal !== undefined) refuse("no place for the proof");
}

/** Rejects the data of `ok` that are not proven. In a play there is no other contract to prove anything. */
export function checkProven(
  process: Process,
  node: Node,
  answer: Answer,
  response: Response,
  question: Question,
): void {
  if (answer.contract === undefined) return;
  const invalid = (): never => reject("invalid_proof", "/proof");
  const given = isObject(answer.data) ? answer.data : {};
  const proof = given["proof"];
  const shown = typeof proof === "string" ? answer.proofs?.(proof) : undefined;
  const contract = evaluated(process, node, answer, question.of);
  if (shown === undefined || typeof contract !== "string" || shown.contract !== contract) return invalid();
  const told = answerOf(process, node, answer, question, shown);
  if (told === undefined) return invalid();
  const facts: [string, Json | undefined][] = [
    ["contract", contract],
    ["action", told.action],
    ["response", told.response],
    ["party", told.party],
    ["statement", told.statement],
    ["at", timestampText(told.at)],
    ["answer", told.data],
    ["proof", proof],
  ];
  const wanted = facts.filter(([name, fact]) => fact !== undefined && memberSchema(response.data, name) !== undefined);
  if (canonicalText(Object.fromEntries(wanted) as JsonObject) !== canonicalText(given)) invalid();
}

function answerOf(process: Process, node: Node, answer: Answer, question: Question, shown: Shown): Told | undefined {
  const { request, answers } = question;
  const counts = (told: Told) => answers.some(one => one === told.action || one === `${told.action}.${told.response}`);
  if (request === undefined) return shown.said.findLast(counts);
  const data = Object.fromEntries(request.data.map(([name, rule]) => [name, evaluated(process, node, answer, rule)]));
  if (canonicalJson(data).length > REQUEST_BYTES_MAX) return undefined;
  const at = shown.said.findLastIndex(
    told =>
      told.process === "main" &&
      told.party === answer.party &&
      told.actor === request.actor &&
      told.action === request.action &&
      told.response === request.response &&
      canonicalText(told.data) === canonicalText(data),
  );
  if (at < 0) return undefined;
  return answers.length === 0 ? shown.said[at] : shown.said.slice(at + 1).find(counts);
}

/** The value of an expression, plain. The time is not among what it sees. */
function evaluated(process: Process, node: Node, { actor }: Answer, rule: Rule): Json {
  try {
    return toPlain(rule.run(viewOf(process, node, { actor }), []));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return reject("invalid_proof", "/proof");
  }
}
