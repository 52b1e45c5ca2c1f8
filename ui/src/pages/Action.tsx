import {
  Invalid,
  ProblemError,
  sealPersonal,
  signDraft,
  submit,
  type Json as Payload,
  type SealedData,
} from "@countersign/sdk";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useSearch } from "wouter";
import { useContract, useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { ContractView, Json, OpenAction, ResponseForm } from "../api/types";
import {
  Answer,
  Button,
  ButtonLink,
  Choice,
  FieldSet,
  Loading,
  Note,
  PageHead,
  Panel,
  Refused,
  Said,
  Section,
  SigningSheet,
  Time,
} from "../components";
import { AttachmentFields, complete, references, upload, type Attachments } from "../contract/Attach";
import { Sheet } from "../contract/Sheet";
import { StatementBytes } from "../contract/StatementBytes";
import { ContractTabs } from "../contract/Tabs";
import { useDraft, type Drafted, type Wish } from "../contract/useDraft";
import { begin, faultsOf, keepable, type Draft, type Schema } from "../form/schema";
import { ProvingContext } from "../form/Hidden";
import { SchemaForm } from "../form/SchemaForm";
import { KeyFault } from "../keys/KeyFault";
import { KeyGate, useOwnKey } from "../keys/useVoice";
import { forgetDraft, keepDraft, keptDraft, type Kept } from "../lib/drafts";
import { shortId } from "../lib/ids";
import { parties, type Party } from "../lib/names";
import { isOpenAs, MAIN, processOf } from "../contract/processes";
import { T, t } from "../messages";
import { to, type PageProperties } from "../routes";
import styles from "./Action.module.css";

/** Fill in, see exactly what is signed, sign. */
export default function Action({ params }: PageProperties): ReactNode {
  const contract = params["contract"] ?? "";
  const query = new URLSearchParams(useSearch());
  const process = query.get("process") ?? undefined;
  const role = query.get("role") ?? undefined;
  const asked = useContract(contract);
  return (
    <Answer asked={asked} reading={<T k="action.reading" />}>
      {view => (
        <Open
          key={`${process} ${role}`}
          view={view}
          actor={params["actor"] ?? ""}
          name={params["action"] ?? ""}
          process={process}
          role={role}
        />
      )}
    </Answer>
  );
}

function Open({
  view,
  actor,
  name,
  process,
  role,
}: {
  view: ContractView;
  actor: string;
  name: string;
  process: string | undefined;
  role: string | undefined;
}): ReactNode {
  const members = parties(view);
  const found = view.process?.open[actor]?.find(one => isOpenAs(one, name, process, role));
  // What was open when the page was opened stays on it: sending it, or somebody else's step, closes the action.
  const [action, setAction] = useState(found);
  const [sent, setSent] = useState<number>();
  useEffect(() => {
    if (found !== undefined) setAction(found);
  }, [found]);
  const own = members.find(party => party.own);
  const title = action?.title ?? name;
  const number = t("common.number", { number: view.position });
  const within = processOf(view, action?.process);
  return (
    <>
      <PageHead
        said={title}
        lead={
          action !== undefined && (
            <>
              {within !== undefined && (
                <>
                  <T k="process.inIt" process={<Said text={within} most={80} />} />{" "}
                </>
              )}
              <T
                k="action.asActor"
                party={<Said text={own?.name ?? ""} />}
                actor={<Said text={actorTitle(view, actor)} />}
                number={number}
              />
            </>
          )
        }
        crumb={{ to: to.contract(view.contract), text: <Said text={view.title} most={60} /> }}
      />
      <ContractTabs contract={view.contract} here="act" />
      {sent !== undefined ? (
        // The form is gone, and with it what had the focus.
        <div tabIndex={-1} ref={shown => shown?.focus()}>
          <Note kind="good" alert title={<T k="action.sent" number={t("common.number", { number: sent })} />}>
            <p>
              <T k="action.sentWhat" />
            </p>
            <ButtonLink to={to.contract(view.contract)} kind="primary">
              <T k="action.toContract" />
            </ButtonLink>
          </Note>
        </div>
      ) : action === undefined || found === undefined ? (
        <Note kind="wait" title={<T k="action.notOpen" />}>
          <p>
            <T k="action.notOpenWhat" />
          </p>
          <ButtonLink to={to.contract(view.contract)}>
            <T k="action.toContract" />
          </ButtonLink>
        </Note>
      ) : own === undefined || !(view.members.find(member => member.own)?.actors ?? []).includes(actor) ? (
        <Note kind="wait" title={<T k="action.notYours" actor={<Said text={actorTitle(view, actor)} />} />} />
      ) : (
        <Fill view={view} actor={actor} action={action} own={own} members={members} onSent={setSent} />
      )}
    </>
  );
}

function actorTitle(view: ContractView, actor: string): string {
  return view.members.find(member => member.actor_titles?.[actor] !== undefined)?.actor_titles?.[actor] ?? actor;
}

/** What is said, as long as it is not signed. */
interface Saying {
  response: string;
  data: Draft;
}

function Fill({
  view,
  actor,
  action,
  own,
  members,
  onSent,
}: {
  view: ContractView;
  actor: string;
  action: OpenAction;
  own: Party;
  members: readonly Party[];
  onSent: (position: number) => void;
}): ReactNode {
  const { session } = useSignedIn();
  const process = action.process ?? MAIN;
  // Of a process within, one party may be two actors: they have a draft each.
  const within = process === MAIN ? actor : `${process}/${actor}/${action.role ?? actor}`;
  const place = `${session.identity ?? "node"}/${view.contract}/${within}/${action.action}`;
  const [kept, setKept] = useState<Kept | undefined>(() => keptDraft(place));
  const [saying, setSaying] = useState<Saying>(() => beginSaying(action, kept));
  const [attachments, setAttachments] = useState<Attachments>({});
  const [everything, setEverything] = useState(false);
  const form = formOf(action, saying.response);
  const schema = form.schema as Schema;
  const findings = useMemo(() => faultsOf(schema, saying.data), [schema, saying.data]);
  const signer = useOwnKey();
  const proving = {
    contract: view.contract,
    process,
    party: own.id,
    action: action.action,
    response: saying.response,
    demand: form.proof,
    own: signer,
  };
  const sealed = useMemo(() => sealedOf(schema, saying.data, findings.length), [schema, saying.data, findings]);
  const ready = "data" in sealed && complete(form.attachments, attachments);
  const change = (next: Saying): void => {
    setSaying(next);
    const keep = keepable(formOf(action, next.response).schema as Schema, next.data);
    setKept(keepDraft(place, { response: next.response, data: keep }));
  };
  const wish = useMemo<Wish | undefined>(() => {
    if (!ready) return undefined;
    const payload = {
      process,
      actor: action.role ?? actor,
      action: action.action,
      response: saying.response,
      data: sealed.data as Json,
      attachments: { ...references(attachments), ...sealed.attachments } as Json,
    };
    return { payload, envelopes: sealed.openings, attachments };
  }, [process, actor, action.role, action.action, saying.response, sealed, attachments, ready]);
  return (
    <div className={styles["halves"]}>
      <Panel
        title={<T k="action.fillIn" />}
        aside={
          kept !== undefined && (
            <>
              <T k="action.draftKept" time={<Time at={kept.at} />} />{" "}
              <Button
                kind="quiet"
                size="small"
                onClick={() => {
                  forgetDraft(place);
                  setKept(undefined);
                  setAttachments({});
                  setSaying(beginSaying(action, undefined));
                }}
              >
                <T k="action.draftDropped" />
              </Button>
            </>
          )
        }
      >
        <div className="stack">
          {action.instructions !== undefined && (
            <Note>
              <span className="words">
                <Said text={action.instructions} most={2_000} />
              </span>
            </Note>
          )}
          <Responses
            action={action}
            chosen={saying.response}
            onChange={response => change({ response, data: begin(formOf(action, response).schema as Schema) })}
          />
          {isEmpty(schema) && form.attachments.length === 0 && (
            <p className="dim">
              <T k="action.nothing" />
            </p>
          )}
          <ProvingContext value={proving}>
            <SchemaForm
              key={saying.response}
              schema={schema}
              value={saying.data}
              onChange={data => change({ ...saying, data })}
              parties={members.map(party => ({ id: party.id, name: party.name }))}
              findings={findings}
              everything={everything}
            />
          </ProvingContext>
          <AttachmentFields slots={form.attachments} attachments={attachments} onChange={setAttachments} />
        </div>
      </Panel>
      <Sign
        view={view}
        action={action}
        form={form}
        own={own}
        members={members}
        wish={wish}
        said={(saying.data ?? {}) as Json}
        attachments={attachments}
        faults={findings.length}
        unsealed={"fault" in sealed ? sealed.fault : undefined}
        onLook={() => setEverything(true)}
        onSent={position => {
          forgetDraft(place);
          onSent(position);
        }}
      />
    </div>
  );
}

/** The data with personal values in envelopes of their own; nothing while they do not fit; or why there are none. */
function sealedOf(schema: Schema, data: Draft, faults: number): SealedData | { fault: unknown } {
  if (faults > 0) return { fault: undefined };
  try {
    return sealPersonal(schema as unknown as Payload, (data ?? {}) as Payload);
  } catch (fault) {
    return { fault: fault instanceof Invalid ? undefined : fault };
  }
}

function beginSaying(action: OpenAction, kept: Kept | undefined): Saying {
  if (kept !== undefined && action.responses.includes(kept.response)) {
    return { response: kept.response, data: kept.data as Draft };
  }
  const response =
    action.expect !== undefined && action.responses.includes(action.expect)
      ? action.expect
      : (action.responses[0] ?? "ok");
  return { response, data: begin(formOf(action, response).schema as Schema) };
}

function formOf(action: OpenAction, response: string): ResponseForm {
  return (
    action.forms?.find(form => form.response === response) ?? {
      response,
      title: response,
      schema: { type: "object", properties: {} },
      attachments: [],
    }
  );
}

function isEmpty(schema: Schema): boolean {
  return Object.keys(schema.properties ?? {}).length === 0 && typeof schema.additionalProperties !== "object";
}

/** The ways to answer, if there is more than one. */
function Responses({
  action,
  chosen,
  onChange,
}: {
  action: OpenAction;
  chosen: string;
  onChange: (response: string) => void;
}): ReactNode {
  if (action.responses.length < 2) return null;
  return (
    <FieldSet legend={<T k="action.responses" />}>
      {action.responses.map(response => (
        <Choice
          key={response}
          name="response"
          checked={response === chosen}
          onChange={() => onChange(response)}
          label={<Said text={formOf(action, response).title} most={120} />}
        />
      ))}
    </FieldSet>
  );
}

function Sign({
  view,
  action,
  form,
  own: party,
  members,
  wish,
  said,
  attachments,
  faults,
  unsealed,
  onLook,
  onSent,
}: {
  view: ContractView;
  action: OpenAction;
  form: ResponseForm;
  own: Party;
  members: readonly Party[];
  /** There once everything is filled in. */
  wish: Wish | undefined;
  /** What was filled in, as people read it. */
  said: Json;
  attachments: Attachments;
  faults: number;
  /** Why personal values could not be put into envelopes. */
  unsealed: unknown;
  onLook: () => void;
  onSent: (position: number) => void;
}): ReactNode {
  const own = useOwnKey();
  const { session } = useSignedIn();
  const { drafted, again } = useDraft(own.identity, view.contract, view.position, wish);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [meanwhile, setMeanwhile] = useState(false);
  const shown = useRef(view.position);
  useEffect(() => {
    if (shown.current !== view.position && drafted.state === "ready") setMeanwhile(true);
    shown.current = view.position;
  }, [view.position, drafted.state]);
  const send = async ({ draft, wish }: Drafted & { state: "ready" }): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      const voice = await own.speak();
      const openings = await upload(client, view.contract, wish.attachments);
      const signed = await signDraft(draft, voice, [...openings, ...wish.envelopes]);
      const done = await submit(client, view.contract, signed);
      store.touch(`contract:${view.contract}`, "inbox", "waiting");
      onSent(done.position);
    } catch (error) {
      // Another statement of the same person was faster: this one gets a new number, and is shown again.
      if (error instanceof ProblemError && error.code === "seq_taken") {
        setMeanwhile(true);
        again();
      } else setFault(error);
    } finally {
      setBusy(false);
    }
  };
  const waiting = view.waiting.map(one => members.find(member => member.id === one.party)?.name ?? shortId(one.party));
  const number = t("common.number", {
    number: drafted.state === "ready" ? String(drafted.draft.statement.basis.position) : view.position,
  });
  return (
    <Section title={<T k="action.youSign" />} aside={<T k="action.youSignAside" />}>
      <div className="stack stack-wide">
        <SigningSheet
          foot={
            <T
              k="action.sheetFoot"
              person={<Said text={session.name ?? own.identity?.name ?? ""} />}
              party={<Said text={party.name} />}
              number={number}
            />
          }
        >
          <Sheet view={view} action={action} form={form} party={party} data={said} attachments={attachments} />
        </SigningSheet>
        {waiting.map(who => (
          <Note key={who} kind="wait">
            <T k="action.unreachable" who={<Said text={who} />} />
          </Note>
        ))}
        {meanwhile && (
          <Note kind="wait" alert>
            <T k="action.meanwhile" />
          </Note>
        )}
        {session.identity === undefined ? (
          <Note kind="wait">
            <T k="action.withToken" />
          </Note>
        ) : (
          <KeyGate own={own}>
            {unsealed !== undefined ? (
              <KeyFault fault={unsealed} />
            ) : wish === undefined ? (
              <Note>
                <T k="action.incomplete" />{" "}
                {faults > 0 && (
                  <Button kind="quiet" size="small" onClick={onLook}>
                    <T k="action.faults" count={faults} />
                  </Button>
                )}
              </Note>
            ) : drafted.state === "refused" ? (
              drafted.fault instanceof ProblemError ? (
                <Refused refusal={drafted.fault} again={again} />
              ) : (
                <KeyFault fault={drafted.fault} />
              )
            ) : (
              <p>
                <Button
                  kind="primary"
                  size="big"
                  busy={busy || drafted.state !== "ready"}
                  onClick={() => drafted.state === "ready" && void send(drafted)}
                >
                  <T k="action.send" />
                </Button>
              </p>
            )}
            <KeyFault fault={fault} />
            {own.identity !== undefined && (
              <p className="sm dim">
                <T k="action.signedHere" name={<code>{own.identity.key}</code>} />
              </p>
            )}
          </KeyGate>
        )}
        {drafted.state === "drafting" && <Loading what={<T k="action.drafting" />} />}
        {drafted.state === "ready" && (
          <details className={styles["bytes"]}>
            <summary>
              <b>
                <T k="action.bytes" />
              </b>{" "}
              <span className="sm dim">
                <T k="action.bytesCount" count={drafted.draft.bytes.length} />
              </span>
            </summary>
            <StatementBytes draft={drafted.draft} title={view.title} />
          </details>
        )}
      </div>
    </Section>
  );
}
