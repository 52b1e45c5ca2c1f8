import { ProblemError } from "@countersign/sdk/api";
import { useState, type FormEvent, type ReactNode } from "react";
import { useAnswer, useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { User } from "../api/types";
import {
  Answer,
  Button,
  Choice,
  Command,
  Empty,
  Field,
  Id,
  KeyValue,
  Monogram,
  Note,
  PageHead,
  Panel,
  Refused,
  Said,
  Select,
  Table,
  Tag,
  TextInput,
  Time,
} from "../components";
import { chooseIdle, idleMinutes, IDLE_MINUTES, lock } from "../keys/idle";
import { CompanyKeys } from "../keys/CompanyKeys";
import { ImportKeys } from "../keys/ImportKeys";
import { useOwnKey } from "../keys/useVoice";
import { forgetIdentity, identities, type Identity, type Keeping } from "../keys/vault";
import { save } from "../lib/files";
import { useObserved } from "../lib/observed";
import { choose, theme } from "../lib/theme";
import { T, t, type Key } from "../messages";
import { ForgetKey } from "../keys/ForgetKey";

const KEEPINGS: Readonly<Record<Keeping, Key>> = {
  device: "settings.device",
  file: "settings.file",
  passkey: "settings.passkey",
};

/** Keys in this browser, the session, the people of the node. */
export default function Settings(): ReactNode {
  const { session } = useSignedIn();
  return (
    <>
      <PageHead title={t("settings.title")} lead={<T k="settings.lead" />} />
      <div className="columns">
        <div className="stack stack-wide">
          <Keys />
          {session.role === "operator" && <People />}
        </div>
        <aside className="stack stack-wide">
          <SessionPanel />
          <Appearance />
        </aside>
      </div>
    </>
  );
}

function Keys(): ReactNode {
  const own = useOwnKey();
  const known = useObserved(identities) ?? [];
  return (
    <Panel title={<T k="settings.keys" />}>
      <div className="stack">
        {known.length === 0 ? (
          <Empty>{t("settings.keysEmpty")}</Empty>
        ) : (
          <ul className="list">
            {known.map(identity => (
              <li key={identity.identity}>
                <KeyRow identity={identity} here={identity.identity === own.identity?.identity} />
              </li>
            ))}
          </ul>
        )}
        <CompanyKeys />
        <ImportKeys />
      </div>
    </Panel>
  );
}

function KeyRow({ identity, here }: { identity: Identity; here: boolean }): ReactNode {
  const [sure, setSure] = useState(false);
  const { file } = identity;
  return (
    <div className="stack">
      <div className="row spread">
        <span className="row">
          <Monogram name={identity.name} size="large" />
          <span>
            <b>
              <Said text={identity.name} most={60} />
            </b>{" "}
            {here && (
              <Tag kind="good">
                <T k="settings.here" />
              </Tag>
            )}
            <br />
            <span className="sm dim">
              <T k={KEEPINGS[identity.keeping]} />. <Id id={identity.identity} /> <Id id={identity.key} />
            </span>
          </span>
        </span>
        <span className="row">
          {file !== undefined && (
            <Button size="small" onClick={() => save(`${identity.name}.keystore`, new Blob([file]))}>
              <T k="settings.export" />
            </Button>
          )}
          <Button size="small" onClick={() => setSure(true)}>
            <T k="settings.forget" />
          </Button>
        </span>
      </div>
      {sure && <ForgetKey onForget={() => void forgetIdentity(identity.identity)} onClose={() => setSure(false)} />}
    </div>
  );
}

function SessionPanel(): ReactNode {
  const { session } = useSignedIn();
  const minutes = useObserved(idleMinutes);
  return (
    <Panel title={<T k="settings.session" />}>
      <div className="stack">
        <KeyValue
          rows={[
            [
              <T k="settings.role" />,
              <T k={session.role === "operator" ? "settings.roleOperator" : "settings.roleMember"} />,
            ],
            ...(session.until === undefined
              ? []
              : [[<T k="settings.sessionUntil" />, <Time at={session.until} />] as const]),
          ]}
        />
        <Field label={<T k="settings.idle" />}>
          {tied => (
            <Select
              tied={tied}
              value={String(minutes)}
              onChange={value => chooseIdle(Number(value))}
              options={IDLE_MINUTES.map(one => ({
                value: String(one),
                text: t("settings.idleMinutes", { minutes: one }),
              }))}
            />
          )}
        </Field>
        <p>
          <Button onClick={lock}>
            <T k="settings.lock" />
          </Button>
        </p>
      </div>
    </Panel>
  );
}

function Appearance(): ReactNode {
  const now = useObserved(theme);
  return (
    <Panel title={<T k="settings.appearance" />}>
      {(["system", "light", "dark"] as const).map(one => (
        <Choice
          key={one}
          name="theme"
          checked={now === one}
          onChange={() => choose(one)}
          label={
            <T k={one === "system" ? "frame.themeSystem" : one === "light" ? "frame.themeLight" : "frame.themeDark"} />
          }
        />
      ))}
    </Panel>
  );
}

function People(): ReactNode {
  const asked = useAnswer<{ users: User[] }>("/v1/users", ["users"]);
  const [refusal, setRefusal] = useState<ProblemError>();
  const remove = (user: User): void => {
    setRefusal(undefined);
    client
      .request("DELETE", `/v1/users/${user.identity}`)
      .then(() => store.touch("users"))
      .catch((error: unknown) => error instanceof ProblemError && setRefusal(error));
  };
  return (
    <Panel title={<T k="settings.people" />}>
      <div className="stack">
        <Answer asked={asked} reading={<T k="settings.peopleReading" />}>
          {({ users }) => (
            <Table
              label={t("settings.people")}
              rows={users}
              rowKey={user => user.identity}
              columns={[
                {
                  head: t("settings.peopleName"),
                  cell: user =>
                    user.name === undefined ? <Id id={user.identity} /> : <Said text={user.name} most={60} />,
                },
                {
                  head: t("settings.peopleRole"),
                  cell: user => <T k={user.role === "operator" ? "settings.roleOperator" : "settings.roleMember"} />,
                },
                {
                  head: t("settings.peopleLastLogin"),
                  cell: user =>
                    user.last_login === undefined ? <T k="settings.peopleNever" /> : <Time at={user.last_login} />,
                },
                {
                  head: t("settings.peopleChange"),
                  cell: user => (
                    <Button size="small" onClick={() => remove(user)}>
                      <T k="settings.remove" />
                    </Button>
                  ),
                },
              ]}
            />
          )}
        </Answer>
        {refusal !== undefined && <Refused refusal={refusal} />}
        <Invite />
      </div>
    </Panel>
  );
}

interface Enrolment {
  link: string;
  name?: string;
  until: string;
}

function Invite(): ReactNode {
  const [name, setName] = useState("");
  const [role, setRole] = useState<User["role"]>("member");
  const [made, setMade] = useState<Enrolment>();
  const [refusal, setRefusal] = useState<ProblemError>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setRefusal(undefined);
    client
      .request("POST", "/v1/users/invitations", { body: { role, name: name.trim() } })
      .then(async answer => setMade((await answer.json()) as Enrolment))
      .catch((error: unknown) => error instanceof ProblemError && setRefusal(error));
  };
  return (
    <form className="stack" onSubmit={submit}>
      <h3>
        <b>
          <T k="settings.invite" />
        </b>
      </h3>
      <Field label={<T k="settings.inviteName" />}>
        {tied => <TextInput tied={tied} value={name} onChange={setName} required />}
      </Field>
      <Field label={<T k="settings.inviteRole" />}>
        {tied => (
          <Select
            tied={tied}
            value={role}
            onChange={value => setRole(value === "operator" ? "operator" : "member")}
            options={[
              { value: "member", text: t("settings.member") },
              { value: "operator", text: t("settings.operator") },
            ]}
          />
        )}
      </Field>
      <p>
        <Button type="submit" disabled={name.trim() === ""}>
          <T k="settings.inviteMake" />
        </Button>
      </p>
      {refusal !== undefined && <Refused refusal={refusal} />}
      {made !== undefined && (
        <Note kind="good">
          <p>
            <T k="settings.inviteLink" name={<Said text={made.name ?? name} />} until={<Time at={made.until} />} />
          </p>
          <Command text={made.link} />
        </Note>
      )}
    </form>
  );
}
