// Who decides on changes of a running process (docs/spec/scenario.md).

import { isObject, type Json } from "../json.js";
import { durationText, parseDuration } from "../rules/time.js";
import { ascending, closed, refuse, word } from "./form.js";

/** What can be changed by ballot. */
export const CHANGE_KINDS = ["deviation", "update", "dispute"] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Who decides, how many must say yes, and how long the ballot is open. */
export interface BallotRule {
  readonly who: ReadonlySet<string>;
  readonly need: "all" | "majority" | { readonly part: number; readonly whole: number };
  /** A duration as it stands in canonical form. */
  readonly within: string;
}

/** The ballot of each kind; nothing if there is no such change. */
export type ChangeRules = Readonly<Record<ChangeKind, BallotRule | undefined>>;

const WITHIN = "P14D";
const SHARE = /^([1-9][0-9]{0,3})\/([1-9][0-9]{0,3})$/;

/** `changes` in canonical form: what is as it would be anyway is left out. */
export function loadChanges(value: Json | undefined, actors: readonly string[]): ChangeRules {
  const standard: BallotRule = { who: new Set(actors), need: "all", within: WITHIN };
  if (value === undefined) return { deviation: standard, update: standard, dispute: standard };
  if (value === "none") return { deviation: undefined, update: undefined, dispute: undefined };
  const written = closed(value, [], [...CHANGE_KINDS]);
  if (Object.keys(written).length === 0) refuse("changes without a member");
  if (CHANGE_KINDS.every(kind => written[kind] === "none")) refuse("changes that are none");
  const rule = (kind: ChangeKind) => loadBallot(written[kind], actors, standard);
  return { deviation: rule("deviation"), update: rule("update"), dispute: rule("dispute") };
}

function loadBallot(value: Json | undefined, actors: readonly string[], standard: BallotRule): BallotRule | undefined {
  if (value === undefined) return standard;
  if (value === "none") return undefined;
  const ballot = closed(value, ["who", "need", "within"], []);
  const who = ascending(ballot["who"], 100);
  if (who.length === 0 || !who.every(actor => actors.includes(actor))) refuse("no such actor");
  const { within } = ballot;
  const duration = typeof within === "string" ? parseDuration(within) : undefined;
  if (duration === undefined || durationText(duration) !== within || within.startsWith("-") || within === "PT0S")
    return refuse("how long a ballot is open");
  const need = loadNeed(ballot["need"]);
  if (need === "all" && within === WITHIN && who.length === actors.length) refuse("a ballot as it would be anyway");
  return { who: new Set(who), need, within };
}

function loadNeed(value: Json | undefined): BallotRule["need"] {
  if (!isObject(value)) return word(value, ["all", "majority"] as const) ?? refuse("how many must say yes");
  const { share } = closed(value, ["share"], []);
  const found = typeof share === "string" ? SHARE.exec(share) : null;
  const [part, whole] = [Number(found?.[1]), Number(found?.[2])];
  return found !== null && part <= whole ? { part, whole } : refuse("a share");
}
