/** Texts of the diagram. The labels in it come from the scenario. */
export const diagram = {
  alternative: "The same in words",
  counterexample: "counterexample",
  current: "where it stands",
  label: "The process {title} as a diagram",
  next: "can come next",
  rest: "not reached",
  stuck: "stuck here",
  taken: "path taken, with entry numbers",
  zoomIn: "Larger",
  zoomOut: "Smaller",
  zoomReset: "Whole",
} as const;
