// What a step wrote, and whether it fits as a whole when the step ends (docs/spec/scenario.md, "Fit").

import { Invalid, fit, memberSchema, type Schema } from "../rules/schema.js";
import { at, set, type Value } from "../rules/value.js";
import { compareText } from "../text.js";
import { pointerTo } from "./children.js";
import { Rejected, type Node, type Rule } from "./process.js";
import { setOwn, type Member } from "./roles.js";

/** A part of a process that was written: a member of a section. */
type Part =
  | { node: Node; section: "assets" | "vars"; name: string }
  | { node: Node; section: "actors"; name: string; member: Pick<Member, "actor" | "index" | "name"> };

const SECTIONS = ["assets", "vars", "actors"];

/** The parts that a step wrote. */
export class Written {
  /** Of each process by their place, so that one that is written again and again is looked at once. */
  readonly #parts = new Map<Node, Map<string, Part>>();

  add(part: Part): void {
    const own = this.#parts.get(part.node) ?? new Map<string, Part>();
    const member = part.section === "actors" ? part.member.name : "";
    this.#parts.set(part.node, own.set(`${part.section}/${member}/${part.name}`, part));
  }

  /** Everything written that is still there fits its schema: by process, then assets, vars, actors, each by name. */
  fit(alive: readonly Node[]): void {
    for (const node of alive) [...(this.#parts.get(node)?.values() ?? [])].sort(compareParts).forEach(fitPart);
  }
}

function compareParts(left: Part, right: Part): number {
  const sections = SECTIONS.indexOf(left.section) - SECTIONS.indexOf(right.section);
  return sections || compareMembers(left, right) || compareText(left.name, right.name);
}

function compareMembers(left: Part, right: Part): number {
  if (left.section !== "actors" || right.section !== "actors") return 0;
  return compareText(left.member.actor, right.member.actor) || left.member.index - right.member.index;
}

function fitPart(part: Part): void {
  const { node, section, name } = part;
  const schema = schemaOf(part);
  const own = part.section === "actors" ? node.roles.get(part.member.actor)!.own[part.member.index] : undefined;
  const held: Value = section === "actors" ? own : node[section];
  const value = at(held, [name]);
  if (schema === undefined || value === undefined) return;
  const place = part.section === "actors" ? `actors/${part.member.name}` : section;
  const fitted = within("invalid_result", `${pointerTo(node)}/${place}/${name}`, () => fit(schema, value));
  const whole = set(held, [name], fitted) as Value;
  if (part.section === "actors") setOwn(node, part.member, whole);
  else node[part.section] = whole;
}

function schemaOf(part: Part): Schema | undefined {
  const { body } = part.node;
  if (part.section === "assets") return body.assets.get(part.name);
  return memberSchema(part.section === "actors" ? body.actors.get(part.member.actor)!.data : body.vars, part.name);
}

/** What does not fit breaks a rule, by a pointer. */
export function within<T>(rule: Rule, pointer: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Invalid ? new Rejected(rule, `${pointer}${error.pointer}`) : error;
  }
}
