import type { ReactNode } from "react";
import type { ContractView, Json, OpenAction, ResponseForm } from "../api/types";
import { Data, KeyValue, Said } from "../components";
import { isRecord, labelOf } from "../form/schema";
import type { Party } from "../lib/names";
import { T } from "../messages";
import type { Attachments } from "./Attach";
import { MAIN, processOf } from "./processes";
import styles from "./Sheet.module.css";

/** The statement in words: who, as whom, what, with which values and files, having seen what. */
export function Sheet({
  view,
  action,
  form,
  party,
  data,
  attachments,
}: {
  view: ContractView;
  action: OpenAction;
  form: ResponseForm;
  party: Party;
  data: Json;
  attachments: Attachments;
}): ReactNode {
  const seen = seenValues(view, action.process, action.seen ?? []);
  const within = processOf(view, action.process);
  return (
    <>
      <p>
        <b>
          <Said text={party.name} />
        </b>
        {": "}
        <Said text={action.title} />
        {action.responses.length > 1 && (
          <>
            {": "}
            <b>
              <Said text={form.title} />
            </b>
          </>
        )}
        .{" "}
        {within !== undefined && (
          <>
            <T k="process.inIt" process={<Said text={within} most={80} />} />{" "}
          </>
        )}
        <T k={action.kind === "performative" ? "action.kinds_performative" : "action.kinds_informative"} />
      </p>
      {action.clause !== undefined && (
        <p className={styles["clause"]}>
          <b>
            <T k="action.clause" number={<Said text={action.clause} most={20} />} />
          </b>
          {action.clause_words !== undefined && (
            <>
              {" "}
              <Said text={action.clause_words} most={2_000} />
            </>
          )}
        </p>
      )}
      {isRecord(data) && Object.keys(data).length > 0 && <Data value={data} />}
      {Object.values(attachments)
        .flat()
        .map(file => (
          <p key={file.commitment}>
            <T
              k="action.attached"
              file={<Said text={file.file} most={80} />}
              fingerprint={<code>{file.commitment.slice(7, 23)}</code>}
            />
          </p>
        ))}
      {seen.length > 0 && (
        <div className={styles["seen"]}>
          <p className="sm">
            <T k="action.seen" />
          </p>
          <KeyValue
            rows={seen.map(({ path, value }) => [
              <Said key={path} text={nameOf(path)} most={80} />,
              value === undefined ? (
                <span key={path} className="dim">
                  <T k="action.seenElsewhere" />
                </span>
              ) : (
                <Data key={path} value={value} depth={1} />
              ),
              isRecord(value),
            ])}
          />
        </div>
      )}
    </>
  );
}

/** What the signer says to have seen: a path of `seen` and its value, `null` if it has none yet. */
export interface Seen {
  path: string;
  /** Undefined if this page cannot tell it. */
  value: Json | undefined;
}

/** The values that `seen` names, as they stand now. Each path is signed for, so none is left out. */
export function seenValues(
  { process }: ContractView,
  within: string | undefined,
  paths: readonly string[],
): readonly Seen[] {
  const inMain = within === undefined || within === MAIN;
  // What the parent has under the same path is not what a process within it has.
  const around = process?.processes?.find(one => one.process === within) ?? (inMain ? process : undefined);
  return paths.map(path => {
    const [root = "", ...names] = path.split(".");
    const known = root === "assets" || root === "vars" || root === "inputs" ? around?.[root] : undefined;
    return { path, value: known === undefined ? undefined : valueAt(known, names) };
  });
}

/** A value below another; `null` where nothing is. */
function valueAt(value: Json, names: readonly string[]): Json {
  let found: Json = value;
  for (const name of names) found = isRecord(found) && Object.hasOwn(found, name) ? (found[name] ?? null) : null;
  return found;
}

/** `assets.rent.amount` → `Rent amount`; other paths as they are written. */
function nameOf(path: string): string {
  const below = /^(?:assets|vars|inputs)\.(.+)$/.exec(path)?.[1];
  return below === undefined ? path : labelOf(below.replaceAll(".", " "));
}
