import { useState, type ReactNode } from "react";
import { everyPage, useAnswer, useReading, useSignedIn } from "../api/hooks";
import { client } from "../api/session";
import type { PersonalItem } from "../api/types";
import { Answer, Button, Command, Empty, Field, Note, PageHead, Panel, Said, Select } from "../components";
import { save } from "../lib/files";
import { plain } from "../lib/hostile";
import { shortId } from "../lib/ids";
import { T, t } from "../messages";
import { PersonalErase, type Erasing } from "../personal/PersonalErase";
import { PersonalTable } from "../personal/PersonalTable";

/** What is held about whom, until when, and having it erased in all contracts. */
export default function Personal(): ReactNode {
  const { node } = useSignedIn();
  const asked = useReading("personal", ["personal"], () =>
    everyPage("/v1/personal", (page: { items: PersonalItem[]; next?: string }) => page.items),
  );
  const names = useAnswer<{ names: { identity: string; name: string }[] }>("/v1/names", ["node", "contracts"]);
  const named = new Map(names.data?.names.map(one => [one.identity, one.name]));
  const nameOf = (party: string | undefined): string =>
    party === undefined ? t("personal.nobody") : (named.get(party) ?? shortId(party));
  const [whose, setWhose] = useState("");
  const [erasing, setErasing] = useState<Erasing>();
  const [done, setDone] = useState<number>();
  const leave = (contracts?: number): void => {
    setErasing(undefined);
    setDone(contracts);
  };
  return (
    <div className="stack stack-wide">
      <PageHead
        title={t("personal.title")}
        lead={<T k="personal.lead" />}
        crumb={{ to: "/node", text: <T k="node.title" /> }}
      />
      {done !== undefined && (
        <Note kind="good" alert>
          <T k="personal.asked" contracts={done} />
        </Note>
      )}
      <Answer asked={asked} reading={<T k="personal.reading" />}>
        {items => {
          const parties = [...new Set(items.map(item => item.subject_party ?? ""))].filter(party => party !== "");
          const shown = items.filter(item => whose === "" || item.subject_party === whose);
          const due = items.filter(item => item.due && !item.erased);
          return items.length === 0 ? (
            <Empty>
              <T k="personal.none" />
            </Empty>
          ) : (
            <>
              {due.length > 0 && (
                <Panel
                  title={<T k="personal.due" count={due.length} />}
                  flush
                  foot={<Command text="countersign personal list --due" />}
                >
                  <PersonalTable label={t("personal.due", { count: due.length })} items={due} nameOf={nameOf} />
                  <p className="row">
                    <Button onClick={() => setErasing({ what: "due", items: due })}>
                      <T k="personal.eraseDue" />
                    </Button>
                  </p>
                </Panel>
              )}
              <Panel
                title={<T k="personal.held" />}
                foot={<Command text={`countersign personal list${whose === "" ? "" : ` --of ${whose}`}`} />}
              >
                <div className="stack">
                  <Field label={<T k="personal.whose" />}>
                    {tied => (
                      <Select
                        tied={tied}
                        value={whose}
                        onChange={setWhose}
                        options={[
                          { value: "", text: t("personal.everybody") },
                          ...parties.map(party => ({ value: party, text: plain(nameOf(party)) })),
                        ]}
                      />
                    )}
                  </Field>
                  <PersonalTable label={t("personal.held")} items={shown} nameOf={nameOf} />
                  <p className="row">
                    <Button onClick={() => save("personal-data.json", report(shown, node.party))}>
                      <T k="personal.save" />
                    </Button>
                    {whose !== "" && (
                      <Button
                        onClick={() => setErasing({ what: "person", name: nameOf(whose), party: whose, items: shown })}
                      >
                        <span>
                          <T k="personal.erase" name={<Said text={nameOf(whose)} most={60} />} />
                        </span>
                      </Button>
                    )}
                  </p>
                </div>
              </Panel>
            </>
          );
        }}
      </Answer>
      {erasing !== undefined && (
        <PersonalErase erasing={erasing} own={node.party} nameOf={nameOf} client={client} onLeave={leave} />
      )}
    </div>
  );
}

/** What somebody gets who asks what is held about them: as `countersign personal list --json` says it. */
function report(items: readonly PersonalItem[], party: string): Blob {
  return new Blob([JSON.stringify({ node: party, items }, undefined, 2)], { type: "application/json" });
}
