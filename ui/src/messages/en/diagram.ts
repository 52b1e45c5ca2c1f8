/** Texts of the diagram. The labels in it come from the scenario. */
export const diagram = {
  alternative: "The same in words",
  counterexample: "counterexample",
  label: "The process {title} as a diagram",
  next: "can come next",
  rest: "not reached",
  taken: "path taken",
} as const;
