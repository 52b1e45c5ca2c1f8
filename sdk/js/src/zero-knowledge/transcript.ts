// Merlin 1.0: a transcript over STROBE-128 that both sides of a proof keep (docs/spec/zero-knowledge.md).

import { keccakP } from "@noble/hashes/sha3.js";
import { concat, toUtf8 } from "../bytes.js";

/** Bytes that are taken in before the state is mixed. */
const RATE = 166;
/** Flags of STROBE: into the state, from the application, out of it, about the protocol itself. */
const [IN, APPLICATION, CIPHER, META] = [1, 2, 4, 16];

/** The state of STROBE-128, with the operations that a transcript needs. */
class Strobe {
  private readonly words = new Uint32Array(50);
  private readonly bytes = new Uint8Array(this.words.buffer);
  private at = 0;
  private began = 0;

  constructor(protocol: string) {
    this.bytes.set([1, RATE + 2, 1, 0, 1, 96], 0);
    this.bytes.set(toUtf8("STROBEv1.0.2"), 6);
    keccakP(this.words);
    this.about(toUtf8(protocol));
  }

  /** Takes in words about what follows. */
  about(data: Uint8Array): void {
    this.begin(META | APPLICATION);
    this.absorb(data);
  }

  /** Takes in data. */
  take(data: Uint8Array): void {
    this.begin(APPLICATION);
    this.absorb(data);
  }

  /** Gives bytes that depend on all before. */
  give(length: number): Uint8Array {
    this.begin(IN | APPLICATION | CIPHER);
    const given = new Uint8Array(length);
    for (let at = 0; at < length; at++) {
      given[at] = this.bytes[this.at]!;
      this.bytes[this.at] = 0;
      this.step();
    }
    return given;
  }

  private begin(flags: number): void {
    const before = this.began;
    this.began = this.at + 1;
    this.absorb(Uint8Array.of(before, flags));
    if ((flags & CIPHER) !== 0 && this.at !== 0) this.mix();
  }

  private absorb(data: Uint8Array): void {
    for (const byte of data) {
      this.bytes[this.at]! ^= byte;
      this.step();
    }
  }

  private step(): void {
    this.at += 1;
    if (this.at === RATE) this.mix();
  }

  private mix(): void {
    this.bytes[this.at]! ^= this.began;
    this.bytes[this.at + 1]! ^= 0x04;
    this.bytes[RATE + 1]! ^= 0x80;
    keccakP(this.words);
    this.at = 0;
    this.began = 0;
  }
}

/** What prover and verifier have said so far. */
export class Transcript {
  private readonly strobe = new Strobe("Merlin v1.0");

  constructor(label: string) {
    this.append("dom-sep", toUtf8(label));
  }

  /** Adds a message. */
  append(label: string, message: Uint8Array): void {
    this.strobe.about(concat(toUtf8(label), u32(message.length)));
    this.strobe.take(message);
  }

  /** Adds a number. */
  appendNumber(label: string, value: bigint): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    this.append(label, bytes);
  }

  /** Bytes that nobody knew before the last message. */
  challenge(label: string, length: number): Uint8Array {
    this.strobe.about(concat(toUtf8(label), u32(length)));
    return this.strobe.give(length);
  }
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
