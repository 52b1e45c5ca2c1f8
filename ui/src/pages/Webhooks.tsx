import type { ProblemError } from "@countersign/sdk/api";
import { useEffect, useState, type FormEvent, type ReactNode } from "react";
import { Link } from "wouter";
import { useAnswer, useDoing, useSignedIn } from "../api/hooks";
import { client, store } from "../api/session";
import type { Webhook, WebhookDelivery } from "../api/types";
import {
  Answer,
  Button,
  Command,
  Dialogue,
  Empty,
  Field,
  Note,
  PageHead,
  Panel,
  Refused,
  Said,
  Table,
  Tag,
  TextInput,
  Time,
} from "../components";
import { shortId } from "../lib/ids";
import { T, t, type Key } from "../messages";
import { useStats } from "../node/stats";
import { to } from "../routes";

/** So many deliveries are drawn; the command lists all. */
const DRAWN_MAX = 50;

const STATES: Readonly<Record<WebhookDelivery["status"], Key>> = {
  waiting: "webhooks.waiting",
  delivered: "webhooks.delivered",
  dead: "webhooks.dead",
};

/** As `useDoing`, for requests about webhooks. */
function useAsking(): {
  busy: string | undefined;
  refusal: ProblemError | undefined;
  act: (what: string, method: string, path: string, body?: object) => Promise<Response | undefined>;
} {
  const { act, ...doing } = useDoing();
  return {
    ...doing,
    act: (what, method, path, body) =>
      act(what, () => client.request(method, path, body === undefined ? {} : { body }), "webhooks"),
  };
}

/** Which programs are told what happens, and whether it arrives. */
export default function Webhooks(): ReactNode {
  const { session } = useSignedIn();
  return (
    <div className="stack stack-wide">
      <PageHead
        title={t("webhooks.title")}
        lead={<T k="webhooks.lead" />}
        crumb={{ to: "/node", text: <T k="node.title" /> }}
      />
      {session.role === "operator" ? (
        <Programs />
      ) : (
        <Note kind="info">
          <T k="webhooks.operatorOnly" />
        </Note>
      )}
    </div>
  );
}

function Programs(): ReactNode {
  const asked = useAnswer<{ webhooks: Webhook[] }>("/v1/webhooks", ["webhooks"]);
  const newest = useStats().data?.time;
  const any = (asked.data?.webhooks.length ?? 0) > 0;
  // No event tells that a delivery arrived: it is asked for with the numbers of the node.
  useEffect(() => {
    if (any) store.touch("webhooks");
  }, [newest, any]);
  return (
    <>
      <Answer asked={asked} reading={<T k="webhooks.reading" />}>
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <Empty>
              <T k="webhooks.none" />
            </Empty>
          ) : (
            <div className="stack stack-wide">
              {webhooks.map(webhook => (
                <Program key={webhook.id} webhook={webhook} />
              ))}
            </div>
          )
        }
      </Answer>
      <Add />
    </>
  );
}

function Program({ webhook }: { webhook: Webhook }): ReactNode {
  const path = `/v1/webhooks/${webhook.id}`;
  const { busy, refusal, act } = useAsking();
  const [tried, setTried] = useState<WebhookDelivery>();
  const [leaving, setLeaving] = useState(false);
  const test = async (): Promise<void> => {
    setTried(undefined);
    const answer = await act("test", "POST", `${path}/test`);
    if (answer !== undefined) setTried((await answer.json()) as WebhookDelivery);
  };
  const kinds = webhook.events.length === 0 ? t("webhooks.allEvents") : webhook.events.join(", ");
  return (
    <Panel
      title={<Said text={webhook.note ?? new URL(webhook.url).host} most={60} />}
      aside={<State webhook={webhook} />}
      foot={<Command text={`countersign webhook show ${webhook.id}`} />}
    >
      <div className="stack">
        <p>
          <code>
            <Said text={webhook.url} most={120} />
          </code>
        </p>
        <p className="sm dim">
          <T
            k="webhooks.told"
            kinds={kinds}
            contracts={webhook.contracts.length}
            count={webhook.waiting}
            since={<Time at={webhook.created} />}
          />
        </p>
        <p className="row">
          <Button size="small" busy={busy === "test"} onClick={() => void test()}>
            <T k="webhooks.test" />
          </Button>
          <Button
            size="small"
            busy={busy === "pause"}
            onClick={() => void act("pause", "PATCH", path, { paused: !webhook.paused })}
          >
            <T k={webhook.paused ? "webhooks.resume" : "webhooks.pause"} />
          </Button>
          <Button size="small" onClick={() => setLeaving(true)}>
            <T k="webhooks.remove" />
          </Button>
        </p>
        {tried !== undefined && (
          <Note kind={tried.status === "delivered" ? "good" : "bad"} alert>
            <T
              k={tried.status === "delivered" ? "webhooks.testGood" : "webhooks.testBad"}
              answer={<Came of={tried} />}
            />
          </Note>
        )}
        {refusal !== undefined && <Refused refusal={refusal} />}
        <Deliveries webhook={webhook} />
      </div>
      {leaving && <Removing webhook={webhook} onLeave={() => setLeaving(false)} />}
    </Panel>
  );
}

