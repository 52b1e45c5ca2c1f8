// What a scenario says, before or without a contract: its drawing, who is asked for what.
import type { ReactNode } from "react";
import { useAnswer, useReading, type Asked } from "../api/hooks";
import { client } from "../api/session";
import type { Charter, Foundation, Json } from "../api/types";
import { Panel } from "../components";
import { Diagram } from "../diagram/Diagram";
import type { Diagram as Drawing } from "../diagram/types";
import { isRecord } from "../form/schema";
import { locale } from "../messages";

async function post<T>(path: string, body: unknown): Promise<T> {
  return (await client.request("POST", path, { body })).json() as Promise<T>;
}

/** What founding on a document needs: its canonical form, inputs and actors. */
export function useFoundation(document: string | undefined): Asked<Foundation> {
  const key = document === undefined ? undefined : `foundation:${document}`;
  return useReading(key, [], () => post<Foundation>("/v1/scenario/foundation", { document, language: locale }));
}

/** The scenario of a contract, with its actors. */
export function useFounded(contract: string | undefined): Asked<{ charter: Charter; foundation: Foundation }> {
  const charter = useAnswer<Charter>(contract === undefined ? undefined : `/v1/contracts/${contract}/charter`, []);
  const key = charter.data === undefined ? undefined : `founded:${contract}`;
  const asked = useReading(key, [], async () => {
    const found = charter.data!;
    const document = JSON.stringify(found.scenario);
    return {
      charter: found,
      foundation: await post<Foundation>("/v1/scenario/foundation", { document, language: locale }),
    };
  });
  return charter.problem !== undefined && charter.data === undefined ? { ...asked, problem: charter.problem } : asked;
}

/** The drawing of a scenario; nothing on a node that draws none. */
export function DrawnScenario({
  foundation,
  title,
  aside,
  you = [],
  current,
}: {
  foundation: Foundation;
  title: ReactNode;
  aside?: ReactNode;
  you?: readonly string[];
  current?: string | undefined;
}): ReactNode {
  const overlay = { you, ...(current === undefined ? {} : { current }) };
  const asked = useReading(`drawn:${foundation.scenario} ${JSON.stringify(overlay)}`, [], () =>
    post<Drawing>("/v1/scenario/diagram", { document: JSON.stringify(foundation.document), language: locale, overlay }),
  );
  if (asked.data === undefined) return null;
  return (
    <Panel title={title} {...(aside === undefined ? {} : { aside })}>
      <Diagram drawing={asked.data} />
    </Panel>
  );
}

/** Words by language: those of the page, or any. */
function wordsOf(text: Json | undefined): string {
  if (typeof text === "string") return text;
  if (!isRecord(text)) return "";
  const found = text[locale] ?? text["en"] ?? Object.values(text)[0];
  return typeof found === "string" ? found : "";
}

/** What an actor may be asked to do, in the order of the scenario: title, and whether it binds. */
export function askedOf(
  foundation: Foundation,
  actors: readonly string[],
): { action: string; title: string; binds: boolean }[] {
  const document = isRecord(foundation.document) ? foundation.document : {};
  const actions = isRecord(document["actions"]) ? document["actions"] : {};
  const theirs = new Set(withFollowers(foundation, actors));
  return Object.entries(actions).flatMap(([action, said]) => {
    const by = isRecord(said) ? said["by"] : undefined;
    const names = typeof by === "string" ? [by] : Array.isArray(by) ? (by as readonly Json[]) : [];
    if (!isRecord(said) || !names.some(name => typeof name === "string" && theirs.has(name))) return [];
    return [{ action, title: wordsOf(said["title"]) || action, binds: said["kind"] === "performative" }];
  });
}

/** Actors, and those who act for them. */
export function withFollowers(foundation: Foundation, actors: readonly string[]): string[] {
  // What names an actor names a group, not a member of it.
  const isActor = (name: string) => foundation.actors.some(one => one.actor === name);
  const roles = [...new Set(actors.map(name => (isActor(name) ? name : (name.split(".")[0] ?? name))))];
  const followers = foundation.actors.filter(one => one.acts_for !== undefined && roles.includes(one.acts_for));
  return [...roles, ...followers.map(one => one.actor)];
}

/** The title of an actor. */
export function titleOf(foundation: Foundation | undefined, actor: string): string {
  const found = (name: string) => foundation?.actors.find(one => one.actor === name)?.title;
  const [group = "", number] = actor.split(".");
  const title = number === undefined ? undefined : found(group);
  return found(actor) ?? (title === undefined ? actor : `${title} ${Number(number) + 1}`);
}
