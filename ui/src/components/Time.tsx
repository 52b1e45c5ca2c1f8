import type { ReactNode } from "react";
import { fullTime, minute, when } from "../lib/time";

/** A time as people say it; the whole of it, with the zone, on hovering. */
export function Time({ at, short = false }: { at: string; short?: boolean }): ReactNode {
  return (
    <time className="num" dateTime={at} title={fullTime(at)}>
      {short ? minute(at) : when(at)}
    </time>
  );
}
