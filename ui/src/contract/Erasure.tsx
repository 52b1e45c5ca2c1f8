import type { ReactNode } from "react";
import type { ContractView, Erasure } from "../api/types";
import { PartyName, Said, Time, WaitingFor } from "../components";
import { shortId } from "../lib/ids";
import { listed, type Party } from "../lib/names";
import { T, t } from "../messages";
import styles from "./Documents.module.css";

/** What asks to erase a payload, if anything does. */
export function erasureOf(view: ContractView, commitment: string): Erasure | undefined {
  return view.erasures?.find(one => one.payloads.some(payload => payload.commitment === commitment));
}

/** Who asked for it and why, what it waits for, and the receipts of the parties that have erased. */
export function ErasureState({ erasure, parties }: { erasure: Erasure; parties: readonly Party[] }): ReactNode {
  const name = (id: string): string => parties.find(party => party.id === id)?.name ?? shortId(id);
  const names = (ids: readonly string[]): string => listed(ids.map(name));
  const { erased_by: erased, waiting_for: waiting, standing } = erasure;
  const number = t("common.number", { number: erasure.position });
  const final = standing.level === "final";
  return (
    <div className={styles["erasure"]}>
      <p>
        <T
          k="erasing.asked"
          who={<Said text={name(erasure.asked_by)} most={60} />}
          number={number}
          reason={<Said text={erasure.reason} most={300} />}
        />
      </p>
      {!final ? (
        <p>
          <T k="erasing.before" number={number} />{" "}
          {standing.waiting_for.length > 0 && <WaitingFor who={names(standing.waiting_for)} since={erasure.time} />}
        </p>
      ) : (
        <>
          <p>
            {waiting.length === 0 ? (
              <T k="erasing.all" all={erased.length} />
            ) : (
              <>
                <T k="erasing.some" some={erased.length} all={erased.length + waiting.length} />{" "}
                <WaitingFor who={names(waiting)} since={erasure.time} />
              </>
            )}
          </p>
          <ul className={styles["receipts"]} aria-label={t("erasing.by")}>
            {parties.map(party => {
              const receipt = erased.find(one => one.party === party.id);
              return (
                <li key={party.id}>
                  <PartyName name={party.name} order={party.order} />
                  {receipt === undefined ? (
                    <span className="wait">
                      <T k="erasing.notYet" />
                    </span>
                  ) : (
                    <span className="good">
                      <span aria-hidden="true">✓ </span>
                      <Time at={receipt.time} />
                    </span>
                  )}
                </li>
              );
            })}
          </ul>
        </>
      )}
    </div>
  );
}
