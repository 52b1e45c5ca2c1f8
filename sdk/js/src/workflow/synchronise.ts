// Explicit synchronisation (docs/spec/scenario.md, "Acknowledging and announcing"): entries that are acknowledged before
// anything goes on, and responses that take effect after a while unless somebody objects.

import { isObject, member, type Json, type JsonObject } from "../json.js";
import { compileSchema } from "../rules/schema.js";
import { durationText, parseDuration, plusTime, type Duration } from "../rules/time.js";
import type { Value } from "../rules/value.js";
import { ascending, closed, refuse } from "./form.js";
import type { Parts } from "./parts.js";
import { reject, stateOf, type Announced, type Node, type Process, type Rule } from "./process.js";
import { membersOf } from "./roles.js";
import type { Action } from "./scenario.js";

/** The actions that come with a key of the language. */
export const OWN = ["acknowledge", "object"] as const;
export type Own = (typeof OWN)[number];

/** How long a response waits, and who may object until then. */
export interface Announce {
  readonly wait: Duration;
  readonly objectors: ReadonlySet<string>;
}

const ANNOUNCED_MAX = 100;
const DATA: Readonly<Record<Own, JsonObject>> = {
  acknowledge: { type: "object", properties: {}, additionalProperties: false },
  object: {
    type: "object",
    properties: { announced: { type: "string" }, reason: { type: "string", maxLength: 1_000 } },
    required: ["announced"],
    additionalProperties: false,
  },
};

/** The members of a section that stand in a body. */
function written(whole: JsonObject, section: "states" | "actions"): Json[] {
  const members = whole[section];
  return isObject(members) ? Object.values(members) : [];
}

/** Whom the body asks, by the action that comes with it. */
function asked(whole: JsonObject): Record<Own, Json[]> {
  return {
    acknowledge: written(whole, "states").flatMap(state => member(state, "acknowledge") ?? []),
    object: written(whole, "actions").flatMap(action => member(member(action, "announce") ?? {}, "objectors") ?? []),
  };
}

/** The names of the actions that a body has without declaring them. */
export function ownNames(whole: JsonObject): Own[] {
  const found = asked(whole);
  return OWN.filter(own => found[own].length > 0);
}

/** Those actions, compiled. */
export function ownActions(whole: JsonObject, parts: Parts): [string, Action][] {
  const found = asked(whole);
  return ownNames(whole).map(own => {
    if (member(whole["actions"], own) !== undefined) refuse(`\`${own}\` is taken`);
    const by = new Set(parts.names.actors.filter(actor => found[own].includes(actor)));
    const data = compileSchema(DATA[own], parts.types);
    const response = { data, attachments: new Map(), effects: [], proving: undefined };
    const seen =
      own === "acknowledge"
        ? [
            ["process", "state"],
            ["process", "entered"],
          ]
        : [];
    const action: Action = {
      performative: false,
      system: false,
      question: undefined,
      by,
      condition: undefined,
      seen,
      responses: new Map([["ok", response]]),
      expect: "ok",
      announce: undefined,
      own,
    };
    return [own, action];
  });
}

/** `acknowledge` of a state, or `objectors`: actors, ascending. */
export function actorsAsked(value: Json | undefined, parts: Parts): ReadonlySet<string> {
  const names = ascending(value, 100);
  return names.every(name => parts.names.actors.includes(name)) ? new Set(names) : refuse("no such actor");
}

/** `announce` of an action. */
export function loadAnnounce(value: Json | undefined, parts: Parts): Announce | undefined {
  if (value === undefined) return undefined;
  const { wait, objectors } = closed(value, ["wait", "objectors"], []);
  const duration = typeof wait === "string" ? parseDuration(wait) : undefined;
  if (duration === undefined || durationText(duration) !== wait || wait.startsWith("-") || wait === "PT0S")
    return refuse("how long a response waits");
  const who = actorsAsked(objectors, parts);
  return who.size > 0 ? { wait: duration, objectors: who } : refuse("nobody who may object");
}

/** The members that are asked to acknowledge the entry of a state, and have not done so. */
function missing(process: Process, node: Node): string[] {
  const { acknowledge } = stateOf(node);
  if (acknowledge.size === 0) return [];
  const bound = membersOf(process.parties, node).filter(role => role.bound && acknowledge.has(role.actor));
  const did = (name: string) => node.did.some(({ actor, action }) => actor === name && action === "acknowledge");
  return bound.map(({ name }) => name).filter(name => !did(name));
}

/** Whether everybody who is asked has acknowledged where a process stands. */
export function isAcknowledged(process: Process, node: Node): boolean {
  return missing(process, node).length === 0;
}

function waiting({ announced }: Node): Announced[] {
  return announced.filter(({ objected }) => objected === undefined);
}

function mayObject(node: Node, { action }: Announced, role: string): boolean {
  return node.body.actions.get(action)!.announce?.objectors.has(role) ?? false;
}

/** Why a member may not take an action that comes by itself, if it may not. */
export function whyOwnClosed(process: Process, node: Node, own: Own, name: string, role: string): Rule | undefined {
  if (own === "acknowledge") {
    const left = missing(process, node);
    if (left.length === 0) return "not_open";
    if (!stateOf(node).acknowledge.has(role)) return "not_yours";
    return left.includes(name) ? undefined : "not_open";
  }
  const announced = waiting(node);
  if (announced.length === 0) return "not_open";
  return announced.some(one => mayObject(node, one, role)) ? undefined : "not_yours";
}

/** Whether a member has announced a response to an action, and nobody objected so far. */
export function hasAnnounced(node: Node, name: string, action: string): boolean {
  return waiting(node).some(one => one.actor === name && one.action === action);
}

/** What an objection is about: `data.announced` names it as `actor.action`. */
export function objectedTo(node: Node, role: string, data: Value): Announced {
  const named = data?.kind === "map" ? data.value.get("announced") : undefined;
  const found = waiting(node).find(
    ({ actor, action }) => named?.kind === "text" && named.value === `${actor}.${action}`,
  );
  if (found === undefined) return reject("invalid_data", "/announced");
  return mayObject(node, found, role) ? found : reject("not_yours");
}

/** An acknowledgement or an objection: it takes no transition. */
export function synchronise(node: Node, own: Own, actor: string, data: Value): void {
  if (own === "acknowledge") {
    node.did = [...node.did, { actor, action: own, response: "ok" }];
  } else {
    const [role = ""] = actor.split(".");
    const against = objectedTo(node, role, data);
    node.announced = node.announced.map(one => (one === against ? { ...one, objected: actor } : one));
  }
  node.history = { last: `${own}.ok`, before: node.history };
}

/** A response is kept until it is due. One that somebody objected to makes room for it. */
export function announce(node: Node, response: Omit<Announced, "due" | "objected">, { wait }: Announce, time: number) {
  const due = plusTime(time, wait) ?? reject("expression_error");
  const others = node.announced.filter(({ actor, action }) => actor !== response.actor || action !== response.action);
  if (others.length >= ANNOUNCED_MAX) reject("limit");
  node.announced = [...others, { ...response, due, objected: undefined }];
}
