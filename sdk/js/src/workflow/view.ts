// What expressions see of a process: its own data, and what its children say of themselves.

import { sha256 } from "../hash.js";
import { canonicalJson } from "../json.js";
import type { Environment } from "../rules/evaluate.js";
import { at, bool, list, map, text, toPlain, type Value } from "../rules/value.js";
import { isAlive, type Child, type Node, type Process } from "./process.js";
import { memberAt, membersIn, roleValue } from "./roles.js";

/** The names that stand beside the process while a step is taken. */
export interface Locals {
  /** The name of the member that acts. */
  readonly actor?: string;
  readonly data?: Value;
  readonly attachments?: Value;
  readonly response?: string;
  readonly signal?: Value;
}

/** The tree as far as one process of it may look: its parties, its clock. */
type Around = Pick<Process, "parties" | "time" | "scenario">;

const SECTIONS = ["actors", "assets", "vars", "inputs", "children", "process"];

/** The value at a path below `_`. */
export function valueAt(around: Around, node: Node, path: readonly string[]): Value {
  const [section, ...below] = path;
  switch (section) {
    case undefined:
      return map(SECTIONS.map(name => [name, valueAt(around, node, [name])]));
    case "vars":
    case "assets":
    case "inputs":
      return at(node[section], below);
    case "actors": {
      const [actor, ...rest] = below;
      if (actor !== undefined) return at(roleValue(around.parties, node, actor), rest);
      return map([...node.roles.keys()].map(name => [name, roleValue(around.parties, node, name)]));
    }
    case "children":
      return at(childrenOf(node), below);
    case "process":
      return at(
        map([
          ["id", text(node.path)],
          ["state", text(node.state)],
          ["started", { kind: "timestamp", value: node.started }],
          ["entered", { kind: "timestamp", value: node.entered }],
        ]),
        below,
      );
    default:
      return undefined;
  }
}

/** What a child says of itself. */
function childValue({ is }: Child): Value {
  const alive = isAlive(is);
  return map([
    ["state", text(is.state)],
    ["finished", bool(!alive)],
    ["outcome", alive ? undefined : text(is.outcome)],
    ["result", alive ? undefined : is.result],
  ]);
}

function childrenOf({ body, children }: Node): Value {
  return map(
    [...body.children].map(([name, count]) => {
      const found = children.filter(({ start }) => start.child === name).map(childValue);
      return [name, count === "list" ? list(found) : found[0]];
    }),
  );
}

/** Whether all children are over that the current state started. */
function allFinished({ children }: Node): boolean {
  return children.every(({ line, left, is }) => line === 0 || (left.length === 0 && !isAlive(is)));
}

/** A process with locals, as an expression reads it. */
export function viewOf(around: Around, node: Node, locals: Locals): Environment {
  const { parties, time, scenario } = around;
  const has = (member: string, action: string, response: string | undefined) =>
    node.did.some(
      done => done.actor === member && done.action === action && (response === undefined || done.response === response),
    );
  const by = (action: string) => [...(node.body.actions.get(action)?.by ?? [])];
  const bound = (actor: string) => membersIn(parties, node, actor).filter(member => member.bound);
  return {
    root: path => valueAt(around, node, path),
    local: (name, path) => {
      switch (name) {
        case "actor":
          return locals.actor === undefined ? undefined : at(memberAt(parties, node, locals.actor)?.value, path);
        case "data":
        case "attachments":
        case "signal":
          return at(locals[name], path);
        case "response":
          return locals.response === undefined ? undefined : at(text(locals.response), path);
        default:
          return name === "time" ? at({ kind: "timestamp", value: time }, path) : undefined;
      }
    },
    did: (who, action, response) => {
      if (who === "actor") return locals.actor !== undefined && has(locals.actor, action, response);
      return membersIn(parties, node, who).some(({ name }) => has(name, action, response));
    },
    everyoneDid: (action, response) =>
      by(action).every(actor => {
        const group = node.body.actors.get(actor)!.many;
        if (group === undefined) return has(actor, action, response);
        const members = bound(actor);
        return members.length >= group.min && members.every(({ name }) => has(name, action, response));
      }),
    howManyDid: (action, response) =>
      by(action)
        .flatMap(actor => membersIn(parties, node, actor))
        .filter(({ name }) => has(name, action, response)).length,
    allFinished: () => allFinished(node),
    calendar: name => scenario.calendars.get(name),
  };
}

/** SHA-256 of the values at the paths of `seen`, unassigned as `null`. */
export function seenOf(around: Around, node: Node, paths: readonly (readonly string[])[]): Uint8Array {
  return sha256(canonicalJson(paths.map(path => toPlain(valueAt(around, node, path)))));
}
