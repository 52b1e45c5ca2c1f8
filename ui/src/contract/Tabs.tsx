import type { ReactNode } from "react";
import { Tabs } from "../components";
import { T, t } from "../messages";
import { hasPage, to } from "../routes";

/** The views of one contract. Each page of a contract shows them below its head. */
export function ContractTabs({
  contract,
  here,
}: {
  contract: string;
  here: "overview" | "log" | "prose" | "act";
}): ReactNode {
  return (
    <Tabs
      label={t("contract.contracts")}
      items={[
        { to: to.contract(contract), text: <T k="contract.overview" />, here: here === "overview" },
        ...(hasPage("Chain") ? [{ to: to.log(contract), text: <T k="contract.logTab" />, here: here === "log" }] : []),
        ...(hasPage("Prose")
          ? [{ to: to.prose(contract), text: <T k="contract.proseTab" />, here: here === "prose" }]
          : []),
      ]}
    />
  );
}
