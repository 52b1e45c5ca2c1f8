// The offline verifier of proof bundles: the second implementation, written from docs/spec/bundle.md.

import { equalBytes } from "../bytes.js";
import { sha256 } from "../hash.js";
import { idBytes } from "../ids.js";
import { canonicalText, type Json } from "../json.js";
import { readBundle } from "./bundle.js";
import { checkBundle } from "./check.js";
import { contentsOf, type Contents } from "./contents.js";
import { Found, hold, type Sentence, type Verdict } from "./finding.js";
import { recompute } from "./recompute.js";
import { notProvenBy, provenBy } from "./sentences.js";

export type { Finding, FindingCode, Section, Sentence, Verdict } from "./finding.js";
export type { Contents, NamedDocument, Signer } from "./contents.js";
export { BUNDLE_BYTES_MAX } from "./bundle.js";

/** What the reader brings. */
export interface VerifyOptions {
  /** The contract that the bundle must be about, `ctr_…`: compare its id with one that you got another way. */
  trust?: string | undefined;
}

/** Verifies a bundle without network and without a node. Never throws, whatever the bytes are. */
export function verify(bytes: Uint8Array, options: VerifyOptions = {}): Verdict {
  return inspect(bytes, options).verdict;
}

/** The same, with what the bundle shows if it holds: for pages that draw it. */
export function inspect(
  bytes: Uint8Array,
  { trust }: VerifyOptions = {},
): { verdict: Verdict; contents: Contents | undefined } {
  try {
    const bundle = readBundle(bytes);
    const held = checkBundle(bundle, trust);
    const recomputed = recompute(held);
    const whole = equalBytes(sha256(bundle.body), bundle.checksum);
    hold(whole, "checksum", "bad_checksum", "not the SHA-256 of everything before: the file is damaged");
    const trusted = trust !== undefined;
    const [proven, not_proven] = [provenBy(held, trusted, recomputed), notProvenBy(held, trusted, recomputed)];
    return { verdict: { verdict: "proven", finding: null, proven, not_proven }, contents: contentsOf(held) };
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    const verdict: Verdict = { verdict: "refused", finding: error.finding, proven: [], not_proven: [] };
    return { verdict, contents: undefined };
  }
}

/** A verdict as canonical JSON: what `countersign verify --json` prints. */
export function verdictJson({ verdict, finding, proven, not_proven }: Verdict): string {
  const sentences = (list: Sentence[]): Json => list.map(({ code, text, facts }) => ({ code, text, facts }));
  const found = finding === null ? null : { ...finding };
  return canonicalText({ verdict, finding: found, proven: sentences(proven), not_proven: sentences(not_proven) });
}

/** Whether a text is the id of a contract. */
export function isContractId(text: string): boolean {
  return idBytes("ctr", text) !== undefined;
}

/** A verdict for people. */
export function verdictText({ finding, proven, not_proven }: Verdict): string {
  if (finding !== null) {
    return `NOT PROVEN. This does not hold:\n  ${finding.object}: ${finding.message} [${finding.code}]\n`;
  }
  const list = (sentences: Verdict["proven"]) => sentences.map(({ text }) => `  - ${text}\n`).join("");
  return `PROVEN\n${list(proven)}\nNOT PROVEN BY THIS FILE\n${list(not_proven)}`;
}
