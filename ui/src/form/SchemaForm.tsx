// A form for a schema of the dialect: one control for each field, nested as the data is.
import { createContext, useContext, useId, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Button, Choice, Field, FieldSet, Said, Select, TextArea, TextInput, type Tied } from "../components";
import { plain } from "../lib/hostile";
import { afterPress } from "../lib/press";
import type { Json } from "../api/types";
import { locale, T, t } from "../messages";
import { Hidden } from "./Hidden";
import { changed, type Change } from "./change";
import {
  begin,
  controlOf,
  decimalOf,
  integerOf,
  isRecord,
  labelOf,
  members,
  resolve,
  textOf,
  withMember,
  type Draft,
  type Schema,
} from "./schema";
import styles from "./SchemaForm.module.css";

/** A fault of a value, at the place that a JSON pointer names. */
export interface Finding {
  pointer: string;
  message: string;
}

/** A party that can be chosen. */
export interface PartyChoice {
  id: string;
  name: string;
}

interface Form {
  types: Readonly<Record<string, Schema>>;
  parties: readonly PartyChoice[];
  findings: ReadonlyMap<string, string>;
  /** Faults are said of what was touched, or of everything once somebody wanted to go on. */
  everything: boolean;
  touched: ReadonlySet<string>;
  touch: (pointer: string) => void;
}

const FormContext = createContext<Form | undefined>(undefined);

function useForm(): Form {
  const form = useContext(FormContext);
  if (form === undefined) throw new Error("a field stands in no form");
  return form;
}

/** The form of a schema. A record at the top stands without a frame of its own. */
export function SchemaForm({
  schema,
  value,
  onChange,
  parties = [],
  findings,
  everything,
}: {
  schema: Schema;
  value: Draft;
  onChange: (value: Draft) => void;
  parties?: readonly PartyChoice[];
  findings: readonly Finding[];
  everything: boolean;
}): ReactNode {
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const form = useMemo<Form>(
    () => ({
      types: schema.types ?? {},
      parties,
      findings: new Map([...findings].reverse().map(found => [found.pointer, found.message])),
      everything,
      touched,
      touch: pointer =>
        afterPress(() => setTouched(before => (before.has(pointer) ? before : new Set([...before, pointer])))),
    }),
    [schema.types, parties, findings, everything, touched],
  );
  const top = resolve(schema, form.types);
  // Some controls change their value long after they were drawn: they change what stands by then.
  const now = useRef({ value, onChange });
  useLayoutEffect(() => {
    now.current = { value, onChange };
  });
  const change = (change: Change): void => {
    now.current.value = changed(now.current.value, change);
    now.current.onChange(now.current.value);
  };
  return (
    <FormContext value={form}>
      {controlOf(top) === "record" ? (
        <Members schema={top} pointer="" value={value} onChange={change} />
      ) : (
        <Control schema={top} name="" pointer="" value={value} onChange={change} required />
      )}
    </FormContext>
  );
}

interface Place {
  schema: Schema;
  /** The member's name, for a label if the schema has no title. */
  name: string;
  pointer: string;
  value: Draft;
  onChange: (change: Change) => void;
  required: boolean;
}

function Members({ schema, pointer, value, onChange }: Omit<Place, "name" | "required">): ReactNode {
  return members(schema).map(([name, member]) => (
    <Control
      key={name}
      schema={member}
      name={name}
      pointer={`${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`}
      value={memberOf(value, name)}
      onChange={inner => onChange(old => withMember(old, name, changed(memberOf(old, name), inner)))}
      required={schema.required?.includes(name) ?? false}
    />
  ));
}

function Control(place: Place): ReactNode {
  const { types } = useForm();
  const schema = resolve(place.schema, types);
  const at = { ...place, schema };
  switch (controlOf(schema)) {
    case "record":
    case "attachment":
      return <Group {...at} />;
    case "list":
      return <List {...at} />;
    case "map":
      return <Dictionary {...at} />;
    case "switch":
      return <Switch {...at} />;
    case "choice":
      return <Choices {...at} />;
    default:
      return <Single {...at} />;
  }
}

