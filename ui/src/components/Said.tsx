import { useState, type ReactNode } from "react";
import { cutTo, pieces } from "../lib/hostile";
import { T } from "../messages";
import styles from "./Said.module.css";

/** One line at most this long, unless the place gives another bound. */
const LINE_MAX = 160;
/** A block shows this much and offers the rest. */
const BLOCK_MAX = 600;
/** More than this is never drawn: the raw bytes can be downloaded. */
const DRAWN_MAX = 100_000;

/** Text that somebody else wrote: nothing in it is hidden, reordered or drawn without bound. */
export function Said({ text, most = LINE_MAX }: { text: string; most?: number }): ReactNode {
  const { shown, left } = cutTo(text, most);
  return (
    <bdi className={styles["said"]}>
      <Pieces text={shown} />
      {left > 0 && "…"}
    </bdi>
  );
}

/** The same as a block in the voice of parties, with its line breaks; long text is shown in part at first. */
export function SaidBlock({ text }: { text: string }): ReactNode {
  const [whole, setWhole] = useState(false);
  const { shown, left } = cutTo(text, whole ? DRAWN_MAX : BLOCK_MAX);
  return (
    <>
      <blockquote className={styles["block"]} dir="auto">
        <Pieces text={shown} />
        {left > 0 && "…"}
      </blockquote>
      {left > 0 && !whole && (
        <button type="button" className={styles["more"]} onClick={() => setWhole(true)}>
          <T k="common.showAll" count={text.length} />
        </button>
      )}
    </>
  );
}

function Pieces({ text }: { text: string }): ReactNode {
  return pieces(text).map((piece, at) =>
    "words" in piece ? (
      piece.words
    ) : (
      <span key={at} className={styles["mark"]}>
        {piece.mark}
      </span>
    ),
  );
}
