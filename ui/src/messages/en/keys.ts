/** Keys and what can go wrong with them. */
export const keys = {
  adminCommand: "Or, where the key is, by command:",
  adminKey: "admin key of a company, sealed with a passphrase",
  adminLocked: "The admin key of {party} is locked.",
  adminNone: "This browser has no admin key of {party}.",
  adminWhat:
    "Only the company itself can sign this. Its admin key was made before the node was: it is in the file keys.keystore of whoever did that. Import that file here; it stays in this browser, sealed with its passphrase.",
  badFile: "This is no key file that can be read: {code}.",
  locked: "Your key is locked.",
  lockedWhat: "The passphrase of {name} opens it until you sign out or go away.",
  none: "You are signed in with the token of the node. It can look, and signs nothing: sign in with a key of your own.",
  passkeyFailed: "The passkey did not open the key. Try again, or ask the operator of this node to enrol you anew.",
  unlock: "Unlock",
  wrongPassphrase: "This passphrase does not open it.",
} as const;
