import { useLayoutEffect, useState, type ReactNode } from "react";
import { locale, T, t } from "../messages";
import type { Point } from "./metrics";
import styles from "./Node.module.css";

/** Before it was measured. */
const WIDTH_GUESS = 520;
const HEIGHT = 150;
const LEFT = 44;
const BOTTOM = 22;
const TOP = 10;
/** Seconds that a chart shows. */
const SPAN_S = 900;

/** A line over the last quarter of an hour, with its newest value in words. */
export function Chart({ label, points, unit }: { label: string; points: readonly Point[]; unit: string }): ReactNode {
  const [figure, width] = useWidth();
  const known = points.flatMap(({ ago, value }) => (value === undefined ? [] : [{ ago, value }]));
  const newest = known.at(-1);
  if (newest === undefined) {
    return (
      <p className="dim sm">
        <T k="node.measuring" />
      </p>
    );
  }
  const top = ceiling(Math.max(...known.map(({ value }) => value)));
  const x = (ago: number): number => width - (ago / SPAN_S) * (width - LEFT);
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const now = `${number(newest.value)} ${unit}`;
  return (
    <figure ref={figure}>
      <svg className={styles["chart"]} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={`${label}: ${now}`}>
        {[0, top / 2, top].map(value => (
          <g key={value}>
            <line className={styles["grid"]} x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">
              {number(value)}
            </text>
          </g>
        ))}
        <text x={LEFT} y={HEIGHT - 4}>
          {t("node.ago", { minutes: SPAN_S / 60 })}
        </text>
        <text x={width} y={HEIGHT - 4} textAnchor="end">
          {t("node.now")}
        </text>
        {stretches(points).map((stretch, at) => (
          <polyline
            key={at}
            className={styles["line"]}
            points={stretch.map(({ ago, value }) => `${x(ago).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}
          />
        ))}
        <circle className={styles["dot"]} cx={x(newest.ago) - 3} cy={y(newest.value)} r="3" />
      </svg>
      <figcaption className="sm dim">
        <T k="node.nowIs" value={<b className="num">{now}</b>} />
      </figcaption>
    </figure>
  );
}

/** The width that a chart has, so that its words keep their size. */
function useWidth(): [(element: HTMLElement | null) => void, number] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(WIDTH_GUESS);
  useLayoutEffect(() => {
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(LEFT * 2, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, width];
}

/** Parts of a line without gaps. */
function stretches(points: readonly Point[]): { ago: number; value: number }[][] {
  const all: { ago: number; value: number }[][] = [[]];
  for (const { ago, value } of points) {
    if (value === undefined) all.push([]);
    else all.at(-1)?.push({ ago, value });
  }
  return all.filter(stretch => stretch.length > 1);
}

/** 1, 2 or 5 times a power of ten, at least the value. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.1)));
  return ([1, 2, 5, 10].find(step => step * power >= value) ?? 10) * power;
}

function number(value: number): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(value);
}
