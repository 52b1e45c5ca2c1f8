import type { ReactNode } from "react";
import { Command } from "../components";
import { T } from "../messages";

/** The same fact by command and by `curl`. The token is not written into it. */
export function Same({ command, path }: { command?: string; path: string }): ReactNode {
  return (
    <details className="sm no-print">
      <summary>
        <T k="chain.same" />
      </summary>
      <div className="stack">
        {command !== undefined && <Command text={command} />}
        <Command text={`curl -H "Authorization: Bearer $TOKEN" ${location.origin}${path}`} />
      </div>
    </details>
  );
}
