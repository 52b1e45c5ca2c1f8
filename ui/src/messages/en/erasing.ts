/** Texts of erasing a file. */
export const erasing = {
  all: "{all, plural, one {Erased by the only party.} other {Erased by all # parties.}}",
  asked: "{who} asked all parties to erase it, {number}: {reason}",
  ask: "Erase",
  askFor: "Erase {file}",
  before: "Each party erases it once {number} is final.",
  by: "Who has erased it",
  cancel: "Cancel",
  keeps:
    "What stays in the log: that a file of this name, type and size was attached, by whom and when, and that you asked to erase it. All signatures hold as before.",
  notOut:
    "Out of reach: copies that people saved, proofs made before, backups of the machines. A receipt is a signed promise, not more.",
  notYet: "not yet",
  reason: "Reason, for all to read",
  reasonHint: "A legal ground, such as GDPR 17(1)(b). It stays in the log, so name nobody in it.",
  send: "Sign and ask all to erase it",
  signs: "Signed as {party}, with its admin key. It cannot be taken back.",
  some: "Erased by {some} of {all}.",
  title: "Erase {file}?",
  who: "{names} delete the file and its salt, each at its own node, and sign that they did. Who is away does it when it is back.",
} as const;
