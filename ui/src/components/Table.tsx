import type { ReactNode } from "react";
import styles from "./Table.module.css";

/** A column: its head, and what stands in it for a row. On a phone each cell carries its head as a label. */
export interface Column<R> {
  head: string;
  cell: (row: R) => ReactNode;
  /** Numbers stand at the right. */
  number?: boolean;
}

/** A table that becomes a labelled list where it has no room. */
export function Table<R>({
  label,
  columns,
  rows,
  rowKey,
  chosen,
}: {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string | number;
  chosen?: (row: R) => boolean;
}): ReactNode {
  return (
    <table className={styles["table"]} aria-label={label}>
      <thead>
        <tr>
          {columns.map(column => (
            <th key={column.head} scope="col" className={column.number === true ? styles["number"] : undefined}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={rowKey(row)} className={chosen?.(row) === true ? styles["chosen"] : undefined}>
            {columns.map(column => (
              <td
                key={column.head}
                data-label={column.head}
                className={column.number === true ? styles["number"] : undefined}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
