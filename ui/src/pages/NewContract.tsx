import {
  draftFounding,
  parseMember,
  ProblemError,
  signFounding,
  type Founding,
  type JsonObject,
} from "@countersign/sdk";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { useAnswer, useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { Foundation, FoundationActor, Json, ScenarioTemplate } from "../api/types";
import {
  Answer,
  Button,
  Data,
  DropZone,
  Field,
  FieldSet,
  hasData,
  Loading,
  Note,
  PageHead,
  Panel,
  Refused,
  Said,
  Select,
  SigningSheet,
  TextArea,
  TextInput,
  Time,
} from "../components";
import { GenesisBytes } from "../contract/GenesisBytes";
import { DrawnScenario, titleOf, useFoundation } from "../contract/Scenario";
import { leastSeats, namesOf, seatsOf, type Seat } from "../contract/seats";
import { useWrittenScenario, WrittenPanel } from "../contract/Written";
import { begin, faultsOf, isRecord, type Draft, type Schema } from "../form/schema";
import { SchemaForm } from "../form/SchemaForm";
import { KeyFault } from "../keys/KeyFault";
import { AdminGate, useAdmin } from "../keys/useAdmin";
import { knownCard, knownCards, rememberCard, type Known } from "../lib/cards";
import { plain } from "../lib/hostile";
import { forgetProposed, proposed } from "../lib/proposed";
import { shortId } from "../lib/ids";
import { T, t } from "../messages";
import { to } from "../routes";

const DOCUMENT_BYTES_MAX = 1 << 20;

/** Chooses a scenario, fills it in, says who plays whom, and founds the contract with the company's key. */
export default function NewContract(): ReactNode {
  const [document, setDocument] = useState(proposed);
  useEffect(forgetProposed, []);
  const asked = useFoundation(document);
  return (
    <>
      <PageHead title={t("create.title")} lead={<T k="create.lead" />} />
      <div className="stack stack-wide">
        <Source onDocument={setDocument} />
        {document !== undefined &&
          (asked.data !== undefined ? (
            <Fill key={asked.data.scenario} foundation={asked.data} />
          ) : asked.problem !== undefined ? (
            <>
              <p>
                <T k="create.fault" />
              </p>
              <Refused refusal={asked.problem} />
            </>
          ) : (
            <Loading what={<T k="create.reading" />} />
          ))}
      </div>
    </>
  );
}

/** Templates of the node, a file, or a text. */
function Source({ onDocument }: { onDocument: (document: string) => void }): ReactNode {
  const asked = useAnswer<{ templates: ScenarioTemplate[] }>("/v1/scenario/templates", []);
  const [text, setText] = useState("");
  const [large, setLarge] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const use = (document: string): void => {
    const fits = new TextEncoder().encode(document).length <= DOCUMENT_BYTES_MAX;
    setLarge(!fits);
    if (fits && document.trim() !== "") onDocument(document);
  };
  return (
    <Panel title={<T k="create.scenario" />}>
      <div className="stack">
        {asked.data === undefined && asked.problem?.status === 404 ? null : (
          <Answer asked={asked} reading={<T k="create.templatesReading" />}>
            {({ templates }) => (
              <ul className="list">
                {templates.map(template => (
                  <li key={template.name} className="row spread">
                    <span>
                      <b>
                        <Said text={template.title} most={80} />
                      </b>
                      <br />
                      <span className="sm dim">
                        <Said text={template.summary} most={300} />
                      </span>
                    </span>
                    <Button
                      label={t("create.chooseNamed", { title: plain(template.title, 80) })}
                      onClick={() => {
                        setChosen(undefined);
                        setText("");
                        use(template.document);
                      }}
                    >
                      <T k="action.choose" />
                    </Button>
                  </li>
                ))}
              </ul>
            )}
          </Answer>
        )}
        <DropZone
          accept=".yaml,.yml,.json"
          onFiles={files => {
            const file = files[0];
            if (file === undefined) return;
            setChosen(file.name);
            void file.text().then(use);
          }}
        >
          {chosen === undefined ? <T k="create.chooseFile" /> : <Said text={chosen} most={80} />}
        </DropZone>
        <details>
          <summary>
            <T k="create.text" />
          </summary>
          <div className="stack">
            <Field
              label={<T k="create.document" />}
              hint={<T k="create.documentHint" />}
              fault={large ? <T k="create.documentTooLarge" /> : undefined}
            >
              {tied => <TextArea tied={tied} mono value={text} onChange={setText} />}
            </Field>
            <p>
              <Button disabled={text.trim() === ""} onClick={() => use(text)}>
                <T k="create.documentRead" />
              </Button>
            </p>
          </div>
        </details>
        {large && (
          <Note kind="wait" alert>
            <T k="create.documentTooLarge" />
          </Note>
        )}
      </div>
    </Panel>
  );
}

/** Nobody yet, whoever is invited later, or a party by its id. */
type Player = "" | "invitation" | string;

const INVITATION = "invitation";

function Fill({ foundation }: { foundation: Foundation }): ReactNode {
  const { node } = useSignedIn();
  const written = useWrittenScenario(foundation.scenario, JSON.stringify(foundation.document));
  const schema = foundation.inputs_schema as Schema;
  const [inputs, setInputs] = useState<Draft>(() => begin(schema));
  const [data, setData] = useState<Record<string, Draft>>({});
  const [players, setPlayers] = useState<Record<string, Player>>(() => first(foundation, node.party));
  const [cards, setCards] = useState<Known[]>(() => knownCards());
  const [counts, setCounts] = useState<Record<string, number>>({});
  const principals = useMemo(() => seatsOf(foundation.actors, counts), [foundation, counts]);
  const groups = foundation.actors.filter(one => one.many !== undefined);
  const own = useMemo(() => ({ party: node.party, name: node.name, card: node.card }), [node]);
  const known = [own, ...cards.filter(one => one.party !== node.party)];
  const bound = principals.filter(one => known.some(card => card.party === players[one.actor]));
  const findings = useMemo(() => faultsOf(schema, inputs), [schema, inputs]);
  const dataFindings = new Map(bound.map(one => [one.actor, faultsOf(one.schema as Schema, dataOf(data, one))]));
  const decided = principals.every(one => players[one.actor] === INVITATION || bound.includes(one));
  const seatCount = (group: FoundationActor) => principals.filter(one => one.role === group.actor).length;
  const ready = decided && findings.length === 0 && [...dataFindings.values()].every(found => found.length === 0);
  const later = principals.filter(one => players[one.actor] === INVITATION);
  const names = namesOf(bound);
  const parties = known.map(one => ({ id: one.party, name: one.name }));
  // What is signed stays the same object until something of it changes: its time and its random bytes with it.
  const founding = useMemo<Founding | undefined>(() => {
    if (!ready) return undefined;
    const actors: Record<string, { party: string; data: JsonObject }> = {};
    for (const one of bound) {
      actors[names.get(one.actor) ?? one.actor] = {
        party: players[one.actor] ?? "",
        data: (dataOf(data, one) ?? {}) as JsonObject,
      };
    }
    const others = new Set(bound.map(one => players[one.actor]));
    const members = known.filter(one => one.party === node.party || others.has(one.party));
    const charter = { scenario: foundation.document as JsonObject, inputs: (inputs ?? {}) as JsonObject, actors };
    return draftFounding(
      charter,
      members.map(one => parseMember(one.card)),
      { test: node.network === "test" },
    );
  }, [ready, inputs, data, players, counts, cards, foundation, node]);
  return (
    <>
      <DrawnScenario
        foundation={foundation}
        title={<T k="create.what" />}
        aside={<Said text={foundation.title} most={80} />}
        you={principals.filter(one => players[one.actor] === node.party).map(one => one.role)}
      />
      <WrittenPanel asked={written} />
      {Object.keys(schema.properties ?? {}).length > 0 && (
        <Panel title={<T k="create.inputs" />}>
          <div className="stack">
            <p className="dim">
              <T k="create.inputsWhat" />
            </p>
            <SchemaForm
              schema={schema}
              value={inputs}
              onChange={setInputs}
              parties={parties}
              findings={findings}
              everything={false}
            />
          </div>
        </Panel>
      )}
      <Panel title={<T k="create.who" />}>
        <div className="stack stack-wide">
          <p className="dim">
            <T k="create.whoWhat" />
          </p>
          {principals.map(one => (
            <div key={one.actor} className="stack">
              <Cast
                actor={one}
                known={known}
                own={node.party}
                player={players[one.actor] ?? ""}
                onPlayer={player => setPlayers(before => ({ ...before, [one.actor]: player }))}
                onCard={card => {
                  setCards(rememberCard(card));
                  setPlayers(before => ({ ...before, [one.actor]: card.party }));
                }}
              />
              {bound.includes(one) && Object.keys((one.schema as Schema).properties ?? {}).length > 0 && (
                <FieldSet legend={<T k="create.own_data" role={<Said text={one.title} most={60} />} />}>
                  <SchemaForm
                    schema={one.schema as Schema}
                    value={dataOf(data, one)}
                    onChange={value => setData(before => ({ ...before, [one.actor]: value }))}
                    parties={parties}
                    findings={dataFindings.get(one.actor) ?? []}
                    everything={false}
                  />
                </FieldSet>
              )}
            </div>
          ))}
          {groups.map(one => (
            <p key={one.actor} className="row">
              <span className="sm dim">
                <T
                  k="create.seats"
                  role={<Said text={one.title} most={60} />}
                  min={one.many?.min ?? 0}
                  max={one.many?.max ?? 0}
                />
              </span>
              <Button
                size="small"
                label={t("create.moreNamed", { role: plain(one.title, 60) })}
                disabled={seatCount(one) >= (one.many?.max ?? 0)}
                onClick={() => setCounts(before => ({ ...before, [one.actor]: seatCount(one) + 1 }))}
              >
                <T k="create.more" />
              </Button>
              <Button
                size="small"
                label={t("create.seatsLessNamed", { role: plain(one.title, 60) })}
                disabled={seatCount(one) <= leastSeats(one)}
                onClick={() => setCounts(before => ({ ...before, [one.actor]: seatCount(one) - 1 }))}
              >
                <T k="create.seatsLess" />
              </Button>
            </p>
          ))}
          {foundation.actors
            .filter(one => one.acts_for !== undefined)
            .map(one => (
              <p key={one.actor} className="sm dim">
                <T
                  k="create.roleFollowed"
                  role={<Said text={one.title} most={60} />}
                  other={<Said text={titleOf(foundation, one.acts_for ?? "")} most={60} />}
                />
              </p>
            ))}
        </div>
      </Panel>
      <Sign
        foundation={foundation}
        founding={founding}
        inputs={inputs}
        names={new Map(known.map(one => [one.party, one.name]))}
        plays={bound.map(one => ({ role: one.title, party: players[one.actor] ?? "" }))}
        later={later}
      />
    </>
  );
}

function dataOf(data: Record<string, Draft>, actor: Seat): Draft {
  return data[actor.actor] ?? begin(actor.schema as Schema);
}

/** Roles by invitation are offered later; the first of the others is one's own. */
function first(foundation: Foundation, own: string): Record<string, Player> {
  const principals = seatsOf(foundation.actors, {});
  const mine = principals.find(one => one.joins === "start")?.actor;
  return Object.fromEntries(
    principals.map(one => [one.actor, one.joins === "invitation" ? INVITATION : one.actor === mine ? own : ""]),
  );
}

const OTHER = "other";

/** Who plays a role. */
function Cast({
  actor,
  known,
  own,
  player,
  onPlayer,
  onCard,
}: {
  actor: FoundationActor;
  known: readonly Known[];
  own: string;
  player: Player;
  onPlayer: (player: Player) => void;
  onCard: (card: Known) => void;
}): ReactNode {
  const [adding, setAdding] = useState(false);
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const card = text.trim() === "" ? undefined : knownCard(name.trim(), text);
  const role = <Said text={actor.title} most={60} />;
  return (
    <>
      <Field label={<T k="create.role" role={role} />}>
        {tied => (
          <Select
            tied={tied}
            value={adding ? OTHER : player}
            onChange={value => {
              setAdding(value === OTHER);
              onPlayer(value === OTHER ? "" : value);
            }}
            options={[
              { value: "", text: t("action.choose") },
              ...known.map(one => ({
                value: one.party,
                text: one.party === own ? t("create.own", { party: plain(one.name, 60) }) : plain(one.name, 60),
              })),
              { value: OTHER, text: t("create.other") },
              { value: INVITATION, text: t("create.invitation") },
            ]}
          />
        )}
      </Field>
      {adding && (
        <FieldSet legend={<T k="create.card" role={role} />} hint={<T k="create.cardHint" />}>
          <Field label={<T k="create.cardName" />}>
            {tied => <TextInput tied={tied} value={name} onChange={setName} />}
          </Field>
          <Field
            label={<T k="create.card" role={role} />}
            fault={text.trim() !== "" && card === undefined ? <T k="create.cardWrong" /> : undefined}
          >
            {tied => <TextArea tied={tied} mono value={text} onChange={setText} />}
          </Field>
          <p>
            <Button
              disabled={card === undefined}
              onClick={() => {
                if (card === undefined) return;
                onCard({ ...card, name: card.name === "" ? shortId(card.party) : card.name });
                setAdding(false);
                setText("");
              }}
            >
              <T k="create.cardUse" />
            </Button>
          </p>
        </FieldSet>
      )}
    </>
  );
}

/** The founding in words and in bytes, and the signature of the admin key. */
function Sign({
  foundation,
  founding,
  inputs,
  names,
  plays,
  later,
}: {
  foundation: Foundation;
  founding: Founding | undefined;
  inputs: Draft;
  names: ReadonlyMap<string, string>;
  plays: readonly { role: string; party: string }[];
  later: readonly FoundationActor[];
}): ReactNode {
  const admin = useAdmin();
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const send = async (what: Founding): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      const voice = await admin.speak();
      const view = await client.post("/v1/contracts", { body: await signFounding(what, voice.signer) });
      if (view.contract !== what.contract) {
        throw new ProblemError(500, "other_contract", "the node founded another contract than was signed");
      }
      store.touch("contracts", "inbox", "waiting");
      go(to.contract(view.contract));
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  const party = <Said text={admin.partyName} most={60} />;
  const waited = later.filter(one => one.joins === "start");
  return (
    <Panel title={<T k="create.sign" />} aside={<T k="create.asideWords" />}>
      {founding === undefined ? (
        <Note>
          <T k="create.missing" />
        </Note>
      ) : (
        <div className="stack stack-wide">
          <SigningSheet foot={<T k="create.sheetFoot" party={party} />}>
            <p>
              <T
                k="create.sheet"
                party={<b>{party}</b>}
                title={<Said text={foundation.title} most={120} />}
                time={<Time at={new Date(founding.genesis.time).toISOString()} />}
              />
            </p>
            <ul>
              {plays.map(one => (
                <li key={one.role}>
                  <T
                    k="create.sheetPlays"
                    role={<Said text={one.role} most={60} />}
                    who={<Said text={names.get(one.party) ?? shortId(one.party)} most={60} />}
                  />
                </li>
              ))}
              {later.map(one => (
                <li key={one.actor}>
                  <T k="create.sheetLater" role={<Said text={one.title} most={60} />} />
                </li>
              ))}
            </ul>
            {isRecord(inputs) && hasData(inputs as Json) && (
              <>
                <p>
                  <T k="create.sheetInputs" />
                </p>
                <Data value={inputs} />
              </>
            )}
          </SigningSheet>
          {waited.length > 0 && (
            <Note>
              <T k="create.notStarted" roles={<Said text={waited.map(one => one.title).join(", ")} most={200} />} />
            </Note>
          )}
          <AdminGate admin={admin} command="countersign contract new --scenario FILE --member ACTOR=CARD">
            <p>
              <Button kind="primary" size="big" busy={busy} onClick={() => void send(founding)}>
                <T k="create.found" />
              </Button>
            </p>
          </AdminGate>
          <KeyFault fault={fault} />
          <details>
            <summary>
              <b>
                <T k="action.bytes" />
              </b>{" "}
              <span className="sm dim">
                <T k="action.bytesCount" count={founding.bytes.length} />
              </span>
            </summary>
            <GenesisBytes founding={founding} names={names} />
          </details>
        </div>
      )}
    </Panel>
  );
}
