// The state of a contract, entry by entry, and what becomes of each statement (docs/spec/contract.md).

import { encode, equalBytes } from "../bytes.js";
import { NAMESPACES, named, sha256 } from "../hash.js";
import { bytesOf, compareIds } from "../ids.js";
import { inceptionId, signs } from "../identity.js";
import { canonicalJson, isObject, newObject } from "../json.js";
import { Frontier } from "../merkle.js";
import { outcomeLeaf, type Entry, type Genesis, type Outcome, type Statement } from "../objects.js";
import { NO_PAYLOAD, commitmentText } from "../payload.js";
import { respond } from "../workflow/answer.js";
import {
  ROOT_PROCESS,
  Rejected,
  downFrom,
  processAt,
  processBytes,
  type Binding,
  type Process,
} from "../workflow/process.js";
import { memberAt } from "../workflow/roles.js";
import { invitedBytes } from "../workflow/guests.js";
import { joinProcess, startProcess, welcome } from "../workflow/start.js";
import { principalOf } from "../workflow/scenario.js";
import { fireDue } from "../workflow/timers.js";
import { compareText, sortedTexts } from "../text.js";
import { stateParts } from "./bundle.js";
import type { Charter } from "./charter.js";
import { readProof } from "./foreign.js";
import {
  checkComment,
  checkErase,
  checkMembership,
  isOpen,
  nextMember,
  type Around,
  type PayloadUse,
} from "./judge.js";
import { BadForm, parsePayload, type Payload } from "./payloads.js";
import { Roster, vouches } from "./roster.js";
import { Broken, broken, entitlementOf, outcomeOf, type Said } from "./said.js";

/** Where the part `invited` stands: after `invitations`. */
const INVITED_AT = 3;

/** The prefix of the log, as far as statements look back at it. */
export interface Prefix {
  isApplied(statement: string): boolean;
  uses(commitments: readonly Uint8Array[]): readonly PayloadUse[];
}

/** Why an entry can stand at no place after a prefix. */
export class Impossible extends Error {
  override readonly name = "Impossible";
}

/** The state after some entry. It changes with each. */
export class Contract {
  readonly #genesis: Genesis;
  readonly #id: string;
  readonly #charter: Charter;
  readonly #sequences = new Map<string, bigint>();
  readonly #outcomes = new Frontier();
  #roster: Roster;
  /** Actors that are bound; a process that waits for its last one starts from them. */
  #bindings: ReadonlyMap<string, Binding>;
  #process: Process | undefined;

