// What the page knows: the text and the steps of the person, and what the node says of them.
import { useEffect, useMemo, useRef, useState } from "react";
import { useReading, useSignedIn, type Asked } from "../api/hooks";
import type { Foundation } from "../api/types";
import type { Diagram, Overlay } from "../diagram/types";
import { check, draw, foundation, language, run, templates, useTold, type Told } from "./ask";
import { foundingFaults, foundingOf, keepPlay, keptPlay, type Founding, type Play } from "./play";
import type { Finding, KeySchema, Moment, Report, Run, Step, Template } from "./types";

/** How long somebody may type on before the node is asked. */
const PAUSE_MS = 350;

/** What is drawn, and with what. */
interface Drawn {
  document: string;
  overlay: Overlay;
}

interface Played {
  document: string;
  founding: Founding;
  steps: readonly Step[];
}

export interface Playground {
  play: Play;
  /** Counts the texts that did not come from the editor. */
  revision: number;
  /** What another text replaced. */
  before: Play | undefined;
  kept: boolean;
  report: Told<string, Report>;
  /** Whether the report is about the text as it stands. */
  fresh: boolean;
  /** The last text without fault; steps run in it. */
  good: string | undefined;
  /** What the text asks for at the founding, and what is given. */
  foundation: Told<string, Foundation>;
  founding: Founding | undefined;
  /** Whether what is given fits, so that steps can be played. */
  playable: boolean;
  run: Told<Played, Run>;
  /** The moment that is looked at. */
  at: number;
  moment: Moment | undefined;
  drawing: Told<Drawn, Diagram>;
  /** Whether what is drawn is older than the text. */
  old: boolean;
  /** The finding whose way is drawn. */
  way: Finding | undefined;
  schema: Asked<KeySchema>;
  templates: Asked<Template[]>;
  type: (document: string) => void;
  replace: (play: Play) => void;
  travel: (at: number) => void;
  found: (founding: Founding) => void;
  step: (step: Step) => void;
  takeBack: () => void;
  restart: () => void;
  show: (way: Finding | undefined) => void;
}

export function usePlayground(): Playground {
  const { session } = useSignedIn();
  const person = session.identity ?? "node";
  const [play, setPlay] = useState<Play>(() => keptPlay(person) ?? { name: "scenario", document: "", steps: [] });
  const [revision, setRevision] = useState(0);
  const [before, setBefore] = useState<Play>();
  const [at, setAt] = useState(play.steps.length);
  const [kept, setKept] = useState(true);
  const offered = useReading("scenario templates", [], templates);
  const schema = useReading("scenario schema", [], language);

  // Nobody begins with an empty page.
  const [first] = offered.data ?? [];
  useEffect(() => {
    if (first === undefined || play.document !== "") return;
    setPlay({ name: first.name, document: first.document, steps: [] });
    setRevision(count => count + 1);
    // Only when the templates come: whoever empties the text means it.
  }, [first]);
  useEffect(() => {
    if (play.document === "") return undefined;
    const keep = (): void => setKept(keepPlay(person, play));
    const late = setTimeout(keep, PAUSE_MS);
    // Whoever leaves or reloads within the pause loses nothing.
    addEventListener("pagehide", keep);
    return () => {
      clearTimeout(late);
      removeEventListener("pagehide", keep);
    };
  }, [person, play]);

  const report = useTold(play.document === "" ? undefined : play.document, check, PAUSE_MS);
  const fresh = report.question === play.document;
  const good = useLastGood(report);
  const asksFor = useTold(good, foundation, 0);
  const founding = useMemo(
    () =>
      asksFor.question === good && asksFor.answer !== undefined ? foundingOf(asksFor.answer, play.founding) : undefined,
    [good, asksFor.question, asksFor.answer, play.founding],
  );
  const asked = useMemo(
    () => toPlay(good, asksFor.answer, founding, play.steps),
    [good, asksFor.answer, founding, play.steps],
  );
  const played = useTold(asked, ({ document, founding, steps }) => run(document, founding, steps), 0);
  const shown = Math.min(at, (played.answer?.moments.length ?? 1) - 1);

  const [chosen, setChosen] = useState<{ of: Report | undefined; way: Finding | undefined }>();
  const way = wayOf(report.answer, chosen);
  const drawn = useMemo(
    () => toDraw(report, good, way, played, shown),
    [report.question, report.answer, good, way, played.question, played.answer, shown],
  );
  const drawing = useTold(drawn, ({ document, overlay }) => draw(document, overlay), 0);

  const step = (next: Step): void => {
    // A step that was refused is no step to build on.
    const base = played.answer?.moments[shown]?.refused === undefined ? shown : shown - 1;
    setPlay({ ...play, steps: [...play.steps.slice(0, base), next] });
    setAt(base + 1);
  };
  return {
    play,
    revision,
    before,
    kept,
    report,
    fresh,
    good,
    foundation: asksFor,
    founding,
    playable: asked !== undefined,
    run: played,
    at: shown,
    moment: played.answer?.moments[shown],
    drawing,
    old: drawing.question !== undefined && drawing.question.document !== play.document && report.answer?.errors !== 0,
    way,
    schema,
    templates: offered,
    type: document => setPlay(now => ({ ...now, document })),
    replace: next => {
      setBefore(play.document === "" ? undefined : play);
      setPlay(next);
      setAt(next.steps.length);
      setRevision(count => count + 1);
    },
    travel: setAt,
    found: given => setPlay(now => ({ ...now, founding: given })),
    step,
    takeBack: () => {
      setPlay({ ...play, steps: play.steps.slice(0, Math.max(0, shown - 1)) });
      setAt(Math.max(0, shown - 1));
    },
    restart: () => {
      setPlay({ ...play, steps: [] });
      setAt(0);
    },
    show: finding => setChosen({ of: report.answer, way: finding }),
  };
}

