import type { ReactNode } from "react";
import { Link } from "wouter";
import { T } from "../messages";
import { ButtonLink } from "./Button";
import { Said } from "./Said";
import { Time } from "./Time";
import styles from "./Task.module.css";

/** Something that is yours to do: the sentence, why, in which contract, the button, and by when. */
export function TaskRow({
  to,
  title,
  why,
  contract,
  meta,
  button,
  deadline,
  primary = false,
}: {
  to: string;
  title: string;
  why: ReactNode;
  contract: string;
  meta?: ReactNode;
  button: ReactNode;
  deadline?: string;
  primary?: boolean;
}): ReactNode {
  return (
    <article className={styles["task"]}>
      <div>
        <h3>
          <Link href={to}>
            <Said text={title} most={120} />
          </Link>
        </h3>
        <p className={styles["why"]}>{why}</p>
        <div className={styles["meta"]}>
          <span className="words">
            <Said text={contract} most={120} />
          </span>
          {meta}
        </div>
      </div>
      <div className={styles["do"]}>
        <ButtonLink to={to} kind={primary ? "primary" : "plain"}>
          {button}
        </ButtonLink>
        {deadline !== undefined && (
          <span className="sm dim">
            <T k="inbox.by" time={<Time at={deadline} />} />
          </span>
        )}
      </div>
    </article>
  );
}

/** Something that others have to do. */
export function WaitRow({ mark, children }: { mark: ReactNode; children: ReactNode }): ReactNode {
  return (
    <li className={styles["wait"]}>
      {mark}
      <div>{children}</div>
    </li>
  );
}
