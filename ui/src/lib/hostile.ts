// Text that others wrote may try to look like something else. It is cut into plain pieces and marks for what cannot be
// seen, so that nothing invisible stays invisible and nothing reorders the page.

/** A piece of foreign text: words as they are, or a mark for characters that do not show. */
export type Piece = { words: string } | { mark: string };

/** Controls, zero-width and bidirectional characters, tags, variation selectors, fillers, private use, lone surrogates. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ue000-\uf8ff\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\u{f0000}-\u{10ffff}\ud800-\udfff]/u;
/** More marks on one letter than any language has. */
const PILE = /(\p{M}{4})\p{M}+/gu;

/** `U+200B`; the same character again and again is one mark with a count. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let words = "";
  let unseen: { code: string; count: number } | undefined;
  const flush = (): void => {
    if (words !== "") out.push({ words: words.replace(PILE, "$1") });
    if (unseen !== undefined) out.push({ mark: unseen.count === 1 ? unseen.code : `${unseen.code} × ${unseen.count}` });
    words = "";
    unseen = undefined;
  };
  // An emoji joins its parts with zero-width joiners and a selector: that is how it is written, and it shows.
  const joined = /(?:\p{Extended_Pictographic}\ufe0f?\u200d?)+\ufe0f?/uy;
  for (let at = 0; at < text.length;) {
    joined.lastIndex = at;
    const emoji = joined.exec(text)?.[0];
    const character = emoji ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
    at += character.length;
    if (emoji === undefined && UNSEEN.test(character)) {
      const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
      if (unseen?.code !== code) flush();
      unseen = { code, count: (unseen?.count ?? 0) + 1 };
    } else {
      if (unseen !== undefined) flush();
      words += character;
    }
  }
  flush();
  return out;
}

/** The same as plain text, for titles and labels: at most `most` characters. */
export function plain(text: string, most = 200): string {
  const cut = cutTo(text, most);
  const shown = pieces(cut.shown)
    .map(piece => ("words" in piece ? piece.words : `[${piece.mark}]`))
    .join("");
  // Isolated, so that a right-to-left name does not turn the sentence around it.
  return `\u2068${shown.replace(/\s+/g, " ")}${cut.left > 0 ? "…" : ""}\u2069`;
}

/** The first characters, and how many are left. Never cuts a character in two. */
export function cutTo(text: string, most: number): { shown: string; left: number } {
  if (text.length <= most) return { shown: text, left: 0 };
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most;
  return { shown: text.slice(0, end), left: text.length - end };
}
