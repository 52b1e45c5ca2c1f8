import { useDeferredValue, useState, type ReactNode } from "react";
import { Link } from "wouter";
import { useContracts } from "../api/hooks";
import type { ContractStatus, ContractSummary } from "../api/types";
import {
  Answer,
  ButtonLink,
  Empty,
  Field,
  Id,
  PageHead,
  Panel,
  Said,
  Table,
  Tag,
  TextInput,
  Time,
} from "../components";
import { T, t, type Key } from "../messages";
import { hasPage, to } from "../routes";

/** So many are listed; the rest is found by its words. */
const LISTED_MAX = 200;

const STANDINGS: Readonly<Record<ContractStatus, Key>> = {
  active: "contracts.active",
  offered: "contracts.offered",
  invited: "contracts.invited",
};

/** All contracts of this node, the newest first. */
export default function Contracts(): ReactNode {
  const asked = useContracts();
  const [words, setWords] = useState("");
  const wanted = useDeferredValue(words.trim().toLowerCase());
  return (
    <>
      <PageHead
        title={t("contracts.title")}
        {...(asked.data === undefined ? {} : { lead: <T k="contracts.lead" count={asked.data.length} /> })}
        actions={
          hasPage("NewContract") && (
            <ButtonLink to="/contracts/new" kind="primary">
              <T k="contracts.new" />
            </ButtonLink>
          )
        }
      />
      <Answer asked={asked} reading={<T k="contracts.reading" />}>
        {all => (
          <Panel>
            {all.length === 0 ? (
              <Empty>{t("contracts.empty")}</Empty>
            ) : (
              <div className="stack">
                <Field label={<T k="contracts.search" />}>
                  {tied => <TextInput tied={tied} value={words} onChange={setWords} type="search" />}
                </Field>
                <List all={all} wanted={wanted} />
              </div>
            )}
          </Panel>
        )}
      </Answer>
    </>
  );
}

function List({ all, wanted }: { all: ContractSummary[]; wanted: string }): ReactNode {
  const found = all
    .filter(one => wanted === "" || one.title.toLowerCase().includes(wanted) || one.contract.startsWith(wanted))
    .sort((one, other) => (one.founded < other.founded ? 1 : -1));
  if (found.length === 0) return <Empty>{t("contracts.none", { words: wanted })}</Empty>;
  return (
    <Table
      label={t("contracts.title")}
      rows={found.slice(0, LISTED_MAX)}
      rowKey={row => row.contract}
      columns={[
        {
          head: t("contracts.contract"),
          cell: row => (
            <Link href={to.contract(row.contract)} className="words">
              <Said text={row.title} most={120} />
            </Link>
          ),
        },
        {
          head: t("contracts.standing"),
          cell: row =>
            row.status === "active" ? <T k={STANDINGS.active} /> : <Tag kind="info">{t(STANDINGS[row.status])}</Tag>,
        },
        { head: t("contracts.founded"), cell: row => <Time at={row.founded} /> },
        { head: t("contracts.id"), cell: row => <Id id={row.contract} /> },
      ]}
    />
  );
}
