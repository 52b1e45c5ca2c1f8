import type { ReactNode } from "react";
import { useSignedIn } from "../api/hooks";
import type { Foundation } from "../api/types";
import { Panel, Said } from "../components";
import type { Draft, Schema } from "../form/schema";
import { SchemaForm } from "../form/SchemaForm";
import { T } from "../messages";
import { asks, foundingFaults, type Founding as Given } from "./play";
import styles from "./Playground.module.css";

/** What the play is founded with: the inputs of the scenario, and what each actor says of itself. */
export function Founding({
  foundation,
  founding,
  onChange,
}: {
  foundation: Foundation;
  founding: Given;
  onChange: (founding: Given) => void;
}): ReactNode {
  const { node } = useSignedIn();
  const own = [{ id: node.party, name: node.name }];
  const faults = foundingFaults(foundation, founding);
  const inputs = foundation.inputs_schema as Schema;
  const actors = foundation.actors.filter(one => asks(one.schema as Schema));
  if (!asks(inputs) && actors.length === 0) return null;
  const form = (name: string, schema: Schema, value: Draft, change: (value: Draft) => void): ReactNode => (
    <SchemaForm
      schema={schema}
      value={value}
      onChange={change}
      parties={own}
      findings={faults.get(name) ?? []}
      everything
    />
  );
  return (
    <Panel title={<T k="playground.founding" />} aside={<T k="playground.foundingWhat" />}>
      <div className="stack">
        {asks(inputs) && form("", inputs, founding.inputs, value => onChange({ ...founding, inputs: value }))}
        {actors.map(one => (
          <div key={one.actor} className={styles["part"]}>
            <h3>
              <Said text={one.title} most={80} />
            </h3>
            {form(one.actor, one.schema as Schema, founding.actors[one.actor], value =>
              onChange({ ...founding, actors: { ...founding.actors, [one.actor]: value } }),
            )}
          </div>
        ))}
      </div>
    </Panel>
  );
}
