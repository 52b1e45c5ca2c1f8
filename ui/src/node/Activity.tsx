import type { ReactNode } from "react";
import type { Asked } from "../api/hooks";
import type { Histogram, NodeStats } from "../api/types";
import { Answer, Panel, Table } from "../components";
import { locale, T, t, type Key } from "../messages";
import { minute } from "../lib/time";
import { Minutes, Times, type Bar } from "./Chart";
import { minutesOf, spansOf, sum, within, type SeriesName, type Span } from "./stats";
import styles from "./Node.module.css";

/** Minutes of a row of the table. */
const ROW_MINUTES = 5;

/** The last hour of the node: how much, and how fast. */
export function Activity({ asked }: { asked: Asked<NodeStats> }): ReactNode {
  return (
    <Answer asked={asked} reading={<T k="node.statsReading" />}>
      {stats => (
        <div className="stack stack-wide">
          <div className="halves">
            <Requests stats={stats} />
            <Statements stats={stats} />
            <Spread title="node.answered" what="node.answeredWhat" histogram={stats.request_times} />
            <Spread title="node.settled" what="node.settledWhat" histogram={stats.final_times} />
          </div>
          <Panel>
            <Numbers stats={stats} />
          </Panel>
        </div>
      )}
    </Answer>
  );
}

function Requests({ stats }: { stats: NodeStats }): ReactNode {
  const bars = barsOf(stats, "requests", "refused");
  const [count, refused] = [sum(stats.series.requests), sum(stats.series.refused)];
  return (
    <Panel title={<T k="node.requests" />} aside={<Since stats={stats} />}>
      <Minutes label={t("node.requestsSaid", { count, refused })} bars={bars} />
      <ul className={styles["legend"]}>
        <Legend look="bar">
          <T k="node.requestsAll" count={count} />
        </Legend>
        <Legend look="marked">
          <T k="node.requestsRefused" count={refused} />
        </Legend>
      </ul>
    </Panel>
  );
}

function Statements({ stats }: { stats: NodeStats }): ReactNode {
  const [submitted, entries, final] = [stats.series.submitted, stats.series.entries, stats.series.final].map(sum);
  const values = { submitted: submitted ?? 0, entries: entries ?? 0, final: final ?? 0 };
  return (
    <Panel title={<T k="node.entries" />} aside={<Since stats={stats} />}>
      <Minutes label={t("node.entriesSaid", values)} bars={barsOf(stats, "final")} />
      <ul className={styles["legend"]}>
        <Legend look="bar">
          <T k="node.entriesFinal" count={values.final} />
        </Legend>
        <li>
          <T k="node.entriesMore" submitted={values.submitted} entries={values.entries} />
        </li>
      </ul>
    </Panel>
  );
}

function Spread({ title, what, histogram }: { title: Key; what: Key; histogram: Histogram }): ReactNode {
  const [half, most] = [within(histogram, 0.5), within(histogram, 0.95)];
  const bars = histogram.counts.map((count, at) => ({ name: boundName(histogram, at), count }));
  const said = half === undefined || most === undefined ? undefined : { half: limit(half), most: limit(most) };
  return (
    <Panel title={<T k={title} />} aside={<T k={what} />}>
      {said === undefined ? (
        <p className="dim">
          <T k="node.timesNone" />
        </p>
      ) : (
        <>
          <Times label={`${t(title)}: ${t("node.timesSaid", said)}`} bars={bars} />
          <p className={styles["said"]}>
            <T k="node.timesSaid" {...said} />
          </p>
        </>
      )}
    </Panel>
  );
}

/** The same numbers as tables: for whoever reads rather than looks. */
function Numbers({ stats }: { stats: NodeStats }): ReactNode {
  const rows = spansOf(stats, ROW_MINUTES).reverse();
  const column = (name: SeriesName, head: Key): { head: string; cell: (row: Span) => ReactNode; number: true } => ({
    head: t(head),
    cell: row => whole(row.counts[name]),
    number: true,
  });
  return (
    <details className={styles["numbers"]}>
      <summary>
        <T k="node.numbers" />
      </summary>
      <div className="stack stack-wide">
        <Table
          label={t("node.numbersBySpan", { minutes: ROW_MINUTES })}
          rows={rows}
          rowKey={row => row.from}
          columns={[
            { head: t("node.numbersFrom"), cell: row => minute(new Date(row.from).toISOString()) },
            column("requests", "node.requests"),
            column("refused", "node.refusedShort"),
            column("submitted", "node.submittedShort"),
            column("entries", "node.entriesShort"),
            column("final", "node.finalShort"),
          ]}
        />
        <div className="halves">
          {[
            { title: "node.answered" as const, histogram: stats.request_times },
            { title: "node.settled" as const, histogram: stats.final_times },
          ].map(({ title, histogram }) => (
            <Table
              key={title}
              label={t(title)}
              rows={histogram.counts.map((count, at) => ({ count, name: boundName(histogram, at) }))}
              rowKey={row => row.name}
              columns={[
                { head: t(title), cell: row => row.name },
                { head: t("node.count"), cell: row => whole(row.count), number: true },
              ]}
            />
          ))}
        </div>
      </div>
    </details>
  );
}

function Since({ stats }: { stats: NodeStats }): ReactNode {
  const minutes = minutesOf(stats);
  return minutes >= 60 ? <T k="node.lastHour" /> : <T k="node.sinceStart" minutes={minutes} />;
}

function Legend({ look, children }: { look: "bar" | "marked"; children: ReactNode }): ReactNode {
  return (
    <li>
      <svg width="12" height="12" aria-hidden="true">
        <rect className={styles[look]} width="12" height="12" />
      </svg>
      {children}
    </li>
  );
}

function barsOf(stats: NodeStats, name: SeriesName, marked?: SeriesName): Bar[] {
  return spansOf(stats, 1).map(({ from, counts }) => ({
    from,
    count: counts[name],
    ...(marked === undefined ? {} : { marked: counts[marked] }),
  }));
}

/** `≤ 25 ms`, and for what lies above all bounds `> 1 day`. */
function boundName({ bounds_ms: bounds }: Histogram, at: number): string {
  const bound = bounds[at];
  return bound === undefined ? `> ${time(bounds.at(-1) ?? 0)}` : `≤ ${time(bound)}`;
}

/** A share lies within this; what lies above all bounds has no end. */
function limit(milliseconds: number): string {
  return milliseconds === Infinity ? t("node.timesLong") : time(milliseconds);
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
  ["millisecond", 1],
] as const;

function time(milliseconds: number): string {
  const [unit, length] = UNITS.find(([, length]) => milliseconds >= length) ?? UNITS[4];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(milliseconds / length);
}

function whole(count: number): string {
  return new Intl.NumberFormat(locale).format(count);
}
