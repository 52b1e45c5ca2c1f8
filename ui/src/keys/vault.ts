// The keys of people in this browser: in IndexedDB, either as keys of WebCrypto that nobody can read out, or sealed.
// What is sealed is a keystore file in the format of the command (docs/spec/keystore.md).
import {
  beginIdentity,
  cardText,
  generateKeyPair,
  importSeed,
  inceptionId,
  keyName,
  webCryptoSigner,
  type Signer,
  type Voice,
} from "@countersign/sdk";
import type { StoredKey } from "@countersign/sdk/keystore";
import { Observed } from "../lib/observed";
import { inStore } from "./database";
import { unlocked } from "./unlocked";
import { makePasskey, openWithPasskey, type Sealed } from "./passkey";

/** How a key is kept. */
export type Keeping = "device" | "file" | "passkey";

/** A person's identity in this browser. Only one of `pair`, `file` and `sealed` is there. */
export interface Identity {
  /** `idn_…` */
  identity: string;
  name: string;
  /** The signed inception record as base32. */
  card: string;
  /** `key_…` */
  key: string;
  keeping: Keeping;
  pair?: CryptoKeyPair;
  file?: Uint8Array<ArrayBuffer>;
  sealed?: Sealed;
  created: number;
}

/** The passphrase is needed, and none was given. */
export class Locked extends Error {}

const IDENTITIES = { database: "countersign", store: "identities", keyPath: "identity" };

/** The identities of this browser, by name; `undefined` until they are read. */
export const identities = new Observed<readonly Identity[] | undefined>(undefined);

/** Reads the identities of this browser. */
export async function load(): Promise<void> {
  const all: Identity[] = await inStore(IDENTITIES, "readonly", store => store.getAll());
  identities.set(all.sort((one, other) => one.name.localeCompare(other.name)));
}

/** Keeps an identity, in place of one with the same id. */
export async function keep(identity: Identity): Promise<void> {
  await inStore(IDENTITIES, "readwrite", store => store.put(identity));
  await load();
}

/** Forgets an identity for good. */
export async function forgetIdentity(identity: string): Promise<void> {
  unlocked.delete(identity);
  await inStore(IDENTITIES, "readwrite", store => store.delete(identity));
  await load();
}

/** Makes a person with a first key, and does not keep it yet: the node may refuse. `secret` is a passphrase. */
export async function make(
  name: string,
  keeping: Keeping,
  secret?: string,
): Promise<{ made: Identity; signer: Signer }> {
  if (keeping === "device") {
    const pair = await generateKeyPair(false);
    const signer = await webCryptoSigner(pair);
    return { made: { ...(await begun(name, signer)), keeping, pair }, signer };
  }
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const signer = await webCryptoSigner(await importSeed(seed));
  const base = await begun(name, signer);
  const sealed: Partial<Identity> =
    keeping === "passkey" ? { sealed: await makePasskey(name, seed) } : { file: await sealFile(name, seed, secret) };
  seed.fill(0);
  return { made: { ...base, keeping, ...sealed }, signer };
}

async function begun(name: string, signer: Signer): Promise<Omit<Identity, "keeping">> {
  const inception = await beginIdentity("person", [{ purpose: "user", signer }]);
  return {
    identity: inceptionId(inception.inception),
    name,
    card: cardText(inception),
    key: keyName({ purpose: "user", key: signer.publicKey }),
    created: Date.now(),
  };
}

async function sealFile(
  name: string,
  seed: Uint8Array,
  passphrase: string | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  if (passphrase === undefined) throw new Locked();
  const { COSTS, newPerson, personKeys, sealKeystore } = await import("@countersign/sdk/keystore");
  const person = await newPerson(name, seed);
  return Uint8Array.from(await sealKeystore(personKeys(person), passphrase, COSTS.interactive));
}

/** The persons of an opened key file, ready to keep: each sealed with the passphrase of the file. */
export async function fromFile(keys: readonly StoredKey[], passphrase: string): Promise<Identity[]> {
  const { COSTS, people, personKeys, sealKeystore } = await import("@countersign/sdk/keystore");
  const found = await people(keys);
  return Promise.all(
    found.flatMap(person => {
      const key = person.keys[0];
      if (key === undefined) return [];
      const kept = async (): Promise<Identity> => ({
        identity: person.identity,
        name: person.name,
        card: cardText(person.inception),
        key: key.id,
        keeping: "file",
        file: Uint8Array.from(await sealKeystore(personKeys(person), passphrase, COSTS.interactive)),
        created: Number(key.created),
      });
      return [kept()];
    }),
  );
}

/** Whether the identity signs now without asking for anything. */
export function isOpen(identity: Identity): boolean {
  return identity.keeping === "device" || unlocked.has(identity.identity);
}

/** The voice of an identity. Throws `Locked` if its passphrase is needed, `KeystoreError` if it is wrong. */
export async function voiceOf(identity: Identity, passphrase?: string): Promise<Voice> {
  const signer = unlocked.get(identity.identity) ?? (await unlock(identity, passphrase));
  unlocked.set(identity.identity, signer);
  return { identity: identity.identity, key: identity.key, signer };
}

async function unlock(identity: Identity, passphrase: string | undefined): Promise<Signer> {
  if (identity.pair !== undefined) return webCryptoSigner(identity.pair);
  const seed =
    identity.sealed !== undefined ? await openWithPasskey(identity.sealed) : await fileSeed(identity, passphrase);
  const signer = await webCryptoSigner(await importSeed(seed));
  seed.fill(0);
  return signer;
}

async function fileSeed(identity: Identity, passphrase: string | undefined): Promise<Uint8Array> {
  if (identity.file === undefined || passphrase === undefined) throw new Locked();
  const { openKeystore, people } = await import("@countersign/sdk/keystore");
  const found = (await people(await openKeystore(identity.file, passphrase))).find(
    one => one.identity === identity.identity,
  );
  const key = found?.keys.find(one => one.id === identity.key);
  if (key === undefined) throw new Error("the file has no such key");
  return key.seed;
}
