import type { ReactNode } from "react";
import { useContract, useSignedIn } from "../api/hooks";
import type { ContractView } from "../api/types";
import { Answer, Button, PageHead, Said } from "../components";
import { ContractTabs } from "../contract/Tabs";
import { Text, useWritten, type Written } from "../contract/Written";
import { shortId } from "../lib/ids";
import { date, fullTime } from "../lib/time";
import { T } from "../messages";
import { to, type PageProperties } from "../routes";
import styles from "./Prose.module.css";

/** The contract as paper: numbered clauses, parties and values, ready to print. */
export default function Prose({ params }: PageProperties): ReactNode {
  const contract = params["contract"] ?? "";
  const view = useContract(contract);
  const written = useWritten(contract);
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
      <Text blocks={written.blocks} />
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
