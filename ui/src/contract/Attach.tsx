// Files of an action: dropped or chosen, committed to in this browser, sent only when the action is signed.
import {
  commitment,
  commitmentText,
  CHUNK_BYTES,
  newOpening,
  PAYLOAD_BYTES_MAX,
  toBase32,
  type Client,
  type Opening,
} from "@countersign/sdk";
import { useState, type ReactNode } from "react";
import type { ResponseForm } from "../api/types";
import { Button, DocumentRow, DropZone, FieldSet, Note, Said } from "../components";
import { bytes } from "../lib/ids";
import { labelOf } from "../form/schema";
import { locale, T } from "../messages";

/** A file that was committed to. */
export interface Attached {
  file: string;
  media: string;
  size: number;
  /** `sha256:` and 64 digits. */
  commitment: string;
  opening: Opening;
}

export type Attachments = Readonly<Record<string, readonly Attached[]>>;

type Slot = ResponseForm["attachments"][number];

/** Files up to this size travel with the statement. */
const INLINE_BYTES_MAX = CHUNK_BYTES;
/** All files that travel with one statement. */
const INLINE_TOTAL_MAX = 1 << 20;

/** Reads a file and commits to it with a salt of its own. */
async function attach(file: File, slot: Slot): Promise<Attached> {
  const opening = newOpening(new Uint8Array(await file.arrayBuffer()));
  return {
    // The name of a personal file would tell.
    file: slot.personal === undefined ? file.name : slot.name,
    media: file.type === "" ? "application/octet-stream" : file.type,
    size: file.size,
    commitment: commitmentText(commitment(opening)),
    opening,
  };
}

/** How a statement names its files. */
export function references(
  attachments: Attachments,
): Record<string, { commitment: string; name: string; media: string; bytes: number }[]> {
  return Object.fromEntries(
    Object.entries(attachments)
      .filter(([, files]) => files.length > 0)
      .map(([name, files]) => [
        name,
        files.map(file => ({ commitment: file.commitment, name: file.file, media: file.media, bytes: file.size })),
      ]),
  );
}

/** Uploads the files that are too long to travel with the statement; gives the openings of the others. */
export async function upload(client: Client, contract: string, attachments: Attachments): Promise<Opening[]> {
  const inline: Opening[] = [];
  let total = 0;
  for (const file of Object.values(attachments).flat()) {
    if (file.size <= INLINE_BYTES_MAX && total + file.size <= INLINE_TOTAL_MAX) {
      inline.push(file.opening);
      total += file.size;
      continue;
    }
    await client.request("PUT", `/v1/contracts/${contract}/payloads/${encodeURIComponent(file.commitment)}`, {
      content: new Uint8Array(file.opening.payload),
      headers: { "payload-salt": toBase32(file.opening.salt) },
    });
  }
  return inline;
}

/** Whether all files that must be there are. */
export function complete(slots: readonly Slot[], attachments: Attachments): boolean {
  return slots.every(slot => {
    const count = attachments[slot.name]?.length ?? 0;
    const least = slot.many?.min ?? 1;
    return (count === 0 && slot.optional) || (count >= least && count <= mostFiles(slot));
  });
}

/** How many files a place takes. */
function mostFiles(slot: Slot): number {
  return slot.many?.max ?? 1;
}

/** A place for each attachment of a response. */
export function AttachmentFields({
  slots,
  attachments,
  onChange,
}: {
  slots: readonly Slot[];
  attachments: Attachments;
  onChange: (attachments: Attachments) => void;
}): ReactNode {
  return slots.map(slot => (
    <AttachmentField
      key={slot.name}
      slot={slot}
      files={attachments[slot.name] ?? []}
      onChange={files => onChange({ ...attachments, [slot.name]: files })}
    />
  ));
}

type Fault = { kind: "size"; file: string; most: number } | { kind: "unreadable"; file: string };

function AttachmentField({
  slot,
  files,
  onChange,
}: {
  slot: Slot;
  files: readonly Attached[];
  onChange: (files: readonly Attached[]) => void;
}): ReactNode {
  const [reading, setReading] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const most = Math.min(slot.bytes_max ?? PAYLOAD_BYTES_MAX, PAYLOAD_BYTES_MAX);
  const room = mostFiles(slot) - files.length;
  const take = (given: readonly File[]): void => {
    const large = given.find(file => file.size > most);
    if (large !== undefined) return setFault({ kind: "size", file: large.name, most });
    setFault(undefined);
    setReading(true);
    Promise.all(given.slice(0, room).map(file => attach(file, slot)))
      .then(attached => onChange([...files, ...attached]))
      .catch(() => setFault({ kind: "unreadable", file: given[0]?.name ?? "" }))
      .finally(() => setReading(false));
  };
  return (
    <FieldSet
      legend={
        <>
          <Said text={labelOf(slot.name)} most={80} /> {slot.optional && <T k="action.optional" />}{" "}
          {slot.many !== undefined && <T k="action.files" min={slot.many.min} max={slot.many.max} />}
        </>
      }
    >
      {files.map((file, at) => (
        <div key={file.commitment} className="row spread">
          <DocumentRow name={file.file} media={file.media} size={file.size} hash={file.commitment.slice(7)} />
          <Button size="small" kind="quiet" onClick={() => onChange(files.filter((_, index) => index !== at))}>
            <T k="action.remove" />
          </Button>
        </div>
      ))}
      {room > 0 && (
        <DropZone
          multiple={room > 1}
          onFiles={given => {
            if (given.length > 0) take(given);
          }}
          {...(slot.media === undefined ? {} : { accept: slot.media.join(",") })}
        >
          <T k={reading ? "action.readingFile" : "action.drop"} />
        </DropZone>
      )}
      {fault !== undefined && (
        <Note kind="wait" alert>
          {fault.kind === "size" ? (
            <T k="action.tooLarge" file={<Said text={fault.file} most={80} />} most={bytes(fault.most, locale)} />
          ) : (
            <T k="action.unreadable" file={<Said text={fault.file} most={80} />} />
          )}
        </Note>
      )}
    </FieldSet>
  );
}
