import { ProblemError } from "@countersign/sdk/api";
import { useState, type ReactNode } from "react";
import { useAnswer, useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { ContractView, Run } from "../api/types";
import { Button, Id, Panel, Refused, Said, Tag, Time } from "../components";
import { T } from "../messages";
import styles from "./Processes.module.css";

/** So many are shown: those that wait come first, then the newest. */
const SHOWN = 20;
/** In these an operator may try again. */
const STOPPED = ["stopped", "vetoed", "resting"];
const OVER = ["done", "overtaken"];

/** What the node of this party does in a contract by itself, and how far it is. Nothing if it does nothing. */
export function Runs({ view }: { view: ContractView }): ReactNode {
  const topics = [`runs:${view.contract}`, `entries:${view.contract}`];
  const path = view.status === "active" ? `/v1/contracts/${view.contract}/runs?limit=${SHOWN}` : undefined;
  const runs = useAnswer<{ runs: Run[] }>(path, topics).data?.runs ?? [];
  if (runs.length === 0) return null;
  const waiting = runs.filter(run => !OVER.includes(run.state)).length;
  return (
    <Panel title={<T k="runs.title" />} aside={<T k="runs.what" waiting={waiting} />}>
      <ul className={styles["tree"]}>
        {runs.map(run => (
          <li key={run.run}>
            <RunLine contract={view.contract} run={run} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** One of them: how far it is, and why it does not go on. */
export function RunLine({ contract, run }: { contract: string; run: Run }): ReactNode {
  const { attempts, detail, next_attempt: next, question, reason } = run;
  const failed = run.outcome === "failed" || run.outcome === "rejected" || STOPPED.slice(0, 2).includes(run.state);
  const kind = failed || run.state === "not_allowed" ? "bad" : run.state === "done" ? "good" : undefined;
  return (
    <div className={styles["one"]}>
      <p className={styles["name"]}>
        <Said text={run.title} most={80} />
      </p>
      <div>
        <p>
          <Tag {...(kind === undefined ? {} : { kind })}>
            <T k={`runs.${run.state}`} />
          </Tag>{" "}
          <span className="sm dim">
            {attempts > 0 && <T k="runs.attempts" count={attempts} />}
            {next !== undefined && (
              <>
                {" "}
                <T k="runs.next" time={<Time at={next} />} />
              </>
            )}
          </span>
        </p>
        {reason !== undefined && run.state !== "waiting" && (
          <p className="sm">
            <Said text={detail ?? reason} most={300} />
          </p>
        )}
        {question !== undefined && (
          <p className="sm dim">
            <T k="runs.asks" contract={<Id id={question.contract} />} />{" "}
            {question.proof !== undefined && <T k="runs.answered" proof={<Id id={question.proof} />} />}
          </p>
        )}
        {STOPPED.includes(run.state) && <Again contract={contract} run={run.run} />}
      </div>
    </div>
  );
}

/** Begins a run again, for operators. */
function Again({ contract, run }: { contract: string; run: string }): ReactNode {
  const { session } = useSignedIn();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<ProblemError>();
  if (session.role !== "operator") return null;
  const again = (): void => {
    setBusy(true);
    setRefusal(undefined);
    client
      .request("POST", `/v1/contracts/${contract}/runs/${run}/retry`)
      .then(() => store.touch(`runs:${contract}`))
      .catch((error: unknown) => error instanceof ProblemError && setRefusal(error))
      .finally(() => setBusy(false));
  };
  return (
    <div className="no-print">
      <Button size="small" onClick={again} disabled={busy}>
        <T k="runs.again" />
      </Button>
      {refusal !== undefined && <Refused refusal={refusal} />}
    </div>
  );
}