function memberOf(value: Draft, name: string): Draft {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function itemsOf(value: Draft): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** The words of a field: title or name, and what it is for. Both are the scenario's, so foreign. */
function useWords({ schema, name, pointer, required }: Place): {
  label: ReactNode;
  hint: ReactNode | undefined;
  fault: ReactNode | undefined;
  text: string;
} {
  const form = useForm();
  const text = textOf(schema.title, locale) ?? labelOf(name);
  const description = textOf(schema.description, locale);
  const message = form.findings.get(pointer);
  return {
    text: plain(text, 80),
    label: (
      <>
        <Said text={text} most={120} />{" "}
        {!required && <span className={styles["optional"]}>{t("action.optional")}</span>}
      </>
    ),
    hint: description === undefined ? undefined : <Said text={description} most={400} />,
    fault: message !== undefined && (form.everything || form.touched.has(pointer)) ? message : undefined,
  };
}

/** A field with one control. */
function Single(place: Place): ReactNode {
  const { label, hint, fault } = useWords(place);
  const form = useForm();
  const { schema, pointer, value, onChange } = place;
  return (
    <div onBlur={() => form.touch(pointer)}>
      <Field label={label} {...(hint === undefined ? {} : { hint })} {...(fault === undefined ? {} : { fault })}>
        {tied => <Input tied={tied} schema={schema} value={value} onChange={onChange} parties={form.parties} />}
      </Field>
    </div>
  );
}

function Input({
  tied,
  schema,
  value,
  onChange,
  parties,
}: {
  tied: Tied;
  schema: Schema;
  value: Draft;
  onChange: (change: Change) => void;
  parties: readonly PartyChoice[];
}): ReactNode {
  const text = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const say = (typed: string): void => onChange(typed === "" ? undefined : typed);
  switch (controlOf(schema)) {
    case "integer":
      return (
        <WithUnit unit={schema["x-unit"]}>
          <TextInput
            tied={tied}
            value={text}
            onChange={typed => onChange(integerOf(typed))}
            inputMode="numeric"
            short
          />
        </WithUnit>
      );
    case "decimal":
      return <Decimal tied={tied} schema={schema} value={text} onChange={onChange} />;
    case "date":
      return <TextInput tied={tied} value={text} onChange={say} type="date" short />;
    case "moment":
      return <Moment tied={tied} value={text} onChange={onChange} />;
    case "duration":
      return <TextInput tied={tied} value={text} onChange={say} placeholder="P6M" mono short spellCheck={false} />;
    case "party":
      return (
        <Select
          tied={tied}
          value={text}
          onChange={say}
          options={[
            { value: "", text: t("action.choose") },
            ...parties.map(party => ({ value: party.id, text: plain(party.name, 60) })),
          ]}
        />
      );
    case "hidden":
      return <Hidden tied={tied} schema={schema} value={value} onChange={onChange} />;
    case "line":
      return <TextInput tied={tied} value={text} onChange={say} mono={schema.format === "hash"} />;
    case "lines":
      return <TextArea tied={tied} value={text} onChange={say} />;
    default:
      return <Opaque tied={tied} value={value} onChange={onChange} />;
  }
}

function WithUnit({ unit, children }: { unit: string | undefined; children: ReactNode }): ReactNode {
  if (unit === undefined) return children;
  return (
    <div className={styles["unit"]}>
      <span>
        <Said text={unit} most={12} />
      </span>
      {children}
    </div>
  );
}

/** Decimals are texts in the log. While typing, what was typed stays; leaving the field writes it as it will stand. */
function Decimal({
  tied,
  schema,
  value,
  onChange,
}: {
  tied: Tied;
  schema: Schema;
  value: string;
  onChange: (value: Draft) => void;
}): ReactNode {
  return (
    <WithUnit unit={schema["x-unit"]}>
      <span onBlur={() => onChange(decimalOf(value))}>
        <TextInput
          tied={tied}
          value={value}
          onChange={typed => onChange(typed === "" ? undefined : typed)}
          inputMode="decimal"
          placeholder="0.00"
          short
        />
      </span>
    </WithUnit>
  );
}

/** A moment: entered in the time of this place, kept in UTC. */
function Moment({ tied, value, onChange }: { tied: Tied; value: string; onChange: (value: Draft) => void }): ReactNode {
  const at = new Date(value);
  const local = Number.isNaN(at.getTime())
    ? value
    : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  const set = (typed: string): void => {
    const moment = new Date(typed);
    onChange(
      typed === "" ? undefined : Number.isNaN(moment.getTime()) ? typed : moment.toISOString().replace(".000Z", "Z"),
    );
  };
  return <TextInput tied={tied} value={local} onChange={set} type="datetime-local" short />;
}

/** Data of which the scenario says nothing: JSON by hand. */
function Opaque({ tied, value, onChange }: { tied: Tied; value: Draft; onChange: (value: Draft) => void }): ReactNode {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const set = (typed: string): void => {
    setText(typed);
    try {
      onChange(typed.trim() === "" ? undefined : (JSON.parse(typed) as Json));
    } catch {
      onChange(typed);
    }
  };
  return <TextArea tied={tied} value={text} onChange={set} mono />;
}

/** Fields that belong together. One that may be missing is added by hand. */
function Group(place: Place): ReactNode {
  const { label, hint, text } = useWords(place);
  const form = useForm();
  const { schema, pointer, value, onChange, required } = place;
  if (value === undefined && !required) {
    return (
      <p className={styles["add"]}>
        <Button size="small" onClick={() => onChange(begin(schema, form.types) ?? {})}>
          <T k="action.addNamed" name={text} />
        </Button>
      </p>
    );
  }
  return (
    <FieldSet legend={label} {...(hint === undefined ? {} : { hint })}>
      <div className={styles["inner"]}>
        <Members schema={schema} pointer={pointer} value={value} onChange={onChange} />
        {!required && <Remove text={text} onClick={() => onChange(undefined)} />}
      </div>
    </FieldSet>
  );
}

function Remove({ text, onClick }: { text: string; onClick: () => void }): ReactNode {
  return (
    <p className={styles["add"]}>
      <Button size="small" kind="quiet" onClick={onClick}>
        <T k="action.removeNamed" name={text} />
      </Button>
    </p>
  );
}

function List(place: Place): ReactNode {
  const { label, hint, fault, text } = useWords(place);
  const form = useForm();
  const { schema, pointer, value, onChange } = place;
  const items = itemsOf(value);
  const item = schema.items ?? {};
  const set = (at: number, inner: Change): void =>
    onChange(list =>
      itemsOf(list).map((old, index) => (index === at ? (changed(old ?? undefined, inner) ?? null) : old)),
    );
  return (
    <FieldSet legend={label} {...(hint === undefined ? {} : { hint })}>
      <div className={styles["inner"]}>
        {items.map((inner, at) => (
          <div key={at}>
            <Control
              schema={{ title: t("action.item", { text, number: at + 1 }), ...resolve(item, form.types) }}
              name={String(at + 1)}
              pointer={`${pointer}/${at}`}
              value={inner ?? undefined}
              onChange={next => set(at, next)}
              required
            />
            <Remove
              text={t("action.item", { text, number: at + 1 })}
              onClick={() => onChange(items.filter((_, index) => index !== at))}
            />
          </div>
        ))}
        {fault !== undefined && <p className="bad sm">{fault}</p>}
        {items.length < (schema.maxItems ?? 1_000) && (
          <p className={styles["add"]}>
            <Button size="small" onClick={() => onChange([...items, begin(item, form.types) ?? null])}>
              <T k="action.addItem" />
            </Button>
          </p>
        )}
      </div>
    </FieldSet>
  );
}

function Dictionary(place: Place): ReactNode {
  const { label, hint, fault, text } = useWords(place);
  const form = useForm();
  const [name, setName] = useState("");
  const { schema, pointer, value, onChange } = place;
  const entries = Object.entries(isRecord(value) ? value : {});
  const inner = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
  const free = name.trim() !== "" && !entries.some(([old]) => old === name.trim());
  return (
    <FieldSet legend={label} {...(hint === undefined ? {} : { hint })}>
      <div className={styles["inner"]}>
        {entries.map(([key, item]) => (
          <div key={key}>
            <Control
              schema={inner}
              name={key}
              pointer={`${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`}
              value={item}
              onChange={next => onChange(old => withMember(old, key, changed(memberOf(old, key), next) ?? null))}
              required
            />
            <Remove text={plain(key, 60)} onClick={() => onChange(withMember(value, key, undefined))} />
          </div>
        ))}
        {fault !== undefined && <p className="bad sm">{fault}</p>}
        <div className="row">
          <TextInput value={name} onChange={setName} short aria-label={t("action.newName", { text })} />
          <Button
            size="small"
            disabled={!free}
            onClick={() => {
              onChange(withMember(value, name.trim(), begin(inner, form.types) ?? null));
              setName("");
            }}
          >
            <T k="action.addItem" />
          </Button>
        </div>
      </div>
    </FieldSet>
  );
}

function Switch(place: Place): ReactNode {
  const { label, hint } = useWords(place);
  const { value, onChange } = place;
  return (
    <div className={styles["switch"]}>
      <Choice
        kind="checkbox"
        checked={value === true}
        onChange={onChange}
        label={label}
        {...(hint === undefined ? {} : { hint })}
      />
    </div>
  );
}

/** A few values stand below each other, more of them in a list. */
const RADIOS_MAX = 5;

function Choices(place: Place): ReactNode {
  const { label, hint, fault } = useWords(place);
  const group = useId();
  const { schema, value, onChange, required } = place;
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const word = (one: Json): string => (typeof one === "string" ? labelOf(one) : JSON.stringify(one));
  const chosen = values.findIndex(one => JSON.stringify(one) === JSON.stringify(value));
  if (values.length > RADIOS_MAX) {
    const none = { value: "-1", text: t("action.choose") };
    return (
      <Field label={label} {...(hint === undefined ? {} : { hint })} {...(fault === undefined ? {} : { fault })}>
        {tied => (
          <Select
            tied={tied}
            value={String(chosen)}
            onChange={at => onChange(values[Number(at)])}
            options={[none, ...values.map((one, at) => ({ value: String(at), text: plain(word(one), 80) }))]}
          />
        )}
      </Field>
    );
  }
  return (
    <FieldSet legend={label} {...(hint === undefined ? {} : { hint })}>
      {values.map((one, at) => (
        <Choice
          key={at}
          name={group}
          checked={at === chosen}
          onChange={() => onChange(one)}
          label={<Said text={word(one)} most={120} />}
        />
      ))}
      {!required && chosen >= 0 && (
        <Button size="small" kind="quiet" onClick={() => onChange(undefined)}>
          <T k="action.noChoice" />
        </Button>
      )}
      {fault !== undefined && <p className="bad sm">{fault}</p>}
    </FieldSet>
  );
}
