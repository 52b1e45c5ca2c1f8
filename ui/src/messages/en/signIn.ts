/** Texts of signing in and of enrolling. */
export const signIn = {
  choose: "Sign in as",
  ended: "Your session is over. Sign in again; nothing that you signed is lost.",
  enrol: "Make a key and enrol",
  enrolLead:
    "The operator of this node gave you a link. With it this browser makes a key of your own, and the node learns that you belong here.",
  enrolName: "Your name",
  enrolNameHint: "As your colleagues and partners know you. It stands beside what you sign.",
  enrolTitle: "Welcome to this node",
  keyFile: "A key file with a passphrase",
  keyFileWhat:
    "The key can be carried to other devices. It is sealed with your passphrase, in the format of the command.",
  keyDevice: "A key that never leaves this browser",
  keyDeviceWhat: "Nobody can copy it, not even you. If this browser loses its data, the operator enrols you again.",
  keyKind: "How to keep the key",
  keyPasskey: "A key sealed by a passkey",
  keyPasskeyMissing:
    "Not possible here: the browser or device has no passkey that can seal keys (PRF), or the address of this node has no name.",
  keyPasskeyWhat: "Your finger, face or security key unlocks it.",
  keyWhere: "The key is made in this browser and never sent.",
  lead: "Your key signs a challenge of the node. Nothing secret is sent.",
  locked: "Locked. Sign in again to go on.",
  noIdentity:
    "This browser has no key yet. Open the link that the operator of this node gave you, import a key file, or sign in with the token of the node.",
  passphrase: "Passphrase",
  passphraseAgain: "The same once more",
  passphraseDiffers: "The two are not the same.",
  passphraseHint: "At least 8 characters. It is asked for when you sign in.",
  passphraseShort: "At least 8 characters.",
  signIn: "Sign in",
  title: "Sign in",
  token: "Token of the node",
  tokenHint: "For operators. It is in the file api.token of the data directory.",
  tokenSignIn: "Sign in with the token",
  tokenTitle: "With the node’s token",
  unlock: "Unlock and sign in",
  working: "Signing in",
} as const;