  /** The state at genesis; throws {@link Broken} if the process cannot start. */
  constructor(genesis: Genesis, id: string, charter: Charter) {
    [this.#genesis, this.#id, this.#charter] = [genesis, id, charter];
    this.#roster = new Roster(genesis, id);
    const parties = genesis.members.map(({ inception }) => inceptionId(inception.inception));
    const bindings = [...charter.actors].map(([actor, { party, data }]) => [actor, { party, data }] as const);
    if (bindings.some(([, { party }]) => !parties.includes(party))) broken("not_member");
    this.#bindings = new Map(bindings);
    this.#process = this.#started(this.#bindings, undefined, genesis.time, parties);
  }

  /** The root over the outcomes so far. */
  outcomesRoot(): Uint8Array {
    return this.#outcomes.root();
  }

  /** The named parts of the state hash, in their order. */
  parts(): { name: string; hash: Uint8Array }[] {
    const sequences = [...this.#sequences].sort(([left], [right]) => compareIds(left, right));
    const counted = encode(out => out.list(sequences, ([author, last], to) => to.fixed(bytesOf(author)).uint(last)));
    const members = (["epoch", "identities", "invitations", "mandates"] as const).map(name => ({
      name,
      hash: this.#roster.part(name),
    }));
    const invited = this.#process && invitedBytes(this.#process);
    return [
      ...members.slice(0, INVITED_AT),
      ...(invited === undefined ? [] : [{ name: "invited", hash: sha256(invited) }]),
      ...members.slice(INVITED_AT),
      { name: "outcomes", hash: this.#outcomes.root() },
      ...this.#processParts(),
      { name: "sequences", hash: sha256(counted) },
    ];
  }

  /** One part for each process that is alive; while `main` waits for its last actor, who is bound already. */
  #processParts(): { name: string; hash: Uint8Array }[] {
    const process = this.#process;
    if (process === undefined) return [{ name: "process:main", hash: sha256(this.#bindingBytes()) }];
    return downFrom(process.main)
      .map(node => ({ name: `process:${node.path}`, hash: sha256(processBytes(process, node)) }))
      .sort((left, right) => compareText(left.name, right.name));
  }

  /** The state hash. */
  hash(): Uint8Array {
    return sha256(named(NAMESPACES.state), stateParts(this.parts()));
  }

  #bindingBytes(): Uint8Array {
    const actors = sortedTexts(this.#bindings.keys());
    return encode(out =>
      out.list(actors, (actor, to) => {
        const { party, data } = this.#bindings.get(actor)!;
        to.text(actor)
          .text(party ?? "")
          .bytes(canonicalJson(data));
      }),
    );
  }

  /** What becomes of a statement at its place; throws {@link Impossible} if it cannot stand there. */
  apply(
    { position, contract }: Entry,
    id: string,
    statement: Statement,
    payload: Uint8Array | undefined,
    prefix: Prefix,
  ): Outcome {
    const { author, sequence } = statement;
    if (contract !== this.#id || statement.contract !== this.#id) throw new Impossible("it is of another contract");
    if (sequence !== (this.#sequences.get(author) ?? 0n) + 1n) throw new Impossible("its number does not follow");
    this.#checkAuthor(statement, payload);
    const outcome = this.#perform(position, id, statement, payload, prefix);
    this.#sequences.set(author, sequence);
    this.#outcomes.append(outcomeLeaf(position, id, outcome));
    return outcome;
  }

  /** Whoever cannot be verified cannot stand here: a newcomer is, if the one-time key vouches for it. */
  #checkAuthor({ kind, author, key }: Statement, payload: Uint8Array | undefined): void {
    if (this.#roster.identities.has(author)) {
      const known = this.#roster.key(author, key);
      if (known === undefined || !signs(known.key.purpose)) throw new Impossible("its key is not known");
      return;
    }
    const join = kind === "join" && payload !== undefined ? formOf(kind, payload) : undefined;
    const open = join?.kind === "join" ? this.#roster.invitations.get(join.invitation) : undefined;
    const known = join?.kind === "join" && inceptionId(join.member.inception.inception) === author;
    if (!known || open === undefined || open.joined !== undefined || !vouches(this.#id, open, join)) {
      throw new Impossible("its author is not known");
    }
  }

  #perform(position: bigint, id: string, statement: Statement, bytes: Uint8Array | undefined, prefix: Prefix): Outcome {
    return outcomeOf(() => {
      const missing = statement.requires.find(other => !prefix.isApplied(other));
      if (missing !== undefined) broken("requires", missing);
      if (statement.class !== "shared") broken("malformed", "class");
      if (bytes === undefined) broken(equalBytes(statement.payload, NO_PAYLOAD) ? "malformed" : "payload_unavailable");
      const payload = formOf(statement.kind, bytes, member => broken("malformed", member));
      const said = this.#saidBy(position, id, statement, payload);
      switch (payload.kind) {
        case "response":
          return this.#respond(said, payload);
        case "tick":
          return this.#tick(said, payload.process);
        case "comment":
          return checkComment(said, payload, this.#charter.compiled, this.#process);
        case "erase":
          return checkErase(said, payload, prefix.uses(payload.commitments));
        case "propose":
        case "vote":
          throw new Error("a log with changes is not computed here");
        case "confirm":
          return this.#confirm(said, payload);
        default:
          checkMembership(said, payload, this.#around());
          return this.#follow(said, payload);
      }
    });
  }

  #saidBy(position: bigint, id: string, statement: Statement, payload: Payload): Said {
    const time = Math.max(statement.time, this.#process?.time ?? this.#genesis.time);
    const place = { id, position, statement, time, roster: this.#roster };
    const held = this.#roster.identities.get(statement.author);
    const key = this.#roster.key(statement.author, statement.key);
    // A newcomer has no ring yet; who joins is looked at by rules of its own.
    if (payload.kind === "join") return { ...place, party: statement.author, purpose: key?.key.purpose };
    if (held === undefined || key === undefined) broken("not_entitled");
    if (!this.#roster.maySign(key, statement, position)) broken("not_entitled", statement.key);
    return { ...place, party: held.party, purpose: key.key.purpose };
  }

  /** Lets a statement of the members' kinds take effect. */
  #follow({ id, position, statement }: Said, payload: Payload): void {
    const roster = this.#roster.copy();
    if (roster.apply(id, statement, position, payload) !== undefined) broken("malformed");
    this.#roster = roster;
  }

  #respond(said: Said, payload: Payload & { kind: "response" }): void {
    if (this.#process === undefined) broken("not_started");
    const { statement, party, purpose } = said;
    const node = processAt(this.#process, payload.process);
    const member = node && memberAt(this.#process.parties, node, payload.actor);
    const played = member?.party;
    // Mandates name the actors of `main`.
    const actor = member === undefined ? payload.actor : node!.roles.get(member.actor)!.of;
    const { entitlement, beyond } = entitlementOf(said, payload, actor, played);
    const attachments = newObject();
    for (const { field, files } of payload.attachments) {
      attachments[field] = files.map(file => ({
        bytes: file.bytes,
        commitment: commitmentText(file.commitment),
        media: file.media,
        name: file.name,
      }));
    }
    const answer = {
      contract: statement.contract,
      process: payload.process,
      actor: payload.actor,
      party: played ?? party,
      personal: purpose === "user" || purpose === "admin",
      action: payload.action,
      response: payload.response,
      data: payload.data,
      attachments,
      seen: statement.basis.seen,
      time: statement.time,
      proofs: readProof,
    };
    const { process, rejected } = respond(this.#process, answer, entitlement);
    // Timers that fired stay fired, whatever became of the response.
    this.#process = process;
    if (rejected !== undefined) broken(rejected.rule, rejected.pointer === "" ? beyond() : rejected.pointer);
  }

  #tick({ statement, party, purpose, roster }: Said, name: string): void {
    if (!roster.isMember(party) || (purpose !== "system" && purpose !== "admin")) broken("not_entitled");
    if (this.#process === undefined || name !== ROOT_PROCESS) broken("unknown_process");
    this.#process = fireDue(this.#process, statement.time).process;
  }

  /** What membership is judged by. */
  #around(): Around {
    return { contract: this.#id, charter: this.#charter, bindings: this.#bindings, process: this.#process };
  }

  /** A newcomer becomes a member, and plays its actors; all of it or nothing. */
  #confirm(said: Said, payload: Payload & { kind: "confirm" }): void {
    checkMembership(said, payload, this.#around());
    const { actors, joined } = said.roster.invitations.get(payload.invitation)!;
    const bindings = new Map(this.#bindings);
    const members = new Set([...said.roster.epoch.members.map(({ party }) => party), joined!.party]);
    const running = this.#process;
    let process: Process | undefined = running && { ...running, guests: { ...running.guests, members } };
    for (const actor of actors) {
      const { many } = this.#charter.compiled.actors.get(actor)!;
      const number = many === undefined ? 0 : nextMember(actor, bindings, process);
      // The group may have been filled since the invitation.
      if (many !== undefined && number >= many.max) broken("limit");
      const name = many === undefined ? actor : `${actor}.${number}`;
      const around = { charter: this.#charter, bindings, process };
      if (many === undefined ? !isOpen(actor, around) : bindings.has(name)) broken("invalid_data", actor);
      const own = Object.hasOwn(joined!.data, actor) ? joined!.data[actor] : undefined;
      const binding = { party: joined!.party, data: isObject(own) ? own : {} };
      if (process !== undefined) {
        const before = process;
        process = ruleOnly(() => joinProcess(before, actor, binding, said.statement.time));
      }
      bindings.set(name, binding);
    }
    const joining = process;
    if (joining !== undefined) process = ruleOnly(() => welcome(joining, joined!.party, said.statement.time));
    process = this.#started(bindings, process, said.statement.time, members);
    this.#follow(said, payload);
    [this.#bindings, this.#process] = [bindings, process];
  }

  /** The process, which starts once nobody who joins at the start is missing. */
  #started(
    bindings: ReadonlyMap<string, Binding>,
    process: Process | undefined,
    time: number,
    members: Iterable<string>,
  ): Process | undefined {
    const { compiled, inputs } = this.#charter;
    const waits = [...compiled.actors].some(([name, { joins, many }]) => {
      if (joins !== "start" || principalOf(compiled, name) !== name) return false;
      return many === undefined ? !bindings.has(name) : nextMember(name, bindings, undefined) < many.min;
    });
    if (process !== undefined || waits) return process;
    return ruleOnly(() => startProcess(compiled, bindings, inputs, Math.max(time, this.#genesis.time), members));
  }
}

/** What a process rejects, by its rule alone. */
function ruleOnly<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Rejected ? new Broken(error.rule, "") : error;
  }
}

function formOf(kind: Statement["kind"], bytes: Uint8Array): Payload | undefined;
function formOf(kind: Statement["kind"], bytes: Uint8Array, otherwise: (member: string) => never): Payload;
function formOf(
  kind: Statement["kind"],
  bytes: Uint8Array,
  otherwise?: (member: string) => never,
): Payload | undefined {
  try {
    return parsePayload(kind, bytes);
  } catch (error) {
    if (!(error instanceof BadForm)) throw error;
    return otherwise?.(error.member);
  }
}
