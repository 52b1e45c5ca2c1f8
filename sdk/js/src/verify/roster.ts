// Who belongs to a contract, with which keys and mandates: from genesis and the members' records alone.

import { compareBytes, concat, encode, equalBytes, toUtf8, type Writer } from "../bytes.js";
import { hashOf, sha256 } from "../hash.js";
import { bytesOf, compareIds, keyBytes } from "../ids.js";
import {
  IDENTITY_KINDS,
  inceptionHolds,
  inceptionId,
  keyName,
  memberHolds,
  signs,
  writeKey,
  writeNodeRecord,
  type IdentityKey,
  type IdentityKind,
  type Inception,
  type SignedNodeRecord,
} from "../identity.js";
import { canonicalJson, type JsonObject } from "../json.js";
import type { Genesis, Statement } from "../objects.js";
import { verifySignature } from "../sign.js";
import type { Mandate, Payload } from "./payloads.js";

const ORDER_SEED = toUtf8("order-seed");

/** A key of an identity, and since when it is replaced. */
export interface RingKey {
  name: string;
  key: IdentityKey;
  retired: { position: bigint; overlap: bigint } | undefined;
}

/** The keys of an identity. */
export interface Ring {
  kind: IdentityKind;
  party: string;
  keys: RingKey[];
}

/** An invitation that is open. */
export interface Invitation {
  inviter: string;
  actors: string[];
  key: Uint8Array;
  commitment: Uint8Array;
  expires: bigint;
  joined:
    { party: string; node: SignedNodeRecord; member: Uint8Array; nonce: Uint8Array; data: JsonObject } | undefined;
}

/** The members at a position. */
export interface Epoch {
  number: bigint;
  seed: Uint8Array;
  /** By ascending party. */
  members: { party: string; node: SignedNodeRecord }[];
}

function ring(kind: IdentityKind, party: string, inception: Inception): Ring {
  return { kind, party, keys: inception.keys.map(key => ({ name: keyName(key), key, retired: undefined })) };
}

function byId<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([left], [right]) => compareIds(left, right));
}

function writeMap<T>(map: ReadonlyMap<string, T>, write: (value: T, out: Writer) => void): Uint8Array {
  return encode(out => out.list(byId(map), ([id, value], to) => write(value, to.fixed(bytesOf(id)))));
}

function compareKeys(left: RingKey, right: RingKey): number {
  return compareBytes(keyBytes(left.name)!, keyBytes(right.name)!);
}

/** Adds a key, unless it is known, or not for such an identity: a machine never counts as a person. */
export function addKey(held: Ring, key: IdentityKey): boolean {
  const name = keyName(key);
  const personal = key.purpose === "user" || key.purpose === "admin";
  if ((held.kind === "system" && personal) || held.keys.some(other => other.name === name)) return false;
  held.keys.push({ name, key, retired: undefined });
  return true;
}

/** Retires a key, unless it is unknown, retired, or the last that decides. */
export function retireKey(held: Ring, name: string, retired: NonNullable<RingKey["retired"]>): boolean {
  const decides = ({ purpose }: IdentityKey) => (held.kind === "organisation" ? purpose === "admin" : signs(purpose));
  const another = held.keys.some(one => one.name !== name && one.retired === undefined && decides(one.key));
  const key = held.keys.find(one => one.name === name && one.retired === undefined);
  if (!another || key === undefined) return false;
  key.retired = retired;
  return true;
}

/** Whether the one-time key of an invitation vouches for a newcomer who is sound. */
export function vouches(contract: string, { key }: Invitation, join: Payload & { kind: "join" }): boolean {
  const { invitation, memberBytes, nonce, proof, member } = join;
  const said = concat(bytesOf(contract), bytesOf(invitation), sha256(memberBytes), nonce);
  return verifySignature(key, "invitation", said, proof) && memberHolds(member);
}

