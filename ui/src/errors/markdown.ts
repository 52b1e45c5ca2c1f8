// The Markdown of docs/errors: headings, paragraphs, lists, tables, code, links. Whatever is none of these is text, so
// there is nothing that cannot be read.

/** Words with their looks. */
export type Inline =
  | { kind: "text" | "code"; text: string }
  | { kind: "em" | "strong"; inside: readonly Inline[] }
  | { kind: "link"; to: string; inside: readonly Inline[] };

export type Block =
  | { kind: "heading"; level: number; inside: readonly Inline[] }
  | { kind: "paragraph"; inside: readonly Inline[] }
  | { kind: "list"; ordered: boolean; items: readonly (readonly Inline[])[] }
  | { kind: "table"; head: readonly (readonly Inline[])[]; rows: readonly (readonly (readonly Inline[])[])[] }
  | { kind: "code"; text: string };

/** Emphasis and links hold each other to this depth; deeper, marks are text. */
const DEPTH_MAX = 4;
const ITEM = /^(?:[-*]|(\d{1,9})\.) +(.*)$/;

/** Reads a document. */
export function blocksOf(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const [block, next] = blockAt(lines, at);
    if (block !== undefined) blocks.push(block);
    at = Math.max(next, at + 1);
  }
  return blocks;
}

/** The block that begins at a line, and the line after it. */
function blockAt(lines: readonly string[], at: number): [Block | undefined, number] {
  const line = lines[at] ?? "";
  if (line.trim() === "") return [undefined, at + 1];
  if (line.startsWith("```")) return codeAt(lines, at);
  const heading = /^(#{1,6}) +(.*)$/.exec(line);
  if (heading !== null) {
    return [{ kind: "heading", level: heading[1]!.length, inside: inlineOf(heading[2]!.replace(/ +#+$/, "")) }, at + 1];
  }
  if (line.startsWith("|") && /^\|[\s:|-]+\|\s*$/.test(lines[at + 1] ?? "")) return tableAt(lines, at);
  if (ITEM.test(line)) return listAt(lines, at);
  let end = at + 1;
  while (end < lines.length && !begins(lines[end]!)) end += 1;
  return [{ kind: "paragraph", inside: inlineOf(joined(lines.slice(at, end))) }, end];
}

/** Whether a line ends the paragraph before it. */
function begins(line: string): boolean {
  return line.trim() === "" || /^(```|#{1,6} |\|)/.test(line) || ITEM.test(line);
}

function codeAt(lines: readonly string[], at: number): [Block, number] {
  const end = lines.findIndex((line, index) => index > at && line.startsWith("```"));
  const last = end < 0 ? lines.length : end;
  return [{ kind: "code", text: lines.slice(at + 1, last).join("\n") }, last + 1];
}

function tableAt(lines: readonly string[], at: number): [Block, number] {
  let end = at + 2;
  while (lines[end]?.startsWith("|") === true) end += 1;
  const rows = lines.slice(at + 2, end).map(cells);
  return [{ kind: "table", head: cells(lines[at]!), rows }, end];
}

/** The cells of a row: a bar in code divides none. */
function cells(line: string): Inline[][] {
  const parts = line
    .trim()
    .replace(/^\||\|$/g, "")
    .match(/(?:`[^`]*`|[^|])+/g);
  return (parts ?? []).map(part => inlineOf(part.trim()));
}

function listAt(lines: readonly string[], at: number): [Block, number] {
  const ordered = ITEM.exec(lines[at]!)?.[1] !== undefined;
  const items: string[][] = [];
  let end = at;
  for (; end < lines.length; end += 1) {
    const line = lines[end]!;
    const item = ITEM.exec(line);
    if (item !== null && (item[1] !== undefined) === ordered) items.push([item[2]!]);
    else if (begins(line) && item === null && !/^ {2,}\S/.test(line)) break;
    else if (item !== null) break;
    else items.at(-1)?.push(line);
  }
  return [{ kind: "list", ordered, items: items.map(parts => inlineOf(joined(parts))) }, end];
}

function joined(lines: readonly string[]): string {
  return lines.map(line => line.trim()).join(" ");
}

const MARKS = /(`+)(.+?)\1(?!`)|\[([^\]]*)\]\(([^()\s]*)\)|\*\*([^*]+)\*\*|\*([^*\s](?:[^*`]|`[^`]*`)*)\*/;

/** Reads a line of words. */
export function inlineOf(text: string, depth = 0): Inline[] {
  const parts: Inline[] = [];
  let rest = text;
  for (let found = MARKS.exec(rest); found !== null; found = MARKS.exec(rest)) {
    if (found.index > 0) parts.push({ kind: "text", text: rest.slice(0, found.index) });
    rest = rest.slice(found.index + found[0].length);
    parts.push(marked(found, depth));
  }
  if (rest !== "") parts.push({ kind: "text", text: rest });
  return parts;
}

function marked(found: RegExpExecArray, depth: number): Inline {
  const [whole, , code, label, to, strong, em] = found;
  if (code !== undefined) return { kind: "code", text: code };
  if (depth >= DEPTH_MAX) return { kind: "text", text: whole };
  if (to !== undefined) return { kind: "link", to, inside: inlineOf(label ?? "", depth + 1) };
  return strong === undefined
    ? { kind: "em", inside: inlineOf(em ?? "", depth + 1) }
    : { kind: "strong", inside: inlineOf(strong, depth + 1) };
}

/** The anchor of a heading, as the book gives it. */
export function anchorOf(inside: readonly Inline[]): string {
  return plainOf(inside)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}

/** The words alone. */
export function plainOf(inside: readonly Inline[]): string {
  return inside.map(part => ("text" in part ? part.text : plainOf(part.inside))).join("");
}
