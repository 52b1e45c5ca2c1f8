import type { MouseEvent, ReactNode } from "react";
import { Link } from "wouter";
import styles from "./Button.module.css";

interface Looks {
  /** One filled button for each view. */
  kind?: "plain" | "primary" | "quiet";
  size?: "big" | "small";
  children: ReactNode;
}

function looks({ kind = "plain", size }: Looks): string {
  return [styles["button"], styles[kind], size === undefined ? "" : styles[size]].join(" ");
}

/** A verb. While it is `busy` it keeps its name and cannot be pressed again. */
export function Button(
  properties: Looks & {
    onClick?: (event: MouseEvent) => void;
    type?: "button" | "submit";
    disabled?: boolean;
    busy?: boolean;
    label?: string;
    /** Of several ways to see something: whether this is the one. */
    pressed?: boolean;
  },
): ReactNode {
  const { onClick, type = "button", disabled = false, busy = false, label, pressed, children } = properties;
  return (
    <button
      type={type}
      className={looks(properties)}
      onClick={event => {
        // A button that is disabled loses the focus; one that is busy keeps it, and does nothing.
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      disabled={disabled}
      aria-disabled={busy || undefined}
      aria-busy={busy}
      aria-label={label}
      aria-pressed={pressed}
    >
      {children}
    </button>
  );
}

/** A way to another page that looks like a button. */
export function ButtonLink(properties: Looks & { to: string }): ReactNode {
  return (
    <Link href={properties.to} className={looks(properties)}>
      {properties.children}
    </Link>
  );
}
