import { say } from "@countersign/sdk";
import { useState, type FormEvent, type ReactNode } from "react";
import { client, store } from "../api/session";
import type { ContractView, Document } from "../api/types";
import { Button, Dialogue, Field, Said, TextArea } from "../components";
import { KeyFault } from "../keys/KeyFault";
import { AdminGate, useAdmin } from "../keys/useAdmin";
import { listed, type Party } from "../lib/names";
import { T } from "../messages";
import styles from "./Documents.module.css";
import { usePeople } from "./people";

/** What erasing a file means, why, and the signature of the company. `onLeave` says whether it was asked for. */
export function EraseDialogue({
  view,
  document,
  parties,
  onLeave,
}: {
  view: ContractView;
  document: Document;
  parties: readonly Party[];
  onLeave: (asked: boolean) => void;
}): ReactNode {
  const people = usePeople(view.contract);
  const admin = useAdmin(people.data?.rotated);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const cancel = (
    <Button onClick={() => onLeave(false)} disabled={busy}>
      <T k="erasing.cancel" />
    </Button>
  );
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    admin
      .speak()
      .then(voice =>
        say(client, view.contract, voice, "erase", { commitments: [document.commitment], reason: reason.trim() }),
      )
      .then(() => {
        store.touch(`contract:${view.contract}`);
        onLeave(true);
      })
      .catch((error: unknown) => {
        setFault(error);
        setBusy(false);
      });
  };
  return (
    <Dialogue
      title={<T k="erasing.title" file={<Said text={document.name} most={80} />} />}
      onLeave={() => onLeave(false)}
    >
      <div className={styles["means"]}>
        <p>
          <T k="erasing.who" names={<Said text={listed(parties.map(party => party.name))} most={300} />} />
        </p>
        <p>
          <T k="erasing.keeps" />
        </p>
        <p className="dim">
          <T k="erasing.notOut" />
        </p>
      </div>
      <AdminGate
        admin={admin}
        command={`countersign contract erase ${view.contract} --payload ${document.commitment} --reason "…"`}
      >
        <form className="stack" onSubmit={send}>
          <Field label={<T k="erasing.reason" />} hint={<T k="erasing.reasonHint" />}>
            {tied => <TextArea tied={tied} value={reason} onChange={setReason} />}
          </Field>
          <p className="sm dim">
            <T k="erasing.signs" party={<Said text={admin.partyName} most={60} />} />
          </p>
          <KeyFault fault={fault} />
          <p className="row">
            <Button type="submit" kind="primary" busy={busy} disabled={reason.trim() === ""}>
              <T k="erasing.send" />
            </Button>
            {cancel}
          </p>
        </form>
      </AdminGate>
      {(admin.key === undefined || admin.locked) && <p>{cancel}</p>}
    </Dialogue>
  );
}
