/** Texts of the pages about error codes. What a page says comes from docs/errors. */
export const errors = {
  all: "All codes",
  count: "{count, plural, =0 {No page has these words.} one {one page} other {# pages}}",
  lead: "Whatever is refused has a code: a stable word with a page that says what happened, why, and what to do.",
  list: "Codes",
  none: "No page is about {code}. It may belong to a newer version than this node.",
  search: "Search",
  searchHint: "A code, or words of what happened",
  title: "Error codes",
  toApp: "To the app",
} as const;
