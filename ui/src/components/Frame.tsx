import { useEffect, useRef, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useInbox, useSignedIn } from "../api/hooks";
import { lastEvent, leave, live } from "../api/session";
import { useObserved } from "../lib/observed";
import { choose, theme, type Theme } from "../lib/theme";
import { T, t } from "../messages";
import { NAVIGATION } from "../routes";
import { Note } from "./Note";
import { Brand } from "./Page";
import { Monogram } from "./Party";
import { Said } from "./Said";
import { Time } from "./Time";
import styles from "./Frame.module.css";

/** What stands around every page of a node: whose it is, where one can go, whether it is live. */
export function Frame({ children }: { children: ReactNode }): ReactNode {
  const [location] = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // A new page is read from its top; the first one is where the browser left it.
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [location]);
  return (
    <div className={styles["app"]}>
      <a className={styles["skip"]} href="#main">
        <T k="frame.skip" />
      </a>
      <TestBar />
      <header className={`${styles["side"]} no-print`}>
        <Link href="/" className={styles["home"]}>
          <Brand />
        </Link>
        <Who />
        <Navigation location={location} />
        <div className={styles["foot"]}>
          <LiveMark />
          <ThemeChoice />
        </div>
      </header>
      <main className={styles["main"]} id="main" tabIndex={-1} ref={main}>
        <div className={styles["wrap"]}>
          <StoppedNote />
          {children}
        </div>
      </main>
    </div>
  );
}

/** Nobody is to take a trial for a contract: on the test network each page says what it is, also a printed one. */
function TestBar(): ReactNode {
  const { node } = useSignedIn();
  const test = node.network === "test";
  useEffect(() => {
    if (!test) return undefined;
    document.documentElement.dataset["network"] = "test";
    return () => {
      delete document.documentElement.dataset["network"];
    };
  }, [test]);
  if (!test) return null;
  return (
    <p className={styles["test"]} role="note">
      <T k="frame.test" />
    </p>
  );
}

function Who(): ReactNode {
  const { node, session } = useSignedIn();
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => menu.current?.removeAttribute("open");
  return (
    <details
      className={styles["who"]}
      ref={menu}
      onKeyDown={event => {
        if (event.key !== "Escape") return;
        close();
        // What had the focus is hidden now.
        event.currentTarget.querySelector("summary")?.focus();
      }}
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) close();
      }}
    >
      <summary>
        <Monogram name={node.name} size="large" />
        <span className="hidden">
          <T k="frame.identityMenu" />
        </span>
        <span className={styles["whoText"]}>
          <b>
            <Said text={node.name} most={48} />
          </b>
          <span className="sm dim">
            {session.name === undefined ? <T k="frame.operator" /> : <Said text={session.name} most={48} />}
          </span>
        </span>
      </summary>
      <div className={styles["menu"]}>
        <Link href="/settings" onClick={close}>
          <T k="frame.identities" />
        </Link>
        <button type="button" onClick={() => void leave()}>
          <T k="frame.leave" />
        </button>
      </div>
    </details>
  );
}

function Navigation({ location }: { location: string }): ReactNode {
  const inbox = useInbox();
  const open = inbox.data?.length ?? 0;
  return (
    <nav className={styles["nav"]} aria-label={t("frame.navigation")}>
      {NAVIGATION.map(item => {
        const here = item.to === "/" ? location === "/" : location === item.to || location.startsWith(`${item.to}/`);
        return (
          <Link key={item.to} href={item.to} aria-current={here ? "page" : undefined}>
            <T k={item.text} />
            {item.to === "/" && open > 0 && (
              <span className={styles["count"]}>
                {open > 99 ? "99+" : open}
                <span className="hidden">
                  {" "}
                  <T k="frame.toDo" />
                </span>
              </span>
            )}
          </Link>
        );
      })}
    </nav>
  );
}

/** Whether the page follows the node, and the last thing it heard. */
function LiveMark(): ReactNode {
  const now = useObserved(live);
  const last = useObserved(lastEvent);
  const since = last === undefined ? undefined : <Time at={last.at.toISOString()} />;
  return (
    <span className={`${styles["live"]} ${styles[now.state]}`} role="status">
      <span>
        {now.state === "live" && (since === undefined ? <T k="frame.live" /> : <T k="frame.liveSince" time={since} />)}
        {now.state === "connecting" && <T k="frame.connecting" />}
        {now.state === "stopped" && <T k="frame.stopped" time={<Time at={now.since.toISOString()} />} />}
      </span>
    </span>
  );
}

/** While the node does not tell what happens, the page says from when it is. */
function StoppedNote(): ReactNode {
  const now = useObserved(live);
  if (now.state !== "stopped") return null;
  return (
    <Note kind="wait">
      <T k="frame.stoppedWhat" time={<Time at={now.since.toISOString()} />} />
    </Note>
  );
}

const THEMES: readonly Theme[] = ["system", "light", "dark"];

function ThemeChoice(): ReactNode {
  const now = useObserved(theme);
  return (
    <label className={styles["theme"]}>
      <T k="frame.theme" />
      <select value={now} onChange={event => choose(THEMES.find(one => one === event.target.value) ?? "system")}>
        <option value="system">{t("frame.themeSystem")}</option>
        <option value="light">{t("frame.themeLight")}</option>
        <option value="dark">{t("frame.themeDark")}</option>
      </select>
    </label>
  );
}
