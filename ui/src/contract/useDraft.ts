import { prepare, type CheckedDraft, type Json as Payload, type Opening } from "@countersign/sdk";
import { useEffect, useMemo, useState } from "react";
import { client } from "../api/session";
import type { Json } from "../api/types";
import type { Own } from "../keys/useVoice";
import type { Attachments } from "./Attach";

/** What shall be signed: a payload, and what travels with it. The same object for as long as nothing of it changes. */
export interface Wish {
  payload: Json;
  /** Of personal values. */
  envelopes: readonly Opening[];
  attachments: Attachments;
}

/** The statement that the node drafted for a wish, compared with it. */
export type Drafted =
  | { state: "none" }
  | { state: "drafting" }
  | { state: "refused"; fault: unknown }
  | { state: "ready"; draft: CheckedDraft; wish: Wish };

/** How long somebody may type on before the node is asked. */
export const PAUSE_MS = 400;
/** A draft carries its time; an older one is drafted anew. */
const DRAFT_AGE_MS = 120_000;

/** One asking: an answer to another is none. */
interface Asking {
  identity: Own["identity"];
  contract: string;
  wish: Wish | undefined;
  turn: number;
}

/**
 * Lets the node draft a wish; anew whenever the contract grows, and when it is old. What it answered for another wish is
 * never ready: whoever signs, signs what the page shows.
 */
export function useDraft(
  identity: Own["identity"],
  contract: string,
  position: number,
  wished: Wish | undefined,
): { drafted: Drafted; again: () => void } {
  // The same words are the same wish: a field that is left says its value again, and the click that left it counts.
  const words = wished === undefined ? undefined : JSON.stringify(wished.payload);
  const wish = useMemo(() => wished, [words]);
  const [turn, setTurn] = useState(0);
  const [answer, setAnswer] = useState<{ to: Asking; position: number; drafted: Drafted }>();
  useEffect(() => {
    if (wish === undefined || identity === undefined) return undefined;
    const to: Asking = { identity, contract, wish, turn };
    let over = false;
    const draft = (): void => {
      // Drafting needs no key, only its name: nothing is signed before somebody says so.
      prepare(client, contract, { identity: identity.identity, key: identity.key }, "response", wish.payload as Payload)
        .then(found => over || setAnswer({ to, position, drafted: { state: "ready", draft: found, wish } }))
        .catch((fault: unknown) => over || setAnswer({ to, position, drafted: { state: "refused", fault } }));
    };
    const pause = setTimeout(draft, PAUSE_MS);
    const old = setInterval(draft, DRAFT_AGE_MS);
    return () => {
      over = true;
      clearTimeout(pause);
      clearInterval(old);
    };
  }, [identity, contract, position, wish, turn]);
  const again = (): void => setTurn(count => count + 1);
  if (wish === undefined || identity === undefined) return { drafted: { state: "none" }, again };
  const known = answer !== undefined && isSame(answer.to, { identity, contract, wish, turn });
  // While the contract grows a draft of the same wish stays, so that the button does not blink.
  const stands = known && (answer.position === position || answer.drafted.state === "ready");
  return { drafted: stands ? answer.drafted : { state: "drafting" }, again };
}

function isSame(one: Asking, other: Asking): boolean {
  return (
    one.identity === other.identity &&
    one.contract === other.contract &&
    one.wish === other.wish &&
    one.turn === other.turn
  );
}
