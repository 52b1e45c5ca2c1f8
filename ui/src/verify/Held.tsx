import { verdictJson, type Sentence as Said_, type Verdict } from "@countersign/sdk/verify";
import type { ReactNode } from "react";
import {
  Button,
  COPIES_MAX,
  Counterparts,
  Id,
  KeyValue,
  LEVELS,
  Panel,
  PartyName,
  Said,
  Section,
  type Copy,
} from "../components";
import { save } from "../lib/files";
import { mark } from "../lib/ids";
import type { Party } from "../lib/names";
import { locale, T, t, type Key } from "../messages";
import type { Shown } from "./answer";
import { Documents } from "./Documents";
import { listOf, namesOf, partiesOf } from "./parties";
import { Sentence } from "./Sentence";
import { Statements } from "./Statements";
import { FileLine, type ReportFile } from "./Verifier";
import styles from "./Verifier.module.css";

/** So many of the newest entries stand on each copy. */
const ROWS = 5;

/** A proof that holds: what it proves, and what it does not. */
export function Held({
  file,
  verdict,
  shown,
  again,
  compare,
}: {
  file: ReportFile;
  verdict: Verdict;
  shown: Shown;
  again: () => void;
  compare: (bytes: Uint8Array) => Promise<number[]>;
}): ReactNode {
  const parties = partiesOf(shown);
  const names = namesOf(parties);
  const of = (code: string): Said_[] => verdict.proven.filter(sentence => sentence.code === code);
  const about = verdict.proven.filter(({ code }) => code !== "statement" && code !== "member_record");
  const saving = (): void =>
    save(`${file.name}.verdict.json`, new Blob([verdictJson(verdict)], { type: "application/json" }));
  return (
    <div className="stack stack-wide">
      <Result shown={shown} parties={parties} trusted={file.trust !== undefined} />
      <FileLine file={file} again={again} />
      <Panel>
        <Certainty shown={shown} />
      </Panel>
      <Copies shown={shown} parties={parties} statements={of("statement")} />
      <div className="columns">
        <div className="stack stack-wide">
          <Panel title={<T k="verify.proven" />}>
            <ol className={styles["findings"]}>
              {about.map((sentence, at) => (
                <li key={at}>
                  <p>
                    <Sentence text={sentence.text} names={names} />
                  </p>
                </li>
              ))}
            </ol>
          </Panel>
          <Statements
            title={t("verify.happened")}
            sentences={of("statement")}
            names={names}
            aside={t("verify.shownOf", { shown: of("statement").length, all: shown.position })}
          />
          {of("member_record").length > 0 && (
            <Statements title={t("verify.members")} sentences={of("member_record")} names={names} />
          )}
        </div>
        <aside className="stack stack-wide">
          <Panel title={<T k="verify.notProven" />}>
            <ul className="list">
              {verdict.not_proven.map((sentence, at) => (
                <li key={at}>
                  <Sentence text={sentence.text} names={names} />
                </li>
              ))}
            </ul>
          </Panel>
          <Documents documents={shown.documents} compare={compare} />
          <Panel title={<T k="verify.which" />}>
            <div className="stack">
              <KeyValue
                rows={[
                  [t("verify.contract"), <code key="contract">{shown.contract}</code>, true],
                  [t("verify.lastEntry"), <code key="entry">{shown.entry}</code>, true],
                  ...parties.map(
                    party =>
                      [
                        <PartyName key="name" name={party.name} order={party.order} />,
                        <code key="id">{party.id}</code>,
                        true,
                      ] as const,
                  ),
                ]}
              />
              <span className="no-print">
                <Button size="small" onClick={saving}>
                  <T k="verify.save" />
                </Button>
              </span>
            </div>
          </Panel>
        </aside>
      </div>
    </div>
  );
}

