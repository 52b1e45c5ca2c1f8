import { useEffect, type ReactNode } from "react";
import { everyPage, useAnswer, useReading, useSignedIn } from "../api/hooks";
import type { NodeInfo, NodeStats } from "../api/types";
import {
  Answer,
  ButtonLink,
  Command,
  Fingerprint,
  Id,
  KeyValue,
  PageHead,
  Panel,
  Said,
  Table,
  Tag,
} from "../components";
import { bytes as sizeOf } from "../lib/ids";
import { locale, T, t, type Key } from "../messages";
import { Activity } from "../node/Activity";
import { People } from "../node/People";
import styles from "../node/Node.module.css";
import { Outbox, type Line } from "../node/Outbox";
import { Partner, Peers } from "../node/Peers";
import { useStats } from "../node/stats";
import { to } from "../routes";

interface NameView {
  identity: string;
  name: string;
  source: string;
}

/** Is anything stuck, whose fault is it, what is to do. */
export default function Node(): ReactNode {
  const { node, session } = useSignedIn();
  const asked = useAnswer<NodeInfo>("/v1/node", ["node", "contracts"]);
  const outbox = useReading("outbox", ["node", "waiting"], () =>
    everyPage("/v1/outbox", (page: { outbox: Line[]; next?: string }) => page.outbox),
  );
  const names = useAnswer<{ names: NameView[] }>("/v1/names", ["node", "contracts"]);
  const named = new Map(names.data?.names.map(one => [one.identity, one.name]));
  const stats = useStats();
  const waits = (outbox.data?.length ?? 0) > 0;
  const { again } = outbox;
  const newest = stats.data?.time;
  // No event tells that a letter was taken: as long as one waits, it is asked for with the numbers.
  useEffect(() => {
    if (waits) again();
  }, [newest, waits, again]);
  return (
    <div className="stack stack-wide">
      <PageHead title={t("node.title")} lead={<T k="node.lead" name={<Said text={node.name} most={60} />} />} />
      <Figures node={asked.data ?? node} outbox={outbox.data ?? []} stats={stats.data} />
      <div className="columns">
        <div className="stack stack-wide">
          <Outbox asked={outbox} names={named} />
          <Peers />
        </div>
        <aside className="stack stack-wide">
          <Partner />
        </aside>
      </div>
      <Activity asked={stats} />
      <People />
      <div className="columns">
        <Panel title={<T k="node.identities" />}>
          <Answer asked={names} reading={<T k="node.identitiesReading" />}>
            {({ names: all }) => (
              <Table
                label={t("node.identities")}
                rows={all}
                rowKey={one => one.identity}
                columns={[
                  { head: t("node.name"), cell: one => <Said text={one.name} most={60} /> },
                  { head: t("node.identity"), cell: one => <Id id={one.identity} /> },
                  { head: t("node.source"), cell: one => <T k={SOURCES[one.source] ?? "node.sourceGiven"} /> },
                ]}
              />
            )}
          </Answer>
        </Panel>
        <div className="stack stack-wide">
          <Panel title={<T k="node.own" />} foot={<Command text="countersign node status" />}>
            <KeyValue
              rows={[
                [t("node.identity"), <Id key="party" id={node.party} />],
                [t("node.peerKey"), <Fingerprint key="key" text={node.node_key.slice(0, 16)} />],
                ...node.urls.map(
                  url =>
                    [
                      t("node.peerUrls"),
                      <code key={url}>
                        <Said text={url} most={120} />
                      </code>,
                    ] as const,
                ),
              ]}
            />
          </Panel>
          {session.role === "operator" && (
            <Panel title={<T k="node.users" />}>
              <div className="stack">
                <p>
                  <T k="node.usersWhat" />
                </p>
                <p>
                  <ButtonLink to="/settings">
                    <T k="node.usersOpen" />
                  </ButtonLink>
                </p>
              </div>
            </Panel>
          )}
          <Panel title={<T k="personal.title" />}>
            <div className="stack">
              <p>
                <T k="personal.node" />
              </p>
              <p>
                <ButtonLink to={to.personal}>
                  <T k="personal.openPage" />
                </ButtonLink>
              </p>
            </div>
          </Panel>
          {session.role === "operator" && (
            <Panel title={<T k="webhooks.title" />}>
              <div className="stack">
                <p>
                  <T k="webhooks.lead" />
                </p>
                <p>
                  <ButtonLink to="/node/webhooks">
                    <T k="node.webhooksOpen" />
                  </ButtonLink>
                </p>
              </div>
            </Panel>
          )}
        </div>
      </div>
    </div>
  );
}

const SOURCES: Readonly<Record<string, Key>> = {
  given: "node.sourceGiven",
  own: "node.sourceOwn",
  user: "node.sourceUser",
};

function Figures({
  node,
  outbox,
  stats,
}: {
  node: NodeInfo;
  outbox: readonly Line[];
  stats: NodeStats | undefined;
}): ReactNode {
  const waiting = outbox.reduce((sum, line) => sum + line.unacknowledged, 0);
  const dead = outbox.filter(line => line.delivery === "dead").length;
  const busy = stats?.contracts.busy;
  const disk = stats?.storage_bytes;
  const memory = stats?.memory_bytes;
  const count = new Intl.NumberFormat(locale);
  return (
    <dl className={styles["figures"]}>
      <Figure
        name={<T k="node.version" />}
        value={node.version}
        more={memory === undefined ? null : <T k="node.memory" size={sizeOf(memory, locale)} />}
      />
      <Figure
        name={<T k="node.contracts" />}
        value={count.format(node.contracts)}
        more={busy === undefined ? null : <T k="node.contractsOpen" count={busy} />}
      />
      <Figure
        name={<T k="node.undelivered" />}
        value={count.format(waiting)}
        more={
          dead > 0 ? (
            <Tag kind="wait">
              <T k="node.undeliveredDead" count={dead} />
            </Tag>
          ) : (
            <T k="node.undeliveredTo" count={new Set(outbox.map(line => line.party)).size} />
          )
        }
      />
      <Figure
        name={<T k="node.disk" />}
        value={disk === undefined ? "—" : sizeOf(disk, locale)}
        more={<T k="node.diskWhat" />}
      />
    </dl>
  );
}

function Figure({ name, value, more }: { name: ReactNode; value: string; more: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={styles["value"]}>{value}</dd>
      <dd className={styles["more"]}>{more}</dd>
    </div>
  );
}
