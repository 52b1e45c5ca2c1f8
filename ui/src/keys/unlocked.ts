// The signers that are unlocked in this tab, by identity: nothing else knows them, and nothing is written.
import type { Signer } from "@countersign/sdk";

export const unlocked = new Map<string, Signer>();

/** Takes all unlocked keys out of memory. */
export function lockAll(): void {
  unlocked.clear();
}
