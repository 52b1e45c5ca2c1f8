import { useState, type ReactNode } from "react";
import { DocumentRow, DropZone, Empty, Loading, Note, Panel, Said } from "../components";
import { T, t } from "../messages";
import type { Shown } from "./answer";

/** No document of a contract is larger. */
const DOCUMENT_BYTES_MAX = 64 << 20;
/** So many documents are listed. */
const LISTED_MAX = 200;

/** Is the file that somebody shows you the one that was signed? */
export function Documents({
  documents,
  compare,
}: {
  documents: Shown["documents"];
  compare: (bytes: Uint8Array) => Promise<number[]>;
}): ReactNode {
  const [found, setFound] = useState<{ name: string; same: number[] | "reading" | "unreadable" }>();
  const hidden = documents.filter(({ shown }) => shown !== "open" && shown !== "apart").length;
  const drop = async (file: File): Promise<void> => {
    const { name } = file;
    setFound({ name, same: "reading" });
    try {
      const bytes = file.size > DOCUMENT_BYTES_MAX ? undefined : new Uint8Array(await file.arrayBuffer());
      setFound({ name, same: bytes === undefined ? [] : await compare(bytes) });
    } catch {
      setFound({ name, same: "unreadable" });
    }
  };
  return (
    <Panel title={<T k="verify.document" />}>
      {documents.length === 0 ? (
        <Empty>
          <T k="verify.documentNone" />
        </Empty>
      ) : (
        <div className="stack">
          <div className="no-print">
            <DropZone
              onFiles={([file]) => {
                if (file !== undefined) void drop(file);
              }}
            >
              <T k="verify.documentDrop" />
            </DropZone>
          </div>
          {found !== undefined && <Comparison found={found} documents={documents} hidden={hidden} />}
          <ul className="list">
            {documents.slice(0, LISTED_MAX).map((document, at) => (
              <li key={at}>
                <DocumentRow
                  name={document.name}
                  media={document.media}
                  size={document.bytes}
                  erased={document.shown === "erased"}
                >
                  <T k="verify.documentOf" number={t("common.number", { number: document.position })} />{" "}
                  {document.shown === "redacted" && <T k="verify.documentLeftOut" />}
                </DocumentRow>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

function Comparison({
  found: { name, same },
  documents,
  hidden,
}: {
  found: { name: string; same: number[] | "reading" | "unreadable" };
  documents: Shown["documents"];
  hidden: number;
}): ReactNode {
  const file = <Said text={name} most={60} />;
  if (same === "reading") return <Loading what={<T k="verify.documentReading" file={file} />} />;
  if (same === "unreadable")
    return (
      <Note kind="bad" alert>
        <T k="verify.unreadable" />
      </Note>
    );
  const places = [...new Set(same.flatMap(at => documents[at]?.position ?? []))];
  if (places.length > 0)
    return (
      <div role="status">
        <Note kind="good">
          <T
            k="verify.documentSame"
            file={<b>{file}</b>}
            numbers={places.map(number => t("common.number", { number })).join(", ")}
          />
        </Note>
      </div>
    );
  return (
    <div role="status">
      <Note kind="wait">
        <T k="verify.documentOther" file={<b>{file}</b>} />
        {hidden > 0 && (
          <>
            {" "}
            <T k="verify.documentHidden" count={hidden} />
          </>
        )}
      </Note>
    </div>
  );
}
