import { provingWord, type ProvingWord } from "@countersign/sdk";
import type { ReactNode } from "react";
import type { Json } from "../api/types";
import { T, type Key } from "../messages";
import { DocumentRow } from "./Documents";
import { KeyValue } from "./Note";
import { Said, SaidBlock } from "./Said";

/** Deeper data is shown as text. */
const DEPTH_MAX = 6;
/** More members of one value are counted, not drawn. */
const MEMBERS_MAX = 100;
/** A longer text stands as a block. */
const LINE_MAX = 120;

const HIDDEN: Readonly<Record<ProvingWord, Key>> = {
  commitment: "common.fixed",
  challenge: "common.asked",
  proof: "common.proved",
};

/** Data of a contract: names and values, whatever they are. All of it is foreign text. */
export function Data({ value, depth = 0 }: { value: Json; depth?: number }): ReactNode {
  if (value === null) return <span className="dim">—</span>;
  if (typeof value === "boolean") return <T k={value ? "common.yes" : "common.no"} />;
  if (typeof value === "number") return <span className="num">{value}</span>;
  if (typeof value === "string") {
    // What programs write for people who prove something without showing it.
    const proving = provingWord(value);
    if (proving !== undefined) return <T k={HIDDEN[proving]} />;
    return value.length > LINE_MAX ? <SaidBlock text={value} /> : <Said text={value} />;
  }
  if (depth >= DEPTH_MAX) return <Said text={JSON.stringify(value)} />;
  if (isList(value)) {
    return (
      <ul className="list">
        {value.slice(0, MEMBERS_MAX).map((item, at) => (
          <li key={at}>
            <Data value={item} depth={depth + 1} />
          </li>
        ))}
      </ul>
    );
  }
  const attached = attachment(value);
  if (attached !== undefined) return <DocumentRow {...attached} />;
  const rows = Object.entries(value).slice(0, MEMBERS_MAX);
  return (
    <KeyValue
      rows={rows.map(([name, inner]) => [
        <Said key={name} text={label(name)} most={60} />,
        <Data key={name} value={inner} depth={depth + 1} />,
        isLarge(inner),
      ])}
    />
  );
}

/** Whether a value needs the whole width. */
function isLarge(value: Json): boolean {
  return typeof value === "string" ? value.length > LINE_MAX : typeof value === "object" && value !== null;
}

/** The record of an attachment, which is a file and not data. */
function attachment(value: Json): { name: string; media: string; size: number; hash: string } | undefined {
  const { name, media, bytes, hash, ...rest } = value as Record<string, Json>;
  const whole =
    typeof name === "string" && typeof media === "string" && typeof bytes === "number" && typeof hash === "string";
  if (!whole || Object.keys(rest).length > 0) return undefined;
  return { name, media, size: bytes, hash: hash.replace(/^sha256:/, "") };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** `first_rent` → `First rent`: names of data are written for machines. */
function label(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whether there is anything to show. */
export function hasData(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
