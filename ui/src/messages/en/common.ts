/** Words of many places. */
export const common = {
  chooseFile: "choose one",
  close: "Close",
  copied: "copied",
  copy: "Copy",
  copyCommand: "Copy the command",
  copyId: "Copy {id}",
  field: "Field",
  meaningAndBytes: "Meaning and bytes",
  no: "No",
  number: "No. {number}",
  showAll: "Show all {count} characters",
  you: "you",
  yes: "Yes",
  asked: "a question to be answered by a proof",
  fixed: "fixed, and not shown",
  proved: "proved, and not shown",
} as const;
