// What can stand at a place of a scenario: found from the indentation of the lines above, so that it also works in a text
// that is not whole yet. Nothing here knows the editor.
import type { KeySchema, Outline } from "./types";

/** Something that can be typed. */
export interface Option {
  label: string;
  kind: "key" | "value";
  /** What it means, in words. */
  info?: string;
  detail?: string;
}

/** What can be typed at the end of `before`, and where the word begins. */
export interface Options {
  /** Position in the text. */
  from: number;
  options: Option[];
}

const KEY = /^(?:"([^"]*)"|'([^']*)'|([^\s:#'"[{-][^:#]*?))\s*:(?:\s|$)/;

/** A key or an item that is open at a line, and the keys that stand in it so far. */
interface Level {
  column: number;
  /** `-` for an item of a list. */
  name: string;
  keys: Set<string>;
}

/** Where a line stands: what leads to it, the keys beside it, and the column and the words after its dashes. */
interface Place {
  path: string[];
  beside: ReadonlySet<string>;
  column: number;
  words: string;
}

/** The place of the last line, from the indentation of all. */
export function placeOf(lines: readonly string[]): Place {
  const levels: Level[] = [{ column: -1, name: "", keys: new Set() }];
  const leave = (column: number, item: boolean): Level => {
    // A list may stand as deep as its key: then the key stays open.
    const over = ({ column: own, name }: Level): boolean => own > column || (own === column && !(item && name !== "-"));
    let top = levels.at(-1);
    while (top !== undefined && over(top)) {
      levels.pop();
      top = levels.at(-1);
    }
    return top ?? { column: -1, name: "", keys: new Set() };
  };
  let column = 0;
  let words = "";
  lines.forEach((line, at) => {
    if (at + 1 < lines.length && /^\s*(#|$)/.test(line)) return;
    const dashes = /^\s*((?:- +)*)/.exec(line);
    column = dashes?.[0].length ?? 0;
    words = line.slice(column);
    for (const dash of line.slice(0, column).matchAll(/-/g)) {
      leave(dash.index, true);
      levels.push({ column: dash.index, name: "-", keys: new Set() });
    }
    const key = KEY.exec(words);
    const name = key?.[1] ?? key?.[2] ?? key?.[3]?.trim();
    if (at + 1 === lines.length || name === undefined) return;
    leave(column, false).keys.add(name);
    levels.push({ column, name, keys: new Set() });
  });
  const top = leave(column, false);
  return { path: levels.slice(1).map(({ name }) => name), beside: top.keys, column, words };
}

/** The schemas that hold at a path; several where one of several may stand. */
export function schemasAt(root: KeySchema, path: readonly string[]): KeySchema[] {
  let found = spread(root, root);
  for (const name of path) {
    found = found.flatMap(schema => {
      if (name === "-") return schema.items === undefined ? [] : spread(root, { ...about(schema), ...schema.items });
      const own = schema.properties?.[name];
      if (own !== undefined) return spread(root, own);
      return typeof schema.additionalProperties === "object" ? spread(root, schema.additionalProperties) : [];
    });
  }
  return found;
}

function spread(root: KeySchema, schema: KeySchema, depth = 0): KeySchema[] {
  if (depth > 8) return [];
  const name = schema.$ref?.replace("#/$defs/", "");
  const real = name === undefined ? schema : root.$defs?.[name];
  if (real === undefined) return [];
  const several = [...(real.anyOf ?? []), ...(real.oneOf ?? []).filter(one => one.properties !== undefined)];
  const own = about(schema);
  return [{ ...real, ...own }, ...several.flatMap(one => spread(root, { ...one, ...own }, depth + 1))];
}

/** Of what a value is the name; that holds for the items of a list, too. */
function about(schema: KeySchema): Pick<KeySchema, "x-refers"> {
  return schema["x-refers"] === undefined ? {} : { "x-refers": schema["x-refers"] };
}

/** What can stand at the end of this text. */
export function optionsAt(before: string, root: KeySchema, outline: Outline | undefined): Options | undefined {
  const lines = before.split("\n");
  if (lines.at(-1)?.trimStart().startsWith("#")) return undefined;
  const { path, beside, words } = placeOf(lines);
  const value = /^([\w-]+|"[^"]*"):\s+(?:\[(?:[^\]]*,)?\s*)?([\w.]*)$/.exec(words);
  if (value !== null) {
    const [, key = "", word = ""] = value;
    const schemas = schemasAt(root, [...path, key.replaceAll('"', "")]);
    return some({ from: before.length - word.length, options: values(schemas, outline, word) });
  }
  if (!/^[\w.-]*$/.test(words)) return undefined;
  const schemas = schemasAt(root, path);
  const items = path.at(-1) === "-" ? values(schemas, outline, words) : [];
  return some({ from: before.length - words.length, options: [...keys(schemas, beside), ...items] });
}

function some(options: Options): Options | undefined {
  return options.options.length === 0 ? undefined : options;
}

function keys(schemas: readonly KeySchema[], taken: ReadonlySet<string>): Option[] {
  const found = new Map<string, Option>();
  for (const schema of schemas) {
    for (const [label, member] of Object.entries(schema.properties ?? {})) {
      if (taken.has(label) || found.has(label)) continue;
      found.set(label, {
        label,
        kind: "key",
        ...(member.description === undefined ? {} : { info: member.description }),
      });
    }
  }
  return [...found.values()];
}

function values(schemas: readonly KeySchema[], outline: Outline | undefined, word: string): Option[] {
  const found = new Map<string, Option>();
  const add = (label: string, detail?: string): void => {
    if (!found.has(label)) found.set(label, { label, kind: "value", ...(detail === undefined ? {} : { detail }) });
  };
  for (const schema of schemas) {
    for (const one of schema.enum ?? []) add(one);
    if (typeof schema.const === "string") add(schema.const);
    if (schema.type === "boolean") ["true", "false"].forEach(one => add(one));
    const names = named(schema, outline, word);
    for (const [name, title] of names) add(name, title);
  }
  return [...found.values()];
}

/** The names of the scenario that a value may be, with what they mean. */
function named(schema: KeySchema, outline: Outline | undefined, word: string): (readonly [string, string?])[] {
  if (outline === undefined) return [];
  const titled = (list: readonly { name: string; title: string }[]): [string, string][] =>
    list.map(one => [one.name, one.title]);
  const paths: [string][] = [
    ...outline.assets.map((name): [string] => [`assets.${name}`]),
    ...outline.vars.map((name): [string] => [`vars.${name}`]),
  ];
  const responses = (): [string, string][] =>
    outline.actions.flatMap(action => {
      const several = action.responses.length > 1 || word.startsWith(`${action.name}.`);
      return several ? action.responses.map((one): [string, string] => [`${action.name}.${one}`, action.title]) : [];
    });
  switch (schema["x-refers"]) {
    case "state":
      return [...titled(outline.states), ["stay"]];
    case "action":
      return [...titled(outline.actions), ...responses()];
    case "response":
      return responses();
    case "actor":
      return titled(outline.actors);
    case "path":
      return paths;
    default:
      return schema["x-expression"] === true ? [...paths, ...titled(outline.actors)] : [];
  }
}
