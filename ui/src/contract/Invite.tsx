import { checkDraft, fromBase32, seedSigner, signDraft, submit, toBase32, type JsonObject } from "@countersign/sdk";
import { useState, type FormEvent, type ReactNode } from "react";
import { useAnswer } from "../api/hooks";
import { client, store } from "../api/session";
import type { ContractView, InvitationView } from "../api/types";
import {
  Answer,
  Button,
  Choice,
  Command,
  Empty,
  Field,
  FieldSet,
  Id,
  KeyValue,
  Note,
  Panel,
  Said,
  Select,
  Tag,
  TextInput,
  Time,
} from "../components";
import { KeyFault } from "../keys/KeyFault";
import { AdminGate, useAdmin, type Admin } from "../keys/useAdmin";
import { shortId } from "../lib/ids";
import { parties } from "../lib/names";
import { T, t } from "../messages";
import { usePeople } from "./people";
import { titleOf, useFounded } from "./Scenario";
import { FourWords } from "./Words";

/** For so many entries after the head a `join` counts. */
const POSITIONS = 1_000;
const DAY_SECONDS = 86_400;
const DAYS = [1, 7, 14, 30, 90] as const;

/** Who is invited, who followed a link and waits, and a new link. Only while a place is free. */
export function Invite({ view }: { view: ContractView }): ReactNode {
  const people = usePeople(view.contract);
  const admin = useAdmin(people.data?.rotated);
  const founded = useFounded(view.contract);
  const asked = useAnswer<{ invitations: InvitationView[] }>(`/v1/contracts/${view.contract}/invitations`, [
    `entries:${view.contract}`,
  ]);
  const foundation = founded.data?.foundation;
  if (view.status !== "active" || asked.data === undefined) return null;
  const joining = new Set(asked.data.invitations.filter(one => one.state === "joining").flatMap(one => one.actors));
  const open = new Set(view.open_roles?.map(role => role.actor));
  const free = (foundation?.actors ?? []).filter(
    one => open.has(one.actor) && (one.many !== undefined || !joining.has(one.actor)),
  );
  if (free.length === 0 && asked.data.invitations.length === 0) return null;
  return (
    <Panel title={<T k="invite.title" />} aside={<T k="invite.aside" count={asked.data.invitations.length} />}>
      <Answer asked={asked} reading={<T k="invite.reading" />}>
        {({ invitations }) => (
          <div className="stack stack-wide">
            {invitations.length === 0 ? (
              <Empty>{t("invite.none")}</Empty>
            ) : (
              <ul className="list">
                {invitations.map(one => (
                  <li key={one.invitation}>
                    <Invitation
                      view={view}
                      invitation={one}
                      admin={admin}
                      roles={one.actors.map(actor => titleOf(foundation, actor)).join(", ")}
                    />
                  </li>
                ))}
              </ul>
            )}
            {free.length > 0 && <Offer view={view} admin={admin} free={free} />}
          </div>
        )}
      </Answer>
    </Panel>
  );
}

/** One invitation: open, or somebody joined and the words are to be compared. */
function Invitation({
  view,
  invitation,
  admin,
  roles,
}: {
  view: ContractView;
  invitation: InvitationView;
  admin: Admin;
  roles: string;
}): ReactNode {
  const inviter = parties(view, admin.partyName).find(party => party.id === invitation.inviter);
  const facts = (
    <KeyValue
      rows={[
        [<T k="invite.by" />, <Said text={inviter?.name ?? shortId(invitation.inviter)} />],
        [<T k="invite.counts" />, <T k="common.number" number={invitation.expires_after} />],
        ...(invitation.joiner === undefined ? [] : [[<T k="invite.joiner" />, <Id id={invitation.joiner} />] as const]),
        ...(invitation.joiner_urls.length === 0
          ? []
          : [
              [
                <T k="invite.joinerAt" />,
                <span className="mono">
                  <Said text={invitation.joiner_urls.join(", ")} most={200} />
                </span>,
              ] as const,
            ]),
      ]}
    />
  );
  return (
    <div className="stack">
      <p className="row spread">
        <b>
          <Said text={roles} most={120} />
        </b>
        <Tag kind={invitation.state === "joining" ? "wait" : "info"}>
          <T k={invitation.state === "joining" ? "invite.joining" : "invite.open"} />
        </Tag>
      </p>
      {facts}
      {invitation.words !== undefined && invitation.own ? (
        <Confirm view={view} invitation={invitation} words={invitation.words} admin={admin} />
      ) : (
        <p className="sm dim">
          <T k={invitation.state === "open" ? "invite.openWhat" : "invite.othersConfirm"} />
        </p>
      )}
    </div>
  );
}

function Confirm({
  view,
  invitation,
  words,
  admin,
}: {
  view: ContractView;
  invitation: InvitationView;
  words: readonly string[];
  admin: Admin;
}): ReactNode {
  const [equal, setEqual] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const confirm = (): void => {
    setBusy(true);
    setFault(undefined);
    confirmed(view.contract, invitation.invitation, admin)
      .then(() => store.touch(`contract:${view.contract}`, `entries:${view.contract}`, "contracts", "inbox", "waiting"))
      .catch((error: unknown) => setFault(error))
      .finally(() => setBusy(false));
  };
  return (
    <div className="stack">
      <p>
        <T k="invite.compare" />
      </p>
      <FourWords words={words} />
      <Choice kind="checkbox" checked={equal} onChange={setEqual} label={<T k="invite.equal" />} />
      <AdminGate admin={admin} command={`countersign contract confirm ${view.contract} ${invitation.invitation}`}>
        <p>
          <Button kind="primary" busy={busy} disabled={!equal} onClick={confirm}>
            <T k="invite.confirm" />
          </Button>
        </p>
      </AdminGate>
      <KeyFault fault={fault} />
      <p className="sm dim">
        <T k="invite.differ" />
      </p>
    </div>
  );
}

