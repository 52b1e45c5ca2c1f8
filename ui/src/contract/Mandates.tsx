import { inceptionId, parseCard, say, type JsonObject } from "@countersign/sdk";
import { useState, type FormEvent, type ReactNode } from "react";
import { useAnswer, useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { ContractView, User } from "../api/types";
import {
  Answer,
  Button,
  Choice,
  Empty,
  Field,
  FieldSet,
  Id,
  KeyValue,
  Note,
  Panel,
  Said,
  Select,
  TextArea,
  TextInput,
  Time,
} from "../components";
import { KeyFault } from "../keys/KeyFault";
import { AdminGate, useAdmin, type Admin } from "../keys/useAdmin";
import { plain } from "../lib/hostile";
import { shortId } from "../lib/ids";
import { T, t } from "../messages";
import { Limits, limitsOf, numbersIn } from "./Limits";
import { usePeople, type Granted, type People } from "./people";
import { askedOf, titleOf, useFounded, withFollowers } from "./Scenario";

/** Somebody who can be given a mandate. */
interface Candidate {
  identity: string;
  name: string;
  card: string;
}

/** Who may act for this party in a contract; giving and taking mandates. */
export function Mandates({ view }: { view: ContractView }): ReactNode {
  const { node, session } = useSignedIn();
  const people = usePeople(view.contract);
  const admin = useAdmin(people.data?.rotated);
  const operator = session.role === "operator";
  const users = useAnswer<{ users: User[] }>(operator ? "/v1/users" : undefined, ["users"]);
  if (view.status !== "active") return null;
  const candidates = (users.data?.users ?? []).map(user => ({
    identity: user.identity,
    name: user.name ?? shortId(user.identity),
    card: user.card,
  }));
  return (
    <Panel title={<T k="mandates.title" />} aside={<Said text={node.name} most={40} />}>
      <Answer asked={people} reading={<T k="mandates.reading" />}>
        {known => {
          const own = known.mandates.filter(granted => granted.party === node.party);
          return (
            <div className="stack stack-wide">
              {own.length === 0 ? (
                <Empty>{t("mandates.none")}</Empty>
              ) : (
                <ul className="list">
                  {own.map(granted => (
                    <li key={granted.statement}>
                      <Row view={view} granted={granted} candidates={candidates} admin={admin} />
                    </li>
                  ))}
                </ul>
              )}
              <Give view={view} people={known} candidates={candidates} admin={admin} />
            </div>
          );
        }}
      </Answer>
    </Panel>
  );
}

function Row({
  view,
  granted,
  candidates,
  admin,
}: {
  view: ContractView;
  granted: Granted;
  candidates: readonly Candidate[];
  admin: Admin;
}): ReactNode {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const { mandate } = granted;
  const name = candidates.find(one => one.identity === mandate.person)?.name ?? view.names?.[mandate.person];
  const revoke = (): void => {
    setBusy(true);
    setFault(undefined);
    admin
      .speak()
      .then(voice => say(client, view.contract, voice, "mandate_revoke", { mandate: granted.statement }))
      .then(() => store.touch(`contract:${view.contract}`, `entries:${view.contract}`, "inbox"))
      .catch((error: unknown) => setFault(error))
      .finally(() => setBusy(false));
  };
  return (
    <div className="stack">
      <div className="row spread">
        <b>{name === undefined ? <Id id={mandate.person} /> : <Said text={name} most={60} />}</b>
        {admin.key !== undefined && !admin.locked && (
          <Button size="small" busy={busy} onClick={revoke}>
            <T k="mandates.revoke" />
          </Button>
        )}
      </div>
      <KeyValue
        rows={[
          [<T k="mandates.as" />, <Names names={mandate.actors} />],
          [<T k="mandates.may" />, <Names names={mandate.actions} />],
          ...(mandate.limits ?? []).map(
            limit =>
              [
                <Said text={limit.field} most={60} />,
                <T k="mandates.upTo" max={<Said text={limit.max} most={40} />} />,
              ] as const,
          ),
          ...(mandate.from === undefined ? [] : [[<T k="mandates.from" />, <Time at={mandate.from} />] as const]),
          ...(mandate.until === undefined ? [] : [[<T k="mandates.until" />, <Time at={mandate.until} />] as const]),
          [<T k="mandates.given" />, <T k="common.number" number={granted.position} />],
        ]}
      />
      <KeyFault fault={fault} />
    </div>
  );
}

function Names({ names }: { names: "all" | readonly string[] }): ReactNode {
  return names === "all" ? <T k="mandates.everything" /> : <Said text={names.join(", ")} most={200} />;
}

const OTHER = "other";

function Give({
  view,
  people,
  candidates,
  admin,
}: {
  view: ContractView;
  people: People;
  candidates: readonly Candidate[];
  admin: Admin;
}): ReactNode {
  const founded = useFounded(view.contract);
  const foundation = founded.data?.foundation;
  const own = view.members.find(member => member.own)?.actors ?? [];
  const actors = foundation === undefined ? own : [...new Set(withFollowers(foundation, own))];
  const actions = foundation === undefined ? [] : askedOf(foundation, own);
  const [person, setPerson] = useState("");
  const [card, setCard] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>();
  const [acts, setActs] = useState<ReadonlySet<string>>();
  const [max, setMax] = useState<Readonly<Record<string, string>>>({});
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [given, setGiven] = useState<string>();
  const choice = person === "" && candidates.length === 0 ? OTHER : person;
  const pasted = choice === OTHER && card.trim() !== "" ? pastedCard(card) : undefined;
  const candidate = choice === OTHER ? pasted : candidates.find(one => one.identity === choice);
  const asked = acts === undefined ? actions.map(one => one.action) : [...acts];
  const fields = foundation === undefined ? [] : numbersIn(foundation, asked);
  const limits = limitsOf(fields, max);
  const never = until !== "" && new Date(until) <= (from === "" ? new Date() : new Date(from));
  const ready = candidate !== undefined && chosen?.size !== 0 && acts?.size !== 0 && limits !== undefined && !never;
  const give = (event: FormEvent): void => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setFault(undefined);
    setGiven(undefined);
    const mandate: JsonObject = {
      person: candidate.identity,
      actors: chosen === undefined ? "all" : [...chosen].sort(),
      actions: acts === undefined ? "all" : [...acts].sort(),
      ...(limits === undefined || limits.length === 0 ? {} : { limits: limits.map(limit => ({ ...limit })) }),
      ...(from === "" ? {} : { from: new Date(from).toISOString() }),
      ...(until === "" ? {} : { until: new Date(until).toISOString() }),
    };
    granted(view.contract, admin, people, candidate, mandate)
      .then(() => {
        setGiven(candidate.name);
        setPerson("");
        setCard("");
        store.touch(`contract:${view.contract}`, `entries:${view.contract}`, "inbox");
      })
      .catch((error: unknown) => setFault(error))
      .finally(() => setBusy(false));
  };
  return (
    <div className="stack">
      <h3>
        <b>
          <T k="mandates.give" />
        </b>
      </h3>
      <AdminGate admin={admin} command={`countersign mandate grant ${view.contract} --person anna.card --actions all`}>
        <form className="stack" onSubmit={give}>
          {candidates.length > 0 && (
            <Field label={<T k="mandates.person" />} hint={<T k="mandates.personHint" />}>
              {tied => (
                <Select
                  tied={tied}
                  value={person}
                  onChange={setPerson}
                  options={[
                    { value: "", text: t("action.choose") },
                    ...candidates.map(one => ({ value: one.identity, text: plain(one.name, 60) })),
                    { value: OTHER, text: t("mandates.byCard") },
                  ]}
                />
              )}
            </Field>
          )}
          {choice === OTHER && (
            <Field
              label={<T k="mandates.card" />}
              hint={<T k="mandates.cardHint" />}
              fault={card.trim() !== "" && pasted === undefined ? <T k="mandates.cardWrong" /> : undefined}
            >
              {tied => <TextArea tied={tied} mono value={card} onChange={setCard} />}
            </Field>
          )}
          <Some
            legend={<T k="mandates.as" />}
            names={actors.map(actor => ({ name: actor, title: titleOf(foundation, actor) }))}
            chosen={chosen}
            onChange={setChosen}
          />
          <Some
            legend={<T k="mandates.may" />}
            names={actions.map(one => ({ name: one.action, title: one.title }))}
            chosen={acts}
            onChange={setActs}
          />
          <Limits fields={fields} values={max} onChange={setMax} />
          <div className="halves">
            <Field label={<T k="mandates.fromOptional" />}>
              {tied => <TextInput tied={tied} type="datetime-local" short value={from} onChange={setFrom} />}
            </Field>
            <Field label={<T k="mandates.untilOptional" />} fault={never ? <T k="mandates.never" /> : undefined}>
              {tied => <TextInput tied={tied} type="datetime-local" short value={until} onChange={setUntil} />}
            </Field>
          </div>
          <p className="sm dim">
            <T k="mandates.signs" party={<Said text={admin.partyName} most={60} />} />
          </p>
          <p>
            <Button type="submit" busy={busy} disabled={!ready}>
              <T k="mandates.sign" />
            </Button>
          </p>
        </form>
      </AdminGate>
      <KeyFault fault={fault} />
      {given !== undefined && (
        <Note kind="good" alert>
          <T k="mandates.done" name={<Said text={given} most={60} />} />
        </Note>
      )}
    </div>
  );
}

