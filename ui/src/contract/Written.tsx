// A contract or a scenario in plain words, as the node writes it.
import type { ReactNode } from "react";
import { useAnswer, useReading, type Asked } from "../api/hooks";
import { client } from "../api/session";
import { Answer, Panel, Said } from "../components";
import { locale, T } from "../messages";
import styles from "./Written.module.css";

/** Words of one kind. */
interface Run {
  kind: "text" | "party" | "term" | "value" | "blank";
  text: string;
}

interface Block {
  kind: "heading" | "clause" | "paragraph";
  number: string;
  current: boolean;
  runs: Run[];
}

export interface Written {
  title: string;
  blocks: Block[];
}

/** A paragraph of a contract is drawn up to this length. */
const PARAGRAPH_MAX = 20_000;

/** A contract as it stands, or as it is offered. */
export function useWritten(contract: string): Asked<Written> {
  return useAnswer<Written>(`/v1/contracts/${contract}/prose`, [`entries:${contract}`]);
}

/** A scenario that nobody plays yet: what is not filled in is blank. */
export function useWrittenScenario(key: string, document: string): Asked<Written> {
  return useReading(`written:${key}`, [], async () => {
    const answer = await client.request("POST", "/v1/scenario/prose", { body: { document, language: locale } });
    return (await answer.json()) as Written;
  });
}

/** The text on a sheet of its own. */
export function WrittenPanel({ asked }: { asked: Asked<Written> }): ReactNode {
  return (
    <Panel title={<T k="prose.title" />} aside={<T k="prose.blanks" />}>
      <Answer asked={asked} reading={<T k="prose.reading" />}>
        {written => <Text blocks={written.blocks} />}
      </Answer>
    </Panel>
  );
}

/** Numbered clauses, parties and values, in the voice of a contract. */
export function Text({ blocks }: { blocks: readonly Block[] }): ReactNode {
  return (
    <div className={`${styles["text"]} words`}>
      {blocks.map((block, at) => (
        <Paragraph key={at} block={block} />
      ))}
    </div>
  );
}

function Paragraph({ block }: { block: Block }): ReactNode {
  const words = block.runs.map((run, at) => <Words key={at} run={run} />);
  if (block.kind === "heading") {
    return (
      <h3 className={styles["heading"]}>
        <span className={styles["number"]}>{block.number}</span>
        <span>{words}</span>
      </h3>
    );
  }
  return (
    <div className={`${styles["clause"]} ${block.current ? styles["current"] : ""}`}>
      <span className={styles["number"]}>{block.number}</span>
      <div>
        {block.current && (
          <p className={`${styles["now"]} no-print`}>
            <T k="prose.now" />
          </p>
        )}
        <p>{words}</p>
      </div>
    </div>
  );
}

function Words({ run }: { run: Run }): ReactNode {
  const said = <Said text={run.text} most={PARAGRAPH_MAX} />;
  if (run.kind === "text") return said;
  if (run.kind === "blank") {
    return (
      <span className={styles["blank"]}>
        <span className="hidden">
          <T k="prose.blank" />
        </span>
      </span>
    );
  }
  return <span className={styles[run.kind]}>{said}</span>;
}
