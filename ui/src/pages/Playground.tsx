import { lazy, Suspense, useCallback, useRef, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { Button, Empty, Loading, Note, PageHead, Panel, Refused, Said, Select, Tag } from "../components";
import { Diagram } from "../diagram/Diagram";
import { save } from "../lib/files";
import { plain } from "../lib/hostile";
import { propose } from "../lib/proposed";
import { T, t, type Key } from "../messages";
import { ActForm, isDirect } from "../playground/ActForm";
import { Checks } from "../playground/Checks";
import { Founding } from "../playground/Founding";
import { FILE_BYTES_MAX, formsOf, opened, shared } from "../playground/play";
import styles from "../playground/Playground.module.css";
import { Prose } from "../playground/Prose";
import { Events, choiceOf, isChosen, Situation, Stepper, type Choice } from "../playground/Steps";
import { usePlayground, type Playground as State } from "../playground/usePlayground";
import { hasPage, to } from "../routes";

const Editor = lazy(() => import("../playground/Editor"));

const VIEWS = ["text", "diagram", "play"] as const;
type View = (typeof VIEWS)[number];
const VIEW_NAMES: Readonly<Record<View, Key>> = {
  text: "playground.text",
  diagram: "playground.diagram",
  play: "playground.play",
};

/** Try a process before anyone signs it: its text, its faults, its diagram, and every step of it. */
export default function Playground(): ReactNode {
  const state = usePlayground();
  const [view, setView] = useState<View>("text");
  const [show, setShow] = useState<{ line: number }>();
  const toLine = useCallback((line: number): void => {
    setView("text");
    setShow({ line });
  }, []);
  const away = (...here: View[]): string =>
    here.includes(view) ? "stack stack-wide" : `stack stack-wide ${styles["away"]}`;
  return (
    <>
      <PageHead title={t("playground.title")} lead={<T k="playground.lead" />} actions={<Actions state={state} />} />
      <Files state={state} />
      <div className={styles["views"]} role="group" aria-label={t("playground.views")}>
        {VIEWS.map(one => (
          <button key={one} type="button" aria-pressed={one === view} onClick={() => setView(one)}>
            <T k={VIEW_NAMES[one]} />
          </button>
        ))}
      </div>
      <div className={styles["columns"]}>
        <div className={away("text")}>
          <TextPanel state={state} show={show} />
          <Panel
            title={<T k="playground.checks" />}
            aside={
              state.report.took !== undefined && (
                <T k="playground.checksTook" milliseconds={Math.max(1, Math.round(state.report.took))} />
              )
            }
          >
            {state.report.problem !== undefined ? (
              <Refused refusal={state.report.problem} />
            ) : (
              <Checks report={state.report.answer} chosen={state.way} onLine={toLine} onWay={state.show} />
            )}
          </Panel>
        </div>
        <div className={away("diagram", "play")}>
          <div className={away("diagram")}>
            <Drawing state={state} onLine={toLine} />
          </div>
          <div className={away("play")}>
            <Play state={state} onLine={toLine} />
          </div>
        </div>
      </div>
    </>
  );
}

/** Saving, passing on, proposing. */
function Actions({ state }: { state: State }): ReactNode {
  const [, go] = useLocation();
  const { play, report, fresh } = state;
  // Steps count for what they were played with: values that were filled in for somebody go along.
  const all = state.founding === undefined ? play : { ...play, founding: state.founding };
  const sound = fresh && report.answer?.errors === 0;
  return (
    <>
      <Button onClick={() => save(`${play.name}.yaml`, new Blob([play.document], { type: "application/yaml" }))}>
        <T k="playground.save" />
      </Button>
      <Button onClick={() => save(`${play.name}.play.json`, new Blob([shared(all)], { type: "application/json" }))}>
        <T k="playground.share" />
      </Button>
      {hasPage("NewContract") && (
        <Button
          kind="primary"
          disabled={!sound}
          onClick={() => {
            if (propose(play.document)) go(to.newContract);
          }}
        >
          <T k="playground.propose" />
        </Button>
      )}
    </>
  );
}

/** Where a text comes from: a template, a file. */
function Files({ state }: { state: State }): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState<string>();
  const take = async (file: File): Promise<void> => {
    const play = file.size > FILE_BYTES_MAX ? undefined : opened(file.name, await file.text());
    setWrong(play === undefined ? file.name : undefined);
    if (play !== undefined) state.replace(play);
  };
  const offered = state.templates.data ?? [];
  return (
    <div className="stack">
      <div className={styles["files"]}>
        <label>
          <span className="sm dim">
            <T k="playground.startFrom" />
          </span>
          <Select
            value=""
            onChange={name => {
              const found = offered.find(one => one.name === name);
              if (found !== undefined) state.replace({ name: found.name, document: found.document, steps: [] });
            }}
            options={[
              { value: "", text: t("playground.template") },
              ...offered.map(one => ({ value: one.name, text: `${plain(one.title, 60)}: ${plain(one.summary, 90)}` })),
            ]}
          />
        </label>
        <Button onClick={() => input.current?.click()}>
          <T k="playground.open" />
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          accept=".yaml,.yml,.json"
          aria-label={t("playground.open")}
          onChange={event => {
            const [file] = event.target.files ?? [];
            if (file !== undefined) void take(file);
            event.target.value = "";
          }}
        />
        <span className="sm dim" role="status">
          <T k={state.kept ? "playground.kept" : "playground.notKept"} />
        </span>
      </div>
      {wrong !== undefined && (
        <Note kind="wait" alert>
          <T k="playground.fileWrong" file={<Said text={wrong} most={80} />} />
        </Note>
      )}
      {state.before !== undefined && (
        <p className="sm dim">
          <T k="playground.beforeIt" />{" "}
          <Button size="small" kind="quiet" onClick={() => state.before !== undefined && state.replace(state.before)}>
            <T k="playground.bringBack" />
          </Button>
        </p>
      )}
      {state.templates.problem !== undefined && (
        <Refused refusal={state.templates.problem} again={state.templates.again} />
      )}
    </div>
  );
}

