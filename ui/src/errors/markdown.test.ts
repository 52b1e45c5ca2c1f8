import { expect, test } from "vitest";
import { blocksOf, inlineOf, plainOf } from "./markdown";

test("the parts of a page", () => {
  const kinds = blocksOf(
    "# `busy`\n\nIt has\nno room.\n\n- One\n  and more.\n- Two\n\n1. First\n2. Then\n\n```console\n$ a | b\n```\n\n| a | b |\n|---|---|\n| `x|y` | [z](z.md) |\n",
  );
  expect(kinds.map(block => block.kind)).toEqual(["heading", "paragraph", "list", "list", "code", "table"]);
  const [heading, paragraph, list, ordered, code, table] = kinds;
  expect(heading).toEqual({ kind: "heading", level: 1, inside: [{ kind: "code", text: "busy" }] });
  expect(paragraph).toEqual({ kind: "paragraph", inside: [{ kind: "text", text: "It has no room." }] });
  expect(list?.kind === "list" && list.items.map(plainOf)).toEqual(["One and more.", "Two"]);
  expect(ordered?.kind === "list" && ordered.ordered).toBe(true);
  expect(code).toEqual({ kind: "code", text: "$ a | b" });
  expect(table?.kind === "table" && table.rows.map(row => row.map(plainOf))).toEqual([["x|y", "z"]]);
});

test("words and their marks", () => {
  expect(inlineOf("a `b*c` **d** *e `f*`* [g](h.md#i)")).toEqual([
    { kind: "text", text: "a " },
    { kind: "code", text: "b*c" },
    { kind: "text", text: " " },
    { kind: "strong", inside: [{ kind: "text", text: "d" }] },
    { kind: "text", text: " " },
    {
      kind: "em",
      inside: [
        { kind: "text", text: "e " },
        { kind: "code", text: "f*" },
      ],
    },
    { kind: "text", text: " " },
    { kind: "link", to: "h.md#i", inside: [{ kind: "text", text: "g" }] },
  ]);
});

test("whatever is no Markdown is text", () => {
  for (const text of ["`", "**", "[a](b c)", "[[[[", "2 * 3 * 4", "<b>x</b>", "*", "a ** b", "``", "|", "#nothing"]) {
    expect(blocksOf(text).map(block => (block.kind === "paragraph" ? plainOf(block.inside) : block.kind))).toEqual([
      text,
    ]);
  }
  expect(blocksOf("```\nnever closed")).toEqual([{ kind: "code", text: "never closed" }]);
  expect(blocksOf("")).toEqual([]);
  const long = "[".repeat(2_000) + "*".repeat(2_000);
  expect(blocksOf(long)).toHaveLength(1);
});
