// Admin keys of companies in this browser, from the key file of the command. They found contracts, invite, join, and say
// who may act: each is sealed in IndexedDB with the passphrase of the file it came from, like a person's key.
import { importSeed, webCryptoSigner, type Signer, type Voice } from "@countersign/sdk";
import type { StoredKey } from "@countersign/sdk/keystore";
import { Observed } from "../lib/observed";
import { inStore } from "./database";
import { unlocked } from "./unlocked";
import { Locked } from "./vault";

/** An admin key, sealed. */
export interface CompanyKey {
  /** `key_…` */
  key: string;
  /** As its file calls it. */
  name: string;
  file: Uint8Array<ArrayBuffer>;
  created: number;
}

const KEYS = { database: "countersign-companies", store: "keys", keyPath: "key" };

/** The admin keys of this browser; `undefined` until they are read. */
export const companyKeys = new Observed<readonly CompanyKey[] | undefined>(undefined);

/** Changes whenever a key is unlocked, so that every place on a page knows it. */
export const companyOpened = new Observed(0);

/** Reads the admin keys of this browser. */
export async function loadCompanyKeys(): Promise<void> {
  const all: CompanyKey[] = await inStore(KEYS, "readonly", store => store.getAll());
  companyKeys.set(all.sort((one, other) => one.name.localeCompare(other.name)));
}

/** Keeps the admin keys of an opened file, sealed with its passphrase; gives how many. */
export async function keepCompanyKeys(keys: readonly StoredKey[], passphrase: string): Promise<number> {
  const { admins, COSTS, sealKeystore } = await import("@countersign/sdk/keystore");
  const found = admins(keys);
  for (const admin of found) {
    const stored = keys.filter(key => key.id === `admin/${admin.id}`);
    const file = Uint8Array.from(await sealKeystore(stored, passphrase, COSTS.interactive));
    const kept: CompanyKey = { key: admin.id, name: admin.name, file, created: Number(admin.created) };
    await inStore(KEYS, "readwrite", store => store.put(kept));
  }
  if (found.length > 0) await loadCompanyKeys();
  return found.length;
}

/** Forgets an admin key for good. */
export async function forgetCompanyKey(key: string): Promise<void> {
  unlocked.delete(key);
  await inStore(KEYS, "readwrite", store => store.delete(key));
  await loadCompanyKeys();
}

/** Whether it signs now without asking for anything. */
export function isCompanyOpen(key: CompanyKey): boolean {
  return unlocked.has(key.key);
}

/** The voice of a company. Throws `Locked` if the passphrase is needed, `KeystoreError` if it is wrong. */
export async function companyVoice(key: CompanyKey, party: string, passphrase?: string): Promise<Voice> {
  const signer = unlocked.get(key.key) ?? (await unlock(key, passphrase));
  if (!unlocked.has(key.key)) {
    unlocked.set(key.key, signer);
    companyOpened.set(companyOpened.get() + 1);
  }
  return { identity: party, key: key.key, signer };
}

async function unlock(key: CompanyKey, passphrase: string | undefined): Promise<Signer> {
  if (passphrase === undefined) throw new Locked();
  const { admins, openKeystore } = await import("@countersign/sdk/keystore");
  const found = admins(await openKeystore(key.file, passphrase)).find(one => one.id === key.key);
  if (found === undefined) throw new Error("the file has no such key");
  const signer = await webCryptoSigner(await importSeed(found.seed));
  found.seed.fill(0);
  return signer;
}
