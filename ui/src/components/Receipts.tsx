import type { ReactNode } from "react";
import type { Party } from "../lib/names";
import { t, T } from "../messages";
import { PartyName } from "./Party";
import styles from "./Receipts.module.css";

/** The newest entries that are drawn as squares; older ones are final in practice, and the log has them all. */
const SQUARES_MAX = 40;

/** What one party has countersigned: one square for each of the newest entries. */
export function ReceiptRow({
  party,
  received,
  length,
  final,
}: {
  party: Party;
  received: number;
  length: number;
  final: number;
}): ReactNode {
  const first = Math.max(1, length - SQUARES_MAX + 1);
  const squares = Array.from({ length: length - first + 1 }, (_, at) => first + at);
  const behind = received < length;
  return (
    <div className={styles["receipts"]}>
      <span className="row spread">
        <PartyName name={party.name} order={party.order} />
        <span className={`sm ${behind ? "wait" : "dim"}`}>
          {behind ? <T k="receipts.some" some={received} all={length} /> : <T k="receipts.all" all={length} />}
        </span>
      </span>
      <span
        className={styles["cells"]}
        role="img"
        aria-label={t("receipts.label", { some: received, all: length, final })}
      >
        {squares.map(position => (
          <i
            key={position}
            className={
              position <= final ? styles["final"] : position <= received ? styles["signed"] : styles["missing"]
            }
          />
        ))}
      </span>
    </div>
  );
}

/** Parties by entries: who has signed that its copy says the same. */
export function ReceiptMatrix({
  parties,
  rows,
}: {
  parties: readonly Party[];
  rows: readonly { position: number; text: ReactNode; cells: readonly ReactNode[] }[];
}): ReactNode {
  return (
    <div className="scroll-x" role="region" aria-label={t("receipts.matrix")} tabIndex={0}>
      <table className={styles["matrix"]}>
        <thead>
          <tr>
            <th scope="col">
              <T k="receipts.number" />
            </th>
            <th scope="col">
              <T k="receipts.statement" />
            </th>
            {parties.map(party => (
              <th key={party.id} scope="col">
                <PartyName name={party.name} order={party.order} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={row.position}>
              <td className="num">{row.position}</td>
              <td>{row.text}</td>
              {row.cells.map((cell, at) => (
                <td key={at}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
