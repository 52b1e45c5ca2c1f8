// The pages of docs/errors, taken along by the build. They are one chunk with the page that shows them.
import { blocksOf, plainOf, type Block } from "./markdown";

const texts = import.meta.glob<string>(["../../../docs/errors/*.md", "!../../../docs/errors/README.md"], {
  query: "?raw",
  import: "default",
  eager: true,
});

export interface ErrorPage {
  /** The code, or `scenario` for the findings of the check. */
  code: string;
  title: string;
  /** What happened, in a sentence. */
  summary: string;
  blocks: readonly Block[];
}

/** All pages, by code. */
export const PAGES: readonly ErrorPage[] = Object.entries(texts)
  .map(([path, text]) => pageOf(path.replace(/^.*\/|\.md$/g, ""), text))
  .sort((one, other) => (one.code < other.code ? -1 : 1));

function pageOf(code: string, text: string): ErrorPage {
  const blocks = blocksOf(text);
  const first = blocks.find(block => block.kind === "paragraph");
  const title = blocks.find(block => block.kind === "heading");
  return {
    code,
    title: title === undefined ? code : plainOf(title.inside),
    summary: first === undefined ? "" : plainOf(first.inside),
    blocks,
  };
}

/** The page of a code. A finding of the check, such as `E103`, stands on the page of all findings. */
export function pageFor(code: string): ErrorPage | undefined {
  const name = /^[ew]\d{3}$/i.test(code) ? "scenario" : code;
  return PAGES.find(page => page.code === name);
}

/** Pages that hold all of these words; without words, all. */
export function search(words: string): readonly ErrorPage[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return PAGES.filter(page => {
    const text = `${page.code} ${page.code.replaceAll("_", " ")} ${page.blocks.map(wordsOf).join(" ")}`.toLowerCase();
    return wanted.every(word => text.includes(word));
  });
}

function wordsOf(block: Block): string {
  switch (block.kind) {
    case "code":
      return block.text;
    case "list":
      return block.items.map(plainOf).join(" ");
    case "table":
      return [block.head, ...block.rows].flat().map(plainOf).join(" ");
    default:
      return plainOf(block.inside);
  }
}
