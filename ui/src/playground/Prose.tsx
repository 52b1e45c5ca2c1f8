import type { ReactNode } from "react";
import { Text } from "../contract/Written";
import { Loading, Refused } from "../components";
import { T } from "../messages";
import { prose, useTold } from "./ask";
import styles from "./Playground.module.css";

/** The scenario as the clauses of a contract on paper, with blanks for what is not there yet. */
export function Prose({ document }: { document: string | undefined }): ReactNode {
  const told = useTold(document, prose, 0);
  if (told.problem !== undefined) return <Refused refusal={told.problem} />;
  if (told.answer === undefined) return <Loading what={<T k="playground.proseReading" />} />;
  return (
    <div className={styles["prose"]}>
      <Text blocks={told.answer.blocks} />
    </div>
  );
}
