// The keystore file of the command (docs/spec/keystore.md): keys under a passphrase, to take along and to bring back.

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { DecodeError, Reader, compareBytes, concat, decode, encode, equalBytes, toUtf8 } from "./bytes.js";
import { sha256 } from "./hash.js";
import { beginIdentity, inceptionId, keyName, type SignedInception } from "./identity.js";
import { seedSigner, type Signer } from "./sign.js";

const MAGIC = toUtf8("countersign-keystore");
const FILE_BYTES_MAX = 1 << 20;
const KEYS_MAX = 256;
const MEMORY_MAX = 1_048_576;
const PURPOSES = ["user", "node", "system", "encryption", "tls"] as const;
const ALGORITHMS = ["ed25519", "x25519", "pkcs8"] as const;
const SECRET_BYTES_MAX = 2048;
const ADMIN = "admin";

/** A key of a file. */
export interface StoredKey {
  /** Its name in the file: `idn_…/key_…` of a person, `admin/key_…`. */
  id: string;
  purpose: (typeof PURPOSES)[number];
  algorithm: (typeof ALGORITHMS)[number];
  secret: Uint8Array;
  /** Milliseconds since 1970. */
  created: bigint;
  /** How its owner calls it. */
  label: string;
}

/** What a passphrase costs to try: KiB, passes, lanes. */
export const COSTS = { standard: [65_536, 3, 1], interactive: [19_456, 2, 1] } as const;

/** Memory in KiB, passes, lanes. */
export type Cost = readonly [memory: number, passes: number, lanes: number];

/** Why a file does not open. */
export type KeystoreCode = "corrupt" | "newer_version" | "wrong_passphrase";

/** A file that does not open. */
export class KeystoreError extends Error {
  override readonly name = "KeystoreError";
  readonly code: KeystoreCode;

  constructor(code: KeystoreCode) {
    super(`the key file does not open: ${code}`);
    this.code = code;
  }
}

function corrupt<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof DecodeError ? new KeystoreError("corrupt") : error;
  }
}

function fileKey(passphrase: string, salt: Uint8Array, [m, t, p]: Cost): Promise<Uint8Array> {
  return argon2idAsync(toUtf8(passphrase), salt, { m, t, p, dkLen: 32, version: 0x13 });
}

function readHeader(input: Reader) {
  const cost: Cost = [input.length(MEMORY_MAX), input.length(16), input.length(4)];
  const [memory, passes, lanes] = cost;
  if (passes < 1 || lanes < 1 || memory < 8 * lanes) throw new DecodeError("value");
  const header = { cost, salt: input.fixed(16), nonce: input.fixed(24), end: input.position };
  const sealed = input.bytes(FILE_BYTES_MAX);
  input.end();
  return { ...header, sealed };
}

function readKey(input: Reader): StoredKey {
  const id = input.text(128);
  const [purpose, algorithm] = [input.tag(6), input.tag(4)];
  const secret = input.bytes(SECRET_BYTES_MAX);
  const key = {
    id,
    purpose: PURPOSES[purpose - 1]!,
    algorithm: ALGORITHMS[algorithm - 1]!,
    secret: secret.slice(),
    created: input.uint(),
    label: input.text(256),
  };
  const raw = key.algorithm !== "pkcs8";
  if (id === "" || purpose === 0 || algorithm === 0 || secret.length === 0 || (raw && secret.length !== 32)) {
    throw new DecodeError("value");
  }
  return key;
}

/** Opens a file. Throws {@link KeystoreError}. */
export async function openKeystore(file: Uint8Array, passphrase: string): Promise<StoredKey[]> {
  const body = file.subarray(0, Math.max(0, file.length - 32));
  if (file.length > FILE_BYTES_MAX || !equalBytes(body.subarray(0, MAGIC.length), MAGIC)) {
    throw new KeystoreError("corrupt");
  }
  if (!equalBytes(sha256(body), file.subarray(body.length))) throw new KeystoreError("corrupt");
  const input = new Reader(body);
  input.fixed(MAGIC.length);
  const version = corrupt(() => input.uint());
  if (version > 1n) throw new KeystoreError("newer_version");
  const { cost, salt, nonce, end, sealed } = corrupt(() => {
    if (version === 0n) throw new DecodeError("value");
    return readHeader(input);
  });
  const key = await fileKey(passphrase, salt, cost);
  let plain: Uint8Array;
  try {
    plain = xchacha20poly1305(key, nonce, body.subarray(0, end)).decrypt(sealed);
  } catch {
    throw new KeystoreError("wrong_passphrase");
  }
  return corrupt(() => decode(plain, inner => inner.ascending(KEYS_MAX, readKey, stored => toUtf8(stored.id))));
}

