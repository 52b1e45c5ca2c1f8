import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { Link } from "wouter";
import { useEntry } from "../api/hooks";
import type { Entry, Json, Level } from "../api/types";
import { shortId } from "../lib/ids";
import { authorOf, listed, type Party } from "../lib/names";
import { day, sameDay } from "../lib/time";
import { T, t, type Key } from "../messages";
import { to } from "../routes";
import { Data, hasData } from "./Data";
import { DocumentRow } from "./Documents";
import { Ladder, LadderSteps } from "./Ladder";
import { Monogram } from "./Party";
import { Said, SaidBlock } from "./Said";
import { WaitingFor } from "./States";
import { Time } from "./Time";
import styles from "./Timeline.module.css";

/** The height of a row before it was measured, in pixels. */
const ROW_GUESS = 64;
/** So many rows beyond the window are drawn, too. */
const OVERSCAN = 8;

/** Kinds that are told by one sentence about their author. */
const SENTENCES: Readonly<Record<string, Key>> = {
  comment: "timeline.comment",
  confirm: "timeline.confirm",
  erase: "timeline.erase",
  identity: "timeline.added",
  invite: "timeline.invite",
  join: "timeline.join",
  key_rotate: "timeline.key_rotate",
  mandate: "timeline.mandate",
  mandate_revoke: "timeline.mandate_revoke",
  tick: "timeline.tick",
};

