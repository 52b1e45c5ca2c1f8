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
  readonly #parts: Part[] = [];

  add(part: Part): void {
    this.#parts.push(part);
  }

  /** Everything written that is still there fits its schema: by process, then assets, vars, actors, each by name. */
  fit(alive: readonly Node[]): void {
    const order = (part: Part) => [alive.indexOf(part.node), SECTIONS.indexOf(part.section)] as const;
    const parts = this.#parts.filter(({ node }) => alive.includes(node));
    parts.sort((left, right) => {
      const [[one, first], [other, second]] = [order(left), order(right)];
      return one - other || first - second || compareMembers(left, right) || compareText(left.name, right.name);
    });
    parts.forEach(fitPart);
  }
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
