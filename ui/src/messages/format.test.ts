import { expect, test } from "vitest";
import { en } from "./en";
import { MessageError, names, pieces } from "./format";

const say = (source: string, values: Record<string, string | number>): string => pieces(source, values, "en").join("");

test("values, plurals and choices", () => {
  expect(say("Waiting for {who} since {time}.", { who: "Bea", time: "14:31" })).toBe("Waiting for Bea since 14:31.");
  const things = "{n, plural, =0 {nothing} one {one thing} other {# things of {who}}}";
  expect(say(things, { n: 0 })).toBe("nothing");
  expect(say(things, { n: 1 })).toBe("one thing");
  expect(say(things, { n: 1200, who: "Bea" })).toBe("1,200 things of Bea");
  expect(say("{x, select, a {A} other {else}}", { x: "a" })).toBe("A");
  expect(say("{x, select, a {A} other {else}}", { x: "q" })).toBe("else");
});

test("a choice inside a choice sees its own count", () => {
  const source = "{a, plural, one {one} other {#: {b, plural, one {1} other {#}}}}";
  expect(say(source, { a: 2, b: 3 })).toBe("2: 3");
});

test("a value that is missing shows its name", () => {
  expect(say("No. {number}", {})).toBe("No. {number}");
});

test.each(["{", "{n, plural, one {x}}", "}", "{n, plural, other {x}", "{N}"])("%s is no message", source => {
  expect(() => say(source, { n: 1 })).toThrow(MessageError);
});

test("every text of ours can be read", () => {
  const texts = Object.values(en).flatMap(part => Object.values<string>(part));
  expect(texts.length).toBeGreaterThan(100);
  for (const text of texts) expect(() => names(text), text).not.toThrow();
});
