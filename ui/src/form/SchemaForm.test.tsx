import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState, type ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { faultsOf, type Draft, type Schema } from "./schema";
import { ProvingContext, type Proving } from "./Hidden";
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

test("what is answered later changes the form as it stands by then", async () => {
  const asks: Schema = {
    type: "object",
    properties: {
      one: { type: "string", format: "challenge" },
      two: { type: "string", format: "challenge" },
      note: { type: "string", maxLength: 80 },
    },
  };
  const changes: Draft[] = [];
  function Asking(): ReactNode {
    const [value, setValue] = useState<Draft>({});
    const onChange = (next: Draft): void => {
      changes.push(next);
      setValue(next);
    };
    return (
      <ProvingContext value={{} as Proving}>
        <SchemaForm schema={asks} value={value} onChange={onChange} findings={[]} everything={false} />
      </ProvingContext>
    );
  }
  render(<Asking />);
  fireEvent.change(screen.getByLabelText(/^Note/), { target: { value: "typed meanwhile" } });
  await vi.waitFor(() => expect(changes).toHaveLength(3), 10_000);
  const challenge: unknown = expect.stringMatching(/^challenge:/);
  expect(changes[2]).toEqual({ note: "typed meanwhile", one: challenge, two: challenge });
});
