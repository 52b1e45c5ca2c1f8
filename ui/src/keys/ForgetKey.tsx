import type { ReactNode } from "react";
import { Button, Note } from "../components";
import { T } from "../messages";

/** Asks once more before a key is forgotten for good. */
export function ForgetKey({ onForget, onClose }: { onForget: () => void; onClose: () => void }): ReactNode {
  return (
    <Note kind="wait" alert>
      <p>
        <T k="settings.forgetSure" />
      </p>
      <p className="row">
        <Button size="small" onClick={onForget}>
          <T k="settings.forgetYes" />
        </Button>
        <Button size="small" kind="quiet" onClick={onClose}>
          <T k="common.close" />
        </Button>
      </p>
    </Note>
  );
}
