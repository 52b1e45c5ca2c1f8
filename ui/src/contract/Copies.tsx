import type { ReactNode } from "react";
import { useNewest } from "../api/hooks";
import { lastEvent } from "../api/session";
import type { ContractView, Entry, Member } from "../api/types";
import { COPIES_MAX, Counterparts, Said, Section, Time, type Copy } from "../components";
import { mark } from "../lib/ids";
import type { Party } from "../lib/names";
import { useObserved } from "../lib/observed";
import { T, t } from "../messages";
import { titleOf } from "./titles";
import styles from "./Copies.module.css";

/** So many of the newest entries stand on each copy. */
const ROWS = 5;

/** The copies of a contract beside each other. From four parties on, the receipts at the side say the same. */
export function Copies({ view, parties }: { view: ContractView; parties: readonly Party[] }): ReactNode {
  const { entries, at } = useNewest(view.contract, ROWS, view.position);
  const last = useObserved(lastEvent);
  if (parties.length > COPIES_MAX || view.position === 0) return null;
  const held = (party: Party): Member | undefined => view.members.find(member => member.party === party.id);
  const copies = parties.map(party => copyOf(party, held(party), view, entries));
  const behind = parties.filter(party => received(held(party), view) < view.position);
  const equalTo = Math.min(...parties.map(party => received(held(party), view)));
  const compared = at ?? last?.at;
  return (
    <Section
      title={<T k="counterparts.title" count={parties.length} />}
      {...(compared === undefined ? {} : { aside: <Time at={compared.toISOString()} /> })}
    >
      <Counterparts copies={copies} />
      <p className={styles["say"]}>
        {parties.length === 1 ? (
          <T k="counterparts.one" />
        ) : behind.length === 0 ? (
          <T k="counterparts.equal" />
        ) : equalTo === 0 ? (
          <T k="counterparts.equalToNone" />
        ) : (
          <span>
            <T k="counterparts.equalTo" number={<b>{t("common.number", { number: equalTo })}</b>} />
          </span>
        )}
        {behind.map(party => (
          <span key={party.id} className="wait">
            <Behind party={party} member={held(party)} view={view} />
          </span>
        ))}
      </p>
    </Section>
  );
}

/** Up to where a party is known to hold the log. This node holds all that it shows. */
function received(member: Member | undefined, view: ContractView): number {
  if (member === undefined) return 0;
  return member.own ? view.position : Math.min(view.position, member.received);
}

function copyOf(party: Party, member: Member | undefined, view: ContractView, entries: readonly Entry[]): Copy {
  const upTo = received(member, view);
  const sent = view.waiting.find(waiting => waiting.party === party.id)?.since;
  const fingerprint = member?.own === true ? view.state_hash : member?.receipt?.state_hash;
  return {
    party,
    equal: upTo === view.position,
    foot: <T k="counterparts.entries" count={upTo} />,
    ...(fingerprint === undefined ? {} : { fingerprint: mark(fingerprint, 3) }),
    rows: entries.map(entry => ({
      position: entry.position,
      text: <Said text={titleOf(entry)} most={48} />,
      ...(entry.position <= upTo ? { mark: mark(entry.entry) } : {}),
      ...(sent === undefined ? {} : { missing: <Time at={sent} /> }),
    })),
  };
}

function Behind({ party, member, view }: { party: Party; member: Member | undefined; view: ContractView }): ReactNode {
  const first = received(member, view) + 1;
  const values = { who: <Said text={party.name} />, count: view.position - first + 1, first, last: view.position };
  return member?.last_seen === undefined ? (
    <T k="counterparts.behind" {...values} />
  ) : (
    <T k="counterparts.behindSeen" {...values} time={<Time at={member.last_seen} />} />
  );
}
