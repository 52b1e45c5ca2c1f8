import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Party } from "../lib/names";
import { Counterparts, Data, Ladder, LEVELS, Said, SaidBlock } from ".";

afterEach(cleanup);

const party = (name: string, order: number): Party => ({
  id: name,
  name,
  monogram: "X",
  order,
  own: order === 0,
  roles: [],
});

test("foreign text is never markup", () => {
  const { container } = render(<Said text={'<img src=x onerror="alert(1)">'} />);
  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toContain("<img");
});

test("a long text is cut until somebody asks for it", () => {
  const { container } = render(<SaidBlock text={"x".repeat(50_000)} />);
  expect((container.textContent ?? "").length).toBeLessThan(3_000);
  screen.getByRole("button", { name: /Show all 50,000/ });
});

test("each level has its word, and its rungs", () => {
  const words = LEVELS.map(level => {
    const { container, unmount } = render(<Ladder level={level} />);
    const rungs = container.querySelectorAll("line.on").length;
    const text = container.textContent;
    unmount();
    return `${text} ${rungs}`;
  });
  expect(words).toEqual(["Signed 1", "Delivered 2", "Countersigned 3", "Final 4"]);
});

test("the cut is torn where a copy is behind, and whole where both are equal", () => {
  const row = { position: 1, text: "a", mark: "f98c" };
  const copies = [
    { party: party("Ada", 0), rows: [row], foot: "", equal: true },
    { party: party("Bob", 1), rows: [row], foot: "", equal: true },
    { party: party("Cyd", 2), rows: [{ position: 1, text: "a" }], foot: "", equal: false },
  ];
  const { container } = render(<Counterparts copies={copies} />);
  const cuts = [...container.querySelectorAll("svg.cut")].map(cut => cut.classList.contains("open"));
  expect(cuts).toEqual([false, true]);
  expect(screen.getByRole("article", { name: /Cyd/ }).textContent).toContain("not here yet");
});

test("data of any depth is drawn with bounds", () => {
  let deep: { inner: unknown } = { inner: "end" };
  for (let depth = 0; depth < 200; depth += 1) deep = { inner: deep };
  const { container } = render(<Data value={deep as never} />);
  expect(container.querySelectorAll("dl").length).toBeLessThan(10);
});