function Result({ shown, parties, trusted }: { shown: Shown; parties: readonly Party[]; trusted: boolean }): ReactNode {
  const title = shown.title === null ? <T k="verify.untitled" /> : <Said text={shown.title} most={120} />;
  return (
    <div className={styles["result"]} role="status">
      <svg width="80" height="80" viewBox="0 0 96 96" aria-hidden="true">
        <path d="M8 8h38c-9 13 9 27 0 40s9 27 0 40H8z" fill="currentColor" />
        <path d="M52 8h36v80H52c9-13-9-27 0-40s-9-27 0-40z" fill="none" stroke="currentColor" strokeWidth="3" />
        <path d="M62 48l7 8 13-16" fill="none" stroke="currentColor" strokeWidth="4" />
      </svg>
      <div>
        <h1>
          <T k="verify.holds" />
        </h1>
        <p>
          <T
            k="verify.holdsWhat"
            title={<span className="words">{title}</span>}
            parties={listOf(parties, locale)}
            count={parties.length}
            entries={shown.position}
          />
        </p>
        <p>
          <T k={trusted ? "verify.trusted" : "verify.compareFirst"} />
        </p>
      </div>
    </div>
  );
}

/** The rungs that a final entry has climbed; a bundle is about final entries only. */
function Certainty({ shown }: { shown: Shown }): ReactNode {
  const { signed, signers, position } = shown;
  const told: Readonly<Record<(typeof LEVELS)[number], string>> = {
    local: t("verify.signedOf", { checked: signed.checked, records: signed.records }),
    delivered: t("verify.toAll", { count: signers.length }),
    countersigned: t("verify.byAll", { count: signers.length }),
    final: t("verify.finalOf", { count: position }),
  };
  const words: Readonly<Record<(typeof LEVELS)[number], Key>> = {
    local: "ladder.local",
    delivered: "ladder.delivered",
    countersigned: "ladder.countersigned",
    final: "ladder.final",
  };
  return (
    <>
      <h2 className="hidden">
        <T k="verify.certainty" />
      </h2>
      <ol className={styles["steps"]}>
        {LEVELS.map(level => (
          <li key={level}>
            <b>
              <T k={words[level]} />
            </b>
            {told[level]}
          </li>
        ))}
      </ol>
    </>
  );
}

/** What each member signed, side by side. From four members on, a table says the same. */
function Copies({
  shown,
  parties,
  statements,
}: {
  shown: Shown;
  parties: readonly Party[];
  statements: readonly Said_[];
}): ReactNode {
  const rows = statements.slice(-ROWS).map(({ facts }) => ({
    position: Number(facts["position"]),
    text: <Said text={titleOf(facts)} most={48} />,
    mark: mark(String(facts["entry"])),
  }));
  const states = new Set(shown.signers.map(({ stateHash }) => stateHash));
  const copies = shown.signers.map((signer, at): Copy => {
    const same = states.size === 1 ? { fingerprint: mark(signer.stateHash, 3) } : {};
    const foot = <T k="verify.signedUpTo" number={signer.position} />;
    return { party: parties[at]!, rows, equal: true, foot, ...same };
  });
  return (
    <Section title={<T k="verify.copies" count={copies.length} />}>
      {copies.length <= COPIES_MAX ? (
        <Counterparts copies={copies} />
      ) : (
        <Panel>
          <KeyValue
            rows={copies.map(({ party, foot }) => [
              <PartyName key="party" name={party.name} order={party.order} />,
              <span key="foot">
                {foot} <Id id={party.id} />
              </span>,
            ])}
          />
        </Panel>
      )}
      <p className="sm dim">
        <T k="verify.copiesEqual" count={copies.length} number={shown.position} />
      </p>
    </Section>
  );
}

/** How a statement is called: by its action, else by its kind. */
export function titleOf(facts: Said_["facts"]): string {
  for (const name of ["title", "action", "kind"]) {
    const value = facts[name];
    if (typeof value === "string") return value;
  }
  return "";
}
