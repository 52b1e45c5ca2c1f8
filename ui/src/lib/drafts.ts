// What somebody began to fill in, kept in this browser until it is signed or dropped. Files are not kept. The place of
// a draft names the person: whoever signs in next does not find it.
import type { Json } from "../api/types";

/** A form that was left. */
export interface Kept {
  response: string;
  data: Json;
  /** When, RFC 3339. */
  at: string;
}

const PREFIX = "countersign.draft.";
/** A longer draft is not kept. */
const BYTES_MAX = 256 * 1024;

/** The draft of a place, if there is one that can be read. */
export function keptDraft(place: string): Kept | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + place) ?? "null") as Partial<Kept> | null;
    if (typeof found?.response !== "string" || typeof found.at !== "string") return undefined;
    return { response: found.response, data: found.data ?? {}, at: found.at };
  } catch {
    return undefined;
  }
}

/** Keeps a draft; a browser that keeps nothing keeps nothing. */
export function keepDraft(place: string, draft: { response: string; data: Json | undefined }): Kept | undefined {
  const kept: Kept = { response: draft.response, data: draft.data ?? {}, at: new Date().toISOString() };
  const text = JSON.stringify(kept);
  if (text.length > BYTES_MAX) return undefined;
  try {
    localStorage.setItem(PREFIX + place, text);
    return kept;
  } catch {
    return undefined;
  }
}

/** Drops a draft. */
export function forgetDraft(place: string): void {
  try {
    localStorage.removeItem(PREFIX + place);
  } catch {
    // Without a store there was no draft.
  }
}
