import { ProblemError } from "@countersign/sdk/api";
import { useEffect, useState, type FormEvent, type ReactNode } from "react";
import { client, enter, forget } from "../api/session";
import {
  Button,
  Choice,
  Field,
  FieldSet,
  Loading,
  Monogram,
  Note,
  PageHead,
  Panel,
  PlainPage,
  Refused,
  Said,
  TextInput,
} from "../components";
import { ImportKeys } from "../keys/ImportKeys";
import { PASSPHRASE_MIN, passphraseFault } from "../keys/passphrase";
import { passkeysPossible } from "../keys/passkey";
import { identities, isOpen, keep, load, make, voiceOf, type Identity, type Keeping } from "../keys/vault";
import { useObserved } from "../lib/observed";
import { T, t } from "../messages";
import { KeyFault } from "../keys/KeyFault";
import styles from "./SignIn.module.css";
import { PassphraseField } from "../keys/PassphraseField";

/** The secret of an enrolment link. It stands behind `#`, so it is never sent by itself. */
function enrolSecret(): string | undefined {
  return new URLSearchParams(location.hash.slice(1)).get("enrol") ?? undefined;
}

/** Signing in with a key of this browser, enrolling by a link, or the token of the node. */
export default function SignIn({ why }: { why?: "ended" | "locked" }): ReactNode {
  const [secret, setSecret] = useState(enrolSecret);
  useEffect(() => {
    void load();
    const changed = (): void => setSecret(enrolSecret());
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return (
    <PlainPage>
      <div className={styles["page"]}>
        {secret === undefined ? (
          <Known {...(why === undefined ? {} : { why })} />
        ) : (
          <Enrol
            secret={secret}
            done={() => {
              history.replaceState(null, "", location.pathname + location.search);
              setSecret(undefined);
            }}
          />
        )}
      </div>
    </PlainPage>
  );
}

function Known({ why }: { why?: "ended" | "locked" }): ReactNode {
  const known = useObserved(identities);
  return (
    <>
      <PageHead title={t("signIn.title")} lead={<T k="signIn.lead" />} />
      {why !== undefined && (
        <Note>
          <T k={why === "ended" ? "signIn.ended" : "signIn.locked"} />
        </Note>
      )}
      {known === undefined ? (
        <Loading what={<T k="signIn.working" />} />
      ) : known.length === 0 ? (
        <Note>
          <T k="signIn.noIdentity" />
        </Note>
      ) : (
        <Panel title={<T k="signIn.choose" />}>
          <ul className="list">
            {known.map(identity => (
              <li key={identity.identity}>
                <Person identity={identity} />
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <details className={styles["token"]}>
        <summary>
          <T k="settings.import" />
        </summary>
        <div className={styles["more"]}>
          <ImportKeys />
        </div>
      </details>
      <TokenForm open={known?.length === 0} />
    </>
  );
}

/** Does something that may be refused, by the node or by a key. */
function useAttempt(): { busy: boolean; fault: unknown; attempt: (act: () => Promise<void>) => void } {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const attempt = (act: () => Promise<void>): void => {
    setBusy(true);
    setFault(undefined);
    act()
      .catch((error: unknown) => setFault(error))
      .finally(() => setBusy(false));
  };
  return { busy, fault, attempt };
}

function Person({ identity }: { identity: Identity }): ReactNode {
  const [passphrase, setPassphrase] = useState("");
  const { busy, fault, attempt } = useAttempt();
  const asks = identity.keeping === "file" && !isOpen(identity);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    attempt(async () => {
      const { login } = await import("../keys/login");
      const voice = await voiceOf(identity, asks ? passphrase : undefined);
      await enter(await login(voice, identity.card));
    });
  };
  return (
    <form className={styles["person"]} onSubmit={submit}>
      <Monogram name={identity.name} size="large" />
      <div className="stack">
        <b>
          <Said text={identity.name} most={60} />
        </b>
        {asks && <PassphraseField value={passphrase} onChange={setPassphrase} />}
        <KeyFault fault={fault} />
      </div>
      <Button type="submit" kind="primary" busy={busy}>
        <T k={asks ? "signIn.unlock" : "signIn.signIn"} />
      </Button>
    </form>
  );
}

function TokenForm({ open }: { open: boolean }): ReactNode {
  const [token, setToken] = useState("");
  const { busy, fault, attempt } = useAttempt();
  return (
    <details className={styles["token"]} open={open}>
      <summary>
        <T k="signIn.tokenTitle" />
      </summary>
      <form
        onSubmit={event => {
          event.preventDefault();
          attempt(() => enter(token.trim()));
        }}
        className="stack"
      >
        <Field label={<T k="signIn.token" />} hint={<T k="signIn.tokenHint" />}>
          {tied => <TextInput tied={tied} type="password" autoComplete="off" mono value={token} onChange={setToken} />}
        </Field>
        {fault instanceof ProblemError && <Refused refusal={fault} />}
        <p>
          <Button type="submit" busy={busy} disabled={token.trim() === ""}>
            <T k="signIn.tokenSignIn" />
          </Button>
        </p>
      </form>
    </details>
  );
}

function Enrol({ secret, done }: { secret: string; done: () => void }): ReactNode {
  const [name, setName] = useState("");
  const [keeping, setKeeping] = useState<Keeping>("device");
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const { busy, fault, attempt } = useAttempt();
  const passphraseWrong = keeping === "file" ? passphraseFault(passphrase, again) : undefined;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    attempt(async () => {
      // Nobody else's session counts here.
      if (client.token !== undefined) forget();
      const { enrol } = await import("../keys/login");
      const { made, signer } = await make(name.trim(), keeping, passphrase);
      const token = await enrol(secret, { identity: made.identity, key: made.key, signer }, made.card, made.name);
      await keep(made);
      done();
      await enter(token);
    });
  };
  return (
    <>
      <PageHead title={t("signIn.enrolTitle")} lead={<T k="signIn.enrolLead" />} />
      <Panel>
        <form onSubmit={submit} className="stack">
          <Field label={<T k="signIn.enrolName" />} hint={<T k="signIn.enrolNameHint" />}>
            {tied => <TextInput tied={tied} value={name} onChange={setName} autoComplete="name" required />}
          </Field>
          <FieldSet legend={<T k="signIn.keyKind" />} hint={<T k="signIn.keyWhere" />}>
            <Choice
              name="keeping"
              checked={keeping === "device"}
              onChange={() => setKeeping("device")}
              label={<T k="signIn.keyDevice" />}
              hint={<T k="signIn.keyDeviceWhat" />}
            />
            <Choice
              name="keeping"
              checked={keeping === "file"}
              onChange={() => setKeeping("file")}
              label={<T k="signIn.keyFile" />}
              hint={<T k="signIn.keyFileWhat" />}
            />
            <Choice
              name="keeping"
              checked={keeping === "passkey"}
              disabled={!passkeysPossible()}
              onChange={() => setKeeping("passkey")}
              label={<T k="signIn.keyPasskey" />}
              hint={<T k={passkeysPossible() ? "signIn.keyPasskeyWhat" : "signIn.keyPasskeyMissing"} />}
            />
          </FieldSet>
          {keeping === "file" && (
            <>
              <Field
                label={<T k="signIn.passphrase" />}
                hint={<T k="signIn.passphraseHint" />}
                fault={
                  passphrase !== "" && passphrase.length < PASSPHRASE_MIN ? <T k="signIn.passphraseShort" /> : undefined
                }
              >
                {tied => (
                  <TextInput
                    tied={tied}
                    type="password"
                    autoComplete="new-password"
                    value={passphrase}
                    onChange={setPassphrase}
                  />
                )}
              </Field>
              <Field
                label={<T k="signIn.passphraseAgain" />}
                fault={again !== "" && passphraseWrong === "differs" ? <T k="signIn.passphraseDiffers" /> : undefined}
              >
                {tied => (
                  <TextInput
                    tied={tied}
                    type="password"
                    autoComplete="new-password"
                    value={again}
                    onChange={setAgain}
                  />
                )}
              </Field>
            </>
          )}
          <KeyFault fault={fault} />
          <p>
            <Button
              type="submit"
              kind="primary"
              size="big"
              busy={busy}
              disabled={name.trim() === "" || passphraseWrong !== undefined}
            >
              <T k="signIn.enrol" />
            </Button>
          </p>
        </form>
      </Panel>
    </>
  );
}