/** Everything that happened in a contract, newest first. Only what is in sight is read and drawn. */
export function Timeline({
  contract,
  length,
  parties,
}: {
  contract: string;
  length: number;
  parties: readonly Party[];
}): ReactNode {
  const list = useRef<HTMLOListElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const measure = (): void => setMargin((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  const rows = useWindowVirtualizer({
    count: length,
    estimateSize: () => ROW_GUESS,
    overscan: OVERSCAN,
    scrollMargin: margin,
    // A new entry comes first: keys by position keep measured heights with their rows.
    getItemKey: index => length - index,
  });
  const items = rows.getVirtualItems();
  const first = items[0];
  return (
    <ol className={styles["log"]} ref={list} aria-label={t("timeline.label")} style={{ height: rows.getTotalSize() }}>
      {items.map(item => (
        <li
          key={item.key}
          ref={rows.measureElement}
          data-index={item.index}
          aria-setsize={length}
          aria-posinset={item.index + 1}
          className={styles["slot"]}
          style={{ transform: `translateY(${(first?.start ?? 0) - margin}px)` }}
        >
          <Row contract={contract} position={length - item.index} length={length} parties={parties} />
        </li>
      ))}
    </ol>
  );
}

/** Drawn again when its entry changes, not while others scroll by. */
const Row = memo(function Row({
  contract,
  position,
  length,
  parties,
}: {
  contract: string;
  position: number;
  length: number;
  parties: readonly Party[];
}): ReactNode {
  const entry = useEntry(contract, position, length);
  const newer = useEntry(contract, position + 1, length);
  if (entry === undefined) {
    return (
      <div className={styles["row"]}>
        <span className={styles["time"]}>
          <T k="timeline.number" number={position} />
        </span>
        <span className="dim sm">
          <T k="contract.readingLog" />
        </span>
      </div>
    );
  }
  const headed = position === length || (newer !== undefined && !sameDay(new Date(newer.time), new Date(entry.time)));
  return (
    <>
      {headed && <h3 className={styles["day"]}>{day(entry.time)}</h3>}
      <TimelineEntry contract={contract} entry={entry} parties={parties} />
    </>
  );
});

/** One entry in words, with its place on the ladder. */
export function TimelineEntry({
  contract,
  entry,
  parties,
}: {
  contract: string;
  entry: Entry;
  parties: readonly Party[];
}): ReactNode {
  const party =
    parties.find(one => one.id === (entry.party ?? entry.author)) ?? parties.find(one => one.id === entry.appended_by);
  const waits = entry.standing.waiting_for.length > 0;
  const { level } = entry.standing;
  return (
    <article className={styles["row"]} id={`entry-${entry.position}`}>
      <span className={styles["time"]}>
        <Time at={entry.time} short />
        <span className={styles["number"]}>
          <T k="timeline.number" number={entry.position} />
        </span>
      </span>
      <div className={styles["says"]}>
        <p className={styles["sentence"]}>
          <Monogram name={party?.name ?? "?"} {...(party === undefined ? {} : { order: party.order })} />
          <span>
            <Sentence entry={entry} who={authorOf(entry, parties)} />
          </span>
        </p>
        <Content entry={entry} />
        {entry.outcome === "rejected" && (
          <p className={`${styles["meta"]} bad`}>
            <T k="timeline.rejected" code={<code>{entry.rule}</code>} />
          </p>
        )}
        {entry.outcome === "failed" && (
          <p className={`${styles["meta"]} wait`}>
            <T k="timeline.failed" who={<Said text={entry.witness ?? ""} />} />
          </p>
        )}
        {(entry.stood_at?.length ?? 0) > 0 && (
          <p className={styles["meta"]}>
            <T k="timeline.displaced" />{" "}
            <Link href={to.log(contract, entry.position)}>
              <T k="timeline.displacedHow" />
            </Link>
          </p>
        )}
        {level !== "final" && <Waits entry={entry} parties={parties} />}
      </div>
      <Ladder level={level} waits={waits && level !== "final"} />
      {level !== "final" && (
        <div className={styles["steps"]}>
          <LadderSteps
            level={level}
            times={timesOf(entry)}
            received={entry.standing.received_by.length}
            of={parties.length}
          />
        </div>
      )}
    </article>
  );
}

function timesOf(entry: Entry): Partial<Record<Level, string>> {
  const { delivered, countersigned, final } = entry.times ?? {};
  return {
    local: entry.time,
    ...(delivered === undefined ? {} : { delivered }),
    ...(countersigned === undefined ? {} : { countersigned }),
    ...(final === undefined ? {} : { final }),
  };
}

function Waits({ entry, parties }: { entry: Entry; parties: readonly Party[] }): ReactNode {
  const names = entry.standing.waiting_for.map(id => parties.find(one => one.id === id)?.name ?? shortId(id));
  return names.length === 0 ? null : (
    <p className={styles["meta"]}>
      <WaitingFor who={listed(names)} since={entry.time} />
    </p>
  );
}

function Sentence({ entry, who }: { entry: Entry; who: string }): ReactNode {
  const name = (
    <b>
      <Said text={who} most={60} />
    </b>
  );
  if (entry.kind !== "response") {
    const sentence = SENTENCES[entry.kind];
    return sentence === undefined ? (
      <T k="timeline.other" who={name} kind={<Said text={entry.kind} />} />
    ) : (
      <T k={sentence} who={name} />
    );
  }
  const { action, response } = answerOf(entry);
  const within = withinOf(entry);
  const said =
    response === undefined ? (
      <T k="timeline.agreed" who={name} action={<Said text={action} />} />
    ) : (
      <T
        k="timeline.agreedWith"
        who={name}
        action={<Said text={action} />}
        response={
          <i>
            <Said text={response} />
          </i>
        }
      />
    );
  if (within === undefined) return said;
  return (
    <>
      {said}{" "}
      <span className="dim">
        <T k="timeline.within" process={<Said text={within} most={80} />} />
      </span>
    </>
  );
}

/** The name of the process that was answered in; nothing for the one that the contract starts. */
export function withinOf({ answer, payload }: Entry): string | undefined {
  const path = answer?.process ?? text(payload, "process");
  if (path === undefined || path === "main") return undefined;
  return path.replace(/^main\//, "");
}

/** What was answered: titles if the node tells them, else the names in the payload. */
export function answerOf(entry: Entry): { action: string; response: string | undefined } {
  if (entry.answer !== undefined) {
    const { action_title, response, response_title } = entry.answer;
    const only = response === "ok" && (response_title === "ok" || response_title === action_title);
    return { action: action_title, response: only ? undefined : response_title };
  }
  const action = text(entry.payload, "action") ?? entry.kind;
  const response = text(entry.payload, "response");
  return { action, response: response === "ok" ? undefined : response };
}

function text(payload: Json | undefined, name: string): string | undefined {
  const value = member(payload, name);
  return typeof value === "string" ? value : undefined;
}

function member(payload: Json | undefined, name: string): Json | undefined {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return undefined;
  return (payload as Record<string, Json>)[name];
}

function Content({ entry }: { entry: Entry }): ReactNode {
  if (entry.payload === undefined) {
    return (
      <p className={styles["meta"]}>
        <T k="timeline.erased" />
      </p>
    );
  }
  if (entry.kind === "erase") {
    return (
      <p className={styles["meta"]}>
        <T k="timeline.eraseReason" reason={<Said text={text(entry.payload, "reason") ?? ""} most={300} />} />
      </p>
    );
  }
  if (entry.kind === "comment") {
    return (
      <>
        <SaidBlock text={text(entry.payload, "text") ?? ""} />
        {entry.attachments?.map(({ name, media, size, commitment, erased }) => (
          <DocumentRow
            key={commitment}
            name={name}
            media={media}
            size={size}
            hash={commitment.replace("sha256:", "")}
            erased={erased}
          />
        ))}
      </>
    );
  }
  const data = member(entry.payload, "data");
  if (entry.kind !== "response" || data === undefined || !hasData(data)) return null;
  return (
    <details className={styles["given"]}>
      <summary>
        <T k="timeline.data" />
      </summary>
      <Data value={data} />
    </details>
  );
}
