/** Texts of the diagram. The labels in it come from the scenario. */
export const diagram = {
  alternative: "The same in words",
  counterexample: "counterexample",
  fit: "Show all",
  label: "The process {title} as a diagram",
  larger: "Draw it larger",
  next: "can come next",
  rest: "not reached",
  scale: "{percent}%",
  smaller: "Draw it smaller",
  taken: "path taken",
  zoom: "Size of the drawing",
} as const;
