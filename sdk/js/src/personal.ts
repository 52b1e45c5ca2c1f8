// Personal values on their way into a statement (docs/spec/scenario.md, "Personal data").

import { canonicalJson, isObject, type Json } from "./json.js";
import { commitment, commitmentText, newOpening, type Opening } from "./payload.js";
import { compileSchema, sealData, type Types } from "./rules/schema.js";

export { Invalid } from "./rules/schema.js";

/** A file, or an envelope, as a response names it. */
export interface AttachmentReference {
  commitment: string;
  name: string;
  media: string;
  bytes: number;
}

/** Data whose personal values lie in envelopes of their own. */
export interface SealedData {
  /** With commitments in the places of personal values. */
  data: Json;
  /** The envelopes, by the JSON pointers of these places: they belong among the attachments of the response. */
  attachments: Record<string, AttachmentReference[]>;
  /** What they hold: it travels with the statement. */
  openings: Opening[];
}

/**
 * Takes what is personal out of the data of a response, by the schema of its form, and puts each value into an envelope
 * with a salt of its own. Throws {@link Invalid} if a personal value does not fit.
 */
export function sealPersonal(schema: Json, data: Json): SealedData {
  if (!JSON.stringify(schema).includes('"x-personal"')) return { data, attachments: {}, openings: [] };
  const { types, ...own } = isObject(schema) ? schema : {};
  const compiled = compileSchema(own, (isObject(types) ? types : {}) as Types);
  const attachments: Record<string, AttachmentReference[]> = {};
  const openings: Opening[] = [];
  const sealed = sealData(compiled, data, (pointer, value) => {
    const opening = newOpening(canonicalJson(value));
    const text = commitmentText(commitment(opening));
    const bytes = opening.payload.length;
    attachments[pointer] = [{ commitment: text, name: "personal", media: "application/json", bytes }];
    openings.push(opening);
    return text;
  });
  return { data: sealed, attachments, openings };
}