const NONE: never[] = [];

function TextPanel({ state, show }: { state: State; show: { line: number } | undefined }): ReactNode {
  const { report, fresh, play } = state;
  const errors = report.answer?.errors ?? 0;
  const warnings = report.answer?.warnings ?? 0;
  return (
    <Panel
      flush
      title={<Said text={`${play.name}.yaml`} most={60} />}
      aside={
        <span role="status" className="row">
          {report.answer !== undefined && (
            <Tag kind={errors > 0 ? "bad" : "good"}>
              <T k="playground.faultOf" count={errors} />
            </Tag>
          )}
          {warnings > 0 && (
            <Tag kind="wait">
              <T k="playground.warningOf" count={warnings} />
            </Tag>
          )}
        </span>
      }
    >
      <div className={styles["editor"]}>
        <Suspense fallback={<Loading what={<T k="playground.editorReading" />} />}>
          <Editor
            text={play.document}
            revision={state.revision}
            onChange={state.type}
            findings={fresh ? (report.answer?.findings ?? NONE) : NONE}
            schema={state.schema.data}
            outline={report.answer?.outline}
            show={show}
          />
        </Suspense>
      </div>
      <p className={`sm dim ${styles["keys"]}`}>
        <T k="playground.keys" />
      </p>
    </Panel>
  );
}

function Drawing({ state, onLine }: { state: State; onLine: (line: number) => void }): ReactNode {
  const { drawing, way, old, good, report } = state;
  const [paper, setPaper] = useState(false);
  const outline = report.answer?.outline;
  // The same as long as the text is: a large drawing is not drawn again with every key.
  const toState = useCallback(
    (name: string): void => {
      const line = outline?.states.find(one => one.name === name)?.line;
      if (line !== undefined) onLine(line);
    },
    [outline, onLine],
  );
  const title = way?.state === undefined ? undefined : outline?.states.find(one => one.name === way.state)?.title;
  return (
    <Panel
      flush
      title={
        way === undefined ? (
          <T k="playground.process" />
        ) : way.code === "E302" ? (
          <T k="playground.stuck" count={(way.path?.length ?? 1) - 1} />
        ) : (
          <T k="playground.way" state={<Said text={title ?? way.state ?? ""} most={80} />} />
        )
      }
      aside={
        good !== undefined && (
          <Button size="small" onClick={() => setPaper(!paper)}>
            <T k={paper ? "playground.diagram" : "playground.prose"} />
          </Button>
        )
      }
      {...(old ? { foot: <T k={good === undefined ? "playground.asFar" : "playground.old"} /> } : {})}
    >
      {paper ? (
        <Prose document={good} />
      ) : drawing.answer !== undefined ? (
        <Diagram drawing={drawing.answer} onState={toState} />
      ) : drawing.problem !== undefined ? (
        <Refused refusal={drawing.problem} />
      ) : (
        <Loading what={<T k="playground.diagramReading" />} />
      )}
    </Panel>
  );
}

