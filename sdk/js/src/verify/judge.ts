// The rules of statements that are no answers to the process (docs/spec/contract.md, "Rules, in order").

import { concat, encode, equalBytes, toUtf8 } from "../bytes.js";
import { hashOf } from "../hash.js";
import { bytesOf } from "../ids.js";
import { INCEPTION_KEYS_MAX, inceptionHolds, inceptionId, keyName, signs, writeKey, type Member } from "../identity.js";
import { MEMBERS_MAX } from "../objects.js";
import { commitmentText } from "../payload.js";
import { verifySignature } from "../sign.js";
import { expects, mayJoin } from "../workflow/guests.js";
import type { Process } from "../workflow/process.js";
import { principalOf, type Scenario } from "../workflow/scenario.js";
import type { Charter } from "./charter.js";
import type { Payload } from "./payloads.js";
import { addKey, retireKey, vouches, type Roster } from "./roster.js";
import { broken, decides, mustAct, mustDecide, type Said } from "./said.js";

/** What a statement of the prefix needs a payload for: as its own, or as an attachment that this author brought first. */
export type PayloadUse = undefined | { own: true } | { own: false; author: string };

/** What membership is judged by, beside the members. */
export interface Around {
  contract: string;
  charter: Charter;
  bindings: ReadonlyMap<string, unknown>;
  process: Process | undefined;
}

/** The number that the next member of a group gets. */
export function nextMember(group: string, bindings: Around["bindings"], process: Process | undefined): number {
  let number = 0;
  while (bindings.has(`${group}.${number}`)) number += 1;
  return Math.max(number, process?.parties.get(group)?.length ?? 0);
}

/** Whether nobody plays a role that is no group, and it is open if effects alone open it. */
export function isOpen(
  actor: string,
  { bindings, process, charter }: Pick<Around, "bindings" | "process" | "charter">,
): boolean {
  if (process?.parties.has(actor)) return mayJoin(process, actor);
  return !bindings.has(actor) && !charter.compiled.invites.has(actor);
}

/** Whether an actor does not wait for another party than this one. */
function isExpected(actor: string, party: string, { process }: Around): boolean {
  return process === undefined || !process.guests.invited.has(actor) || expects(process, actor, party);
}

type Of<K extends Payload["kind"]> = Payload & { kind: K };

/** Most identities, mandates or open invitations of one party. */
const RECORDS_MAX = 1_000;
const KEYS_EVER_MAX = 1_024;

/** Whether a comment may stand. */
export function checkComment(
  { party, roster }: Said,
  comment: Of<"comment">,
  { comments }: Scenario,
  process: Process | undefined,
): void {
  if (comments === undefined) broken("comments_closed");
  if (!comments.media.includes(comment.media)) broken("invalid_data", "/media");
  comment.attachments.forEach(({ bytes, media }, at) => {
    const fits = bytes <= comments.bytesMax && comments.media.includes(media);
    if (!fits) broken("invalid_attachment", `/attachments/${at}`);
  });
  if (toUtf8(comment.text).length > comments.bytesMax) broken("invalid_data", "/text");
  const plays = [...comments.by].some(actor => process?.parties.get(actor)?.some(player => player.party === party));
  if (!roster.isMember(party) || !plays) broken("not_entitled");
}

/** Whether a party may have payloads erased: attachments that its own people brought. */
export function checkErase(said: Said, { commitments }: Of<"erase">, uses: readonly PayloadUse[]): void {
  mustDecide(said);
  commitments.forEach((commitment, index) => {
    const use = uses[index];
    const by = commitmentText(commitment);
    if (use === undefined) broken("unknown_payload", by);
    if (use.own) broken("not_erasable", by);
    if (said.roster.identities.get(use.author)?.party !== said.party) broken("not_yours", by);
  });
}

/** Whether a statement that changes who belongs may take effect. */
export function checkMembership(said: Said, payload: Payload, around: Around): void {
  switch (payload.kind) {
    case "identity":
      return checkIdentity(said, payload);
    case "mandate": {
      mustDecide(said);
      const { person } = payload.mandate;
      if (!said.roster.identities.has(person)) broken("unknown_identity", person);
      return checkRoom(
        said,
        [...said.roster.mandates.values()].map(({ party }) => party),
      );
    }
    case "mandate_revoke":
      mustDecide(said);
      if (said.roster.mandates.get(payload.mandate)?.party !== said.party) broken("unknown_mandate", payload.mandate);
      return;
    case "key_rotate":
      return checkRotation(said, payload, around.contract);
    case "invite":
      return checkInvite(said, payload, around);
    case "join":
      return checkJoin(said, payload, around);
    case "confirm":
      return checkConfirm(said, payload);
    default:
      return broken("malformed");
  }
}

/** No party takes the room of another. */
function checkRoom({ party }: Said, parties: readonly string[]): void {
  if (parties.filter(other => other === party).length >= RECORDS_MAX) broken("limit");
}

