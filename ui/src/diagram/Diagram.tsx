import type { ReactNode } from "react";
import { Button } from "../components";
import { plain } from "../lib/hostile";
import { T, t, type Key } from "../messages";
import { Sheet } from "./Sheet";
import type { Diagram as Drawing, Standing } from "./types";
import { useView, type View } from "./useView";
import styles from "./Diagram.module.css";

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
  const view = useView(drawing);
  const { layout, scale, height } = view;
  return (
    <figure className={styles["figure"]}>
      <div
        className={styles["box"]}
        {...view.frame}
        {...(height === undefined ? {} : { style: { height } })}
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
          <Sheet drawing={drawing} layout={layout} onState={onState} chosen={chosen} />
        </svg>
      </div>
      <figcaption className={styles["caption"]}>
        <div className={styles["below"]}>
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
          {view.moves && <Zoom view={view} />}
        </div>
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

/** For a drawing that is larger than its frame. */
function Zoom({ view }: { view: View }): ReactNode {
  return (
    <div className={`${styles["zoom"]} no-print`} role="group" aria-label={t("diagram.zoom")}>
      <Button size="small" label={t("diagram.smaller")} onClick={view.smaller}>
        −
      </Button>
      <span className="num" role="status">
        <T k="diagram.scale" percent={Math.round(view.scale * 100)} />
      </span>
      <Button size="small" label={t("diagram.larger")} onClick={view.larger}>
        +
      </Button>
      <Button size="small" onClick={view.fit}>
        <T k="diagram.fit" />
      </Button>
    </div>
  );
}
