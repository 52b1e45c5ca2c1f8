// How the playground says what the node told it.
import { locale, t, type Key } from "../messages";
import type { Flaw, Moment, Report, Step } from "./types";

/** Something that a check looks at. */
export interface Check {
  said: Key;
  /** Its findings. */
  codes: RegExp;
  /** What has to be in order before it can be looked at at all. */
  needs: "nothing" | "form" | "names" | "sound" | "all";
}

/** In the order in which they are told; the codes are those of docs/errors/scenario.md. */
const CHECKS: readonly Check[] = [
  { said: "playground.checkForm", codes: /^E1/, needs: "nothing" },
  { said: "playground.checkNames", codes: /^E2/, needs: "form" },
  { said: "playground.checkExpressions", codes: /^E4/, needs: "form" },
  { said: "playground.checkPersonal", codes: /^E5/, needs: "form" },
  { said: "playground.checkReached", codes: /^E301/, needs: "names" },
  { said: "playground.checkEnds", codes: /^E302/, needs: "names" },
  { said: "playground.checkWays", codes: /^E303/, needs: "names" },
  { said: "playground.checkResponses", codes: /^E304/, needs: "names" },
  { said: "playground.checkLoops", codes: /^E305/, needs: "names" },
  { said: "playground.checkSound", codes: /^E306/, needs: "sound" },
  { said: "playground.checkBoth", codes: /^W602/, needs: "all" },
  { said: "playground.checkWaits", codes: /^W604/, needs: "all" },
  { said: "playground.checkSeen", codes: /^W605/, needs: "all" },
];

/** Without these the ways of a process are not looked at: the node would only repeat itself. */
const BLOCKS = /^(E104|E105|E106|E201|E202)$/;

/** The check that a flaw speaks against; of one that depends on conditions there is no finding. */
const FLAWED: Readonly<Record<Flaw["kind"], Key>> = {
  dead: "playground.checkWays",
  cannot_end: "playground.checkSound",
  left_behind: "playground.checkSound",
  system_loop: "playground.checkLoops",
};

/** Which checks found nothing, and which were not made because of other faults. */
export function checksOf(report: Report): { passed: Check[]; left: Check[] } {
  const codes = report.findings.map(finding => finding.code);
  const unread = report.outline === undefined || codes.some(code => code === "E101" || code === "E110");
  const made = ({ needs }: Check): boolean => {
    if (needs === "nothing") return true;
    if (needs === "form") return !unread;
    if (needs === "sound") return report.soundness?.ignored.whole === true;
    return !unread && (needs === "names" ? !codes.some(code => BLOCKS.test(code)) : report.errors === 0);
  };
  const { ignored, honoured } = report.soundness ?? {};
  const flawed = new Set([ignored, honoured].flatMap(verdict => (verdict?.flaws ?? []).map(flaw => FLAWED[flaw.kind])));
  const clean = CHECKS.filter(check => !codes.some(code => check.codes.test(code)) && !flawed.has(check.said));
  return { passed: clean.filter(made), left: clean.filter(check => !made(check)) };
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** `14 days`: the largest unit that says it whole, else two of them. */
export function duration(milliseconds: number): string {
  const parts: string[] = [];
  let left = milliseconds;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    if (count === 0 || parts.length === 2) continue;
    parts.push(new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(count));
    left -= count * size;
  }
  return parts.length === 0 ? t("playground.noTime") : parts.join(" ");
}

/** How much time passed between two moments, in words. */
export function passed(before: Moment | undefined, now: Moment): string {
  return duration(before === undefined ? 0 : Math.max(0, Date.parse(now.time) - Date.parse(before.time)));
}

/** What happened in a moment beside the step itself. */
export function byItself(step: Step | undefined, moment: Moment): string[] {
  if (step === undefined || !("action" in step)) return moment.happened;
  const own = moment.happened.findIndex(cause => cause === step.action || cause.startsWith(`${step.action}.`));
  return moment.happened.filter((_, at) => at !== own);
}
