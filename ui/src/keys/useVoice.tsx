import type { Voice } from "@countersign/sdk";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { useSignedIn } from "../api/hooks";
import { Button, Note } from "../components";
import { useObserved } from "../lib/observed";
import { T } from "../messages";
import { KeyFault } from "./KeyFault";
import { identities, isOpen, load, voiceOf, type Identity } from "./vault";
import { PassphraseField } from "./PassphraseField";

/** The own key of whoever is signed in. `speak` gives the voice to sign with, once `locked` is over. */
export interface Own {
  identity: Identity | undefined;
  locked: boolean;
  speak: (passphrase?: string) => Promise<Voice>;
}

/** The key with which this person signs. With the token of the node there is none. */
export function useOwnKey(): Own {
  const { session } = useSignedIn();
  const known = useObserved(identities);
  const [, redraw] = useState(0);
  useEffect(() => {
    if (identities.get() === undefined) void load();
  }, []);
  const identity = known?.find(one => one.identity === session.identity);
  const speak = useCallback(
    async (passphrase?: string) => {
      if (identity === undefined) throw new Error("no key of this person is in this browser");
      const voice = await voiceOf(identity, passphrase);
      redraw(count => count + 1);
      return voice;
    },
    [identity],
  );
  return { identity, locked: identity !== undefined && !isOpen(identity), speak };
}

/** Stands before everything that signs: says that there is no key, or asks for what unlocks it. */
export function KeyGate({ own, children }: { own: Own; children: ReactNode }): ReactNode {
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  if (own.identity === undefined) {
    return (
      <Note>
        <T k="keys.none" />
      </Note>
    );
  }
  if (!own.locked) return children;
  const asks = own.identity.keeping === "file";
  return (
    <form
      className="stack"
      onSubmit={event => {
        event.preventDefault();
        setBusy(true);
        setFault(undefined);
        own
          .speak(asks ? passphrase : undefined)
          .catch((error: unknown) => setFault(error))
          .finally(() => setBusy(false));
      }}
    >
      <Note title={<T k="keys.locked" />}>{asks && <T k="keys.lockedWhat" name={own.identity.name} />}</Note>
      {asks && <PassphraseField value={passphrase} onChange={setPassphrase} />}
      <KeyFault fault={fault} />
      <p>
        <Button type="submit" kind="primary" busy={busy}>
          <T k="keys.unlock" />
        </Button>
      </p>
    </form>
  );
}
