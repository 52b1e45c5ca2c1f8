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
} as const;