/** Nothing is played as long as the founding does not fit: what was played before stays. */
function toPlay(
  good: string | undefined,
  asked: Foundation | undefined,
  founding: Founding | undefined,
  steps: readonly Step[],
): Played | undefined {
  if (good === undefined || asked === undefined || founding === undefined) return undefined;
  const fits = [...foundingFaults(asked, founding).values()].every(faults => faults.length === 0);
  return fits ? { document: good, founding, steps } : undefined;
}

/** The last text in which the check found no fault. */
function useLastGood(report: Told<string, Report>): string | undefined {
  const last = useRef<string>(undefined);
  if (report.answer?.errors === 0 && report.question !== undefined) last.current = report.question;
  return last.current;
}

/** The finding whose way is drawn: the one that was chosen, else the first fault that has one. */
function wayOf(
  report: Report | undefined,
  chosen: { of: Report | undefined; way: Finding | undefined } | undefined,
): Finding | undefined {
  if (chosen !== undefined && chosen.of === report) return chosen.way;
  return report?.findings.find(finding => finding.severity === "error" && (finding.path?.length ?? 0) > 0);
}

/** A counterexample is drawn in the text that has it; else the steps in the last good text; else what can be read. */
function toDraw(
  report: Told<string, Report>,
  good: string | undefined,
  way: Finding | undefined,
  played: Told<Played, Run>,
  at: number,
): Drawn | undefined {
  if (report.question === undefined) return undefined;
  if (way !== undefined) return { document: report.question, overlay: { counterexample: way.path ?? [] } };
  if (good === undefined) return { document: report.question, overlay: {} };
  const fits = played.question?.document === good && played.answer !== undefined;
  return { document: good, overlay: fits ? overlayOf(played.answer?.moments ?? [], at) : {} };
}

/** What happened up to a moment, and what can come next. */
function overlayOf(moments: readonly Moment[], at: number): Overlay {
  const now = moments[at];
  if (now === undefined) return {};
  const taken = moments.slice(1, at + 1).flatMap(moment =>
    moment.happened.map((cause, index) => ({
      state: moment.state,
      cause,
      ...(index === 0 ? { number: moment.step } : {}),
    })),
  );
  return { current: now.state, taken, next: now.open.map(({ actor, action }) => ({ actor, action })) };
}