function checkIdentity(said: Said, { inception: signed }: Of<"identity">): void {
  mustDecide(said);
  if (!inceptionHolds(signed)) broken("invalid_data", "/inception");
  const identity = inceptionId(signed.inception);
  const known = said.roster.identities.has(identity);
  if (signed.inception.kind === "organisation" || known) broken("invalid_data", identity);
  checkRoom(
    said,
    [...said.roster.identities.values()].map(({ party }) => party),
  );
}

/** A person rotates their own keys; a party also those of its people, and its own. */
function checkRotation(said: Said, payload: Of<"key_rotate">, contract: string): void {
  const { statement, party, purpose, roster, position } = said;
  const held = roster.identities.get(payload.identity);
  if (held === undefined) broken("unknown_identity");
  const personal = purpose === "user" || purpose === "admin";
  const own = statement.author === payload.identity && statement.author !== party && personal;
  if (!own && (held.party !== party || !decides(said))) broken("not_entitled");
  const ring = { ...held, keys: held.keys.map(key => ({ ...key })) };
  for (const { key, proof } of payload.add) {
    const bytes = concat(
      bytesOf(contract),
      bytesOf(payload.identity),
      encode(out => writeKey(key, out)),
    );
    const needed = signs(key.purpose);
    const agrees = needed
      ? proof !== undefined && verifySignature(key.key, "newKey", bytes, proof)
      : proof === undefined;
    if (!agrees || !addKey(ring, key)) broken("invalid_data", "/add");
  }
  const retired = { position, overlap: roster.overlapOf(payload) };
  if (!payload.retire.every(name => retireKey(ring, name, retired))) broken("invalid_data", "/retire");
  // Counted last: a full ring can still replace a key.
  const current = ring.keys.filter(key => key.retired === undefined).length;
  if (current > INCEPTION_KEYS_MAX || ring.keys.length > KEYS_EVER_MAX) broken("invalid_data", "/add");
}

function checkInvite(said: Said, { actors }: Of<"invite">, around: Around): void {
  mustAct(said, "invite");
  const { bindings, process } = around;
  const { compiled } = around.charter;
  const open = [...said.roster.invitations.values()];
  for (const actor of actors) {
    const awaited = open.filter(
      ({ joined, actors: offered }) =>
        joined !== undefined && offered.includes(actor) && isExpected(actor, joined.party, around),
    );
    const declared = compiled.actors.get(actor);
    if (declared?.many === undefined) {
      const free = declared !== undefined && principalOf(compiled, actor) === actor && isOpen(actor, around);
      if (!free || awaited.length > 0) broken("invalid_data", actor);
    } else {
      const takes = process === undefined || declared.joins === "invitation";
      const room = nextMember(actor, bindings, process) + awaited.length < declared.many.max;
      if (!takes || !room) broken("invalid_data", actor);
    }
  }
  checkRoom(
    said,
    open.map(({ inviter }) => inviter),
  );
}

function checkJoin({ statement, position, roster, purpose }: Said, join: Of<"join">, around: Around): void {
  const invitation = roster.invitations.get(join.invitation);
  if (invitation === undefined) broken("unknown_invitation");
  if (invitation.joined !== undefined) broken("invitation_used");
  if (!vouches(around.contract, invitation, join)) broken("bad_signature");
  if (position > invitation.expires) broken("invitation_expired");
  const { inception } = join.member.inception;
  const party = inceptionId(inception);
  const sound = inception.kind === "organisation" && statement.author === party && !isTaken(roster, join.member);
  if (!sound) broken("invalid_data", "/member");
  // A newcomer that waits already keeps the keys that it has.
  const brought = inception.keys.find(key => keyName(key) === statement.key)?.purpose;
  if ((purpose ?? brought) !== "admin") broken("not_entitled", statement.key);
  if (!Object.keys(join.data).every(actor => invitation.actors.includes(actor))) broken("invalid_data", "/data");
  const other = invitation.actors.find(actor => !isExpected(actor, party, around));
  if (other !== undefined) broken("not_an_actor", other);
}

/** Whether a party is a member already, or its node that of another member. */
function isTaken(roster: Roster, { inception, node }: Pick<Member, "inception" | "node">): boolean {
  const party = inceptionId(inception.inception);
  return isPartyTaken(roster, party, node.record.nodeKey);
}

function isPartyTaken({ epoch }: Roster, party: string, nodeKey: Uint8Array): boolean {
  return epoch.members.some(other => other.party === party || equalBytes(other.node.record.nodeKey, nodeKey));
}

function checkConfirm(said: Said, { invitation: id, nonce }: Of<"confirm">): void {
  mustAct(said, "confirm");
  const { roster, party } = said;
  const invitation = roster.invitations.get(id);
  if (invitation === undefined) broken("unknown_invitation");
  if (invitation.inviter !== party) broken("not_entitled");
  const { joined } = invitation;
  if (joined === undefined) broken("not_joined");
  if (!equalBytes(hashOf("invitationNonce", nonce), invitation.commitment)) broken("invalid_data", "/nonce");
  // Others may have been confirmed since the `join`.
  if (isPartyTaken(roster, joined.party, joined.node.record.nodeKey)) broken("invalid_data", "/member");
  if (roster.epoch.members.length >= MEMBERS_MAX) broken("limit");
}