/** Randomness of a file; given in tests alone. */
export interface FileRandom {
  salt: Uint8Array;
  nonce: Uint8Array;
}

/** Makes a file of keys under a passphrase. */
export async function sealKeystore(
  keys: readonly StoredKey[],
  passphrase: string,
  cost: Cost = COSTS.standard,
  random: FileRandom = {
    salt: crypto.getRandomValues(new Uint8Array(16)),
    nonce: crypto.getRandomValues(new Uint8Array(24)),
  },
): Promise<Uint8Array> {
  const sorted = [...keys].sort((left, right) => compareBytes(toUtf8(left.id), toUtf8(right.id)));
  const plain = encode(out =>
    out.list(sorted, (key, to) => {
      to.text(key.id).uint(PURPOSES.indexOf(key.purpose) + 1);
      to.uint(ALGORITHMS.indexOf(key.algorithm) + 1)
        .bytes(key.secret)
        .uint(key.created)
        .text(key.label);
    }),
  );
  const header = encode(out => {
    out.fixed(MAGIC).uint(1).uint(cost[0]).uint(cost[1]).uint(cost[2]).fixed(random.salt).fixed(random.nonce);
  });
  const secret = await fileKey(passphrase, random.salt, cost);
  const sealed = xchacha20poly1305(secret, random.nonce, header).encrypt(plain);
  const body = concat(
    header,
    encode(out => out.bytes(sealed)),
  );
  return concat(body, sha256(body));
}

/** A key of somebody, by its name within the identity. */
export interface OwnKey {
  /** `key_…` */
  id: string;
  seed: Uint8Array;
  signer: Signer;
  created: bigint;
}

/** A person of a file. */
export interface Person {
  name: string;
  /** `idn_…` */
  identity: string;
  inception: SignedInception;
  /** The newest first. */
  keys: OwnKey[];
}

function ownKey(stored: StoredKey): OwnKey {
  const signer = seedSigner(stored.secret);
  const id = keyName({ purpose: "user", key: signer.publicKey });
  return { id, seed: stored.secret, signer, created: stored.created };
}

/** Makes a person with a first key of this seed, as the command does. */
export async function newPerson(
  name: string,
  seed: Uint8Array = crypto.getRandomValues(new Uint8Array(32)),
  created: bigint = BigInt(Date.now()),
): Promise<Person> {
  const key = ownKey({ id: "", purpose: "user", algorithm: "ed25519", secret: seed, created, label: name });
  const inception = await beginIdentity("person", [{ purpose: "user", signer: key.signer }]);
  return { name, identity: inceptionId(inception.inception), inception, keys: [key] };
}

/** The keys of a person as they stand in a file. */
export function personKeys(person: Person): StoredKey[] {
  return person.keys.map(key => ({
    id: `${person.identity}/${key.id}`,
    purpose: "user",
    algorithm: "ed25519",
    secret: key.seed,
    created: key.created,
    label: person.name,
  }));
}

/** The persons of a file, by name. Throws {@link KeystoreError} if the first key of one is missing. */
export async function people(keys: readonly StoredKey[]): Promise<Person[]> {
  const groups = new Map<string, StoredKey[]>();
  for (const key of keys) {
    const [owner, name] = [key.id.split("/", 1)[0]!, key.id.includes("/")];
    if (name && owner !== ADMIN) groups.set(owner, [...(groups.get(owner) ?? []), key]);
  }
  const found: Person[] = [];
  for (const [identity, group] of groups) {
    group.sort((left, right) => (left.created < right.created ? 1 : left.created > right.created ? -1 : 0));
    const own = group.filter(key => key.algorithm === "ed25519").map(ownKey);
    const begun = await Promise.all(own.map(key => beginIdentity("person", [{ purpose: "user", signer: key.signer }])));
    const inception = begun.find(signed => inceptionId(signed.inception) === identity);
    if (inception === undefined) throw new KeystoreError("corrupt");
    found.push({ name: group[0]!.label, identity, inception, keys: own });
  }
  return found.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}

/** The admin keys of a file: they decide for organisations. */
export function admins(keys: readonly StoredKey[]): (OwnKey & { name: string })[] {
  const stored = keys.filter(key => key.id.startsWith(`${ADMIN}/`) && key.algorithm === "ed25519");
  return stored.map(key => ({ ...ownKey(key), name: key.label }));
}
