import type { ReactNode } from "react";
import type { Level } from "../api/types";
import { T, t, type Key } from "../messages";
import { Time } from "./Time";
import styles from "./Ladder.module.css";

/** The rungs from the ground up. */
export const LEVELS: readonly Level[] = ["local", "delivered", "countersigned", "final"];

const WORDS: Readonly<Record<Level, Key>> = {
  local: "ladder.local",
  delivered: "ladder.delivered",
  countersigned: "ladder.countersigned",
  final: "ladder.final",
};
const MEANINGS: Readonly<Record<Level, Key>> = {
  local: "ladder.localMeans",
  delivered: "ladder.deliveredMeans",
  countersigned: "ladder.countersignedMeans",
  final: "ladder.finalMeans",
};

/** How certain something is: the rungs filled from the ground up, and the word. `waits` if somebody is waited for;
 * `anchored` puts the mark of a ledger at the side. */
export function Ladder({
  level,
  waits = false,
  anchored = false,
}: {
  level: Level;
  waits?: boolean;
  anchored?: boolean;
}): ReactNode {
  const look = level === "final" ? styles["final"] : waits ? styles["waits"] : "";
  return (
    <span className={`${styles["ladder"]} ${look}`}>
      <Rungs level={level} anchored={anchored} />
      <span>
        <T k={WORDS[level]} />
        {anchored && (
          <span className={styles["anchored"]}>
            <T k="ladder.anchored" />
          </span>
        )}
      </span>
    </span>
  );
}

function Rungs({ level, anchored = false }: { level: Level; anchored?: boolean }): ReactNode {
  const reached = LEVELS.indexOf(level);
  return (
    <svg width={anchored ? 24 : 18} height="22" viewBox={`0 0 ${anchored ? 24 : 18} 22`} aria-hidden="true">
      <path className={styles["rail"]} d="M2 0V22M16 0V22" strokeWidth="1.5" fill="none" />
      {LEVELS.map((of, at) => (
        <line
          key={of}
          className={at <= reached ? styles["on"] : styles["off"]}
          x1="3.5"
          x2="14.5"
          y1={18.5 - at * 5}
          y2={18.5 - at * 5}
          strokeWidth="2.4"
        />
      ))}
      {anchored && (
        <path className={styles["on"]} d="M21 5v12M19 8h4M18.5 14c0 3 5 3 5 0" strokeWidth="1.4" fill="none" />
      )}
    </svg>
  );
}

/** The ladder explained once. */
export function LadderMeaning(): ReactNode {
  return (
    <ul className={styles["meaning"]}>
      {LEVELS.map(level => (
        <li key={level} className={level === "final" ? styles["final"] : ""}>
          <Rungs level={level} />
          <b>
            <T k={WORDS[level]} />
          </b>
          <p>
            <T k={MEANINGS[level]} />
          </p>
        </li>
      ))}
    </ul>
  );
}

/** The four rungs of one entry with their times, or how many of how many parties. */
export function LadderSteps({
  level,
  times,
  received,
  of,
}: {
  level: Level;
  times: Partial<Record<Level, string>>;
  received: number;
  of: number;
}): ReactNode {
  const reached = LEVELS.indexOf(level);
  return (
    <ol className={styles["steps"]} aria-label={t("ladder.steps")}>
      {LEVELS.map((one, at) => {
        const done = at <= reached;
        const now = at === reached + 1;
        const look = done
          ? level === "final"
            ? styles["stepFinal"]
            : styles["stepDone"]
          : now
            ? styles["stepNow"]
            : "";
        const time = times[one];
        return (
          <li key={one} className={look}>
            <b>
              <T k={WORDS[one]} />
            </b>
            {done && time !== undefined && <Time at={time} />}
            {!done && one !== "final" && <T k="ladder.some" some={received} all={of} />}
          </li>
        );
      })}
    </ol>
  );
}