function Play({ state, onLine }: { state: State; onLine: (line: number) => void }): ReactNode {
  const { run, at, moment, play } = state;
  const [wanted, setWanted] = useState<Choice>();
  const form = useRef<HTMLDivElement>(null);
  const played = run.answer;
  const founding = state.founding !== undefined && state.foundation.answer !== undefined && (
    <Founding
      key={state.foundation.answer.scenario}
      foundation={state.foundation.answer}
      founding={state.founding}
      onChange={state.found}
    />
  );
  if (played === undefined || moment === undefined) {
    if (run.problem !== undefined && state.good !== undefined) return <Unfit state={state} />;
    const unfit = state.foundation.answer !== undefined && !state.playable;
    return (
      <>
        {founding}
        <Panel title={<T k="playground.play" />}>
          {unfit ? (
            <Empty>{t("playground.foundingFirst")}</Empty>
          ) : (
            <Loading what={<T k={state.report.answer?.errors ? "playground.oldSteps" : "playground.playReading"} />} />
          )}
        </Panel>
      </>
    );
  }
  const open = moment.open.find(one => isChosen(one, wanted)) ?? moment.open[0];
  const choice = open === undefined ? undefined : choiceOf(open);
  const choose = (next: Choice): void => {
    if (isDirect(played, moment, next)) return state.step({ ...next, response: formsOf(played, next)?.expect ?? "ok" });
    setWanted(next);
    form.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  const base = moment.refused === undefined ? at : at - 1;
  return (
    <>
      {run.problem !== undefined && <Unfit state={state} />}
      {founding}
      <Panel
        title={<T k="playground.play" />}
        aside={<T k="playground.step" at={at} of={played.moments.length - 1} />}
        {...(state.report.answer?.errors ? { foot: <T k="playground.oldSteps" /> } : {})}
      >
        <Stepper
          run={played}
          at={at}
          chosen={choice}
          onTravel={state.travel}
          onChoose={choose}
          onWait={wait => state.step({ wait })}
          onTakeBack={state.takeBack}
          onLine={onLine}
        />
        <Situation run={played} moment={moment} />
      </Panel>
      {choice !== undefined && (
        <div ref={form}>
          <Panel
            title={<T k="playground.form" />}
            aside={
              <T
                k="playground.formOf"
                action={<Said text={formsOf(played, choice)?.title ?? choice.action} most={80} />}
              />
            }
          >
            <ActForm
              key={`${base} ${choice.process ?? ""} ${choice.actor} ${choice.action} ${played.scenario}`}
              run={played}
              moment={moment}
              choice={choice}
              onStep={state.step}
            />
          </Panel>
        </div>
      )}
      <Panel title={<T k="playground.events" />}>
        {play.steps.length === 0 && (
          <p className="dim">
            <T k="playground.eventsNone" />
          </p>
        )}
        <Events run={played} steps={run.question?.steps ?? []} at={at} onTravel={state.travel} />
      </Panel>
    </>
  );
}

/** The steps cannot be played: the text has no such names any more, or they are too many. */
function Unfit({ state }: { state: State }): ReactNode {
  if (state.run.problem === undefined) return null;
  return (
    <Note kind="wait" alert title={<T k="playground.unfit" />}>
      <p>
        <Said text={state.run.problem.detail} most={300} />
      </p>
      <Button size="small" onClick={state.restart}>
        <T k="playground.again" />
      </Button>
    </Note>
  );
}