/** All, or some by name. */
function Some({
  legend,
  names,
  chosen,
  onChange,
}: {
  legend: ReactNode;
  names: readonly { name: string; title: string }[];
  chosen: ReadonlySet<string> | undefined;
  onChange: (chosen: ReadonlySet<string> | undefined) => void;
}): ReactNode {
  return (
    <FieldSet legend={legend}>
      <Choice
        kind="checkbox"
        checked={chosen === undefined}
        onChange={all => onChange(all ? undefined : new Set())}
        label={<T k="mandates.everything" />}
      />
      {chosen !== undefined &&
        names.map(({ name, title }) => (
          <Choice
            key={name}
            kind="checkbox"
            checked={chosen.has(name)}
            onChange={on => onChange(new Set(on ? [...chosen, name] : [...chosen].filter(one => one !== name)))}
            label={<Said text={title} most={80} />}
          />
        ))}
    </FieldSet>
  );
}

function pastedCard(text: string): Candidate | undefined {
  try {
    const identity = inceptionId(parseCard(text).inception);
    return { identity, name: shortId(identity), card: text.trim() };
  } catch {
    return undefined;
  }
}

/** Introduces the person, unless the contract knows them, and gives the mandate. */
async function granted(
  contract: string,
  admin: Admin,
  people: People,
  candidate: Candidate,
  mandate: JsonObject,
): Promise<void> {
  const voice = await admin.speak();
  if (!people.known.has(candidate.identity)) {
    await say(client, contract, voice, "identity", { inception: candidate.card });
  }
  await say(client, contract, voice, "mandate", mandate);
}
