import { adminKeys, parseMember, type Voice } from "@countersign/sdk";
import { useCallback, useEffect, useMemo, useState, type FormEvent, type ReactNode } from "react";
import { useSignedIn } from "../api/hooks";
import { Button, Command, Note, Said } from "../components";
import { useObserved } from "../lib/observed";
import { T } from "../messages";
import { companyKeys, companyOpened, companyVoice, isCompanyOpen, loadCompanyKeys, type CompanyKey } from "./company";
import { ImportKeys } from "./ImportKeys";
import { KeyFault } from "./KeyFault";
import { PassphraseField } from "./PassphraseField";

/** The admin key of the party of this node, as far as this browser has it. */
export interface Admin {
  /** `idn_…` of the party. */
  party: string;
  /** Its local name. */
  partyName: string;
  key: CompanyKey | undefined;
  locked: boolean;
  speak: (passphrase?: string) => Promise<Voice>;
}

/** What a contract says of the keys of the party: which were added, which are retired. */
export interface Rotated {
  added: ReadonlySet<string>;
  retired: ReadonlySet<string>;
}

/** The key with which this person decides for the party of the node. */
export function useAdmin(rotated?: Rotated): Admin {
  const { node } = useSignedIn();
  const held = useObserved(companyKeys);
  useObserved(companyOpened);
  useEffect(() => {
    if (companyKeys.get() === undefined) void loadCompanyKeys();
  }, []);
  const first = useMemo(() => new Set(adminKeys(parseMember(node.card))), [node.card]);
  const key = held?.find(
    one => (first.has(one.key) || rotated?.added.has(one.key) === true) && rotated?.retired.has(one.key) !== true,
  );
  const speak = useCallback(
    async (passphrase?: string) => {
      if (key === undefined) throw new Error("no admin key of this party is in this browser");
      return companyVoice(key, node.party, passphrase);
    },
    [key, node.party],
  );
  return {
    party: node.party,
    partyName: node.name,
    key,
    locked: key !== undefined && !isCompanyOpen(key),
    speak,
  };
}

/** Stands before everything that only the company can sign: says what to do without its key, or asks for what unlocks it. */
export function AdminGate({
  admin,
  command,
  children,
}: {
  admin: Admin;
  /** The same by command, for whoever has the key there. */
  command?: string;
  children: ReactNode;
}): ReactNode {
  if (admin.key === undefined) {
    return (
      <Note kind="wait" title={<T k="keys.adminNone" party={<Said text={admin.partyName} most={60} />} />}>
        <div className="stack">
          <p>
            <T k="keys.adminWhat" />
          </p>
          <ImportKeys />
          {command !== undefined && (
            <>
              <p className="sm">
                <T k="keys.adminCommand" />
              </p>
              <Command text={command} />
            </>
          )}
        </div>
      </Note>
    );
  }
  return admin.locked ? <Unlock admin={admin} name={admin.key.name} /> : children;
}

function Unlock({ admin, name }: { admin: Admin; name: string }): ReactNode {
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    admin
      .speak(passphrase)
      .catch((error: unknown) => setFault(error))
      .finally(() => setBusy(false));
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Note title={<T k="keys.adminLocked" party={<Said text={admin.partyName} most={60} />} />}>
        <T k="keys.lockedWhat" name={<Said text={name} most={60} />} />
      </Note>
      <PassphraseField value={passphrase} onChange={setPassphrase} />
      <KeyFault fault={fault} />
      <p>
        <Button type="submit" busy={busy}>
          <T k="keys.unlock" />
        </Button>
      </p>
    </form>
  );
}
