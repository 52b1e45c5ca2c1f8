import { useEffect, useRef, useState, type ReactNode } from "react";
import { plain } from "../lib/hostile";
import { T, t, type Key } from "../messages";
import type { Diagram as Drawing, Layout, Standing, Text } from "./types";
import styles from "./Diagram.module.css";

/** The wide layout is shrunk down to this part of its size; below, the narrow one stands in for it. */
const SHRUNK_MIN = 0.82;
/** A layout is never drawn larger than this. */
const GROWN_MAX = 1.25;

const LEGEND: readonly (readonly [Standing, Key])[] = [
  ["taken", "diagram.taken"],
  ["next", "diagram.next"],
  ["rest", "diagram.rest"],
  ["counterexample", "diagram.counterexample"],
];

/** A process as the node laid it out. Pressing a state calls `onState`. */
export function Diagram({
  drawing,
  onState,
  chosen,
}: {
  drawing: Drawing;
  onState?: (state: string) => void;
  chosen?: string;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(entries => setRoom(entries[0]?.contentRect.width ?? 0));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const narrow = room > 0 && room < drawing.wide.width * SHRUNK_MIN && drawing.narrow.width < drawing.wide.width;
  const layout = narrow ? drawing.narrow : drawing.wide;
  const scale = room === 0 ? 1 : Math.min(GROWN_MAX, Math.max(SHRUNK_MIN, room / layout.width));
  const order = new Map(drawing.roles.map((role, at) => [role.actor, at]));
  const kinds = new Map(drawing.states.map(state => [state.state, state.kind]));
  return (
    <figure className={styles["figure"]}>
      <div
        className={styles["box"]}
        ref={box}
        tabIndex={0}
        role="group"
        aria-label={t("diagram.label", { title: plain(drawing.title, 80) })}
      >
        <svg
          className={styles["drawing"]}
          width={layout.width * scale}
          height={layout.height * scale}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          aria-hidden={onState === undefined}
        >
          <Lines layout={layout} />
          {layout.nodes.map(node => {
            const ends = kinds.get(node.state) !== undefined && kinds.get(node.state) !== "state";
            const press = onState === undefined ? {} : pressable(() => onState(node.state));
            return (
              <g
                key={node.state}
                className={`${styles["node"]} ${styles[node.standing]} ${chosen === node.state ? styles["chosen"] : ""}`}
                {...press}
              >
                {node.standing === "current" && (
                  <rect
                    className={styles["halo"]}
                    x={node.x - 4}
                    y={node.y - 4}
                    width={node.width + 8}
                    height={node.height + 8}
                    rx="10"
                  />
                )}
                <rect
                  className={styles["state"]}
                  x={node.x}
                  y={node.y}
                  width={node.width}
                  height={node.height}
                  rx="7"
                />
                {ends && (
                  <rect
                    className={styles["end"]}
                    x={node.x + 4}
                    y={node.y + 4}
                    width={node.width - 8}
                    height={node.height - 8}
                    rx="4"
                  />
                )}
                {node.chips.map((chip, at) => (
                  <g key={at} className={styles[`chip${((order.get(chip.actor ?? "") ?? 0) % 6) + 1}`]}>
                    <rect
                      className={styles["chip"]}
                      x={chip.x}
                      y={chip.y}
                      width={chip.width}
                      height={chip.height}
                      rx="4"
                    />
                    <text
                      className={styles["chipText"]}
                      x={chip.x + chip.width / 2}
                      y={chip.y + chip.height / 2 + 4}
                      textAnchor="middle"
                    >
                      {`${chip.text} `}
                    </text>
                  </g>
                ))}
                <Texts texts={node.texts} />
                {node.badge !== undefined && (
                  <>
                    <rect className={styles["badge"]} {...box4(node.badge)} rx={node.badge.height / 2} />
                    <text
                      className={styles["badgeText"]}
                      x={node.badge.x + node.badge.width / 2}
                      y={node.badge.y + node.badge.height / 2 + 4}
                      textAnchor="middle"
                    >
                      {node.badge.text}
                    </text>
                  </>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <figcaption className={styles["caption"]}>
        <ul className={styles["legend"]}>
          {LEGEND.filter(([standing]) => layout.lines.some(line => line.standing === standing)).map(
            ([standing, text]) => (
              <li key={standing}>
                <i className={styles[`key-${standing}`]} />
                <T k={text} />
              </li>
            ),
          )}
        </ul>
        <details className={`${styles["words"]} no-print`}>
          <summary>
            <T k="diagram.alternative" />
          </summary>
          <ul>
            {drawing.words.map((words, at) => (
              <li key={at}>{words}</li>
            ))}
          </ul>
        </details>
      </figcaption>
    </figure>
  );
}

function box4({
  x,
  y,
  width,
  height,
}: {
  x: number;
  y: number;
  width: number;
  height: number;
}): Record<"x" | "y" | "width" | "height", number> {
  return { x, y, width, height };
}

/** Its name is what stands in it. */
function pressable(press: () => void): Record<string, unknown> {
  return {
    role: "button",
    tabIndex: 0,
    onClick: press,
    onKeyDown: (event: { key: string; preventDefault: () => void }) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      press();
    },
  };
}

function Lines({ layout }: { layout: Layout }): ReactNode {
  // What was taken lies above what was not.
  const weight: Readonly<Record<string, number>> = { rest: 0, next: 1, taken: 2, counterexample: 3 };
  const lines = [...layout.lines].sort((one, other) => (weight[one.standing] ?? 0) - (weight[other.standing] ?? 0));
  return lines.map((line, at) => (
    <g key={at} className={`${styles["line"]} ${styles[`line-${line.standing}`]}`}>
      <path className={styles["path"]} d={line.path} />
      <path className={styles["arrow"]} d={line.head} />
      <Texts texts={line.texts} />
      {line.marks.map((mark, index) => (
        <g key={index}>
          <circle className={styles["mark"]} cx={mark.x} cy={mark.y} r="9" />
          <text className={styles["markText"]} x={mark.x} y={mark.y + 4} textAnchor="middle">
            {mark.text}
          </text>
        </g>
      ))}
    </g>
  ));
}

function Texts({ texts }: { texts: readonly Text[] }): ReactNode {
  return texts.map((text, at) => (
    <text key={at} className={styles[text.kind]} x={text.x} y={text.y} textAnchor={text.anchor}>
      {/* The space parts the lines for whoever hears them. */ `${text.text} `}
    </text>
  ));
}
