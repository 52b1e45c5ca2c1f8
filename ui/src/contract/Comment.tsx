import { say, toUtf8 } from "@countersign/sdk";
import { useState, type FormEvent, type ReactNode } from "react";
import { useAnswer, useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { Charter, ContractView, Json } from "../api/types";
import { Button, Field, TextArea } from "../components";
import { isRecord } from "../form/schema";
import { KeyFault } from "../keys/KeyFault";
import { KeyGate, useOwnKey } from "../keys/useVoice";
import { bytes } from "../lib/ids";
import { locale, T, t } from "../messages";
import { AttachmentFields, references, upload, type Attachments } from "./Attach";
import styles from "./Comment.module.css";

/** Most bytes of a comment unless the scenario says otherwise (docs/spec/scenario.md). */
const BYTES_MAX = 65_536;
const MEDIA = "text/plain";
/** What the place for a file is called. */
const SLOT = "file";

/** Who may comment and how much, as the scenario has it; nothing if this party may not. */
export function commentRule(scenario: Json, own: readonly string[]): { most: number; files: string[] } | undefined {
  const rule = isRecord(scenario) ? scenario["comments"] : undefined;
  if (rule === undefined) return own.length > 0 ? { most: BYTES_MAX, files: [] } : undefined;
  if (!isRecord(rule)) return undefined;
  const names = (value: Json | undefined, all: boolean, wanted: readonly string[]): boolean =>
    Array.isArray(value) ? wanted.some(name => (value as readonly Json[]).includes(name)) : all;
  if (!names(rule["by"], own.length > 0, own) || !names(rule["media"], true, [MEDIA])) return undefined;
  const most = rule["max_bytes"];
  const media = Array.isArray(rule["media"]) ? (rule["media"] as readonly Json[]) : [];
  const files = media.filter(one => typeof one === "string").filter(one => one !== MEDIA);
  return { most: typeof most === "number" ? most : BYTES_MAX, files };
}

/** A comment for all to read, signed in this browser. It never moves the process. */
export function Composer({ view }: { view: ContractView }): ReactNode {
  const { session } = useSignedIn();
  const own = useOwnKey();
  const running = view.status === "active" && view.process !== undefined;
  const charter = useAnswer<Charter>(running ? `/v1/contracts/${view.contract}/charter` : undefined, []);
  const [text, setText] = useState("");
  const [attachments, setAttachments] = useState<Attachments>({});
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [sent, setSent] = useState<number>();
  const actors = view.members.find(member => member.own)?.actors ?? [];
  const rule = charter.data === undefined ? undefined : commentRule(charter.data.scenario, actors);
  if (rule === undefined) return null;
  if (session.identity === undefined) {
    return (
      <p className="sm dim no-print">
        <T k="comment.withToken" />
      </p>
    );
  }
  const size = toUtf8(text).length;
  const long = size > rule.most;
  const named = references(attachments)[SLOT];
  const empty = text.trim() === "" && named === undefined;
  const send = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    if (empty || long || busy) return;
    setBusy(true);
    setFault(undefined);
    own
      .speak()
      .then(async voice => {
        const openings = await upload(client, view.contract, attachments);
        const payload = { media: MEDIA, text, ...(named === undefined ? {} : { attachments: named }) };
        return say(client, view.contract, voice, "comment", payload, openings);
      })
      .then(({ position }) => {
        store.touch(`contract:${view.contract}`);
        setText("");
        setAttachments({});
        setSent(position);
        // Its button has nothing to send now: the focus goes to where the next one is written.
        form.querySelector("textarea")?.focus();
      })
      .catch((error: unknown) => setFault(error))
      .finally(() => setBusy(false));
  };
  return (
    <div className={`${styles["composer"]} no-print`}>
      <KeyGate own={own}>
        <form className="stack" onSubmit={send}>
          <Field
            label={<T k="comment.label" />}
            hint={<T k="comment.hint" />}
            fault={
              long ? <T k="comment.long" bytes={bytes(size, locale)} most={bytes(rule.most, locale)} /> : undefined
            }
          >
            {tied => (
              <TextArea
                tied={tied}
                value={text}
                onChange={next => {
                  setText(next);
                  setSent(undefined);
                }}
              />
            )}
          </Field>
          {rule.files.length > 0 && (
            <AttachmentFields
              slots={[{ name: SLOT, optional: true, media: rule.files, bytes_max: rule.most }]}
              attachments={attachments}
              onChange={setAttachments}
            />
          )}
          <div className="row">
            <Button type="submit" busy={busy} disabled={empty || long}>
              <T k="comment.send" />
            </Button>
            <span className="sm good" role="status">
              {sent !== undefined && <T k="comment.sent" number={t("common.number", { number: sent })} />}
            </span>
          </div>
          <KeyFault fault={fault} />
        </form>
      </KeyGate>
    </div>
  );
}
