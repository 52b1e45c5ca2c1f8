// A passkey as the lock of a key: its PRF extension gives 32 secret bytes, and they seal the seed.

/** A seed that a passkey opens. */
export interface Sealed {
  credential: Uint8Array<ArrayBuffer>;
  /** What the passkey is asked with. */
  salt: Uint8Array<ArrayBuffer>;
  nonce: Uint8Array<ArrayBuffer>;
  box: Uint8Array<ArrayBuffer>;
}

/** The device or browser cannot do it, or the person said no. */
export class PasskeyError extends Error {}

const PURPOSE = new TextEncoder().encode("countersign/passkey/v1");

/** Whether there is hope: the browser has passkeys, and this address may have one. Addresses of numbers may not. */
export function passkeysPossible(): boolean {
  return "PublicKeyCredential" in window && !/^[\d.]+$|:/.test(location.hostname);
}

/** Makes a passkey and seals a seed with it. */
export async function makePasskey(name: string, seed: Uint8Array<ArrayBuffer>): Promise<Sealed> {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const made = await navigator.credentials
    .create({
      publicKey: {
        rp: { name: "Countersign" },
        user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        pubKeyCredParams: [
          { type: "public-key", alg: -8 },
          { type: "public-key", alg: -7 },
        ],
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        extensions: { prf: {} },
      },
    })
    .catch(refused);
  if (!(made instanceof PublicKeyCredential) || made.getClientExtensionResults().prf?.enabled !== true) {
    throw new PasskeyError("no PRF");
  }
  const credential = new Uint8Array(made.rawId);
  const key = await sealingKey(credential, salt);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: PURPOSE }, key, seed);
  return { credential, salt, nonce, box: new Uint8Array(box) };
}

/** Opens a seed with its passkey. */
export async function openWithPasskey(sealed: Sealed): Promise<Uint8Array> {
  const key = await sealingKey(sealed.credential, sealed.salt);
  const seed = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: sealed.nonce, additionalData: PURPOSE },
    key,
    sealed.box,
  );
  return new Uint8Array(seed);
}

async function sealingKey(credential: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const got = await navigator.credentials
    .get({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        allowCredentials: [{ type: "public-key", id: credential }],
        userVerification: "required",
        extensions: { prf: { eval: { first: salt } } },
      },
    })
    .catch(refused);
  const secret = got instanceof PublicKeyCredential ? got.getClientExtensionResults().prf?.results?.first : undefined;
  if (secret === undefined) throw new PasskeyError("no PRF");
  const bytes = ArrayBuffer.isView(secret) ? new Uint8Array(secret.buffer.slice(0)) : new Uint8Array(secret);
  const base = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: PURPOSE };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

function refused(error: unknown): never {
  throw new PasskeyError(String(error));
}
