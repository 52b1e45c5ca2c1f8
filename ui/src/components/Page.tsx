import { useEffect, useId, type ReactNode } from "react";
import { Link } from "wouter";
import { plain } from "../lib/hostile";
import { T, t } from "../messages";
import { Said } from "./Said";
import styles from "./Page.module.css";

/** Name of the page in the window, and nothing hidden in it. */
function useTitle(title: string): void {
  useEffect(() => {
    const test = document.documentElement.dataset["network"] === "test" ? `${t("frame.testMark")} ` : "";
    document.title = `${test}${plain(title, 80).replace(/[\u2068\u2069]/g, "")} · Countersign`;
  }, [title]);
}

/** The head of a page. `said` is a title that a party gave, in its voice; `title` is ours. */
export function PageHead({
  title,
  said,
  lead,
  crumb,
  actions,
}: {
  title?: string;
  said?: string;
  lead?: ReactNode;
  crumb?: { to: string; text: ReactNode };
  actions?: ReactNode;
}): ReactNode {
  useTitle(said ?? title ?? "");
  return (
    <div className={styles["head"]}>
      <div>
        {crumb !== undefined && (
          <nav className={styles["crumbs"]} aria-label={t("frame.crumbs")}>
            <Link href={crumb.to}>{crumb.text}</Link>
          </nav>
        )}
        <h1 className={said === undefined ? styles["title"] : styles["said"]}>
          {said === undefined ? title : <Said text={said} />}
        </h1>
        {lead !== undefined && <p className={styles["lead"]}>{lead}</p>}
      </div>
      {actions !== undefined && <div className={`${styles["actions"]} no-print`}>{actions}</div>}
    </div>
  );
}

/** Views of one thing, each with an address of its own. */
export function Tabs({
  label,
  items,
}: {
  label: string;
  items: { to: string; text: ReactNode; here: boolean }[];
}): ReactNode {
  return (
    <nav className={`${styles["tabs"]} no-print`} aria-label={label}>
      {items.map(item => (
        <Link key={item.to} href={item.to} aria-current={item.here ? "page" : undefined}>
          {item.text}
        </Link>
      ))}
    </nav>
  );
}

/** A white sheet with a title. `flush` leaves the padding to its content. */
export function Panel({
  title,
  aside,
  foot,
  flush = false,
  children,
}: {
  title?: ReactNode;
  aside?: ReactNode;
  foot?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section className={styles["panel"]} aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <header>
          <h2 id={id}>{title}</h2>
          {aside !== undefined && <span className="sm dim">{aside}</span>}
        </header>
      )}
      <div className={flush ? undefined : styles["body"]}>{children}</div>
      {foot !== undefined && <div className={styles["foot"]}>{foot}</div>}
    </section>
  );
}

/** A part of a page with a title and no sheet. */
export function Section({
  title,
  aside,
  children,
}: {
  title: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div className={`row spread ${styles["section"]}`}>
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <span className="sm dim">{aside}</span>}
      </div>
      {children}
    </section>
  );
}

/** For pages that are not built around a node: the brand above, the content in the middle. */
export function PlainPage({ note, children }: { note?: ReactNode; children: ReactNode }): ReactNode {
  return (
    <div className={styles["plain"]}>
      <header className={styles["plainHead"]}>
        <Brand />
        {note !== undefined && <span className="sm dim">{note}</span>}
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** Our name with the cut indenture. */
export function Brand(): ReactNode {
  return (
    <span className={styles["brand"]}>
      <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M3 3h8c-2 3 2 6 0 9s2 6 0 9H3z" fill="currentColor" />
        <path d="M14 3h7v18h-7c2-3-2-6 0-9s-2-6 0-9z" fill="none" stroke="currentColor" strokeWidth="1.6" />
      </svg>
      <T k="frame.brand" />
    </span>
  );
}
