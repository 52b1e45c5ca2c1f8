import { useState, type ReactNode } from "react";
import type { ContractView, Process, ProcessPart } from "../api/types";
import { Button, Data, hasData, Panel, Said, Tag, Time } from "../components";
import { T } from "../messages";
import { MAIN, processesWithin, processNames } from "./processes";
import styles from "./Processes.module.css";

/** So many are shown before somebody asks for all. */
const SHOWN = 40;

/** The processes that run within that of a contract: where each stands, and how those ended that are over. */
export function Processes({ view }: { view: ContractView }): ReactNode {
  const [all, setAll] = useState(false);
  const processes = processesWithin(view.process?.processes);
  if (processes.length === 0) return null;
  const names = processNames(processes);
  const shown = all ? processes : processes.slice(0, SHOWN);
  const alive = processes.filter(one => one.outcome === undefined).length;
  return (
    <Panel title={<T k="process.title" />} aside={<T k="process.what" alive={alive} />}>
      <Below path={MAIN} processes={shown} names={names} timers={view.process?.timers ?? []} />
      {shown.length < processes.length && (
        <p className={styles["more"]}>
          <Button size="small" onClick={() => setAll(true)}>
            <T k="process.all" count={processes.length} />
          </Button>
        </p>
      )}
    </Panel>
  );
}

/** Those that one process started, with those that they started. */
function Below({
  path,
  processes,
  names,
  timers,
}: {
  path: string;
  processes: readonly ProcessPart[];
  names: ReadonlyMap<string, string>;
  timers: Process["timers"];
}): ReactNode {
  const own = processes.filter(one => one.process.slice(0, one.process.lastIndexOf("/")) === path);
  if (own.length === 0) return null;
  return (
    <ul className={styles["tree"]}>
      {own.map(one => (
        <li key={one.process}>
          <One
            process={one}
            name={names.get(one.process) ?? one.title}
            due={timers.find(timer => timer.process === one.process)?.due}
          />
          <Below path={one.process} processes={processes} names={names} timers={timers} />
        </li>
      ))}
    </ul>
  );
}

function One({ process, name, due }: { process: ProcessPart; name: string; due: string | undefined }): ReactNode {
  const { outcome, entered, state_title: state } = process;
  const parts = [process.inputs, process.assets, process.vars, process.result];
  const data = parts.filter(hasData);
  return (
    <div className={styles["one"]}>
      <p className={styles["name"]}>
        <Said text={name} most={80} />
      </p>
      <p>
        <Said text={state} most={120} />{" "}
        {outcome !== undefined && (
          <Tag {...(outcome === "success" ? { kind: "good" as const } : {})}>
            <T k={`process.${outcome}`} />
          </Tag>
        )}
        {outcome === undefined && entered !== undefined && (
          <span className="sm dim">
            <T k="process.since" time={<Time at={entered} />} />
          </span>
        )}
        {due !== undefined && (
          <span className="sm dim">
            {" "}
            <T k="process.timer" time={<Time at={due} />} />
          </span>
        )}
      </p>
      {data.length > 0 && (
        <details className={`${styles["data"]} no-print`}>
          <summary>
            <T k="process.data" />
          </summary>
          {data.map((part, at) => (
            <Data key={at} value={part} />
          ))}
        </details>
      )}
    </div>
  );
}
