import { ProblemError } from "@countersign/sdk/api";
import type { ReactNode } from "react";
import { Note, Refused } from "../components";
import { T } from "../messages";
import { PasskeyError } from "./passkey";

/** Codes of a key file; the SDK's error carries one. */
function keystoreCode(fault: unknown): string | undefined {
  return fault instanceof Error && fault.name === "KeystoreError" && "code" in fault ? String(fault.code) : undefined;
}

/** Why a key could not be used: the node refused, the passphrase is wrong, the passkey cannot. */
export function KeyFault({ fault }: { fault: unknown }): ReactNode {
  if (fault === undefined) return null;
  if (fault instanceof ProblemError) return <Refused refusal={fault} />;
  const code = keystoreCode(fault);
  if (code === "wrong_passphrase") {
    return (
      <Note kind="wait" alert>
        <T k="keys.wrongPassphrase" />
      </Note>
    );
  }
  if (code !== undefined) {
    return (
      <Note kind="bad" alert>
        <T k="keys.badFile" code={<code>{code}</code>} />
      </Note>
    );
  }
  if (fault instanceof PasskeyError) {
    return (
      <Note kind="wait" alert>
        <T k="keys.passkeyFailed" />
      </Note>
    );
  }
  return <Refused refusal={new ProblemError(0, "page_fault", String(fault))} />;
}
