// What expressions see of a process.

import { sha256 } from "../hash.js";
import { canonicalJson } from "../json.js";
import type { Environment } from "../rules/evaluate.js";
import { at, map, text, toPlain, type Value } from "../rules/value.js";
import { ROOT_PROCESS, roleAt, type Process } from "./process.js";

/** The names that stand beside the process while a step is taken. */
export interface Locals {
  readonly actor?: string;
  readonly data?: Value;
  readonly attachments?: Value;
  readonly response?: string;
}

/** The value at a path below `_`. */
export function valueAt(process: Process, path: readonly string[]): Value {
  const [section, ...below] = path;
  switch (section) {
    case undefined:
      return map(["actors", "assets", "vars", "inputs", "process"].map(name => [name, valueAt(process, [name])]));
    case "vars":
    case "assets":
    case "inputs":
      return at(process[section], below);
    case "actors": {
      const [actor, ...rest] = below;
      if (actor !== undefined) return roleAt(process, actor, rest);
      return map([...process.roles].map(([name, role]) => [name, role.value]));
    }
    case "process":
      return at(
        map([
          ["id", text(ROOT_PROCESS)],
          ["state", text(process.state)],
          ["started", { kind: "timestamp", value: process.started }],
          ["entered", { kind: "timestamp", value: process.entered }],
        ]),
        below,
      );
    default:
      return undefined;
  }
}

/** A process with locals, as an expression reads it. */
export function viewOf(process: Process, locals: Locals): Environment {
  const has = (actor: string, action: string, response: string | undefined) =>
    process.did.some(
      done => done.actor === actor && done.action === action && (response === undefined || done.response === response),
    );
  const by = (action: string) => [...(process.scenario.actions.get(action)?.by ?? [])];
  return {
    root: path => valueAt(process, path),
    local: (name, path) => {
      switch (name) {
        case "actor":
          return locals.actor === undefined ? undefined : roleAt(process, locals.actor, path);
        case "data":
          return at(locals.data, path);
        case "attachments":
          return at(locals.attachments, path);
        case "response":
          return locals.response === undefined ? undefined : at(text(locals.response), path);
        default:
          return name === "time" ? at({ kind: "timestamp", value: process.time }, path) : undefined;
      }
    },
    did: (who, action, response) => {
      const actor = who === "actor" ? locals.actor : who;
      return actor !== undefined && has(actor, action, response);
    },
    everyoneDid: (action, response) => by(action).every(actor => has(actor, action, response)),
    calendar: name => process.scenario.calendars.get(name),
    howManyDid: (action, response) => by(action).filter(actor => has(actor, action, response)).length,
  };
}

/** SHA-256 of the values at the paths of `seen`, unassigned as `null`. */
export function seenOf(process: Process, paths: readonly (readonly string[])[]): Uint8Array {
  return sha256(canonicalJson(paths.map(path => toPlain(valueAt(process, path)))));
}
