import type { ReactNode } from "react";
import { monogram } from "../lib/ids";
import { Said } from "./Said";
import styles from "./Party.module.css";

/** Colours for so many parties; then they begin again. The letters tell them apart. */
const COLOURS = 6;

/** Two letters on the colour of a party. Never alone: a name or a label stands beside it, so readers skip it. */
export function Monogram({ name, order, size }: { name: string; order?: number; size?: "large" }): ReactNode {
  const colour = order === undefined ? styles["none"] : styles[`p${(order % COLOURS) + 1}`];
  return (
    <span className={[styles["mono"], colour, size === "large" ? styles["large"] : ""].join(" ")} aria-hidden="true">
      {monogram(name)}
    </span>
  );
}

/** A party with its monogram. */
export function PartyName({ name, order }: { name: string; order?: number }): ReactNode {
  return (
    <span className={styles["line"]}>
      <Monogram name={name} {...(order === undefined ? {} : { order })} />
      <Said text={name} />
    </span>
  );
}