/** Who belongs, at one place of the log. */
export class Roster {
  readonly identities = new Map<string, Ring>();
  readonly mandates = new Map<string, { party: string; mandate: Mandate }>();
  readonly invitations = new Map<string, Invitation>();
  /** Parties of actors who were bound by invitation; of a group one after the other. */
  readonly actors = new Map<string, readonly string[]>();
  epoch: Epoch;
  readonly keyOverlap: bigint;
  readonly #contract: string;

  constructor(genesis: Pick<Genesis, "keyOverlap" | "members">, contract: string) {
    [this.keyOverlap, this.#contract] = [genesis.keyOverlap, contract];
    const members = genesis.members.map(member => {
      const { inception } = member.inception;
      const party = inceptionId(inception);
      this.identities.set(party, ring(inception.kind, party, inception));
      return { party, node: member.node };
    });
    members.sort((left, right) => compareIds(left.party, right.party));
    this.epoch = { number: 0n, seed: sha256(ORDER_SEED, bytesOf(contract)), members };
  }

  /** Another one that changes on its own. */
  copy(): Roster {
    const copy = new Roster({ keyOverlap: this.keyOverlap, members: [] }, this.#contract);
    for (const [id, held] of this.identities) {
      copy.identities.set(id, { ...held, keys: held.keys.map(key => ({ ...key })) });
    }
    for (const [id, held] of this.mandates) copy.mandates.set(id, held);
    for (const [id, held] of this.invitations) copy.invitations.set(id, { ...held });
    for (const [actor, party] of this.actors) copy.actors.set(actor, party);
    copy.epoch = this.epoch;
    return copy;
  }

  /** The node key of a member, or nothing. */
  nodeKey(party: string): Uint8Array | undefined {
    return this.epoch.members.find(member => member.party === party)?.node.record.nodeKey;
  }

  /** Whether a party is a member. */
  isMember(party: string): boolean {
    return this.epoch.members.some(member => member.party === party);
  }

  /** A key of an identity, or nothing. */
  key(identity: string, name: string): RingKey | undefined {
    return this.identities.get(identity)?.keys.find(key => key.name === name);
  }

  /** The parts of the state hash that the members' records decide. */
  part(name: "epoch" | "identities" | "invitations" | "mandates"): Uint8Array {
    switch (name) {
      case "epoch": {
        const { number, members, seed } = this.epoch;
        return sha256(
          encode(out =>
            out
              .uint(number)
              .list(members, ({ party, node }, to) => writeNodeRecord(node, to.fixed(bytesOf(party))))
              .fixed(seed),
          ),
        );
      }
      case "identities":
        return sha256(
          writeMap(this.identities, ({ kind, party, keys }, out) => {
            out.uint(IDENTITY_KINDS.indexOf(kind)).fixed(bytesOf(party));
            out.list([...keys].sort(compareKeys), ({ key, retired }, to) => {
              writeKey(key, to);
              to.option(retired, ({ position, overlap }, inner) => inner.uint(position).uint(overlap));
            });
          }),
        );
      case "invitations":
        return sha256(
          writeMap(this.invitations, (invitation, out) => {
            out.fixed(bytesOf(invitation.inviter)).list(invitation.actors, (actor, to) => to.text(actor));
            out.fixed(invitation.key).fixed(invitation.commitment).uint(invitation.expires);
            out.option(invitation.joined, ({ member, nonce, data }, to) =>
              to.fixed(member).fixed(nonce).bytes(canonicalJson(data)),
            );
          }),
        );
      case "mandates":
        return sha256(
          writeMap(this.mandates, ({ party, mandate }, out) => {
            out.fixed(bytesOf(party)).bytes(canonicalJson(mandate.json));
          }),
        );
    }
  }

  /**
   * Applies a record of the members' kinds. Gives why it cannot have been applied after the others: then one of them
   * is not here.
   */
  apply(id: string, statement: Statement, position: bigint, payload: Payload): string | undefined {
    const party = this.identities.get(statement.author)?.party;
    switch (payload.kind) {
      case "identity": {
        if (party === undefined) return "its author is not here";
        const { inception } = payload.inception;
        const identity = inceptionId(inception);
        if (!inceptionHolds(payload.inception) || this.identities.has(identity)) return "it introduces somebody twice";
        this.identities.set(identity, ring(inception.kind, party, inception));
        return undefined;
      }
      case "mandate":
        if (party === undefined) return "its author is not here";
        if (!this.identities.has(payload.mandate.person)) return "it names a person who is not here";
        this.mandates.set(id, { party, mandate: payload.mandate });
        return undefined;
      case "mandate_revoke":
        return this.mandates.delete(payload.mandate) ? undefined : "it revokes a mandate that is not here";
      case "key_rotate":
        return this.#rotate(position, payload);
      case "invite": {
        if (party === undefined) return "its author is not here";
        const { actors, key, nonceCommitment, expires } = payload;
        this.invitations.set(id, {
          inviter: party,
          actors,
          key,
          commitment: nonceCommitment,
          expires,
          joined: undefined,
        });
        return undefined;
      }
      case "join": {
        const invitation = this.invitations.get(payload.invitation);
        if (invitation === undefined || invitation.joined !== undefined) return "its invitation is not here";
        const { member, memberBytes, nonce, data } = payload;
        const newcomer = inceptionId(member.inception.inception);
        const vouched = newcomer === statement.author && vouches(this.#contract, invitation, payload);
        if (!vouched) return "the one-time key of the invitation does not vouch for it";
        invitation.joined = { party: newcomer, node: member.node, member: memberBytes, nonce, data };
        // A newcomer that waits already keeps the keys that it has.
        if (!this.identities.has(newcomer)) {
          this.identities.set(newcomer, ring(member.inception.inception.kind, newcomer, member.inception.inception));
        }
        return undefined;
      }
      case "confirm":
        return this.#confirm(payload);
      default:
        return undefined;
    }
  }

  #rotate(position: bigint, payload: Payload & { kind: "key_rotate" }): string | undefined {
    const held = this.identities.get(payload.identity);
    if (held === undefined) return "it names a person who is not here";
    const retired = { position, overlap: this.overlapOf(payload) };
    const added = payload.add.every(({ key }) => addKey(held, key));
    const gone = payload.retire.every(name => retireKey(held, name, retired));
    return added && gone ? undefined : "the keys that it rotates are not here";
  }

  /** How long a key that is rotated still signs: at most as long as the genesis says. */
  overlapOf({ overlap }: Payload & { kind: "key_rotate" }): bigint {
    return overlap === undefined || overlap > this.keyOverlap ? this.keyOverlap : overlap;
  }

  #confirm(payload: Payload & { kind: "confirm" }): string | undefined {
    const invitation = this.invitations.get(payload.invitation);
    if (invitation === undefined) return "its invitation is not here";
    const { joined } = invitation;
    if (joined === undefined) return "nobody joined on its invitation";
    if (!equalBytes(hashOf("invitationNonce", payload.nonce), invitation.commitment)) return "it opens another nonce";
    this.invitations.delete(payload.invitation);
    for (const actor of invitation.actors) {
      this.actors.set(actor, [...(this.actors.get(actor) ?? []), joined.party]);
    }
    const members = [...this.epoch.members, { party: joined.party, node: joined.node }];
    members.sort((left, right) => compareIds(left.party, right.party));
    const seed = sha256(ORDER_SEED, this.epoch.seed, joined.nonce, payload.nonce);
    this.epoch = { number: this.epoch.number + 1n, seed, members };
    return undefined;
  }

  /** Whether a key may sign a statement that is applied at this place. */
  maySign(key: RingKey, statement: Statement, position: bigint): boolean {
    if (!signs(key.key.purpose)) return false;
    if (key.retired === undefined) return true;
    const { position: retired, overlap } = key.retired;
    return statement.basis.position < retired && position <= retired + overlap;
  }
}
