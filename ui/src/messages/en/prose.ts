/** Texts of the contract as prose. The clauses come from the node. */
export const prose = {
  blank: "not filled in",
  blanks: "blank: filled in later",
  founded: "Founded {date}. Contract {id}.",
  lead: "The same contract as a text: what the node follows, in the words of paper.",
  now: "Here the contract stands now",
  printed: "Printed {time} from the copy of {who}.",
  reading: "Writing the contract as a text",
  state:
    "{number, plural, =0 {As founded} other {As of entry No. #}}; {final, plural, =0 {nothing is final yet} one {No. 1 is final} other {No. 1 to # are final}}. State {hash}.",
  title: "What the contract says",
} as const;
