import type { ReactNode } from "react";
import { Loading, Refused, Said } from "../components";
import { T } from "../messages";
import { prose, useTold } from "./ask";
import styles from "./Playground.module.css";

/** The scenario as the clauses of a contract on paper, with blanks for what is not there yet. */
export function Prose({ document }: { document: string | undefined }): ReactNode {
  const told = useTold(document, prose, 0);
  if (told.problem !== undefined) return <Refused refusal={told.problem} />;
  if (told.answer === undefined) return <Loading what={<T k="playground.proseReading" />} />;
  return (
    <div className={`words stack ${styles["prose"]}`}>
      {told.answer.blocks.map((block, at) => {
        const words = (
          <>
            {block.number !== "" && `${block.number} `}
            {block.runs.map((run, index) =>
              run.kind === "text" ? (
                <Said key={index} text={run.text} most={2_000} />
              ) : (
                <b key={index}>
                  <Said text={run.text} most={2_000} />
                </b>
              ),
            )}
          </>
        );
        return block.kind === "heading" ? <h3 key={at}>{words}</h3> : <p key={at}>{words}</p>;
      })}
    </div>
  );
}
