import { useEffect, useId, useLayoutEffect, useRef, type ReactNode } from "react";
import styles from "./Dialogue.module.css";

/** A question that stands before everything else. Escape leaves it; the focus goes back to where it came from. */
export function Dialogue({
  title,
  onLeave,
  children,
}: {
  title: ReactNode;
  onLeave: () => void;
  children: ReactNode;
}): ReactNode {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const leave = useRef(onLeave);
  useEffect(() => {
    leave.current = onLeave;
  });
  // Before the browser paints, and closed while it is still in the page: then the browser gives the focus back.
  useLayoutEffect(() => {
    const shown = dialog.current;
    if (shown === null) return;
    const closed = (): void => leave.current();
    shown.addEventListener("close", closed);
    shown.showModal();
    return () => {
      shown.removeEventListener("close", closed);
      shown.close();
    };
  }, []);
  return (
    <dialog ref={dialog} className={`${styles["dialogue"]} no-print`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div className="stack stack-wide">{children}</div>
    </dialog>
  );
}
