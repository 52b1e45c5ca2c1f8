// The statement as it is signed, byte by byte (docs/spec/statement.md).
import { Reader, toUtf8, type CheckedDraft, type Statement } from "@countersign/sdk";
import type { ReactNode } from "react";
import { ByteTable, Id, Said, Time } from "../components";
import { T, t } from "../messages";

/** What each stretch of the signed bytes means. */
export function StatementBytes({ draft, title }: { draft: CheckedDraft; title: string }): ReactNode {
  const { statement, bytes } = draft;
  const purpose = toUtf8("countersign/statement/v1/sig");
  return (
    <>
      <ByteTable
        rows={[
          {
            name: t("action.bytePurpose"),
            meaning: "countersign/statement/v1/sig",
            bytes: Uint8Array.from([purpose.length, ...purpose]),
          },
          ...statementRows(statement, bytes, title),
        ]}
      />
      <p className="sm dim">
        <T k="action.payloadBytes" count={draft.opening.payload.length} sequence={String(statement.sequence)} />
      </p>
      <pre className="mono scroll-x sm" tabIndex={0}>
        <Said text={new TextDecoder().decode(draft.opening.payload)} most={2_000} />
      </pre>
    </>
  );
}

/** The rows of a statement's bytes. `title` is that of the contract. */
export function statementRows(
  statement: Statement,
  bytes: Uint8Array,
  title?: string,
): { name: string; meaning: ReactNode; bytes: Uint8Array }[] {
  return stretches(bytes).map(({ name, at }) => ({
    name: t(`action.byte_${name}`),
    meaning: MEANINGS[name](statement, title),
    bytes: at,
  }));
}

type Stretch =
  "contract" | "kind" | "author" | "key" | "sequence" | "basis" | "requires" | "time" | "nonce" | "payload" | "class";

/** The fields of a statement in their order, each with its bytes. */
export function stretches(bytes: Uint8Array): { name: Stretch; at: Uint8Array }[] {
  const input = new Reader(bytes);
  const found: { name: Stretch; at: Uint8Array }[] = [];
  const take = (name: Stretch, read: () => unknown): void => {
    const start = input.position;
    read();
    found.push({ name, at: input.since(start) });
  };
  take("contract", () => input.fixed(32));
  take("kind", () => input.uint());
  take("author", () => input.fixed(32));
  take("key", () => input.fixed(8));
  take("sequence", () => input.uint());
  take("basis", () => {
    input.uint();
    input.fixed(32);
    input.option(inner => inner.fixed(32));
  });
  take("requires", () => input.list(REQUIRES_MAX, inner => inner.fixed(32)));
  take("time", () => input.int());
  take("nonce", () => input.fixed(16));
  take("payload", () => input.fixed(32));
  take("class", () => input.uint());
  return found;
}

/** As many as a statement may require (docs/spec/statement.md). */
const REQUIRES_MAX = 8;

const MEANINGS: Readonly<Record<Stretch, (statement: Statement, title: string | undefined) => ReactNode>> = {
  contract: (statement, title) => (
    <>
      {title !== undefined && <Said text={title} most={80} />} <Id id={statement.contract} />
    </>
  ),
  kind: statement => statement.kind,
  author: statement => <Id id={statement.author} />,
  key: statement => <code>{statement.key}</code>,
  sequence: statement => <T k="action.byteSequence" number={String(statement.sequence)} />,
  basis: statement => <T k="action.byteBasis" number={String(statement.basis.position)} />,
  requires: statement => <T k="action.byteRequires" count={statement.requires.length} />,
  time: statement => <Time at={new Date(statement.time).toISOString()} />,
  nonce: () => <T k="action.byteNonce" />,
  payload: () => <T k="action.bytePayload" />,
  class: statement => statement.class,
};
