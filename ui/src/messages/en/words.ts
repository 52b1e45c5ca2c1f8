/** The ladder of certainty. */
export const ladder = {
  anchored: "anchored",
  countersigned: "Countersigned",
  countersignedMeans:
    "All parties have signed that their copies say the same. Its place may still change, in rare cases.",
  delivered: "Delivered",
  deliveredMeans: "Another party has signed that it has it, and sees to it that it is not lost.",
  final: "Final",
  finalMeans: "All parties have signed that they hold the signatures of all. Nothing changes any more.",
  local: "Signed",
  localMeans: "Its author has signed it. It is on the disk of one node; others do not know it.",
  some: "{some} of {all}",
  steps: "How certain it is",
} as const;

/** Copies beside each other. */
export const counterparts = {
  behind: "{who} still has to receive {count, plural, =1 {No. {first}} other {No. {first} to {last}}}.",
  behindSeen:
    "{who} still has to receive {count, plural, =1 {No. {first}} other {No. {first} to {last}}}. Their node was last seen at {time}.",
  entries: "{count, plural, =0 {no entries} one {# entry} other {# entries}}",
  equal: "All copies are equal.",
  equalTo: "Equal up to {number}.",
  equalToNone: "The copies have nothing in common yet.",
  notHere: "not here yet",
  one: "Nobody else holds a copy yet.",
  state: "state {fingerprint}",
  title:
    "{count, plural, =1 {One copy} =2 {Two copies, side by side} =3 {Three copies, side by side} other {# copies}}",
} as const;

/** Receipts. */
export const receipts = {
  all: "all {all}",
  explain: "One square for each entry. Green is final, blue is countersigned by this party, dashed is on its way.",
  label: "{some} of {all} entries countersigned, {final} of them final",
  matrix: "Receipts by party and entry",
  number: "No.",
  some: "{some} of {all}",
  statement: "Statement",
  title: "Who has countersigned",
} as const;

/** Documents of a contract. */
export const documents = {
  by: "{number}, by {who}.",
  empty: "No document was attached.",
  erased: "Erased. That it was there is still proven.",
  reading: "Reading the documents",
  title: "Documents",
} as const;

/** How a page says what it does not have. */
export const states = {
  again: "Try again",
  notTheNode: "What answered is not the node. Something may stand between this page and it.",
  pageFault: "This page could not work with the answer of the node.",
  stale: "This is how it stood at {time}. The node could not be asked again.",
  unreachable: "The node does not answer. It may be stopped or restarting; this page tries again by itself.",
  waitingFor: "Waiting for {who}",
  waitingForSince: "Waiting for {who} since {time}",
} as const;
