import type { ReactNode } from "react";
import { Link } from "wouter";
import type { PersonalItem } from "../api/types";
import { Data, Said, Table, Tag, Time } from "../components";
import { T, t } from "../messages";
import { to } from "../routes";

/** Values and files: whose, what, where, and until when they are kept. */
export function PersonalTable({
  label,
  items,
  nameOf,
}: {
  label: string;
  items: readonly PersonalItem[];
  nameOf: (party: string | undefined) => string;
}): ReactNode {
  return (
    <Table
      label={label}
      rows={items}
      rowKey={item => `${item.contract} ${item.position} ${item.name} ${item.commitment}`}
      columns={[
        {
          head: t("personal.of"),
          cell: item => <Said text={nameOf(item.subject_party)} most={60} />,
        },
        {
          head: t("personal.what"),
          cell: item => (
            <>
              <Said text={item.class_title} most={60} />
              <br />
              <span className="sm dim">
                <Said text={item.name.replace(/^\//, "")} most={60} />
              </span>
            </>
          ),
        },
        { head: t("personal.value"), cell: item => <Value item={item} /> },
        {
          head: t("personal.where"),
          cell: item => (
            <>
              <Link href={to.contract(item.contract)}>
                <Said text={item.contract_title} most={60} />
              </Link>
              <br />
              <span className="sm dim">
                <T
                  k="personal.brought"
                  position={item.position}
                  name={<Said text={nameOf(item.brought_by)} most={60} />}
                />
              </span>
            </>
          ),
        },
        { head: t("personal.until"), cell: item => <Until item={item} /> },
      ]}
    />
  );
}

function Value({ item }: { item: PersonalItem }): ReactNode {
  if (item.erased) return <T k="personal.erasedBy" count={item.erased_by?.length ?? 0} />;
  if (item.value !== undefined) return <Data value={item.value} />;
  return <T k={item.held ? "personal.file" : "personal.notHere"} />;
}

function Until({ item }: { item: PersonalItem }): ReactNode {
  if (item.erased) return <T k="personal.gone" />;
  if (item.due)
    return (
      <Tag kind="wait">
        <T k="personal.dueNow" />
      </Tag>
    );
  return item.kept_until === undefined ? <T k="personal.open" /> : <Time at={item.kept_until} />;
}