function Removing({ webhook, onLeave }: { webhook: Webhook; onLeave: () => void }): ReactNode {
  const { busy, refusal, act } = useAsking();
  return (
    <Dialogue title={<T k="webhooks.removeTitle" />} onLeave={onLeave}>
      <p>
        <T k="webhooks.removeWhat" count={webhook.waiting} />
      </p>
      {refusal !== undefined && <Refused refusal={refusal} />}
      <p className="row">
        <Button
          kind="primary"
          busy={busy !== undefined}
          onClick={() => void act("remove", "DELETE", `/v1/webhooks/${webhook.id}`)}
        >
          <T k="webhooks.remove" />
        </Button>
        <Button onClick={onLeave}>
          <T k="webhooks.keep" />
        </Button>
      </p>
    </Dialogue>
  );
}

function State({ webhook }: { webhook: Webhook }): ReactNode {
  if (webhook.paused) return <Tag kind="wait">{t("webhooks.paused")}</Tag>;
  if (webhook.failures > 0) return <Tag kind="bad">{t("webhooks.failing", { count: webhook.failures })}</Tag>;
  return <Tag kind="good">{t("webhooks.well")}</Tag>;
}

/** What the receiver answered last, or why it did not. */
function Came({ of }: { of: WebhookDelivery }): ReactNode {
  const last = of.last;
  if (last === undefined) return null;
  if (last.answer !== undefined) return <code>{last.answer}</code>;
  return last.error === undefined ? null : (
    <Link href={to.error(last.error)}>
      <code>{last.error}</code>
    </Link>
  );
}

function Deliveries({ webhook }: { webhook: Webhook }): ReactNode {
  const path = `/v1/webhooks/${webhook.id}/deliveries`;
  const asked = useAnswer<{ deliveries: WebhookDelivery[]; next?: string }>(`${path}?limit=${DRAWN_MAX}`, ["webhooks"]);
  const { busy, refusal, act } = useAsking();
  return (
    <Answer asked={asked} reading={<T k="webhooks.deliveriesReading" />}>
      {({ deliveries, next }) =>
        deliveries.length === 0 ? (
          <p className="dim">
            <T k="webhooks.deliveriesNone" />
          </p>
        ) : (
          <>
            <Table
              label={t("webhooks.deliveries")}
              rows={deliveries}
              rowKey={one => one.event.id}
              columns={[
                { head: t("webhooks.time"), cell: one => <Time at={one.event.time} /> },
                { head: t("webhooks.kind"), cell: one => <code>{one.event.kind}</code> },
                {
                  head: t("webhooks.contract"),
                  cell: one =>
                    one.event.contract === undefined ? (
                      ""
                    ) : (
                      <Link href={to.contract(one.event.contract)}>{shortId(one.event.contract)}</Link>
                    ),
                },
                { head: t("webhooks.status"), cell: one => <T k={STATES[one.status]} /> },
                { head: t("webhooks.attempts"), cell: one => one.attempts, number: true },
                { head: t("webhooks.answer"), cell: one => <Came of={one} /> },
                {
                  head: t("webhooks.next"),
                  cell: one => (one.next_try === undefined ? "" : <Time at={one.next_try} />),
                },
                {
                  head: t("webhooks.again"),
                  cell: one => (
                    <Button
                      size="small"
                      busy={busy === one.event.id}
                      onClick={() => void act(one.event.id, "POST", `${path}/${one.event.id}/resend`)}
                    >
                      <T k="webhooks.resend" />
                    </Button>
                  ),
                },
              ]}
            />
            {next !== undefined && (
              <p className="sm dim">
                <T k="webhooks.more" count={DRAWN_MAX} />
              </p>
            )}
            {refusal !== undefined && <Refused refusal={refusal} />}
          </>
        )
      }
    </Answer>
  );
}

function Add(): ReactNode {
  const [url, setUrl] = useState("");
  const [note, setNote] = useState("");
  const [kinds, setKinds] = useState("final, offered");
  const { busy, refusal, act } = useAsking();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const events = kinds.split(/[\s,]+/).filter(Boolean);
    const named = note.trim() === "" ? {} : { note: note.trim() };
    const made = await act("add", "POST", "/v1/webhooks", { url: url.trim(), events, ...named });
    if (made === undefined) return;
    setUrl("");
    setNote("");
  };
  return (
    <Panel title={<T k="webhooks.add" />} foot={<Command text="countersign webhook add URL" />}>
      <form className="stack" onSubmit={event => void submit(event)}>
        <Field label={<T k="webhooks.url" />} hint={<T k="webhooks.urlHint" />}>
          {tied => (
            <TextInput tied={tied} value={url} onChange={setUrl} mono required autoComplete="off" spellCheck={false} />
          )}
        </Field>
        <Field label={<T k="webhooks.kinds" />} hint={<T k="webhooks.kindsHint" />}>
          {tied => (
            <TextInput tied={tied} value={kinds} onChange={setKinds} mono autoComplete="off" spellCheck={false} />
          )}
        </Field>
        <Field label={<T k="webhooks.note" />}>
          {tied => <TextInput tied={tied} value={note} onChange={setNote} />}
        </Field>
        <p>
          <Button type="submit" kind="primary" busy={busy === "add"} disabled={url.trim() === ""}>
            <T k="webhooks.addDo" />
          </Button>
        </p>
        {refusal !== undefined && <Refused refusal={refusal} />}
      </form>
    </Panel>
  );
}
