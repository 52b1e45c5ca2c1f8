import type { ReactNode } from "react";
import { client } from "../api/session";
import { useContract, useDoing, useSignedIn } from "../api/hooks";
import type { ContractView } from "../api/types";
import {
  Answer,
  Button,
  Command,
  Data,
  Empty,
  Fingerprint,
  hasData,
  Id,
  KeyValue,
  Note,
  PageHead,
  Panel,
  ReceiptRow,
  Refused,
  Said,
  Time,
  Timeline,
} from "../components";
import { ContractTabs } from "../contract/Tabs";
import { Composer } from "../contract/Comment";
import { Copies } from "../contract/Copies";
import { Documents } from "../contract/Documents";
import { Drawn } from "../contract/Drawn";
import { Invite } from "../contract/Invite";
import { Mandates } from "../contract/Mandates";
import { Offer } from "../contract/Offer";
import { Processes } from "../contract/Processes";
import { Runs } from "../contract/Runs";
import { Stopped } from "../contract/Stopped";
import { Turn } from "../contract/Turn";
import { save } from "../lib/files";
import { parties, type Party } from "../lib/names";
import { date } from "../lib/time";
import { shortId } from "../lib/ids";
import { T, t } from "../messages";
import { to, type PageProperties } from "../routes";

/** Where a contract stands, whose turn it is, who has it, how to prove it. */
export default function Contract({ params }: PageProperties): ReactNode {
  const contract = params["contract"] ?? "";
  const asked = useContract(contract);
  return (
    <Answer asked={asked} reading={<T k="contract.reading" />}>
      {view => <Overview view={view} />}
    </Answer>
  );
}

function Overview({ view }: { view: ContractView }): ReactNode {
  const { node } = useSignedIn();
  const members = parties(view, node.name);
  return (
    <>
      <PageHead
        said={view.title}
        lead={
          <>
            {view.description !== undefined && (
              <>
                <Said text={view.description} most={300} />{" "}
              </>
            )}
            <T k="contract.foundedOn" date={date(view.founded)} />
          </>
        }
        crumb={{ to: to.contracts, text: <T k="contract.contracts" /> }}
        actions={<HeadActions view={view} />}
      />
      <ContractTabs contract={view.contract} here="overview" />
      {view.accused.map(accused => (
        <Note
          key={accused}
          kind="bad"
          title={
            <T
              k="contract.accused"
              who={<Said text={members.find(one => one.id === accused)?.name ?? shortId(accused)} />}
            />
          }
        >
          <T k="contract.accusedWhat" />
        </Note>
      ))}
      {view.old_backup !== undefined && <Stopped contract={view.contract} old={view.old_backup} parties={members} />}
      <Panel flush>
        <Turn view={view} parties={members} />
        <Drawn contract={view.contract} />
      </Panel>
      <Processes view={view} />
      <Runs view={view} />
      {view.status === "offered" ? <Offer view={view} parties={members} /> : <Standing view={view} parties={members} />}
      <PrintedFoot view={view} />
    </>
  );
}

/** Who has what of a contract that goes on: copies, entries, documents, proof. */
function Standing({ view, parties: members }: { view: ContractView; parties: readonly Party[] }): ReactNode {
  return (
    <>
      {/* Before it begins, and while somebody is missing, inviting is what is next. */}
      {invitesFirst(view) && <Invite view={view} />}
      <Copies view={view} parties={members} />
      <div className="columns">
        <Panel title={<T k="timeline.title" />} aside={<T k="timeline.count" count={view.position} />}>
          <Composer view={view} />
          {view.position === 0 ? (
            <Empty>{t("timeline.empty")}</Empty>
          ) : (
            <Timeline contract={view.contract} length={view.position} parties={members} />
          )}
        </Panel>
        <aside className="stack stack-wide">
          <Panel title={<T k="receipts.title" />}>
            <div className="stack">
              <ul className="list">
                {members.map(party => (
                  <li key={party.id}>
                    <ReceiptRow
                      party={party}
                      received={view.members.find(member => member.party === party.id)?.received ?? 0}
                      length={view.position}
                      final={view.final_position}
                    />
                  </li>
                ))}
              </ul>
              <p className="sm dim">
                <T k="receipts.explain" />
              </p>
            </div>
          </Panel>
          <Agreed view={view} />
          <Documents view={view} parties={members} />
          <Proof view={view} />
        </aside>
      </div>
      <div className="halves no-print">
        <Mandates view={view} />
        {!invitesFirst(view) && <Invite view={view} />}
      </div>
    </>
  );
}

/** Whether somebody must come before it goes on: nobody began, or a role waits for its party. */
function invitesFirst(view: ContractView): boolean {
  return view.process === undefined || (view.open_roles ?? []).some(role => role.waits);
}

function HeadActions({ view }: { view: ContractView }): ReactNode {
  return (
    <>
      <Button onClick={() => window.print()}>
        <T k="contract.print" />
      </Button>
      {view.status !== "offered" && <ProofButton view={view} />}
    </>
  );
}

function Agreed({ view }: { view: ContractView }): ReactNode {
  const process = view.process;
  const parts = process === undefined ? [] : [process.assets, process.vars, process.inputs].filter(hasData);
  return (
    <Panel title={<T k="contract.agreed" />}>
      {parts.length === 0 ? (
        <Empty>{t("contract.agreedEmpty")}</Empty>
      ) : (
        <div className="stack">
          {parts.map((part, at) => (
            <Data key={at} value={part} />
          ))}
        </div>
      )}
    </Panel>
  );
}

function Proof({ view }: { view: ContractView }): ReactNode {
  const rest = view.position - view.final_position;
  return (
    <Panel title={<T k="contract.proof" />}>
      <div className="stack">
        <p>
          <T k="contract.proofWhat" />
        </p>
        <KeyValue
          rows={[
            [
              <T k="contract.covers" />,
              rest === 0 ? (
                <T k="contract.coversFinal" final={view.final_position} />
              ) : (
                <T k="contract.coversRest" final={view.final_position} rest={rest} />
              ),
            ],
            [<T k="contracts.id" />, <Id id={view.contract} />],
            [<T k="contract.head" />, <Id id={view.head} />],
            [<T k="contract.fingerprint" />, <Fingerprint text={view.state_hash.slice(0, 16)} />],
          ]}
        />
        <ProofButton view={view} />
        <Command text={t("contract.command", { contract: view.contract })} />
      </div>
    </Panel>
  );
}

function ProofButton({ view }: { view: ContractView }): ReactNode {
  const { busy, refusal, act } = useDoing();
  const download = async (): Promise<void> => {
    const answer = await client.request("GET", `/v1/contracts/${view.contract}/proof`);
    save(`${view.contract}.bundle`, await answer.blob());
  };
  return (
    <>
      <Button
        onClick={() => void act("proof", download)}
        busy={busy !== undefined}
        disabled={view.final_position === 0}
      >
        <T k="contract.download" />
      </Button>
      {refusal !== undefined && <Refused refusal={refusal} />}
    </>
  );
}

function PrintedFoot({ view }: { view: ContractView }): ReactNode {
  const { node } = useSignedIn();
  return (
    <p className="print-only sm">
      <T
        k="contract.printed"
        time={<Time at={new Date().toISOString()} />}
        who={<Said text={node.name} />}
        contract={<code>{view.contract}</code>}
        state={<code>{view.state_hash.slice(0, 16)}</code>}
        position={view.position}
      />
    </p>
  );
}
