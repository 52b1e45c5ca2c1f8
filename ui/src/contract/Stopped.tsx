import type { ReactNode } from "react";
import { Link } from "wouter";
import type { OldBackup } from "../api/types";
import { Command, Note, Time } from "../components";
import { plain } from "../lib/hostile";
import { shortId } from "../lib/ids";
import { listed, type Party } from "../lib/names";
import { T, t } from "../messages";
import { to } from "../routes";

/** Says that the node was set back to an old copy of its data and signs nothing here, and what helps. */
export function Stopped({
  contract,
  old,
  parties,
}: {
  contract: string;
  old: OldBackup;
  parties: readonly Party[];
}): ReactNode {
  const name = (id: string): string => plain(parties.find(party => party.id === id)?.name ?? shortId(id));
  return (
    <Note kind="bad" title={<T k="contract.oldBackup" time={<Time at={old.since} />} />}>
      <div className="stack">
        <p>
          <T k="contract.oldBackupWhat" />{" "}
          {old.recovering && <T k="contract.oldBackupRecovers" who={listed(old.waiting_for.map(name))} />}
          {old.incomplete && (
            <>
              {" "}
              <T k="contract.oldBackupGap" />
            </>
          )}
        </p>
        {!old.recovering && <Command text={t("contract.oldBackupCommand", { contract })} />}
        <p>
          <Link href={to.error("old_backup")}>
            <T k="contract.oldBackupPage" />
          </Link>
        </p>
      </div>
    </Note>
  );
}
