import { useRef, useState, type ReactNode } from "react";
import { useAnswer, useDoing, useEntry } from "../api/hooks";
import { client } from "../api/session";
import type { ContractView, Document } from "../api/types";
import { Answer, Button, DocumentRow, Empty, Panel, Refused, Said } from "../components";
import { save } from "../lib/files";
import { plain } from "../lib/hostile";
import { authorOf, type Party } from "../lib/names";
import { T, t } from "../messages";
import { EraseDialogue } from "./EraseDialogue";
import { ErasureState, erasureOf } from "./Erasure";
import styles from "./Documents.module.css";

/** The files of a contract: to save, and to erase for whoever brought them. */
export function Documents({ view, parties }: { view: ContractView; parties: readonly Party[] }): ReactNode {
  const { contract } = view;
  const asked = useAnswer<{ documents: Document[] }>(`/v1/contracts/${contract}/documents`, [`entries:${contract}`]);
  if (asked.data === undefined && asked.problem?.status === 404) return null;
  return (
    <Panel title={<T k="documents.title" />}>
      <Answer asked={asked} reading={<T k="documents.reading" />}>
        {({ documents }) =>
          documents.length === 0 ? (
            <Empty>{t("documents.empty")}</Empty>
          ) : (
            <ul className="list">
              {documents.map(document => (
                <li key={`${document.entry} ${document.commitment} ${document.name}`}>
                  <One
                    view={view}
                    parties={parties}
                    document={document}
                    first={Math.min(
                      ...documents.filter(one => one.commitment === document.commitment).map(one => one.position),
                    )}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Panel>
  );
}

/** One file. `first` is where it was attached first: the party that did so may ask all to erase it. */
function One({
  view,
  parties,
  document,
  first,
}: {
  view: ContractView;
  parties: readonly Party[];
  document: Document;
  first: number;
}): ReactNode {
  const { refusal, act } = useDoing();
  const [asking, setAsking] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  const brought = useEntry(view.contract, first, view.position);
  const entry = useEntry(view.contract, document.position, view.position);
  const own = parties.find(party => party.own);
  const erasure = erasureOf(view, document.commitment);
  const erasable =
    view.status === "active" &&
    own !== undefined &&
    (brought?.party ?? brought?.author) === own.id &&
    erasure === undefined &&
    !document.erased;
  const open = async (): Promise<void> => {
    const answer = await client.request("GET", `/v1/contracts/${view.contract}/payloads/${document.commitment}`);
    // Never shown in the page's own origin: whoever attached it may mean harm.
    save(document.name, new Blob([await answer.blob()], { type: "application/octet-stream" }));
  };
  return (
    <div className={styles["document"]} tabIndex={-1} ref={row}>
      <DocumentRow {...document} onOpen={() => void act("open", open)}>
        <T
          k="documents.by"
          number={t("common.number", { number: document.position })}
          who={
            <Said
              text={authorOf({ ...document, ...(entry?.party === undefined ? {} : { party: entry.party }) }, parties)}
              most={60}
            />
          }
        />
      </DocumentRow>
      {erasable && (
        <Button
          kind="quiet"
          size="small"
          label={t("erasing.askFor", { file: plain(document.name, 80) })}
          onClick={() => setAsking(true)}
        >
          <T k="erasing.ask" />
        </Button>
      )}
      {erasure !== undefined && <ErasureState erasure={erasure} parties={parties} />}
      {refusal !== undefined && <Refused refusal={refusal} />}
      {asking && (
        <EraseDialogue
          view={view}
          document={document}
          parties={parties}
          onLeave={asked => {
            setAsking(false);
            // The button is about to go: the row says what comes of it.
            if (asked) queueMicrotask(() => row.current?.focus());
          }}
        />
      )}
    </div>
  );
}
