// What entries are called where there is room for a line.
import type { Entry } from "../api/types";
import { answerOf } from "../components";
import { plain } from "../lib/hostile";
import { t, type Key } from "../messages";

/** What an entry is called: the action and its answer, else the kind. */
export function titleOf(entry: Entry): string {
  if (entry.kind !== "response") return t(KINDS[entry.kind] ?? "chain.kind_other", { kind: plain(entry.kind, 40) });
  const { action, response } = answerOf(entry);
  return response === undefined || response === action ? action : `${action}: ${response}`;
}

const KINDS: Readonly<Record<string, Key>> = {
  comment: "chain.kind_comment",
  confirm: "chain.kind_confirm",
  erase: "chain.kind_erase",
  identity: "chain.kind_identity",
  invite: "chain.kind_invite",
  join: "chain.kind_join",
  key_rotate: "chain.kind_key_rotate",
  mandate: "chain.kind_mandate",
  mandate_revoke: "chain.kind_mandate_revoke",
  tick: "chain.kind_tick",
};
