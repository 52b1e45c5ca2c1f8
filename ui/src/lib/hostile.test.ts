import { expect, test } from "vitest";
import { cutTo, pieces, plain } from "./hostile";

const marks = (text: string): string[] => pieces(text).flatMap(piece => ("mark" in piece ? [piece.mark] : []));
const words = (text: string): string =>
  pieces(text)
    .map(piece => ("words" in piece ? piece.words : ""))
    .join("");

test("plain words stay as they are, in any script", () => {
  for (const text of ["Bakkerij Noor B.V.", "日本語", "שלום עולם", "é ñ ü", "👩‍👩‍👧 ❤️", "two\nlines\tand a tab"]) {
    expect(words(text)).toBe(text);
    expect(marks(text)).toEqual([]);
  }
});

test.each([
  ["zero width", "Van\u200bDijk", "U+200B"],
  ["right to left override", "fdp.\u202etxt", "U+202E"],
  ["isolate", "\u2066x\u2069", "U+2066"],
  ["byte order mark", "\ufeffVan", "U+FEFF"],
  ["tag", "a\u{e0041}", "U+E0041"],
  ["null", "a\u0000b", "U+0000"],
  ["lone surrogate", "a\ud800b", "U+D800"],
  ["joiner between letters", "a\u200db", "U+200D"],
  ["filler", "\u3164", "U+3164"],
])("%s is marked", (_, text, code) => {
  expect(marks(text)).toContain(code);
});

test("the same character again and again is one mark", () => {
  expect(marks("\u200b".repeat(10_000))).toEqual(["U+200B × 10000"]);
});

test("letters are not piled up", () => {
  expect(words("a" + "\u0301".repeat(500)).length).toBeLessThan(10);
});

test("nothing is cut in the middle of a character", () => {
  expect(cutTo("ab😀", 3)).toEqual({ shown: "ab", left: 2 });
  expect(cutTo("abc", 3)).toEqual({ shown: "abc", left: 0 });
});

test("plain text for titles is isolated, bounded and without line breaks", () => {
  expect(plain("a\nb")).toBe("\u2068a b\u2069");
  expect(plain("x".repeat(500), 10)).toBe(`\u2068${"x".repeat(10)}…\u2069`);
  expect(plain("a\u202eb")).toBe("\u2068a[U+202E]b\u2069");
});
