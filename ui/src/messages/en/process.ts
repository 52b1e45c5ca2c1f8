/** Texts of the processes that run within a process. */
export const process = {
  alike: "{title} ({name})",
  all: "Show all {count}",
  as: "{process}, as {actor}",
  cancelled: "called off",
  data: "What it knows",
  failure: "without success",
  inIt: "In {process}.",
  of: "{action} ({process})",
  since: "Since {time}.",
  success: "done",
  timer: "Goes on by itself {time}.",
  title: "What runs within it",
  what: "{alive, plural, =0 {None of them goes on.} one {One of them goes on.} other {# of them go on.}}",
} as const;
