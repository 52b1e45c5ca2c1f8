import type { ReactNode } from "react";
import { useAnswer, useContract, useSignedIn } from "../api/hooks";
import type { ContractView } from "../api/types";
import { Answer, Button, PageHead, Said } from "../components";
import { ContractTabs } from "../contract/Tabs";
import { shortId } from "../lib/ids";
import { date, fullTime } from "../lib/time";
import { T } from "../messages";
import { to, type PageProperties } from "../routes";
import styles from "./Prose.module.css";

/** Words of one kind, as the node writes them. */
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

interface Written {
  title: string;
  blocks: Block[];
}

/** A paragraph of a contract is drawn up to this length. */
const PARAGRAPH_MAX = 20_000;

/** The contract as paper: numbered clauses, parties and values, ready to print. */
export default function Prose({ params }: PageProperties): ReactNode {
  const contract = params["contract"] ?? "";
  const view = useContract(contract);
  const written = useAnswer<Written>(`/v1/contracts/${contract}/prose`, [`contract:${contract}`]);
  return (
    <Answer asked={view} reading={<T k="prose.reading" />}>
      {view => (
        <>
          <div className="no-print">
            <PageHead
              said={view.title}
              lead={<T k="prose.lead" />}
              crumb={{ to: to.contracts, text: <T k="contract.contracts" /> }}
              actions={
                <Button onClick={() => window.print()}>
                  <T k="contract.print" />
                </Button>
              }
            />
          </div>
          <ContractTabs contract={contract} here="prose" />
          <Answer asked={written} reading={<T k="prose.reading" />}>
            {written => <Paper written={written} view={view} />}
          </Answer>
        </>
      )}
    </Answer>
  );
}

function Paper({ written, view }: { written: Written; view: ContractView }): ReactNode {
  const { node } = useSignedIn();
  return (
    <article className={`${styles["paper"]} words`}>
      <h2 className={styles["title"]}>
        <Said text={written.title} />
      </h2>
      <p className={styles["founded"]}>
        <T k="prose.founded" date={date(view.founded)} id={<code>{shortId(view.contract)}</code>} />
      </p>
      {written.blocks.map((block, at) => (
        <Paragraph key={at} block={block} />
      ))}
      <footer className={styles["foot"]}>
        <p>
          <T
            k="prose.state"
            number={view.position}
            final={view.final_position}
            hash={<code className={styles["hash"]}>{view.state_hash}</code>}
          />
        </p>
        <p className="print-only">
          <T k="prose.printed" time={fullTime(new Date().toISOString())} who={<Said text={node.name} />} />
        </p>
      </footer>
    </article>
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
