/** Texts of writing a comment. */
export const comment = {
  hint: "Everybody in this contract reads it, and it stays. The process does not move.",
  label: "Write a comment",
  long: "This is too long: {bytes} of at most {most}.",
  send: "Sign and send",
  sent: "Signed and sent: {number}.",
  withToken: "To write a comment, sign in with a key of your own: a node signs nothing for people.",
} as const;
