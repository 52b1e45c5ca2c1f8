import { say, type Client } from "@countersign/sdk";
import { useState, type FormEvent, type ReactNode } from "react";
import { store } from "../api/session";
import type { PersonalItem } from "../api/types";
import { Button, Dialogue, Field, Note, Said, TextArea } from "../components";
import { KeyFault } from "../keys/KeyFault";
import { AdminGate, useAdmin } from "../keys/useAdmin";
import { listed } from "../lib/names";
import { T } from "../messages";

/** So many a statement names. */
const NAMED_MAX = 64;

/** What is to be erased: everything about a person, or what was kept long enough. */
export type Erasing =
  | { what: "person"; name: string; party: string; items: readonly PersonalItem[] }
  | { what: "due"; items: readonly PersonalItem[] };

/** The commitments that the own party may have erased, by contract, as statements name them. */
export function wishes(items: readonly PersonalItem[], own: string): Map<string, string[][]> {
  const mine = items.filter(item => !item.erased && item.brought_by === own);
  const contracts = [...new Set(mine.map(item => item.contract))];
  return new Map(
    contracts.map(contract => {
      const found = mine.filter(item => item.contract === contract).map(item => item.commitment);
      const commitments = [...new Set(found)].sort();
      const parts = Math.ceil(commitments.length / NAMED_MAX);
      return [
        contract,
        Array.from({ length: parts }, (_, at) => commitments.slice(at * NAMED_MAX, (at + 1) * NAMED_MAX)),
      ];
    }),
  );
}

/** Why, and the signature of the company. `onLeave` says in how many contracts it was asked for. */
export function PersonalErase({
  erasing,
  own,
  nameOf,
  client,
  onLeave,
}: {
  erasing: Erasing;
  own: string;
  nameOf: (party: string | undefined) => string;
  client: Client;
  onLeave: (contracts?: number) => void;
}): ReactNode {
  const admin = useAdmin();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const asked = wishes(erasing.items, own);
  const count = [...asked.values()].flat(2).length;
  const left = erasing.items.filter(item => !item.erased && item.brought_by !== own);
  const others = [...new Set(left.map(item => item.brought_by))];
  const sign = async (): Promise<void> => {
    const voice = await admin.speak();
    for (const [contract, parts] of asked)
      for (const commitments of parts)
        await say(client, contract, voice, "erase", { commitments, reason: reason.trim() });
  };
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    sign()
      .then(() => onLeave(asked.size))
      .catch((error: unknown) => {
        setFault(error);
        setBusy(false);
      })
      .finally(() => store.touch("personal"));
  };
  const command =
    erasing.what === "due"
      ? 'countersign personal erase --due --reason "…"'
      : `countersign personal erase --of ${erasing.party} --reason "…"`;
  const cancel = (
    <Button onClick={() => onLeave()} disabled={busy}>
      <T k="erasing.cancel" />
    </Button>
  );
  return (
    <Dialogue
      title={
        erasing.what === "due" ? (
          <T k="personal.eraseDueTitle" />
        ) : (
          <T k="personal.eraseTitle" name={<Said text={erasing.name} most={60} />} />
        )
      }
      onLeave={() => onLeave()}
    >
      <p>
        <T k="personal.eraseWhat" count={count} contracts={asked.size} />
      </p>
      {left.length > 0 && (
        <Note kind="info">
          <T
            k="personal.left"
            count={left.length}
            names={<Said text={listed(others.map(party => nameOf(party)))} most={300} />}
          />
        </Note>
      )}
      {count > 0 && (
        <AdminGate admin={admin} command={command}>
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
      )}
      {(count === 0 || admin.key === undefined || admin.locked) && <p>{cancel}</p>}
    </Dialogue>
  );
}
