import type { ReactNode } from "react";
import type { ContractView } from "../api/types";
import { Panel, PartyName, Said } from "../components";
import type { Party } from "../lib/names";
import { T } from "../messages";
import { useWritten, WrittenPanel } from "./Written";

/** What a contract that was offered says, and who is in it: nothing has happened in it yet. */
export function Offer({ view, parties }: { view: ContractView; parties: readonly Party[] }): ReactNode {
  const written = useWritten(view.contract);
  return (
    <div className="columns">
      <WrittenPanel asked={written} />
      <Panel title={<T k="contract.parties" />}>
        <ul className="list">
          {parties.map(party => (
            <li key={party.id}>
              <PartyName name={party.name} order={party.order} />
              {/* Who has no name here is called by what they play. */}
              {party.roles.length > 0 && party.name.toLowerCase() !== party.roles.join(", ").toLowerCase() && (
                <p className="sm dim">
                  <Said text={party.roles.join(", ")} most={160} />
                </p>
              )}
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
