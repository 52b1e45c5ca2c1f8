import type { ReactNode } from "react";
import { Link } from "wouter";
import { everyPage, useReading } from "../api/hooks";
import type { Json, Person } from "../api/types";
import { Answer, Command, Empty, Id, Panel, Said, Table } from "../components";
import { isRecord } from "../form/schema";
import { T, t } from "../messages";
import { to } from "../routes";

/** So many rows are drawn; the page of each contract has all of its own. */
const DRAWN_MAX = 200;

type Row = Person["contracts"][number] & { person: Person };

/** Who may act for this party, in all contracts. */
export function People(): ReactNode {
  const asked = useReading("people", ["node", "contracts"], () =>
    everyPage("/v1/people", (page: { people: Person[]; next?: string }) => page.people),
  );
  return (
    <Panel
      title={<T k="node.people" />}
      aside={<T k="node.peopleWhat" />}
      foot={<Command text="countersign mandate list CONTRACT" />}
    >
      <Answer asked={asked} reading={<T k="node.peopleReading" />}>
        {people => {
          const rows = people
            .filter(person => person.own && person.kind !== "organisation")
            .flatMap(person => person.contracts.map(contract => ({ ...contract, person })));
          if (rows.length === 0) return <Empty>{t("node.peopleNone")}</Empty>;
          return (
            <>
              <Table
                label={t("node.people")}
                rows={rows.slice(0, DRAWN_MAX)}
                rowKey={row => `${row.person.identity} ${row.contract}`}
                columns={[
                  {
                    head: t("node.name"),
                    cell: ({ person }) =>
                      person.name === undefined ? (
                        <Id id={person.identity} />
                      ) : (
                        <>
                          <Said text={person.name} most={60} /> <Id id={person.identity} />
                        </>
                      ),
                  },
                  {
                    head: t("node.outboxIn"),
                    cell: row => (
                      <Link href={to.contract(row.contract)}>
                        <Said text={row.title} most={60} />
                      </Link>
                    ),
                  },
                  { head: t("node.may"), cell: row => <May row={row} /> },
                ]}
              />
              {rows.length > DRAWN_MAX && (
                <p className="sm dim">
                  <T k="node.peopleMore" count={rows.length - DRAWN_MAX} />
                </p>
              )}
            </>
          );
        }}
      </Answer>
    </Panel>
  );
}

/** What a person may do in a contract, as its mandates say. */
function May({ row }: { row: Row }): ReactNode {
  const mandates = row.mandates ?? [];
  if (mandates.length === 0) return <T k="node.mayNothing" />;
  return (
    <ul className="list">
      {mandates.map(({ statement, mandate }) => (
        <li key={statement}>
          <T
            k="node.mayDo"
            actions={<Said text={listed(mandate, "actions", t("node.allActions"))} most={120} />}
            actors={<Said text={listed(mandate, "actors", t("node.allActors"))} most={120} />}
          />
        </li>
      ))}
    </ul>
  );
}

/** The names in a member of a mandate, or the word for all. */
function listed(mandate: Json, member: string, all: string): string {
  const names = isRecord(mandate) ? mandate[member] : undefined;
  return Array.isArray(names) ? names.map(String).join(", ") : all;
}
