import type { ReactNode } from "react";
import { Button, Data, hasData, KeyValue, Note, Said } from "../components";
import { plain } from "../lib/hostile";
import { fullTime, when } from "../lib/time";
import { T, t } from "../messages";
import { MAIN, processesWithin, processNames } from "../contract/processes";
import { causeTitles, formsOf, untilNext } from "./play";
import styles from "./Playground.module.css";
import type { Moment, Run, Step } from "./types";
import { byItself, duration, passed } from "./words";

/** An action somebody can take at a moment, and in which process if it is one within. */
export interface Choice {
  process?: string;
  actor: string;
  action: string;
}

/** The choice that an open action is; only a process within is named. */
export function choiceOf({ process, actor, action }: Choice): Choice {
  return { ...(process === undefined || process === MAIN ? {} : { process }), actor, action };
}

/** Whether an open action is the chosen one. */
export function isChosen(open: Choice, chosen: Choice | undefined): boolean {
  return (
    (open.process ?? MAIN) === (chosen?.process ?? MAIN) &&
    open.actor === chosen?.actor &&
    open.action === chosen.action
  );
}

/** Where the process stands at a moment, who can do what, and a slider through all moments. */
export function Stepper({
  run,
  at,
  chosen,
  onTravel,
  onChoose,
  onWait,
  onTakeBack,
  onLine,
}: {
  run: Run;
  at: number;
  chosen: Choice | undefined;
  onTravel: (at: number) => void;
  onChoose: (choice: Choice) => void;
  onWait: (wait: string) => void;
  onTakeBack: () => void;
  onLine: (line: number) => void;
}): ReactNode {
  const last = run.moments.length - 1;
  const moment = run.moments[at];
  if (moment === undefined) return null;
  const state = run.state_titles[moment.state] ?? moment.state;
  const actors = [...new Set(moment.open.map(open => open.actor))];
  const within = processesWithin(moment.processes);
  const names = processNames(within);
  const due = untilNext(moment);
  const { refused } = moment;
  return (
    <div className="stack">
      <input
        type="range"
        className={styles["slider"]}
        min={0}
        max={Math.max(last, 1)}
        value={at}
        disabled={last === 0}
        aria-label={t("playground.turn")}
        aria-valuetext={t("playground.stepNow", { at, of: last, state: plain(state, 80) })}
        onChange={event => onTravel(Math.min(Number(event.target.value), last))}
      />
      <p className="row spread">
        <span>
          <T
            k="playground.now"
            state={
              <b>
                <Said text={state} most={120} />
              </b>
            }
          />{" "}
          {moment.outcome !== undefined && <T k={`playground.end_${moment.outcome}`} />}
        </span>
        <time className="sm dim num" dateTime={moment.time} title={fullTime(moment.time)}>
          {when(moment.time)}
        </time>
      </p>
      {within.length > 0 && (
        <ul className={styles["within"]} aria-label={t("process.title")}>
          {within.map(one => (
            <li key={one.process}>
              <Said text={names.get(one.process) ?? one.title} most={80} />: <Said text={one.state_title} most={80} />
              {one.outcome !== undefined && (
                <>
                  {" "}
                  (<T k={`process.${one.outcome}`} />)
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {refused !== undefined && (
        <Note kind="bad" alert title={<T k="playground.refused" />}>
          <Said text={refused.message} most={400} />{" "}
          <span className="row">
            {refused.line !== undefined && (
              <Button size="small" kind="quiet" onClick={() => onLine(refused.line ?? 1)}>
                <T k="playground.line" line={String(refused.line)} />
              </Button>
            )}
            <Button size="small" kind="quiet" onClick={onTakeBack}>
              <T k="playground.takeBack" />
            </Button>
          </span>
        </Note>
      )}
      {actors.map(actor => (
        <div key={actor} className="row">
          <span className="dim">
            <T k="playground.actAs" actor={<Said text={run.actor_titles[actor] ?? actor} most={80} />} />
          </span>
          {moment.open
            .filter(open => open.actor === actor)
            .map(open => (
              <button
                key={`${open.process} ${open.action}`}
                type="button"
                className={styles["act"]}
                aria-pressed={isChosen(open, chosen)}
                onClick={() => onChoose(choiceOf(open))}
              >
                <Titled title={formsOf(run, open)?.title ?? open.action} within={names.get(open.process ?? MAIN)} />
              </button>
            ))}
        </div>
      ))}
      {actors.length === 0 && moment.outcome === undefined && (
        <p className="dim">
          <T k="playground.nobody" />
        </p>
      )}
      {due !== undefined && moment.outcome === undefined && (
        <Passing run={run} moment={moment} due={due} onWait={onWait} />
      )}
      {last > at && moment.outcome === undefined && (
        <p className="sm dim">
          <T k="playground.dropsLater" count={last - at} />
        </p>
      )}
      <p className="row">
        <Button size="small" kind="quiet" disabled={at === 0} onClick={() => onTravel(at - 1)}>
          <T k="playground.back" />
        </Button>
        <Button size="small" kind="quiet" disabled={at === 0} onClick={() => onTravel(0)}>
          <T k="playground.restart" />
        </Button>
        <Button size="small" kind="quiet" disabled={at === last} onClick={() => onTravel(last)}>
          <T k="playground.last" />
        </Button>
      </p>
    </div>
  );
}

/** What an action is called, and in which process within it is open. */
function Titled({ title, within }: { title: string; within: string | undefined }): ReactNode {
  const said = <Said text={title} most={80} />;
  return within === undefined ? said : <T k="process.of" action={said} process={<Said text={within} most={80} />} />;
}

/** What happens if everybody only waits. */
function Passing({
  run,
  moment,
  due,
  onWait,
}: {
  run: Run;
  moment: Moment;
  due: { wait: string; milliseconds: number };
  onWait: (wait: string) => void;
}): ReactNode {
  const first = [...moment.timers].sort((one, other) => Date.parse(one.due) - Date.parse(other.due))[0];
  const words = duration(due.milliseconds);
  return (
    <div className="row">
      <Button size="small" onClick={() => onWait(due.wait)}>
        <T k="playground.until" duration={words} />
      </Button>
      {first?.goto !== undefined && (
        <span className="sm dim">
          <T
            k="playground.afterThat"
            duration={words}
            state={<Said text={run.state_titles[first.goto] ?? first.goto} most={80} />}
          />
        </span>
      )}
    </div>
  );
}

/** What everybody is told at a moment, and the data as it stands. */
export function Situation({ run, moment }: { run: Run; moment: Moment }): ReactNode {
  const told = Object.entries(moment.instructions);
  return (
    <>
      {told.length > 0 && (
        <div className={styles["part"]}>
          <h3>
            <T k="playground.instructions" />
          </h3>
          <KeyValue
            rows={told.map(([actor, words]) => [
              <Said key={actor} text={run.actor_titles[actor] ?? actor} most={80} />,
              <span key={actor} className="words">
                <Said text={words} most={600} />
              </span>,
            ])}
          />
        </div>
      )}
      {(hasData(moment.assets) || hasData(moment.vars)) && (
        <details className={styles["part"]}>
          <summary>
            <T k="playground.data" />
          </summary>
          {hasData(moment.assets) && <Data value={moment.assets} />}
          {hasData(moment.vars) && <Data value={moment.vars} />}
        </details>
      )}
    </>
  );
}

/** All moments in words, the newest last; pressing one goes there. */
export function Events({
  run,
  steps,
  at,
  onTravel,
}: {
  run: Run;
  steps: readonly Step[];
  at: number;
  onTravel: (at: number) => void;
}): ReactNode {
  return (
    <ol className={styles["events"]}>
      {run.moments.map((moment, number) => (
        <li key={number}>
          <button
            type="button"
            className={styles["event"]}
            aria-current={number === at ? "step" : undefined}
            onClick={() => onTravel(number)}
          >
            <span className={styles["number"]}>{number}</span>
            <span>
              <Event run={run} step={steps[number - 1]} moment={moment} before={run.moments[number - 1]} />
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function Event({
  run,
  step,
  moment,
  before,
}: {
  run: Run;
  step: Step | undefined;
  moment: Moment;
  before: Moment | undefined;
}): ReactNode {
  const state = <Said text={run.state_titles[moment.state] ?? moment.state} most={80} />;
  if (before === undefined) {
    return (
      <>
        <T k="playground.start" />. <T k="playground.now" state={state} />
      </>
    );
  }
  return (
    <>
      {step !== undefined && "action" in step ? (
        <Acted run={run} step={step} />
      ) : (
        <T k="playground.timePasses" duration={passed(before, moment)} />
      )}{" "}
      {moment.refused !== undefined && (
        <span className="bad">
          <T k="playground.refused" /> <Said text={moment.refused.message} most={200} />{" "}
        </span>
      )}
      {byItself(step, moment).map((cause, at) => (
        <span key={at}>
          <Cause run={run} cause={cause} />{" "}
        </span>
      ))}
      {moment.state !== before.state && <T k="playground.now" state={<b>{state}</b>} />}
    </>
  );
}

function Acted({ run, step }: { run: Run; step: Extract<Step, { action: string }> }): ReactNode {
  const forms = formsOf(run, step);
  const response = forms?.responses.length === 1 ? undefined : (step.response ?? forms?.expect);
  const said = forms?.responses.find(one => one.response === response)?.title;
  return (
    <>
      <Said text={run.actor_titles[step.actor] ?? step.actor} most={80} />:{" "}
      <Said text={forms?.title ?? step.action} most={80} />
      {said !== undefined && (
        <>
          , <Said text={said} most={80} />
        </>
      )}
      .
    </>
  );
}

function Cause({ run, cause }: { run: Run; cause: string }): ReactNode {
  const titles = causeTitles(run, cause);
  if ("after" in titles) return <T k="playground.after" state={<Said text={titles.after} most={80} />} />;
  return (
    <T k="playground.byItself" cause={<Said text={"other" in titles ? titles.other : titles.action} most={80} />} />
  );
}
