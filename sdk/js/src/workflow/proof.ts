// Responses that prove something without showing it (docs/spec/zero-knowledge.md).

import type { Json } from "../json.js";
import { EvaluationError } from "../rules/evaluate.js";
import { decimalOf, type Decimal } from "../rules/decimal.js";
import type { Rule } from "../rules/rule.js";
import { DECIMAL, memberOf, type Type } from "../rules/types.js";
import { at, type Value } from "../rules/value.js";
import { proofHolds, readChallenge, type Claim } from "../zero-knowledge/index.js";
import type { Answer } from "./answer.js";
import { closed, refuse } from "./form.js";
import type { Parts, Sight } from "./parts.js";
import { reject, type Node, type Process } from "./process.js";
import type { Proving } from "./scenario.js";
import { valueAt, viewOf } from "./view.js";

/** The member of the data of a response that is the proof. */
const MEMBER = "proof";
/** What a bound can be, scaled. */
const BOUND = 1n << 63n;
const NOTHING: Sight = new Map();

/** Compiles `proof` of a response. */
export function loadProving(value: Json | undefined, data: Type, parts: Parts): Proving | undefined {
  if (value === undefined) return undefined;
  const proof = closed(value, ["of", "challenge"], ["min", "max", "knows"]);
  const [of, challenge] = (["of", "challenge"] as const).map(key => parts.seenPath(proof[key]!));
  const [type, asked] = [parts.typeAt(of!), parts.typeAt(challenge!)];
  if (type.kind !== "commitment" || asked.kind !== "challenge") refuse("no commitment, or no challenge");
  if (type.personal !== undefined || asked.personal !== undefined) refuse("personal data");
  const [min, max] = (["min", "max"] as const).map(key =>
    proof[key] === undefined ? undefined : parts.expression(proof[key], NOTHING, DECIMAL),
  );
  const isBound = min !== undefined || max !== undefined;
  if (isBound ? proof["knows"] !== undefined : proof["knows"] !== true) refuse("bounds, or `knows`");
  const member = memberOf(data, MEMBER);
  if (member?.kind !== "proof" || member.optional === true) refuse("no place for the proof");
  return { of: of!, challenge: challenge!, digits: type.digits ?? 0, min, max };
}

/** Rejects an answer whose data do not prove what is asked. */
export function checkProof(
  process: Process,
  node: Node,
  answer: Answer,
  response: string,
  proving: Proving,
  data: Value,
): void {
  const textAt = (path: readonly string[]) => {
    const value = valueAt(process, node, path);
    return value?.kind === "text" ? value.value : "";
  };
  const bound = (rule: Rule | undefined, rounding: "up" | "down"): bigint | undefined => {
    if (rule === undefined) return undefined;
    return scaled(evaluated(rule, process, node), proving.digits, rounding) ?? reject("invalid_proof");
  };
  const commitment = textAt(proving.of);
  const challenge = readChallenge(textAt(proving.challenge));
  if (commitment === "" || challenge === undefined) reject("invalid_proof");
  const claim: Claim = { min: bound(proving.min, "up"), max: bound(proving.max, "down") };
  const proof = at(data, [MEMBER]);
  const { contract = "", process: path, action, party = "" } = answer;
  const occasion = { contract, process: path, action, response, party, challenge };
  const holds = proof?.kind === "text" && proofHolds(occasion, claim, commitment, proof.value);
  if (!holds) reject("invalid_proof", `/${MEMBER}`);
}

function evaluated(rule: Rule, process: Process, node: Node): Value {
  try {
    return rule.run(viewOf(process, node, {}), []);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return reject("expression_error");
  }
}

/** A bound as a multiple of the last digit, rounded inwards; nothing if it is unassigned or does not fit. */
function scaled(value: Value, digits: number, rounding: "up" | "down"): bigint | undefined {
  const decimal: Decimal | undefined =
    value?.kind === "int" ? decimalOf(value.value) : value?.kind === "decimal" ? value.value : undefined;
  if (decimal === undefined) return undefined;
  const power = 10n ** BigInt(decimal.scale);
  const whole = decimal.scaled * 10n ** BigInt(digits);
  const rest = ((whole % power) + power) % power;
  const down = (whole - rest) / power;
  const found = rest === 0n || rounding === "down" ? down : down + 1n;
  return found >= -BOUND && found < BOUND ? found : undefined;
}
