import type { Sentence as Proven } from "@countersign/sdk/verify";
import { useState, type ReactNode } from "react";
import { Button, Data, hasData, Monogram, Panel, Said } from "../components";
import { T, t } from "../messages";
import { titleOf } from "./Held";
import { DeclaredTime, Sentence } from "./Sentence";
import styles from "./Verifier.module.css";

/** So many are drawn at first, and with each asking for more. */
const SHOWN = 200;

/** What was said, one line each; opened, the whole sentence with what was given. */
export function Statements({
  title,
  sentences,
  names,
  aside,
}: {
  title: string;
  sentences: readonly Proven[];
  names: ReadonlyMap<string, string>;
  aside?: string;
}): ReactNode {
  const [most, setMost] = useState(SHOWN);
  return (
    <Panel title={title} {...(aside === undefined ? {} : { aside })}>
      <ul className="list">
        {sentences.slice(0, most).map(sentence => (
          <li key={Number(sentence.facts["position"])}>
            <Statement sentence={sentence} names={names} />
          </li>
        ))}
      </ul>
      {sentences.length > most && (
        <p>
          <Button size="small" onClick={() => setMost(most + SHOWN)}>
            <T k="verify.more" left={sentences.length - most} />
          </Button>
        </p>
      )}
    </Panel>
  );
}

function Statement({ sentence, names }: { sentence: Proven; names: ReadonlyMap<string, string> }): ReactNode {
  const { facts } = sentence;
  const party = String(facts["author_party"] ?? "");
  const [order, name] = [[...names.keys()].indexOf(party), names.get(party)];
  const answer = facts["response"];
  return (
    <details className={styles["said"]}>
      <summary>
        <span className={styles["summary"]}>
          <span className="row">
            <span className="num dim">{t("common.number", { number: Number(facts["position"]) })}</span>
            {name !== undefined && <Monogram name={name} order={order} />}
            <span>
              <b>
                <Said text={titleOf(facts)} most={80} />
              </b>
              {typeof answer === "string" && (
                <>
                  {": "}
                  <Said text={answer} most={60} />
                </>
              )}
              {facts["outcome"] !== "applied" && (
                <span className="wait">
                  {" "}
                  <T k={facts["outcome"] === "rejected" ? "verify.rejected" : "verify.failed"} />
                </span>
              )}
            </span>
          </span>
          <span className="sm dim">{typeof facts["time"] === "string" && <DeclaredTime at={facts["time"]} />}</span>
        </span>
      </summary>
      <div className={`stack ${styles["detail"]}`}>
        <p>
          <Sentence text={sentence.text} names={names} />
        </p>
        {hasData(facts["data"]) && <Data value={facts["data"] ?? null} />}
        {hasData(facts["mandate"]) && <Data value={facts["mandate"] ?? null} />}
        {typeof facts["text"] === "string" && (
          <p className="words">
            <Said text={facts["text"]} most={2_000} />
          </p>
        )}
      </div>
    </details>
  );
}
