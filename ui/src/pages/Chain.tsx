import type { ReactNode } from "react";
import { useAnswer, useContract, useSignedIn } from "../api/hooks";
import type { ContractView, EntryDetail } from "../api/types";
import { Answer, Empty, Fingerprint, KeyValue, PageHead, Panel, PartyName } from "../components";
import { Bytes, Facts, Tree } from "../chain/Bytes";
import { Forks } from "../chain/Forks";
import { Log } from "../chain/Log";
import { Same } from "../chain/Same";
import { ContractTabs } from "../contract/Tabs";
import { parties as partiesOf, type Party } from "../lib/names";
import { T, t } from "../messages";
import { to, type PageProperties } from "../routes";

/** Who has signed which entry, down to the bytes, and how forks were settled. */
export default function Chain({ params }: PageProperties): ReactNode {
  const asked = useContract(params["contract"] ?? "");
  return (
    <Answer asked={asked} reading={<T k="contract.reading" />}>
      {view => <Viewer view={view} wanted={params["entry"]} />}
    </Answer>
  );
}

function Viewer({ view, wanted }: { view: ContractView; wanted: string | undefined }): ReactNode {
  const { node } = useSignedIn();
  const parties = partiesOf(view, node.name);
  const { contract } = view;
  const named = wanted ?? (view.position > 0 ? String(view.position) : undefined);
  const asked = useAnswer<EntryDetail>(
    named === undefined ? undefined : `/v1/contracts/${contract}/entries/${encodeURIComponent(named)}`,
    [`contract:${contract}`],
  );
  const position = asked.data?.entry.position ?? (Number(named) || view.position);
  return (
    <div className="stack stack-wide">
      <PageHead
        said={view.title}
        lead={<T k="chain.lead" />}
        crumb={{ to: to.contracts, text: <T k="contract.contracts" /> }}
      />
      <ContractTabs contract={contract} here="log" />
      <Panel
        title={<T k="contract.logTab" />}
        aside={<T k="chain.logWhat" />}
        flush
        foot={
          <Same command={`countersign contract log ${contract}`} path={`/v1/contracts/${contract}/log?order=desc`} />
        }
      >
        {view.position === 0 ? (
          <Empty>
            <T k="timeline.empty" />
          </Empty>
        ) : (
          <Log view={view} parties={parties} chosen={position} />
        )}
      </Panel>
      <div className="columns">
        <div className="stack stack-wide">
          {named !== undefined && (
            <Answer asked={asked} reading={<T k="chain.entryReading" number={named} />}>
              {detail => <Bytes key={detail.entry.entry} contract={contract} detail={detail} parties={parties} />}
            </Answer>
          )}
          <Forks contract={contract} parties={parties} />
        </div>
        <aside className="stack stack-wide">
          {asked.data !== undefined && <Facts contract={contract} detail={asked.data} parties={parties} />}
          <Checkpoint view={view} parties={parties} />
          {asked.data !== undefined && <Tree contract={contract} detail={asked.data} />}
        </aside>
      </div>
    </div>
  );
}

/** Up to where each party signed, and the roots that they signed. */
function Checkpoint({ view, parties }: { view: ContractView; parties: readonly Party[] }): ReactNode {
  const receipts = parties.map(party => view.members.find(member => member.party === party.id)?.receipt);
  return (
    <Panel
      title={<T k="chain.checkpoint" />}
      foot={
        <Same command={`countersign --json contract show ${view.contract}`} path={`/v1/contracts/${view.contract}`} />
      }
    >
      <div className="stack">
        <p>
          <T k="chain.checkpointWhat" final={view.final_position} length={view.position} />
        </p>
        <KeyValue
          rows={[
            ...parties.map(
              (party, at) =>
                [
                  <PartyName key="name" name={party.name} order={party.order} />,
                  <span key="receipt" className="sm">
                    <T
                      k="chain.receiptAt"
                      number={receipts[at]?.position ?? 0}
                      sealed={receipts[at]?.sealed?.position ?? 0}
                    />
                  </span>,
                ] as const,
            ),
            ...(view.log_root === undefined
              ? []
              : [[t("chain.byte_logRoot"), <Fingerprint key="root" text={view.log_root} />, true] as const]),
            [t("chain.byte_stateHash"), <Fingerprint key="state" text={view.state_hash} />, true] as const,
          ]}
        />
      </div>
    </Panel>
  );
}
