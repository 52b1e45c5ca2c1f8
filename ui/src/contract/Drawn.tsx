import type { ReactNode } from "react";
import { useAnswer } from "../api/hooks";
import { Answer } from "../components";
import { Diagram } from "../diagram/Diagram";
import type { Diagram as Drawing } from "../diagram/types";
import { T } from "../messages";

/** The process of a contract as its node draws it, with what happened. */
export function Drawn({ contract }: { contract: string }): ReactNode {
  const asked = useAnswer<Drawing>(`/v1/contracts/${contract}/diagram`, [`entries:${contract}`]);
  return (
    <Answer asked={asked} reading={<T k="contract.diagramReading" />}>
      {drawing => <Diagram drawing={drawing} />}
    </Answer>
  );
}
