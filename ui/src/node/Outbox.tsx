import type { ReactNode } from "react";
import { Link } from "wouter";
import { useContract, useContracts, useDoing, useSignedIn, type Asked } from "../api/hooks";
import { client } from "../api/session";
import type { Member } from "../api/types";
import { Answer, Button, Command, Empty, Note, Panel, Refused, Said, Table, Time } from "../components";
import { shortId } from "../lib/ids";
import { parties } from "../lib/names";
import { T, t } from "../messages";
import { to } from "../routes";

/** So many lines are drawn; the command lists all. */
const DRAWN_MAX = 50;

/** What waits for one party in one contract. */
export type Line = NonNullable<Member["outbox"]>;

/** What waits to be delivered, and what came back. */
export function Outbox({ asked, names }: { asked: Asked<Line[]>; names: ReadonlyMap<string, string> }): ReactNode {
  const titles = new Map(useContracts().data?.map(one => [one.contract, one.title]));
  return (
    <Panel
      title={<T k="node.outbox" />}
      aside={<T k="node.outboxWhat" />}
      foot={<Command text="countersign outbox list" />}
    >
      <Answer asked={asked} reading={<T k="node.outboxReading" />}>
        {lines => {
          const dead = lines.filter(line => line.delivery === "dead");
          const waiting = lines.filter(line => line.delivery !== "dead");
          return (
            <div className="stack">
              {waiting.length === 0 ? (
                <Empty>
                  <T k="node.outboxNone" />
                </Empty>
              ) : (
                <Table
                  label={t("node.outbox")}
                  rows={waiting.slice(0, DRAWN_MAX)}
                  rowKey={line => `${line.contract} ${line.party}`}
                  columns={[
                    { head: t("node.outboxTo"), cell: line => <Who line={line} names={names} /> },
                    { head: t("node.outboxIn"), cell: line => <Title line={line} titles={titles} /> },
                    { head: t("node.outboxCount"), cell: line => line.unacknowledged, number: true },
                    { head: t("node.outboxTries"), cell: line => line.attempts, number: true },
                    {
                      head: t("node.outboxSince"),
                      cell: line => (line.since === undefined ? "" : <Time at={line.since} />),
                    },
                    {
                      head: t("node.outboxNext"),
                      cell: line =>
                        line.retry_at === undefined ? <T k="node.outboxNow" /> : <Time at={line.retry_at} />,
                    },
                  ]}
                />
              )}
              {waiting.length > DRAWN_MAX && (
                <p className="sm dim">
                  <T k="node.outboxMore" count={waiting.length - DRAWN_MAX} />
                </p>
              )}
              {dead.length > 0 && <Dead lines={dead} names={names} titles={titles} />}
            </div>
          );
        }}
      </Answer>
    </Panel>
  );
}

/** A party by the name that it has here, else by what it plays in the contract. */
function Who({ line, names }: { line: Line; names: ReadonlyMap<string, string> }): ReactNode {
  const view = useContract(line.contract).data;
  const party = view === undefined ? undefined : parties(view).find(one => one.id === line.party);
  return <Said text={names.get(line.party) ?? party?.name ?? shortId(line.party)} most={48} />;
}

function Title({ line, titles }: { line: Line; titles: ReadonlyMap<string, string> }): ReactNode {
  return (
    <Link href={to.contract(line.contract)}>
      <Said text={titles.get(line.contract) ?? shortId(line.contract)} most={60} />
    </Link>
  );
}

/** What came back: kept until somebody decides. */
function Dead({
  lines,
  names,
  titles,
}: {
  lines: readonly Line[];
  names: ReadonlyMap<string, string>;
  titles: ReadonlyMap<string, string>;
}): ReactNode {
  const { session } = useSignedIn();
  const { busy, refusal, act } = useDoing<Line>();
  const resend = (line: Line): Promise<unknown> => {
    const body = { contract: line.contract, party: line.party };
    return act(line, () => client.request("POST", "/v1/outbox/resend", { body }), "node", "waiting");
  };
  return (
    <>
      <h3>
        <b>
          <T k="node.dead" />
        </b>
      </h3>
      <p className="sm dim">
        <T k="node.deadWhat" />
      </p>
      {lines.slice(0, DRAWN_MAX).map(line => (
        <Note key={`${line.contract} ${line.party}`} kind="wait">
          <p>
            <T
              k="node.deadLine"
              who={
                <b>
                  <Who line={line} names={names} />
                </b>
              }
              count={line.unacknowledged}
              contract={<Title line={line} titles={titles} />}
              attempts={line.attempts}
            />{" "}
            {line.refused !== undefined && <code>{line.refused}</code>}
          </p>
          {session.role === "operator" && (
            <p>
              <Button size="small" busy={busy === line} onClick={() => void resend(line)}>
                <T k="node.resend" />
              </Button>
            </p>
          )}
        </Note>
      ))}
      {refusal !== undefined && <Refused refusal={refusal} />}
    </>
  );
}
