import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState, type ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { faultsOf, type Draft, type Schema } from "./schema";
import { SchemaForm } from "./SchemaForm";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const SCHEMA: Schema = {
  type: "object",
  properties: { terms: { $ref: "#/types/terms" } },
  required: ["terms"],
  types: {
    terms: {
      type: "object",
      properties: { years: { type: "integer", maximum: 10 }, law: { type: "string", enum: ["DE", "NL"] } },
      required: ["years", "law"],
    },
  },
};

function Form(): ReactNode {
  const [value, setValue] = useState<Draft>();
  return (
    <>
      <SchemaForm
        schema={SCHEMA}
        value={value}
        onChange={setValue}
        findings={faultsOf(SCHEMA, value)}
        everything={false}
      />
      <output>{JSON.stringify(value)}</output>
    </>
  );
}

test("a field that is left by a press says what is wrong after the press: its target stays where it is", () => {
  vi.useFakeTimers();
  render(<Form />);
  const years = screen.getByLabelText("Years");
  fireEvent.change(years, { target: { value: "11" } });
  fireEvent(document.body, new MouseEvent("pointerdown", { bubbles: true }));
  fireEvent.blur(years);
  expect(screen.queryByRole("alert")).toBeNull();
  fireEvent(document.body, new MouseEvent("pointerup", { bubbles: true }));
  fireEvent.click(screen.getByRole("radio", { name: "NL" }));
  act(() => vi.runAllTimers());
  screen.getByRole("alert");
  expect(screen.getByRole("status").textContent).toBe(JSON.stringify({ terms: { years: 11, law: "NL" } }));
});

test("a field that is left by the keyboard says so at once", () => {
  render(<Form />);
  const years = screen.getByLabelText("Years");
  fireEvent.change(years, { target: { value: "11" } });
  fireEvent.blur(years);
  screen.getByRole("alert");
});
