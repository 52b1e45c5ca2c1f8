import { Fragment, useId, type ReactNode } from "react";
import { plain } from "../lib/hostile";
import type { Party } from "../lib/names";
import { T } from "../messages";
import { Monogram } from "./Party";
import { Said } from "./Said";
import styles from "./Counterparts.module.css";

/** A line of a copy. Without a mark it is not there yet. */
export interface CopyRow {
  position: number;
  text: ReactNode;
  mark?: string;
  missing?: ReactNode;
}

/** One party's copy: rows stand on the same lines in all copies. */
export interface Copy {
  party: Party;
  rows: readonly CopyRow[];
  foot: ReactNode;
  /** The fingerprint of its state, if the party signed one. */
  fingerprint?: string;
  /** Whether it is equal to the first copy. */
  equal: boolean;
}

/** More copies than this become a table: see `ReceiptMatrix`. */
export const COPIES_MAX = 3;

/** Copies side by side, parted by the wavy cut of an indenture: one line where they are equal, torn open where not. */
export function Counterparts({ copies }: { copies: readonly Copy[] }): ReactNode {
  return (
    <div
      className={`${styles["copies"]} ${copies.length === 2 ? styles["two"] : copies.length === 1 ? styles["one"] : ""}`}
    >
      {copies.map((copy, at) => {
        const before = copies[at - 1];
        return (
          <Fragment key={copy.party.id}>
            {before !== undefined && <Cut open={before.equal !== copy.equal || (!before.equal && !copy.equal)} />}
            <Sheet copy={copy} />
          </Fragment>
        );
      })}
    </div>
  );
}

function Sheet({ copy }: { copy: Copy }): ReactNode {
  const { party } = copy;
  return (
    <article className={styles["copy"]} aria-label={plain(party.name, 80)}>
      <div className={styles["head"]}>
        <Monogram name={party.name} order={party.order} size="large" />
        <span>
          <b>
            <Said text={party.name} most={48} />
          </b>
          <span className="sm dim">
            <Said text={party.roles.join(", ")} most={60} />
            {party.own && (
              <>
                {party.roles.length > 0 && ", "}
                <T k="common.you" />
              </>
            )}
          </span>
        </span>
      </div>
      <ol className={styles["rows"]}>
        {copy.rows.map(row => (
          <li key={row.position} className={row.mark === undefined ? styles["missing"] : undefined}>
            <span className="num">{row.position}</span>
            <span>{row.mark === undefined ? <T k="counterparts.notHere" /> : row.text}</span>
            {row.mark === undefined ? <span className={styles["late"]}>{row.missing}</span> : <code>{row.mark}</code>}
          </li>
        ))}
      </ol>
      <div className={styles["foot"]}>
        <span>{copy.foot}</span>
        {copy.fingerprint !== undefined && (
          <span className={styles["state"]}>
            <T k="counterparts.state" fingerprint={<code>{copy.fingerprint}</code>} />
          </span>
        )}
      </div>
    </article>
  );
}

/** The cut. Torn open it shows the desk between two edges. */
export function Cut({ open }: { open: boolean }): ReactNode {
  const id = useId();
  return (
    <svg className={`${styles["cut"]} ${open ? styles["open"] : ""}`} aria-hidden="true">
      <defs>
        {open ? (
          <pattern id={id} width="56" height="44" patternUnits="userSpaceOnUse">
            <path className={styles["gap"]} d="M14 0C3 7 3 15 14 22S25 37 14 44H42C53 37 53 29 42 22S31 7 42 0Z" />
            <path d="M14 0C3 7 3 15 14 22S25 37 14 44" />
            <path d="M42 0C31 7 31 15 42 22S53 37 42 44" />
          </pattern>
        ) : (
          <pattern id={id} width="34" height="44" patternUnits="userSpaceOnUse">
            <path d="M17 0C6 7 6 15 17 22S28 37 17 44" />
          </pattern>
        )}
      </defs>
      <rect width={open ? 56 : 34} height="100%" fill={`url(#${id})`} />
    </svg>
  );
}
