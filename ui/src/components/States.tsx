import type { ReactNode } from "react";
import type { ProblemError } from "@countersign/sdk/api";
import type { Asked } from "../api/hooks";
import { T, type Key } from "../messages";
import { Button } from "./Button";
import { Note } from "./Note";
import { Said } from "./Said";
import { Time } from "./Time";
import styles from "./States.module.css";

/** The address of the page of a code: this app has it, for everybody. */
export function errorPage(code: string): string {
  return `${import.meta.env.BASE_URL}errors/${encodeURIComponent(code)}`;
}

/** Codes of this page itself have no page of their own. */
const OURS: Readonly<Record<string, Key>> = {
  unreachable: "states.unreachable",
  unexpected_answer: "states.notTheNode",
  page_fault: "states.pageFault",
};

/** What is being read, in words; a page never shows a bare spinner. */
export function Loading({ what }: { what: ReactNode }): ReactNode {
  return (
    <p className={styles["loading"]} role="status">
      {what}
    </p>
  );
}

/** There is nothing, and that is how it should be, or what to do about it. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }): ReactNode {
  return (
    <div className={styles["empty"]}>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Refused: the sentence, then what to do, then the code with its page. */
export function Refused({ refusal, again }: { refusal: ProblemError; again?: () => void }): ReactNode {
  const ours = OURS[refusal.code];
  return (
    <Note kind={ours === undefined || refusal.code === "page_fault" ? "bad" : "wait"} alert>
      <p>{ours === undefined ? <Said text={sentence(refusal.detail)} most={400} /> : <T k={ours} />}</p>
      {refusal.suggestion !== undefined && (
        <p className="sm">
          <Said text={sentence(refusal.suggestion)} most={400} />
        </p>
      )}
      <p className={`row ${styles["code"]}`}>
        {ours === undefined && (
          <a href={errorPage(refusal.code)} target="_blank" rel="noreferrer">
            <code>{refusal.code}</code>
          </a>
        )}
        {again !== undefined && (
          <Button size="small" onClick={again}>
            <T k="states.again" />
          </Button>
        )}
      </p>
    </Note>
  );
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** What is shown is the last that the node told, and newer was refused. */
export function Stale({ asked }: { asked: Pick<Asked<unknown>, "at" | "problem" | "again"> }): ReactNode {
  if (asked.problem === undefined || asked.at === undefined) return null;
  return (
    <Note kind="wait">
      <T k="states.stale" time={<Time at={asked.at.toISOString()} />} />{" "}
      <Button kind="quiet" size="small" onClick={asked.again}>
        <T k="states.again" />
      </Button>
    </Note>
  );
}

/** For whom, since when, and what to do: nothing. */
export function WaitingFor({ who, since }: { who: string; since?: string }): ReactNode {
  return (
    <span className="wait">
      {since === undefined ? (
        <T k="states.waitingFor" who={<Said text={who} />} />
      ) : (
        <T k="states.waitingForSince" who={<Said text={who} />} time={<Time at={since} />} />
      )}
    </span>
  );
}

/** An answer of the node in all its states: being read, refused, old, there. */
export function Answer<T>({
  asked,
  reading,
  children,
}: {
  asked: Asked<T>;
  reading: ReactNode;
  children: (data: T) => ReactNode;
}): ReactNode {
  if (asked.data === undefined) {
    return asked.problem === undefined ? (
      <Loading what={reading} />
    ) : (
      <Refused refusal={asked.problem} again={asked.again} />
    );
  }
  return (
    <>
      <Stale asked={asked} />
      {children(asked.data)}
    </>
  );
}
