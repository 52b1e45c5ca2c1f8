// Words, numbers, texts and signs of the surface text of expressions (docs/spec/rules.md, "Text").

import { parseJson } from "../json.js";
import { refuse } from "./rule.js";

/** One piece of a source. */
export interface Token {
  readonly kind: "name" | "integer" | "decimal" | "text" | "sign" | "end";
  /** As written; of a text what it says. */
  readonly text: string;
}

// Longer signs first, so that `<=` is not read as `<`.
const PIECE =
  /[ \t\n\r]*(?:([A-Za-z][A-Za-z0-9_]*)|([0-9]+\.[0-9]+)|([0-9]+)|("(?:[^"\\\u0000-\u001f]|\\.)*")|(==|!=|<=|>=|[<>+\-*/()[\]{},.:_])|($))/y;
const KINDS = ["name", "decimal", "integer", "text", "sign", "end"] as const;

/** The pieces of a source, the end last. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  PIECE.lastIndex = 0;
  for (;;) {
    const found = PIECE.exec(source);
    if (found === null) refuse("E401");
    const at = found.slice(1).findIndex(part => part !== undefined);
    const [kind, written] = [KINDS[at]!, found[at + 1]!];
    tokens.push({ kind, text: kind === "text" ? unquoted(written) : written });
    if (kind === "end") return tokens;
  }
}

/** What a text in quotes says; its escapes are those of JSON. */
function unquoted(written: string): string {
  try {
    const value = parseJson(written);
    if (typeof value === "string") return value;
  } catch {
    // Said below.
  }
  return refuse("E401");
}
