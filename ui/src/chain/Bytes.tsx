import { bytesOf, entryId, isIncluded, fromHex, statementId } from "@countersign/sdk";
import { useState, type ReactNode } from "react";
import type { EntryDetail, Receipt } from "../api/types";
import { Button, ByteTable, Fingerprint, Id, KeyValue, Note, Panel, PartyName, Said, Tag, Time } from "../components";
import { statementRows } from "../contract/StatementBytes";
import { save } from "../lib/files";
import { shortId } from "../lib/ids";
import { authorOf, type Party } from "../lib/names";
import { T, t } from "../messages";
import {
  bytesOfText,
  entryStretches,
  openingStretches,
  receiptStretches,
  signedEntry,
  signedReceipt,
  signedStatement,
  type Stretch,
} from "./bytes";
import { Same } from "./Same";

/** Most characters of a payload that are drawn. */
const PAYLOAD_DRAWN = 4_000;

type Tab = "entry" | "statement" | "payload" | "receipts";
const TABS: readonly Tab[] = ["entry", "statement", "payload", "receipts"];

/** The bytes of an entry as they are hashed and signed, each stretch with its meaning. */
export function Bytes({
  contract,
  detail,
  parties,
}: {
  contract: string;
  detail: EntryDetail;
  parties: readonly Party[];
}): ReactNode {
  const [tab, setTab] = useState<Tab>("entry");
  const { position } = detail.entry;
  return (
    <Panel
      title={<T k="chain.bytes" number={t("common.number", { number: position })} />}
      foot={
        <Same
          command={`countersign --json contract log ${contract} --after ${position - 1}`}
          path={`/v1/contracts/${contract}/entries/${position}`}
        />
      }
    >
      <div className="stack">
        <div className="row no-print" role="group" aria-label={t("chain.bytesOf")}>
          {TABS.map(one => (
            <Button
              key={one}
              size="small"
              kind={one === tab ? "plain" : "quiet"}
              pressed={one === tab}
              onClick={() => setTab(one)}
            >
              <T k={`chain.tab_${one}`} />
            </Button>
          ))}
        </div>
        {tab === "entry" && <EntryBytes detail={detail} />}
        {tab === "statement" && <StatementBytes detail={detail} />}
        {tab === "payload" && <Payload detail={detail} />}
        {tab === "receipts" && <Receipts detail={detail} parties={parties} />}
      </div>
    </Panel>
  );
}

function table(stretches: readonly Stretch[]): ReactNode {
  return (
    <ByteTable
      rows={stretches.map(({ name, means, bytes }) => ({
        name: t(`chain.byte_${name}`),
        meaning:
          means === undefined ? null : means.includes("_") ? <Id id={means} /> : <span className="num">{means}</span>,
        bytes,
      }))}
    />
  );
}

/** What this browser found when it made the hash again. */
function Computed({ same, id }: { same: boolean; id: string }): ReactNode {
  return same ? (
    <p className="sm good">
      <T k="chain.hashSame" id={<code>{shortId(id)}</code>} />
    </p>
  ) : (
    <Note kind="bad" alert>
      <T k="chain.hashOther" />
    </Note>
  );
}

function Download({ name, bytes }: { name: string; bytes: Uint8Array }): ReactNode {
  return (
    <p className="no-print">
      <Button size="small" onClick={() => save(name, new Blob([new Uint8Array(bytes)]))}>
        <T k="chain.download" />
      </Button>
    </p>
  );
}

function Unreadable(): ReactNode {
  return (
    <Note kind="bad" alert>
      <T k="chain.unreadable" />
    </Note>
  );
}

function EntryBytes({ detail }: { detail: EntryDetail }): ReactNode {
  const bytes = bytesOfText(detail.bytes.entry);
  const entry = signedEntry(bytes);
  if (bytes === undefined || entry === undefined) return <Unreadable />;
  return (
    <>
      <Computed same={entryId(entry.bytes) === detail.entry.entry} id={detail.entry.entry} />
      {table(entryStretches(bytes))}
      <Download name={`${detail.entry.entry}.entry`} bytes={bytes} />
    </>
  );
}

function StatementBytes({ detail }: { detail: EntryDetail }): ReactNode {
  const bytes = bytesOfText(detail.bytes.statement);
  const statement = signedStatement(bytes);
  if (bytes === undefined || statement === undefined) return <Unreadable />;
  return (
    <>
      <Computed same={statementId(statement.bytes) === detail.entry.statement} id={detail.entry.statement} />
      <ByteTable
        rows={[
          ...statementRows(statement.value, statement.bytes),
          { name: t("chain.byte_signature"), meaning: null, bytes: statement.signature },
        ]}
      />
      <Download name={`${detail.entry.statement}.statement`} bytes={bytes} />
    </>
  );
}

function Payload({ detail }: { detail: EntryDetail }): ReactNode {
  const bytes = bytesOfText(detail.bytes.opening);
  if (bytes === undefined) {
    return (
      <p className="dim">
        <T k="chain.noPayload" />
      </p>
    );
  }
  const { stretches, text } = openingStretches(bytes);
  return (
    <>
      {table(stretches)}
      <pre className="mono sm scroll-x" tabIndex={0}>
        <Said text={text} most={PAYLOAD_DRAWN} />
      </pre>
      <Download name={`${detail.entry.statement}.opening`} bytes={bytes} />
    </>
  );
}

