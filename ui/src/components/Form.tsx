import { useId, useState, type DragEvent, type ReactNode } from "react";
import { T } from "../messages";
import styles from "./Form.module.css";

/** What a control needs to be tied to its label, hint and fault. */
export interface Tied {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

/** A labelled control. The hint says what is expected, the fault what is wrong, both are read with the control. */
export function Field({
  label,
  hint,
  fault,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  fault?: ReactNode;
  children: (tied: Tied) => ReactNode;
}): ReactNode {
  const id = useId();
  const described = [hint === undefined ? "" : `${id}-hint`, fault === undefined ? "" : `${id}-fault`]
    .filter(Boolean)
    .join(" ");
  return (
    <div className={styles["field"]}>
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <span id={`${id}-hint`} className={styles["hint"]}>
          {hint}
        </span>
      )}
      {children({
        id,
        "aria-describedby": described === "" ? undefined : described,
        "aria-invalid": fault === undefined ? undefined : true,
      })}
      {fault !== undefined && (
        <span id={`${id}-fault`} className={styles["fault"]} role="alert">
          {fault}
        </span>
      )}
    </div>
  );
}

/** Fields that belong together. */
export function FieldSet({
  legend,
  hint,
  children,
}: {
  legend: ReactNode;
  hint?: ReactNode;
  children: ReactNode;
}): ReactNode {
  return (
    <fieldset className={styles["set"]}>
      <legend>{legend}</legend>
      {hint !== undefined && <p className={styles["hint"]}>{hint}</p>}
      {children}
    </fieldset>
  );
}

/** A line of text; `mono` for what a machine checks. */
export function TextInput({
  tied,
  value,
  onChange,
  mono = false,
  short = false,
  ...rest
}: {
  tied?: Tied;
  value: string;
  onChange: (value: string) => void;
  mono?: boolean;
  short?: boolean;
  type?: "text" | "password" | "search" | "date" | "datetime-local" | "url" | "email";
  autoComplete?: string;
  placeholder?: string;
  required?: boolean;
  inputMode?: "decimal" | "numeric" | "text";
  spellCheck?: boolean;
  "aria-label"?: string;
}): ReactNode {
  const look = [styles["input"], mono ? styles["inputMono"] : "", short ? styles["short"] : ""].join(" ");
  return (
    <input
      type="text"
      {...tied}
      {...rest}
      className={look}
      value={value}
      onChange={event => onChange(event.target.value)}
    />
  );
}

/** Several lines, in the voice of a party. */
export function TextArea({
  tied,
  value,
  onChange,
  mono = false,
}: {
  tied?: Tied;
  value: string;
  onChange: (value: string) => void;
  mono?: boolean;
}): ReactNode {
  const look = `${styles["input"]} ${styles["area"]} ${mono ? styles["inputMono"] : "words"}`;
  return <textarea {...tied} className={look} value={value} onChange={event => onChange(event.target.value)} />;
}

/** One of a few words. */
export function Select({
  tied,
  value,
  onChange,
  options,
}: {
  tied?: Tied;
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; text: string }[];
}): ReactNode {
  return (
    <select {...tied} className={styles["input"]} value={value} onChange={event => onChange(event.target.value)}>
      {options.map(option => (
        <option key={option.value} value={option.value}>
          {option.text}
        </option>
      ))}
    </select>
  );
}

/** One choice of several, or a switch, with what it means. */
export function Choice({
  kind = "radio",
  name,
  checked,
  onChange,
  disabled = false,
  label,
  hint,
}: {
  kind?: "radio" | "checkbox";
  name?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  label: ReactNode;
  hint?: ReactNode;
}): ReactNode {
  return (
    <label className={styles["choice"]}>
      <input
        type={kind}
        name={name}
        checked={checked}
        disabled={disabled}
        onChange={event => onChange(event.target.checked)}
      />
      <span>
        {label}
        {hint !== undefined && <span className={styles["hint"]}>{hint}</span>}
      </span>
    </label>
  );
}

/** Takes files by dropping or choosing. */
export function DropZone({
  onFiles,
  accept,
  multiple = false,
  children,
}: {
  onFiles: (files: File[]) => void;
  accept?: string;
  multiple?: boolean;
  children: ReactNode;
}): ReactNode {
  const [over, setOver] = useState(false);
  const dropped = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const files = [...event.dataTransfer.files];
    if (files.length > 0) onFiles(multiple ? files : files.slice(0, 1));
  };
  return (
    <label
      className={`${styles["drop"]} ${over ? styles["over"] : ""}`}
      onDragOver={event => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      <input
        type="file"
        className="hidden"
        accept={accept}
        multiple={multiple}
        onChange={event => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <span>
        {children}{" "}
        <u>
          <T k="common.chooseFile" />
        </u>
      </span>
    </label>
  );
}

/** What is signed, as a sheet of paper in the voice of the party; below it who signs, when, having seen what. */
export function SigningSheet({ children, foot }: { children: ReactNode; foot: ReactNode }): ReactNode {
  return (
    <div className={styles["sheet"]}>
      <div className="words">{children}</div>
      <p className={`words ${styles["sheetFoot"]}`}>{foot}</p>
    </div>
  );
}
