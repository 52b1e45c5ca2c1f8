import type { ReactNode } from "react";
import { t } from "../messages";
import styles from "./Words.module.css";

/** The four words that two people read to each other. */
export function FourWords({ words }: { words: readonly string[] }): ReactNode {
  return (
    <ol className={styles["four"]} aria-label={t("invite.words")}>
      {words.map((word, at) => (
        <li key={at}>{word}</li>
      ))}
    </ol>
  );
}