function Receipts({ detail, parties }: { detail: EntryDetail; parties: readonly Party[] }): ReactNode {
  if (detail.receipts.length === 0) {
    return (
      <p className="dim">
        <T k="chain.noReceipts" />
      </p>
    );
  }
  return (
    <>
      <p className="sm dim">
        <T k="chain.receiptsWhat" />
      </p>
      {detail.receipts.map(receipt => (
        <OneReceipt key={receipt.party} receipt={receipt} party={parties.find(one => one.id === receipt.party)} />
      ))}
    </>
  );
}

function OneReceipt({ receipt, party }: { receipt: Receipt; party: Party | undefined }): ReactNode {
  const bytes = bytesOfText(receipt.bytes);
  return (
    <details>
      <summary>
        <PartyName
          name={party?.name ?? shortId(receipt.party)}
          {...(party === undefined ? {} : { order: party.order })}
        />{" "}
        <T k="chain.receiptUpTo" number={t("common.number", { number: receipt.position })} />
      </summary>
      {bytes === undefined || signedReceipt(bytes) === undefined ? <Unreadable /> : table(receiptStretches(bytes))}
    </details>
  );
}

/** Where the entry stands in the tree of the log, computed again in this browser. */
export function Tree({ contract, detail }: { contract: string; detail: EntryDetail }): ReactNode {
  const { inclusion } = detail;
  return (
    <Panel
      title={<T k="chain.tree" />}
      aside={
        inclusion !== undefined && (
          <Tag kind={leads(detail) ? "good" : "bad"}>
            <T k={leads(detail) ? "chain.leads" : "chain.leadsNot"} />
          </Tag>
        )
      }
      foot={<Same path={`/v1/contracts/${contract}/entries/${detail.entry.position}`} />}
    >
      {inclusion === undefined ? (
        <p className="dim">
          <T k="chain.notFinal" />
        </p>
      ) : (
        <div className="stack">
          <p>
            <T k="chain.treeWhat" index={inclusion.index} size={inclusion.size} />
          </p>
          <ol className="list sm">
            <li>
              <T k="chain.leaf" /> <code>{shortId(detail.entry.entry)}</code>
            </li>
            {inclusion.path.map((hash, at) => (
              <li key={at}>
                <T k="chain.with" /> <Fingerprint text={hash} />
              </li>
            ))}
            <li>
              <b>
                <T k="chain.root" />
              </b>{" "}
              <Fingerprint text={inclusion.root} />
            </li>
          </ol>
        </div>
      )}
    </Panel>
  );
}

function leads({ entry, inclusion }: EntryDetail): boolean {
  if (inclusion === undefined) return false;
  const path = inclusion.path.map(fromHex);
  const root = fromHex(inclusion.root);
  if (root === undefined || path.some(hash => hash === undefined)) return false;
  return isIncluded(
    bytesOf(entry.entry),
    BigInt(inclusion.index),
    BigInt(inclusion.size),
    path.filter(hash => hash !== undefined),
    root,
  );
}

/** The chosen entry in short. */
export function Facts({
  contract,
  detail,
  parties,
}: {
  contract: string;
  detail: EntryDetail;
  parties: readonly Party[];
}): ReactNode {
  const { entry } = detail;
  const placed = parties.find(party => party.id === entry.appended_by);
  return (
    <Panel
      title={t("common.number", { number: entry.position })}
      aside={<T k="chain.chosen" />}
      foot={
        <Same
          command={`countersign --json contract log ${contract} --after ${entry.position - 1}`}
          path={`/v1/contracts/${contract}/entries/${entry.position}`}
        />
      }
    >
      <KeyValue
        rows={[
          [t("receipts.statement"), <Id key="statement" id={entry.statement} />],
          [t("chain.byte_entry"), <Id key="entry" id={entry.entry} />],
          [t("chain.byte_previous"), <Id key="previous" id={detail.previous} />],
          [
            t("chain.author"),
            <span key="author">
              <Said text={authorOf(entry, parties)} most={60} /> <Id id={entry.author} />
            </span>,
          ],
          [t("chain.key"), <code key="key">{entry.key}</code>],
          [t("chain.declared"), <Time key="time" at={entry.time} />],
          [
            t("chain.placedBy"),
            <PartyName
              key="placed"
              name={placed?.name ?? shortId(entry.appended_by)}
              {...(placed === undefined ? {} : { order: placed.order })}
            />,
          ],
          [t("chain.byte_logRoot"), <Fingerprint key="root" text={detail.log_root.slice(0, 24)} />],
          ...(detail.state_hash === undefined
            ? []
            : [
                [t("chain.byte_stateHash"), <Fingerprint key="state" text={detail.state_hash.slice(0, 24)} />] as const,
              ]),
          ...(entry.stood_at ?? []).map(other => [t("chain.stoodAt"), <Id key={other} id={other} />] as const),
        ]}
      />
    </Panel>
  );
}
