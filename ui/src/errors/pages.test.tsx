import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import Errors from "../pages/Errors";
import { anchorOf } from "./markdown";
import { pageFor, PAGES, search } from "./pages";

const CODES = readFileSync(join(import.meta.dirname, "../../../docs/errors/codes.txt"), "utf8")
  .split("\n")
  .filter(Boolean);

Element.prototype.scrollIntoView = () => undefined;
afterEach(cleanup);

test("there are codes", () => expect(CODES.length).toBeGreaterThan(100));

test.each(CODES)("%s has a page", code => {
  const { container } = render(<Errors params={{ code }} />);
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(code);
  expect(pageFor(code)?.summary).toMatch(/[.:]$/);
  screen.getByRole("heading", { name: "What to do" });
  // No mark is left over, outside of code.
  container.querySelectorAll("code, pre").forEach(element => element.remove());
  expect(container.textContent).not.toMatch(/`|\*\*|\]\(|^#/);
});

test("links between the pages lead to what is there", () => {
  let count = 0;
  for (const page of PAGES) {
    for (const [, to = ""] of JSON.stringify(page.blocks).matchAll(/"to":"([^"]*)"/g)) {
      const [file = "", anchor] = to.split("#");
      // Other documents are named, not linked.
      if (file.includes("/") || file === "README.md") continue;
      const target = file === "" ? page : pageFor(file.replace(".md", ""));
      expect(target, `${page.code}: ${to}`).toBeDefined();
      const anchors = target?.blocks.flatMap(block => (block.kind === "heading" ? [anchorOf(block.inside)] : []));
      if (anchor !== undefined) expect(anchors, `${page.code}: ${to}`).toContain(anchor);
      count += 1;
    }
  }
  // Pages link to each other at all: else nothing was checked.
  expect(count).toBeGreaterThan(0);
});

test("a finding of the check stands on the page of all findings", () => {
  const { container } = render(<Errors params={{ code: "E103" }} />);
  expect(container.querySelector("#e103")?.textContent).toBe("E103");
});

test("what is no code says so", () => {
  render(<Errors params={{ code: "no_such_code" }} />);
  screen.getByText(/No page is about/);
});

test("pages are found by code and by words", () => {
  render(<Errors params={{}} />);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "beyond mandate" } });
  screen.getByRole("link", { name: "beyond_mandate" });
  expect(screen.queryByRole("link", { name: "corrupt" })).toBeNull();
  expect(search("LIMIT of the signer").map(page => page.code)).toContain("beyond_mandate");
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "zzzz" } });
  screen.getByText("No page has these words.");
});
