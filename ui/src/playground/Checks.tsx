import type { ReactNode } from "react";
import { Button, Loading, Said } from "../components";
import { errorPage } from "../components/States";
import { plain } from "../lib/hostile";
import { T, t } from "../messages";
import styles from "./Playground.module.css";
import type { Finding, Flaw, Report } from "./types";
import { checksOf } from "./words";

/** More findings are counted, not shown. */
const SHOWN_MAX = 50;
const FLAWS_MAX = 10;

/** What the checks found, with the way to each fault; what passed; and what could not be looked at. */
export function Checks({
  report,
  chosen,
  onLine,
  onWay,
}: {
  report: Report | undefined;
  chosen: Finding | undefined;
  onLine: (line: number) => void;
  onWay: (finding: Finding | undefined) => void;
}): ReactNode {
  if (report === undefined) return <Loading what={<T k="playground.checksReading" />} />;
  const { passed, left } = checksOf(report);
  const severe = [...report.findings].sort((one, other) => one.severity.localeCompare(other.severity));
  return (
    <ul className="list">
      {severe.slice(0, SHOWN_MAX).map((finding, at) => (
        <li key={at}>
          <Found finding={finding} report={report} shown={finding === chosen} onLine={onLine} onWay={onWay} />
        </li>
      ))}
      {report.findings.length > SHOWN_MAX && <li className="dim">+ {report.findings.length - SHOWN_MAX}</li>}
      {(report.soundness?.honoured.flaws ?? []).slice(0, FLAWS_MAX).map((flaw, at) => (
        <li key={`flaw ${at}`}>
          <Possible flaw={flaw} report={report} chosen={chosen} onWay={onWay} />
        </li>
      ))}
      {passed.map(check => (
        <li key={check.said}>
          <b className="good">
            <T k="playground.passed" />
          </b>{" "}
          <T k={check.said} />
        </li>
      ))}
      {left.length > 0 && (
        <li className="dim">
          <T k="playground.notChecked" /> {left.map(check => t(check.said)).join("; ")}
        </li>
      )}
    </ul>
  );
}

function Found({
  finding,
  report,
  shown,
  onLine,
  onWay,
}: {
  finding: Finding;
  report: Report;
  shown: boolean;
  onLine: (line: number) => void;
  onWay: (finding: Finding | undefined) => void;
}): ReactNode {
  const error = finding.severity === "error";
  const title = (state: string): string => report.outline?.states.find(one => one.name === state)?.title ?? state;
  const path = finding.path ?? [];
  return (
    <div className={styles["found"]}>
      <p>
        <b className={error ? "bad" : "wait"}>
          <T k={error ? "playground.fault" : "playground.warning"} />
        </b>{" "}
        <b>
          <Said text={finding.message} most={400} />
        </b>
      </p>
      <p className="dim">
        <Said text={finding.explanation} most={600} />
      </p>
      {path.length > 0 && (
        <p>
          <T k="playground.leads" path={<Said text={path.map(title).join(" → ")} most={400} />} />
        </p>
      )}
      <p className="row">
        <Button size="small" kind="quiet" onClick={() => onLine(finding.line)}>
          <T k="playground.line" line={String(finding.line)} />
        </Button>
        <a
          href={errorPage(finding.code)}
          target="_blank"
          rel="noreferrer"
          aria-label={t("playground.pageOf", { code: plain(finding.code, 20) })}
        >
          <code>{finding.code}</code>
        </a>
        {path.length > 0 && (
          <Button size="small" kind="quiet" onClick={() => onWay(shown ? undefined : finding)}>
            <T k={shown ? "playground.otherWays" : "playground.onDiagram"} />
          </Button>
        )}
      </p>
    </div>
  );
}

/** What the search that honours conditions found, with the way to it. */
function Possible({
  flaw,
  report,
  chosen,
  onWay,
}: {
  flaw: Flaw;
  report: Report;
  chosen: Finding | undefined;
  onWay: (finding: Finding | undefined) => void;
}): ReactNode {
  const title = (state: string): string => report.outline?.states.find(one => one.name === state)?.title ?? state;
  const shown = chosen?.message === flaw.message;
  const way: Finding = {
    code: "",
    severity: "warning",
    line: 1,
    column: 1,
    message: flaw.message,
    explanation: "",
    path: flaw.states,
    ...(flaw.states.length > 0 ? { state: flaw.states[flaw.states.length - 1]! } : {}),
  };
  return (
    <div className={styles["found"]}>
      <p>
        <b className="wait">
          <T k={flaw.kind === "dead" ? "playground.warning" : "playground.possible"} />
        </b>{" "}
        <b>
          <Said text={flaw.message} most={400} />
        </b>
      </p>
      <p className="dim">
        <T k={flaw.kind === "dead" ? "playground.deadHonoured" : "playground.possibleHonoured"} />
      </p>
      <p>
        <T k="playground.leads" path={<Said text={flaw.states.map(title).join(" → ")} most={400} />} />
      </p>
      {flaw.states.length > 1 && (
        <p className="row">
          <Button size="small" kind="quiet" onClick={() => onWay(shown ? undefined : way)}>
            <T k={shown ? "playground.otherWays" : "playground.onDiagram"} />
          </Button>
        </p>
      )}
    </div>
  );
}
