import type { ReactNode } from "react";
import styles from "./Note.module.css";

/** Something to know (`info`), to wait for, that went wrong, or that is well. `alert` is read out at once. */
export function Note({
  kind = "info",
  title,
  alert = false,
  children,
}: {
  kind?: "info" | "wait" | "bad" | "good";
  title?: ReactNode;
  alert?: boolean;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className={`${styles["note"]} ${styles[kind]}`} role={alert ? "alert" : undefined}>
      {title !== undefined && <b>{title} </b>}
      {children}
    </div>
  );
}

/** A word in a pill. */
export function Tag({ kind, children }: { kind?: "wait" | "bad" | "good" | "info"; children: ReactNode }): ReactNode {
  return <span className={`${styles["tag"]} ${kind === undefined ? "" : styles[`${kind}Tag`]}`}>{children}</span>;
}

/** A name and what it is; what is large stands `below` its name. */
export type KeyValueRow = readonly [name: ReactNode, value: ReactNode, below?: boolean];

/** Names and what they are. */
export function KeyValue({ rows }: { rows: readonly KeyValueRow[] }): ReactNode {
  return (
    <dl className={styles["kv"]}>
      {rows.map(([name, value, below = false], at) => (
        <div key={at} className={below ? styles["below"] : undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
