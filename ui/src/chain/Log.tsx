import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useRef, type ReactNode } from "react";
import { Link } from "wouter";
import { useEntry } from "../api/hooks";
import type { ContractView, Entry } from "../api/types";
import { Ladder, Monogram, Said, Time } from "../components";
import { titleOf } from "../contract/titles";
import { plain } from "../lib/hostile";
import { shortId } from "../lib/ids";
import { authorOf, type Party } from "../lib/names";
import { T, t } from "../messages";
import { to } from "../routes";
import styles from "./Log.module.css";

/** The height of a row, in pixels; the style has the same. */
const ROW = 58;
const OVERSCAN = 6;

/** Who has signed which entry: parties by entries, newest first. Only what is in sight is read and drawn. */
export function Log({
  view,
  parties,
  chosen,
}: {
  view: ContractView;
  parties: readonly Party[];
  chosen: number;
}): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: view.position,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: OVERSCAN,
    initialOffset: Math.max(0, (view.position - chosen - 2) * ROW),
    getItemKey: index => view.position - index,
  });
  const columns = {
    gridTemplateColumns: `3.5rem minmax(11rem, 2fr) minmax(8rem, 1fr) repeat(${parties.length}, minmax(7.5rem, 1fr)) 9rem`,
  };
  return (
    <div className={styles["frame"]} ref={frame} tabIndex={0} role="region" aria-label={t("chain.log")}>
      <div role="table" aria-rowcount={view.position + 1} aria-label={t("chain.log")} className={styles["table"]}>
        <div role="rowgroup" className={styles["headGroup"]}>
          <div role="row" aria-rowindex={1} className={styles["head"]} style={columns}>
            <Head text={t("receipts.number")} />
            <Head text={t("receipts.statement")} />
            <Head text={t("chain.author")} />
            {parties.map(party => (
              <span role="columnheader" key={party.id} className={styles["party"]}>
                <Monogram name={party.name} order={party.order} />
                <Said text={party.own ? t("common.you") : party.name} most={24} />
              </span>
            ))}
            <Head text={t("chain.certainty")} />
          </div>
        </div>
        <div role="rowgroup" className={styles["rows"]} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(item => {
            const position = view.position - item.index;
            return (
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                aria-current={position === chosen ? "true" : undefined}
                className={`${styles["row"]} ${position === chosen ? styles["chosen"] : ""}`}
                style={{ ...columns, transform: `translateY(${item.start}px)` }}
              >
                <Row contract={view.contract} position={position} length={view.position} parties={parties} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Head({ text }: { text: string }): ReactNode {
  return <span role="columnheader">{text}</span>;
}

const Row = memo(function Row({
  contract,
  position,
  length,
  parties,
}: {
  contract: string;
  position: number;
  length: number;
  parties: readonly Party[];
}): ReactNode {
  const entry = useEntry(contract, position, length);
  const author = parties.find(party => party.id === (entry?.party ?? entry?.author));
  return (
    <>
      <span role="cell" className="num">
        {position}
      </span>
      <span role="cell" className={styles["statement"]}>
        <Link href={to.log(contract, position)}>
          {entry === undefined ? <T k="contract.readingLog" /> : <Said text={titleOf(entry)} most={44} />}
        </Link>
        {entry !== undefined && <code>{shortId(entry.statement)}</code>}
      </span>
      <span role="cell" className={styles["party"]}>
        {author !== undefined && <Monogram name={author.name} order={author.order} />}
        {entry !== undefined && <Said text={authorOf(entry, parties)} most={28} />}
      </span>
      {parties.map(party => (
        <span role="cell" key={party.id} className="sm">
          {entry !== undefined && <Cell entry={entry} party={party} />}
        </span>
      ))}
      <span role="cell">{entry !== undefined && <Ladder level={entry.standing.level} />}</span>
    </>
  );
});

/** Whether a party signed that its copy says the same, and when this node heard of it. */
function Cell({ entry, party }: { entry: Entry; party: Party }): ReactNode {
  const receipt = entry.receipts?.find(mark => mark.party === party.id);
  if (receipt === undefined && !entry.standing.received_by.includes(party.id))
    return (
      <span className="wait">
        <T k="chain.waits" />
      </span>
    );
  return (
    <>
      <span className={styles["signed"]} role="img" aria-label={t("chain.signedBy", { who: plain(party.name, 40) })}>
        ✓
      </span>{" "}
      {receipt?.time !== undefined && <Time at={receipt.time} />}
    </>
  );
}