async function confirmed(contract: string, invitation: string, admin: Admin): Promise<void> {
  const voice = await admin.speak();
  const prepared = await client.post("/v1/contracts/{contract}/invitations/{invitation}/confirm", {
    path: { contract, invitation },
    body: { author: voice.identity, key: voice.key },
  });
  const says = (payload: JsonObject): boolean => payload["invitation"] === invitation;
  const wish = { contract, author: voice.identity, key: voice.key, kind: "confirm", payload: says } as const;
  await submit(client, contract, await signDraft(checkDraft(prepared, wish), voice));
}

/** An invitation that was signed: the link is shown once, and kept nowhere. */
interface Made {
  link: string;
  until: string;
}

function Offer({
  view,
  admin,
  free,
}: {
  view: ContractView;
  admin: Admin;
  free: readonly { actor: string; title: string }[];
}): ReactNode {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(free.length === 1 ? [free[0]!.actor] : []));
  const [hint, setHint] = useState("");
  const [days, setDays] = useState<number>(14);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [made, setMade] = useState<Made>();
  const actors = free.filter(one => chosen.has(one.actor)).map(one => one.actor);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    setMade(undefined);
    invited(view.contract, admin, actors, hint.trim(), days)
      .then(link => {
        setMade(link);
        setHint("");
        store.touch(`contract:${view.contract}`, `entries:${view.contract}`);
      })
      .catch((error: unknown) => setFault(error))
      .finally(() => setBusy(false));
  };
  return (
    <div className="stack">
      <h3>
        <b>
          <T k="invite.new" />
        </b>
      </h3>
      <AdminGate admin={admin} command={`countersign contract invite ${view.contract} --actor ${free[0]?.actor ?? ""}`}>
        <form className="stack" onSubmit={send}>
          <FieldSet legend={<T k="invite.role" />}>
            {free.map(one => (
              <Choice
                key={one.actor}
                kind="checkbox"
                checked={chosen.has(one.actor)}
                onChange={on =>
                  setChosen(
                    before => new Set(on ? [...before, one.actor] : [...before].filter(name => name !== one.actor)),
                  )
                }
                label={<Said text={one.title} most={80} />}
              />
            ))}
          </FieldSet>
          <Field label={<T k="invite.hint" />} hint={<T k="invite.hintWhat" />}>
            {tied => <TextInput tied={tied} value={hint} onChange={setHint} />}
          </Field>
          <Field label={<T k="invite.days" />}>
            {tied => (
              <Select
                tied={tied}
                value={String(days)}
                onChange={value => setDays(Number(value))}
                options={DAYS.map(one => ({ value: String(one), text: t("invite.daysCount", { days: one }) }))}
              />
            )}
          </Field>
          <p className="sm dim">
            <T k="invite.signs" party={<Said text={admin.partyName} most={60} />} />
          </p>
          <p>
            <Button type="submit" busy={busy} disabled={actors.length === 0}>
              <T k="invite.make" />
            </Button>
          </p>
        </form>
      </AdminGate>
      <KeyFault fault={fault} />
      {made !== undefined && (
        <Note kind="good" alert title={<T k="invite.made" />}>
          <p>
            <T k="invite.madeWhat" until={<Time at={made.until} />} />
          </p>
          <Command text={made.link} />
        </Note>
      )}
    </div>
  );
}

/** Has an invitation drafted, compares it with what was wished, signs it; gives the link to hand over. */
async function invited(contract: string, admin: Admin, actors: string[], hint: string, days: number): Promise<Made> {
  const voice = await admin.speak();
  const sorted = [...actors].sort();
  const drafted = await client.post("/v1/contracts/{contract}/invitations", {
    path: { contract },
    body: {
      author: voice.identity,
      key: voice.key,
      actors: sorted,
      hint,
      positions: POSITIONS,
      seconds: days * DAY_SECONDS,
    },
  });
  // Read after the draft, so the head is not before the one that the node counted from.
  const { position } = await client.get("/v1/contracts/{contract}", { path: { contract } });
  const key = oneTimeKey(drafted.link);
  const says = (payload: JsonObject): boolean =>
    JSON.stringify(payload["actors"]) === JSON.stringify(sorted) &&
    payload["hint"] === hint &&
    key !== undefined &&
    payload["key"] === key &&
    Number(payload["expires"]) <= position + POSITIONS;
  const wish = { contract, author: voice.identity, key: voice.key, kind: "invite", payload: says } as const;
  await submit(client, contract, await signDraft(checkDraft(drafted, wish), voice));
  return { link: drafted.link, until: drafted.until };
}

/** The public half of the secret in a link (docs/spec/invitation.md), coded. */
export function oneTimeKey(link: string): string | undefined {
  const bytes = fromBase32(link.slice(link.indexOf("#") + 1));
  if (!link.includes("#") || bytes === undefined || bytes[0] !== 1 || bytes.length < 33) return undefined;
  return toBase32(seedSigner(bytes.subarray(1, 33)).publicKey);
}
