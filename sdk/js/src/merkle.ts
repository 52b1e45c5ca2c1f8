// The Merkle tree of RFC 9162 §2.1 (docs/spec/merkle.md).

import { equalBytes, type Reader } from "./bytes.js";
import { sha256 } from "./hash.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
/** Most hashes of an encoded proof. */
const PROOF_HASHES_MAX = 64;
/** Most leaves of a tree that is verified. */
const LEAVES_MAX = 1n << 62n;

/** The root of no leaves. */
export const EMPTY_ROOT = sha256(new Uint8Array());

/** The hash of a leaf. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(LEAF, leaf);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right);
}

/** Reads a proof: hashes from the leaves upwards. */
export function readProof(input: Reader): Uint8Array[] {
  return input.list(PROOF_HASHES_MAX, inner => inner.fixed(32));
}

/** A tree that only grows: the roots of its complete subtrees, the largest first. */
export class Frontier {
  size = 0n;
  #subtrees: Uint8Array[] = [];

  /** Adds a leaf. */
  append(leaf: Uint8Array): void {
    let root = leafHash(leaf);
    for (let rest = this.size; (rest & 1n) === 1n; rest >>= 1n) root = nodeHash(this.#subtrees.pop()!, root);
    this.#subtrees.push(root);
    this.size += 1n;
  }

  /** The root over all leaves. */
  root(): Uint8Array {
    const [last, ...others] = [...this.#subtrees].reverse();
    if (last === undefined) return EMPTY_ROOT;
    return others.reduce((root, subtree) => nodeHash(subtree, root), last);
  }

  /** The subtrees, the largest first. */
  subtrees(): readonly Uint8Array[] {
    return this.#subtrees;
  }
}

/** The root over leaves. */
export function rootOf(leaves: Iterable<Uint8Array>): Uint8Array {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

/** Whether `leaf` is number `index` (from 0) of the `size` leaves under `root`. */
export function isIncluded(
  leaf: Uint8Array,
  index: bigint,
  size: bigint,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (index >= size || size > LEAVES_MAX) return false;
  let [first, second] = [index, size - 1n];
  let hash = leafHash(leaf);
  for (const other of proof) {
    if (second === 0n) return false;
    if ((first & 1n) === 1n || first === second) {
      hash = nodeHash(other, hash);
      while ((first & 1n) === 0n && first !== 0n) [first, second] = [first >> 1n, second >> 1n];
    } else {
      hash = nodeHash(hash, other);
    }
    [first, second] = [first >> 1n, second >> 1n];
  }
  return second === 0n && equalBytes(hash, root);
}

/** Whether the `old` leaves under `oldRoot` are the first of the `size` leaves under `root`. */
export function isConsistent(
  old: bigint,
  size: bigint,
  proof: readonly Uint8Array[],
  oldRoot: Uint8Array,
  root: Uint8Array,
): boolean {
  if (old > size || size > LEAVES_MAX) return false;
  if (old === size) return proof.length === 0 && equalBytes(oldRoot, root);
  if (old === 0n) return proof.length === 0 && equalBytes(oldRoot, EMPTY_ROOT);
  // A first part that is one complete subtree is not in the proof, since it is known.
  const path = (old & (old - 1n)) === 0n ? [oldRoot, ...proof] : [...proof];
  let [first, second] = [old - 1n, size - 1n];
  while ((first & 1n) === 1n) [first, second] = [first >> 1n, second >> 1n];
  const [begin, ...others] = path;
  if (begin === undefined) return false;
  let [left, right] = [begin, begin];
  for (const other of others) {
    if (second === 0n) return false;
    if ((first & 1n) === 1n || first === second) {
      left = nodeHash(other, left);
      right = nodeHash(other, right);
      while ((first & 1n) === 0n && first !== 0n) [first, second] = [first >> 1n, second >> 1n];
    } else {
      right = nodeHash(right, other);
    }
    [first, second] = [first >> 1n, second >> 1n];
  }
  return second === 0n && equalBytes(left, oldRoot) && equalBytes(right, root);
}
