import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Diagram } from "./Diagram";
import type { Diagram as Drawing, Layout } from "./types";

let room = 1_000;

beforeEach(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(readonly told: (entries: { contentRect: { width: number } }[]) => void) {}
      observe(): void {
        this.told([{ contentRect: { width: room } }]);
      }
      disconnect(): void {}
    },
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function layout(width: number, title: string): Layout {
  const text = { x: 10, y: 20, width: 50, anchor: "middle" as const, kind: "title" as const };
  return {
    width,
    height: 100,
    nodes: [
      {
        state: "drafting",
        x: 0,
        y: 0,
        width: 80,
        height: 40,
        standing: "taken",
        texts: [{ ...text, text: title }],
        chips: [],
      },
      {
        state: "signed",
        x: 120,
        y: 0,
        width: 80,
        height: 40,
        standing: "current",
        texts: [{ ...text, text: "Signed" }],
        chips: [{ actor: "bank", x: 130, y: 20, width: 24, height: 14, text: "MB" }],
        badge: { x: 120, y: -20, width: 80, height: 16, text: "Now: your turn" },
      },
    ],
    lines: [
      {
        edges: ["drafting:0"],
        source: "drafting",
        target: "signed",
        standing: "taken",
        path: "M80 20H120",
        points: [
          [80, 20],
          [120, 20],
        ],
        head: "M120 20l-9 -5v10z",
        texts: [{ ...text, kind: "label", text: "sign" }],
        marks: [],
      },
    ],
  };
}

const drawing: Drawing = {
  title: "Lease",
  language: "en",
  roles: [{ actor: "bank", title: "Bank", monogram: "MB" }],
  states: [
    { state: "drafting", title: "Drafting", kind: "state", initial: true, actors: [] },
    { state: "signed", title: "Signed", kind: "success", initial: false, actors: ["bank"] },
  ],
  edges: [],
  words: ["Drafting is the first state."],
  wide: layout(900, "wide"),
  narrow: layout(300, "narrow"),
};

test("the layout follows the room: a phone never gets the wide one shrunk", () => {
  room = 1_000;
  const wide = render(<Diagram drawing={drawing} />);
  expect(wide.container.textContent).toContain("wide");
  wide.unmount();
  room = 340;
  const narrow = render(<Diagram drawing={drawing} />);
  expect(narrow.container.textContent).toContain("narrow");
  expect(narrow.container.textContent).not.toContain("wide");
});

test("an end has a double border, and the current state its badge", () => {
  const { container } = render(<Diagram drawing={drawing} />);
  expect(container.querySelectorAll("rect.end")).toHaveLength(1);
  expect(container.querySelectorAll("rect.halo")).toHaveLength(1);
  screen.getByText("Now: your turn");
});

test("the same stands in words", () => {
  render(<Diagram drawing={drawing} />);
  screen.getByText("Drafting is the first state.");
});

test("a state can be pressed by mouse and by key", () => {
  const pressed = vi.fn();
  room = 1_000;
  render(<Diagram drawing={drawing} onState={pressed} />);
  const state = screen.getByRole("button", { name: /wide/ });
  fireEvent.click(state);
  fireEvent.keyDown(state, { key: "Enter" });
  expect(pressed.mock.calls).toEqual([["drafting"], ["drafting"]]);
});

test("what is larger than its room is zoomed by buttons and keys; Ctrl is left to the browser", () => {
  room = 850;
  const { container } = render(<Diagram drawing={{ ...drawing, wide: layout(1_200, "wide") }} />);
  const width = (): number => Number(container.querySelector("svg")?.getAttribute("width"));
  expect(width()).toBeCloseTo(1_200 * 0.9);
  fireEvent.click(screen.getByRole("button", { name: "Draw it larger" }));
  expect(width()).toBeCloseTo(1_200 * 0.9 * 1.25);
  const frame = screen.getByRole("group", { name: /Lease/ });
  fireEvent.keyDown(frame, { key: "-" });
  fireEvent.keyDown(frame, { key: "+", ctrlKey: true });
  expect(width()).toBeCloseTo(1_200 * 0.9);
  fireEvent.click(screen.getByRole("button", { name: "Show all" }));
  expect(width()).toBeCloseTo(850);
  expect(screen.getByRole("status").textContent).toBe("71%");
});

test("a drawing that has room shows no buttons for its size", () => {
  room = 1_000;
  render(<Diagram drawing={drawing} />);
  expect(screen.queryByRole("button", { name: "Show all" })).toBeNull();
});

test("a mouse drags the drawing, and whoever dragged has not pressed a state", () => {
  room = 850;
  render(<Diagram drawing={{ ...drawing, wide: layout(1_200, "wide") }} />);
  const frame = screen.getByRole("group", { name: /Lease/ });
  const captured = vi.fn();
  frame.setPointerCapture = captured;
  frame.scrollLeft = 100;
  const point = (type: string, clientX: number): void => {
    fireEvent(frame, new MouseEvent(type, { bubbles: true, clientX, clientY: 10 }));
  };
  point("pointerdown", 300);
  point("pointermove", 298);
  expect(captured).not.toHaveBeenCalled();
  point("pointermove", 260);
  expect(captured).toHaveBeenCalled();
  expect(frame.scrollLeft).toBe(140);
  point("pointerup", 260);
  point("pointermove", 0);
  expect(frame.scrollLeft).toBe(140);
});
