// Texts as the node orders and counts them: by the bytes of UTF-8, which is the order of code points, and in code points.

/** Order of texts: negative, zero or positive. That of JavaScript differs where surrogate pairs stand. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (one !== other) return rank(one) - rank(other);
  }
  return left.length - right.length;
}

/** A surrogate stands for a code point above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** The texts in order. */
export function sortedTexts(texts: Iterable<string>): string[] {
  return [...texts].sort(compareText);
}

/** How many code points a text has. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
