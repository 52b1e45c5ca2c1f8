import type { Finding, FindingCode, Section, Verdict } from "@countersign/sdk/verify";
import type { ReactNode } from "react";
import { KeyValue, Panel, Said } from "../components";
import { T, t, type Key } from "../messages";
import { Sentence } from "./Sentence";
import styles from "./Verifier.module.css";
import { FileLine, type ReportFile } from "./Verifier";

const SECTIONS: Readonly<Record<Section, Key>> = {
  file: "verify.section_file",
  genesis: "verify.section_genesis",
  members: "verify.section_members",
  claims: "verify.section_claims",
  checkpoint: "verify.section_checkpoint",
  certificate: "verify.section_certificate",
  checksum: "verify.section_checksum",
};

const CODES: Readonly<Record<FindingCode, Key>> = {
  bundle_too_large: "verify.code_bundle_too_large",
  malformed: "verify.code_malformed",
  newer_format: "verify.code_newer_format",
  other_contract: "verify.code_other_contract",
  bad_genesis: "verify.code_bad_genesis",
  bad_charter: "verify.code_bad_charter",
  bad_signature: "verify.code_bad_signature",
  bad_opening: "verify.code_bad_opening",
  bad_path: "verify.code_bad_path",
  mismatch: "verify.code_mismatch",
  bad_order: "verify.code_bad_order",
  not_entitled: "verify.code_not_entitled",
  members_incomplete: "verify.code_members_incomplete",
  not_final: "verify.code_not_final",
  state_differs: "verify.code_state_differs",
  bad_checksum: "verify.code_bad_checksum",
};

/** A file that proves nothing: what of it does not hold, and what that means. */
export function Refused({
  file,
  verdict,
  again,
}: {
  file: ReportFile;
  verdict: Verdict;
  again: () => void;
}): ReactNode {
  const { finding } = verdict;
  if (finding === null) return null;
  const words =
    finding.code === "other_contract"
      ? ({ title: "verify.other", what: "verify.otherWhat" } as const)
      : finding.object === "file" && finding.code === "malformed"
        ? ({ title: "verify.strange", what: "verify.strangeWhat" } as const)
        : ({ title: "verify.fails", what: "verify.failsWhat" } as const);
  return (
    <div className="stack stack-wide">
      <div className={`${styles["result"]} ${styles["fails"]}`} role="alert">
        <Seal />
        <div>
          <h1>{t(words.title)}</h1>
          <p>
            <T k={words.what} />
          </p>
        </div>
      </div>
      <FileLine file={file} again={again} />
      <div className="columns">
        <Panel title={<T k="verify.first" />}>
          <KeyValue rows={rows(finding)} />
        </Panel>
        <aside className="stack stack-wide">
          <Panel title={<T k="verify.whatNow" />}>
            <ul className="list">
              <li>
                <T k={finding.code === "other_contract" ? "verify.nowOther" : "verify.nowAskAgain"} />
              </li>
              <li>
                <T k="verify.nowNothing" />
              </li>
            </ul>
          </Panel>
        </aside>
      </div>
    </div>
  );
}

function rows(finding: Finding): [ReactNode, ReactNode][] {
  return [
    [
      t("verify.where"),
      <span key="where">
        <T k={SECTIONS[finding.section]} />
        <RecordNumber object={finding.object} />
      </span>,
    ],
    [t("verify.object"), <code key="object">{finding.object}</code>],
    [
      t("verify.why"),
      <span key="why">
        <T k={CODES[finding.code]} />
      </span>,
    ],
    [t("verify.finding"), <Sentence key="finding" text={finding.message} names={new Map()} />],
    [
      t("verify.code"),
      <code key="code">
        <Said text={finding.code} />
      </code>,
    ],
  ];
}

/** `claims[3].payload` → record 4: people count from one. */
function RecordNumber({ object }: { object: string }): ReactNode {
  const at = /^(?:members|claims)\[(\d+)\]/.exec(object)?.[1];
  return at === undefined ? null : (
    <>
      {", "}
      <T k="verify.record" number={Number(at) + 1} />
    </>
  );
}

/** The indenture, torn. */
function Seal(): ReactNode {
  return (
    <svg width="80" height="80" viewBox="0 0 96 96" aria-hidden="true">
      <path d="M8 8h34c-9 13 9 27 0 40s9 27 0 40H8z" fill="currentColor" />
      <path d="M56 8h32v80H56c9-13-9-27 0-40s-9-27 0-40z" fill="none" stroke="currentColor" strokeWidth="3" />
      <path d="M66 42l14 14M80 42L66 56" fill="none" stroke="currentColor" strokeWidth="4" />
    </svg>
  );
}
