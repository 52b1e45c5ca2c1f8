// What a passphrase must be.

/** Characters. */
export const PASSPHRASE_MIN = 8;

/** What is wrong with a new passphrase, typed twice. */
export function passphraseFault(passphrase: string, again: string): "short" | "differs" | undefined {
  if (passphrase.length < PASSPHRASE_MIN) return "short";
  return passphrase === again ? undefined : "differs";
}
