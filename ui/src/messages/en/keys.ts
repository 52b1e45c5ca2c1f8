/** Keys and what can go wrong with them. */
export const keys = {
  badFile: "This is no key file that can be read: {code}.",
  locked: "Your key is locked.",
  lockedWhat: "The passphrase of {name} opens it until you sign out or go away.",
  none: "You are signed in with the token of the node. It can look, and signs nothing: sign in with a key of your own.",
  passkeyFailed: "The passkey did not open the key. Try again, or ask the operator of this node to enrol you anew.",
  unlock: "Unlock",
  wrongPassphrase: "This passphrase does not open it.",
} as const;
