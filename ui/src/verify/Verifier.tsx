import { isContractId } from "@countersign/sdk/verify";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Button, Command, DropZone, Field, Loading, Note, PageHead, Panel, Said, TextInput } from "../components";
import { bytes as sizeOf } from "../lib/ids";
import { locale, T, t } from "../messages";
import { Checker, type Spawn } from "./checker";
import type { Checked } from "./answer";
import { Held } from "./Held";
import { Refused } from "./Refused";

/** A larger file is refused unread: no bundle is larger. */
const FILE_BYTES_MAX = 64 << 20;
/** From here on the words say that it takes a while. */
const LARGE_BYTES = 4 << 20;

/** A file that was dropped, and how far it is checked. */
interface Opened {
  name: string;
  size: number;
  at: Date;
  step: "reading" | "checking" | "unreadable" | Checked;
  trust?: string;
}

/** Drop a proof, read what it proves and what not. Asks nobody. `aside` stands below the drop zone. */
export function Verifier({ spawn, aside }: { spawn: Spawn; aside?: ReactNode }): ReactNode {
  const checker = useMemo(() => new Checker(spawn), [spawn]);
  useEffect(() => () => checker.close(), [checker]);
  const [trust, setTrust] = useState("");
  const [opened, setOpened] = useState<Opened>();
  const turn = useRef(0);
  const named = trust.trim();
  const open = async (file: File): Promise<void> => {
    const mine = ++turn.current;
    const trusting = isContractId(named) ? { trust: named } : {};
    const told = { name: file.name, size: file.size, at: new Date(), ...trusting };
    const show = (step: Opened["step"]): void => {
      if (turn.current === mine) setOpened({ ...told, step });
    };
    show("reading");
    try {
      // One byte more than allowed is enough for the verifier to say so itself.
      const bytes = new Uint8Array(await file.slice(0, FILE_BYTES_MAX + 1).arrayBuffer());
      show("checking");
      show(await checker.verify(bytes, trusting.trust));
    } catch {
      show("unreadable");
    }
  };
  const again = (): void => {
    turn.current += 1;
    checker.close();
    setOpened(undefined);
  };
  const step = opened?.step;
  if (opened === undefined || step === undefined || typeof step === "string") {
    return (
      <div className="stack stack-wide">
        <PageHead title={t("verify.title")} lead={<T k="verify.lead" />} />
        <div className="columns">
          <Panel>
            <div className="stack">
              <Open trust={trust} onTrust={setTrust} onFile={file => void open(file)} />
              {opened !== undefined && step !== undefined && <Progress opened={opened} />}
              {step === "unreadable" && (
                <Note kind="bad" alert>
                  <T k="verify.unreadable" />
                </Note>
              )}
            </div>
          </Panel>
          <aside className="stack stack-wide">
            <Panel title={<T k="verify.how" />}>
              <ul className="list">
                <li>
                  <T k="verify.howOffline" />
                </li>
                <li>
                  <T k="verify.howChecks" />
                </li>
                <li>
                  <T k="verify.howLimits" />
                </li>
              </ul>
            </Panel>
            {aside}
            <Panel title={<T k="verify.byCommand" />}>
              <Command text={t("verify.command")} />
            </Panel>
          </aside>
        </div>
      </div>
    );
  }
  const file = { name: opened.name, size: opened.size, at: opened.at, trust: opened.trust };
  return step.shown === undefined ? (
    <Refused file={file} verdict={step.verdict} again={again} />
  ) : (
    <Held
      file={file}
      verdict={step.verdict}
      shown={step.shown}
      again={again}
      compare={bytes => checker.compare(bytes)}
    />
  );
}

function Open({
  trust,
  onTrust,
  onFile,
}: {
  trust: string;
  onTrust: (trust: string) => void;
  onFile: (file: File) => void;
}): ReactNode {
  const named = trust.trim();
  const wrong = named !== "" && !isContractId(named);
  return (
    <>
      <Field
        label={<T k="verify.trust" />}
        hint={<T k="verify.trustWhat" />}
        fault={wrong ? <T k="verify.trustWrong" /> : undefined}
      >
        {tied => <TextInput tied={tied} value={trust} onChange={onTrust} mono autoComplete="off" spellCheck={false} />}
      </Field>
      <DropZone
        onFiles={([file]) => {
          if (file !== undefined && !wrong) onFile(file);
        }}
      >
        <T k="verify.drop" />
      </DropZone>
    </>
  );
}

function Progress({ opened: { name, size, step } }: { opened: Opened }): ReactNode {
  if (step !== "reading" && step !== "checking") return null;
  const values = { name: <Said text={name} most={60} />, size: sizeOf(size, locale) };
  return (
    <Loading
      what={
        step === "reading" ? (
          <T k="verify.reading" {...values} />
        ) : (
          <T k={size > LARGE_BYTES ? "verify.checkingLarge" : "verify.checking"} {...values} />
        )
      }
    />
  );
}

/** The file that a report is about. */
export interface ReportFile {
  name: string;
  size: number;
  at: Date;
  trust: string | undefined;
}

/** What was checked and when, with what to do next. */
export function FileLine({ file, again }: { file: ReportFile; again: () => void }): ReactNode {
  return (
    <div className="row spread">
      <span>
        <b>
          <Said text={file.name} most={80} />
        </b>{" "}
        <span className="dim">
          <T
            k="verify.checkedAt"
            size={t("verify.bytes", { count: file.size })}
            time={new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }).format(file.at)}
          />
        </span>
      </span>
      <span className="row no-print">
        <Button onClick={again}>
          <T k="verify.another" />
        </Button>
        <Button onClick={() => window.print()}>
          <T k="verify.print" />
        </Button>
      </span>
    </div>
  );
}
