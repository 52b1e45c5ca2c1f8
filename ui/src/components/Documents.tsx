import type { ReactNode } from "react";
import { bytes } from "../lib/ids";
import { locale, T } from "../messages";
import { Fingerprint } from "./Mono";
import { Said } from "./Said";
import styles from "./Documents.module.css";

/** A document: its kind, its name, where it came from, its hash. */
export function DocumentRow({
  name,
  media,
  size,
  hash,
  onOpen,
  erased = false,
  children,
}: {
  name: string;
  media?: string;
  size?: number;
  hash?: string;
  onOpen?: () => void;
  erased?: boolean;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className={styles["document"]}>
      <span className={styles["icon"]} aria-hidden="true">
        {extension(name, media)}
      </span>
      <div>
        {onOpen === undefined || erased ? (
          <Said text={name} most={80} />
        ) : (
          <button type="button" className={styles["name"]} onClick={onOpen}>
            <Said text={name} most={80} />
          </button>
        )}
        <div className="sm dim">
          {erased ? <T k="documents.erased" /> : size !== undefined && `${bytes(size, locale)}.`} {children}
        </div>
        {hash !== undefined && <Fingerprint text={hash.slice(0, 16)} />}
      </div>
    </div>
  );
}

/** At most four letters of what the file says it is. */
function extension(name: string, media = ""): string {
  const word = /\.([A-Za-z0-9]{1,4})$/.exec(name)?.[1] ?? /\/([a-z0-9]{1,4})$/.exec(media)?.[1] ?? "";
  return word.toUpperCase();
}
