import type { ReactNode } from "react";
import { useReading, useSignedIn } from "../api/hooks";
import { ask, client } from "../api/session";
import type { ContractView, Json } from "../api/types";
import { Answer } from "../components";
import { Diagram } from "../diagram/Diagram";
import type { Diagram as Drawing, Overlay } from "../diagram/types";
import { parties, type Party } from "../lib/names";
import { T } from "../messages";

/** The drawing of the process of a contract. A node that draws nothing shows none. */
export function Drawn({ contract }: { contract: string }): ReactNode {
  const { node } = useSignedIn();
  const asked = useReading(`diagram ${contract}`, [`contract:${contract}`], () => draw(contract, node.name));
  if (asked.data === undefined && asked.problem?.status === 404) return null;
  return (
    <Answer asked={asked} reading={<T k="contract.diagramReading" />}>
      {drawing => <Diagram drawing={drawing} />}
    </Answer>
  );
}

/** Lets the node lay out the scenario of the charter, with what happened in the contract. */
async function draw(contract: string, own: string): Promise<Drawing> {
  const [charter, view] = await Promise.all([
    ask<{ scenario: Json }>(`/v1/contracts/${contract}/charter`),
    ask<ContractView>(`/v1/contracts/${contract}`),
  ]);
  const document = typeof charter.scenario === "string" ? charter.scenario : JSON.stringify(charter.scenario);
  const body = { document, overlay: overlayOf(view, parties(view, own)) };
  return (await client.request("POST", "/v1/scenario/diagram", { body })).json() as Promise<Drawing>;
}

/** What is known of the run. */
export function overlayOf(view: ContractView, members: readonly Party[]): Overlay {
  const letters = new Map(members.map(party => [party.id, party.monogram]));
  const plays = view.members.flatMap(member =>
    member.actors.map(actor => [actor, letters.get(member.party) ?? ""] as const),
  );
  const process = view.process;
  return {
    ...(process === undefined ? {} : { current: process.state }),
    taken: (process?.path ?? []).map(({ state, cause }) => ({ state, cause })),
    next: Object.entries(process?.open ?? {}).flatMap(([actor, open]) => open.map(({ action }) => ({ actor, action }))),
    you: view.members.filter(member => member.own).flatMap(member => member.actors),
    monograms: Object.fromEntries(plays),
  };
}
