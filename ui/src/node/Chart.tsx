import { useLayoutEffect, useState, type ReactNode } from "react";
import { locale, t } from "../messages";
import styles from "./Node.module.css";

/** Before it was measured. */
const WIDTH_GUESS = 520;
const HEIGHT = 150;
const LEFT = 44;
const BOTTOM = 22;
const TOP = 10;
const MINUTE_MS = 60_000;
const MINUTES = 60;

/** Counts by minute, newest last; `marked` is the part of each that is drawn in front. */
export interface Bar {
  /** The beginning of the minute, in milliseconds since 1970. */
  from: number;
  count: number;
  marked?: number;
}

/** The last hour in a bar for each minute. What it says stands in `label`; the numbers are in a table of the page. */
export function Minutes({ label, bars }: { label: string; bars: readonly Bar[] }): ReactNode {
  const [figure, width] = useWidth();
  const top = ceiling(Math.max(1, ...bars.map(({ count }) => count)));
  const last = bars.at(-1)?.from ?? 0;
  const slot = (width - LEFT) / (MINUTES + 1);
  const x = (from: number): number => width - slot * (1 + (last - from) / MINUTE_MS);
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const bar = (from: number, count: number, look: string): ReactNode =>
    count > 0 && (
      <rect className={styles[look]} x={x(from)} y={y(count)} width={Math.max(1, slot - 1)} height={y(0) - y(count)} />
    );
  return (
    <figure ref={figure}>
      <svg className={styles["chart"]} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
        <Grid width={width} top={top} y={y} />
        <text x={LEFT} y={HEIGHT - 4}>
          {t("node.ago", { minutes: MINUTES })}
        </text>
        <text x={width} y={HEIGHT - 4} textAnchor="end">
          {t("node.now")}
        </text>
        {bars.map(({ from, count, marked = 0 }) => (
          <g key={from}>
            {bar(from, count, "bar")}
            {bar(from, marked, "marked")}
          </g>
        ))}
      </svg>
    </figure>
  );
}

/** How many took how long: a bar for each span of time. */
export function Times({ label, bars }: { label: string; bars: readonly { name: string; count: number }[] }): ReactNode {
  const [figure, width] = useWidth();
  const top = ceiling(Math.max(1, ...bars.map(({ count }) => count)));
  const slot = (width - LEFT) / Math.max(1, bars.length);
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  // Names that have no room are left out; the table has them.
  const every = Math.ceil(46 / slot);
  return (
    <figure ref={figure}>
      <svg className={styles["chart"]} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
        <Grid width={width} top={top} y={y} />
        {bars.map(({ name, count }, at) => (
          <g key={name}>
            {count > 0 && (
              <rect
                className={styles["bar"]}
                x={LEFT + at * slot + 2}
                y={y(count)}
                width={Math.max(1, slot - 4)}
                height={y(0) - y(count)}
              />
            )}
            {at % every === 0 && (
              <text x={LEFT + (at + 0.5) * slot} y={HEIGHT - 4} textAnchor="middle">
                {name}
              </text>
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
}

function Grid({ width, top, y }: { width: number; top: number; y: (value: number) => number }): ReactNode {
  const values = top < 2 ? [0, top] : [0, top / 2, top];
  return values.map(value => (
    <g key={value}>
      <line className={styles["grid"]} x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
      <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">
        {new Intl.NumberFormat(locale, { notation: "compact" }).format(value)}
      </text>
    </g>
  ));
}

/** The width that a chart has, so that its words keep their size. */
function useWidth(): [(element: HTMLElement | null) => void, number] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(WIDTH_GUESS);
  useLayoutEffect(() => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.max(LEFT * 2, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, width];
}

/** 1, 2 or 5 times a power of ten, at least the value. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find(step => step * power >= value) ?? 10) * power;
}
