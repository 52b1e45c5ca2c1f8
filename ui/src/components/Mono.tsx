import { useState, type ReactNode } from "react";
import { shortId } from "../lib/ids";
import { T, t } from "../messages";
import styles from "./Mono.module.css";

/** An id, shortened; pressing it copies the whole. */
export function Id({ id }: { id: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(id).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    });
  };
  return (
    <button
      type="button"
      className={styles["id"]}
      title={id}
      onClick={copy}
      aria-label={t("common.copyId", { id: shortId(id) })}
    >
      {copied ? <T k="common.copied" /> : shortId(id)}
    </button>
  );
}

/** Hexadecimal or base32 in groups of four, to compare by eye. */
export function Fingerprint({ text }: { text: string }): ReactNode {
  return <code className={styles["fingerprint"]}>{text.match(/.{1,4}/g)?.join(" ")}</code>;
}

/** The same by command or by `curl`, ready to copy. */
export function Command({ text }: { text: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  return (
    <div className={`${styles["command"]} no-print`}>
      <pre tabIndex={0}>{text}</pre>
      <button
        type="button"
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
        aria-label={t("common.copyCommand")}
      >
        <T k={copied ? "common.copied" : "common.copy"} />
      </button>
    </div>
  );
}

/** Bytes as they are signed: what each stretch means, and its hexadecimal digits. */
export function ByteTable({ rows }: { rows: { name: string; meaning: ReactNode; bytes: Uint8Array }[] }): ReactNode {
  return (
    <table className={styles["bytes"]}>
      <thead className="hidden">
        <tr>
          <th scope="col">
            <T k="common.field" />
          </th>
          <th scope="col">
            <T k="common.meaningAndBytes" />
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={at}>
            <th scope="row">{row.name}</th>
            <td>
              <span>{row.meaning}</span>
              {hex(row.bytes)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** At most this many bytes of one field are drawn. */
const DRAWN_MAX = 512;

function hex(bytes: Uint8Array): string {
  const digits = Array.from(bytes.subarray(0, DRAWN_MAX), byte => byte.toString(16).padStart(2, "0"));
  const pairs =
    digits
      .join("")
      .match(/.{1,4}/g)
      ?.join(" ") ?? "";
  return bytes.length > DRAWN_MAX ? `${pairs} …` : pairs;
}
