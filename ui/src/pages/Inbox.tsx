import type { ReactNode } from "react";
import { Link } from "wouter";
import { useAnswer, useContracts, useInbox, useWaiting } from "../api/hooks";
import type { ContractSummary, ContractView, InboxItem, PersonalItem, WaitingItem } from "../api/types";
import {
  Answer,
  ButtonLink,
  Empty,
  LadderMeaning,
  Monogram,
  Note,
  PageHead,
  Panel,
  Said,
  TaskRow,
  Time,
  WaitRow,
} from "../components";
import { MAIN } from "../contract/processes";
import { shortId } from "../lib/ids";
import { parties } from "../lib/names";
import { T, t } from "../messages";
import { hasPage, to } from "../routes";

/** For so many rows a contract is read to learn how it calls somebody. */
const NAMED_MAX = 30;

/** What is mine to do now, and for whom I wait. */
export default function Inbox(): ReactNode {
  const inbox = useInbox();
  const waiting = useWaiting();
  const contracts = useContracts();
  const due = useAnswer<{ items: PersonalItem[] }>("/v1/personal?due=true&limit=1000", ["personal"]);
  const offered = (contracts.data ?? []).filter(one => one.status === "offered");
  const mine = inbox.data === undefined ? undefined : inbox.data.length + offered.length;
  return (
    <>
      <PageHead
        title={t("inbox.title")}
        {...(mine === undefined
          ? {}
          : { lead: <Lead mine={mine} {...(waiting.data === undefined ? {} : { others: waiting.data.length })} /> })}
        actions={
          <>
            {hasPage("Join") && (
              <ButtonLink to="/join">
                <T k="contracts.join" />
              </ButtonLink>
            )}
            {hasPage("NewContract") && (
              <ButtonLink to="/contracts/new">
                <T k="contracts.new" />
              </ButtonLink>
            )}
          </>
        }
      />
      {(due.data?.items.length ?? 0) > 0 && (
        <Note kind="wait">
          <T k="personal.due" count={due.data?.items.length ?? 0} />.{" "}
          <Link href={to.personal}>
            <T k="personal.openPage" />
          </Link>
        </Note>
      )}
      <div className="columns">
        <div className="stack stack-wide">
          <Panel title={<T k="inbox.mine" />} aside={<T k="inbox.mineOrder" />} flush={mine !== undefined && mine > 0}>
            <Answer asked={inbox} reading={<T k="inbox.reading" />}>
              {items => <Mine items={items} offered={offered} />}
            </Answer>
          </Panel>
          {/* A node that cannot tell for whom it waits has no such panel. */}
          {waiting.problem?.status !== 404 && (
            <Panel title={<T k="inbox.others" />}>
              <Answer asked={waiting} reading={<T k="inbox.reading" />}>
                {items => <Others items={items} />}
              </Answer>
            </Panel>
          )}
        </div>
        <aside>
          <Panel title={<T k="inbox.how" />}>
            <LadderMeaning />
          </Panel>
        </aside>
      </div>
    </>
  );
}

function Lead({ mine, others }: { mine: number; others?: number }): ReactNode {
  return others === undefined ? <T k="inbox.leadMine" mine={mine} /> : <T k="inbox.lead" mine={mine} others={others} />;
}

/** Nearest deadline first; without one, the one that waits longest. */
function byUrgency(one: InboxItem, other: InboxItem): number {
  const urgency = (item: InboxItem): string => `${item.deadline ?? "9"} ${item.since ?? ""} ${item.contract}`;
  return urgency(one) < urgency(other) ? -1 : 1;
}

function Mine({ items, offered }: { items: InboxItem[]; offered: ContractSummary[] }): ReactNode {
  if (items.length + offered.length === 0) return <Empty>{t("inbox.mineEmpty")}</Empty>;
  return (
    <>
      {offered.map((one, at) => (
        <TaskRow
          key={one.contract}
          to={to.contract(one.contract)}
          title={t("inbox.offered")}
          why={<T k="inbox.offeredWhy" />}
          contract={one.title}
          button={<T k="inbox.read" />}
          primary={at === 0}
        />
      ))}
      {[...items].sort(byUrgency).map((item, at) => (
        <TaskRow
          key={`${item.contract} ${item.process ?? ""} ${item.actor} ${item.role ?? ""} ${item.action}`}
          to={
            hasPage("Action")
              ? to.act(item.contract, item.actor, item.action, item.process, item.role)
              : to.contract(item.contract)
          }
          title={item.title}
          why={
            <>
              {item.since === undefined ? (
                <T k="inbox.asPlain" actor={<Said text={item.actor} />} />
              ) : (
                <T k="inbox.as" actor={<Said text={item.actor} />} time={<Time at={item.since} />} />
              )}
              {item.process !== undefined && item.process !== MAIN && (
                <>
                  {" "}
                  <T k="process.inIt" process={<Said text={item.process.slice(MAIN.length + 1)} most={80} />} />
                </>
              )}
              {item.needs === "final" && (
                <>
                  {" "}
                  <T k="inbox.needsFinal" />
                </>
              )}
            </>
          }
          contract={item.contract_title}
          meta={
            item.state_title !== undefined && (
              <span>
                <T k="inbox.state" state={<Said text={item.state_title} />} />
              </span>
            )
          }
          button={<T k="inbox.open" />}
          {...(item.deadline === undefined ? {} : { deadline: item.deadline })}
          primary={at === 0 && offered.length === 0}
        />
      ))}
    </>
  );
}

function Others({ items }: { items: WaitingItem[] }): ReactNode {
  if (items.length === 0) return <Empty>{t("inbox.othersEmpty")}</Empty>;
  return (
    <ul className="list">
      {items.map((item, at) => (
        <Other
          key={`${item.contract} ${item.party} ${item.kind} ${item.actor ?? item.position ?? ""}`}
          item={item}
          named={at < NAMED_MAX}
        />
      ))}
    </ul>
  );
}

/** Somebody who is waited for. Whom nobody gave a name is called as in the contract, if `named`. */
function Other({ item, named }: { item: WaitingItem; named: boolean }): ReactNode {
  const nameless = named && item.party_name === undefined;
  const view = useAnswer<ContractView>(nameless ? `/v1/contracts/${item.contract}` : undefined, [
    `contract:${item.contract}`,
  ]);
  const known = view.data === undefined ? undefined : parties(view.data).find(party => party.id === item.party);
  const name = item.party_name ?? known?.name ?? shortId(item.party);
  const who = (
    <b>
      <Said text={name} most={60} />
    </b>
  );
  return (
    <WaitRow mark={<Monogram name={name} />}>
      <p>
        {item.kind === "action" ? (
          <T
            k="inbox.waitAction"
            who={who}
            actions={<Said text={(item.actions ?? []).map(one => one.title).join(", ")} />}
          />
        ) : (
          // `position` is the last one that they countersigned.
          <T k="inbox.waitReceipt" who={who} number={t("common.number", { number: (item.position ?? 0) + 1 })} />
        )}
      </p>
      <p className="sm dim">
        <span className="words">
          <Said text={item.contract_title} most={80} />
        </span>
        {". "}
        {item.last_seen === undefined ? (
          <T k="inbox.waitSince" since={<Time at={item.since} />} />
        ) : (
          <T k="inbox.waitSeen" since={<Time at={item.since} />} seen={<Time at={item.last_seen} />} />
        )}
      </p>
    </WaitRow>
  );
}
