import type { ReactNode } from "react";
import type { Foundation, Json } from "../api/types";
import { Field, FieldSet, Said, TextInput } from "../components";
import { decimalOf, faultsOf, isRecord, labelOf, resolve, type Draft, type Schema } from "../form/schema";
import { T } from "../messages";

/** A limit as it stands in a mandate (docs/spec/member.md, "Mandate"). */
export interface Limit {
  field: string;
  max: string;
}

/** The largest value of each field that is a number; empty: none. What is no decimal says so. */
export function Limits({
  fields,
  values,
  onChange,
}: {
  fields: readonly string[];
  values: Readonly<Record<string, string>>;
  onChange: (values: Readonly<Record<string, string>>) => void;
}): ReactNode {
  if (fields.length === 0) return null;
  return (
    <FieldSet legend={<T k="mandates.limits" />} hint={<T k="mandates.limitsHint" />}>
      {fields.map(field => {
        const value = values[field] ?? "";
        return (
          <Field
            key={field}
            label={<T k="mandates.limitOf" field={<Said text={labelOf(field)} most={60} />} />}
            fault={value.trim() !== "" && !isDecimal(decimalOf(value)) ? <T k="mandates.limitWrong" /> : undefined}
          >
            {tied => (
              <TextInput
                tied={tied}
                short
                inputMode="decimal"
                value={value}
                onChange={given => onChange({ ...values, [field]: given })}
              />
            )}
          </Field>
        );
      })}
    </FieldSet>
  );
}

/** The limits that were filled in, in the order of their fields; `undefined` if one is no decimal. */
export function limitsOf(fields: readonly string[], values: Readonly<Record<string, string>>): Limit[] | undefined {
  const limits: Limit[] = [];
  for (const field of fields) {
    const max = decimalOf(values[field] ?? "");
    if (max === undefined) continue;
    if (!isDecimal(max)) return undefined;
    limits.push({ field, max });
  }
  return limits;
}

/** As the node reads it: up to 28 digits. */
function isDecimal(value: Draft): value is string {
  return typeof value === "string" && faultsOf({ type: "string", format: "decimal" }, value).length === 0;
}

/** The members of the data of these actions that are whole numbers or decimals, each once, by name. */
export function numbersIn(foundation: Foundation, actions: readonly string[]): string[] {
  const document = record(foundation.document);
  const all = record(document["actions"]);
  const types = record(document["types"]) as Readonly<Record<string, Schema>>;
  const responses = actions.flatMap(name => Object.values(record(record(all[name])["responses"])));
  const found = responses.flatMap(response => {
    const schema = record(response)["schema"];
    if (!isRecord(schema)) return [];
    const fields = Object.entries(resolve(schema as Schema, types).properties ?? {});
    return fields.flatMap(([field, one]) => (isNumber(resolve(one, types)) ? [field] : []));
  });
  return [...new Set(found)].sort();
}

function isNumber(schema: Schema): boolean {
  return schema.type === "integer" || (schema.type === "string" && schema.format === "decimal");
}

function record(value: Json | undefined): Readonly<Record<string, Json>> {
  return isRecord(value) ? value : {};
}
