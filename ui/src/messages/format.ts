// A small part of ICU MessageFormat: `{name}`, `{n, plural, =0 {…} one {…} other {… # …}}`, `{x, select, a {…} other {…}}`.
// Braces cannot be quoted: no text of ours has one.

/** A piece of a message: words, a value to put in, or a choice between messages. */
type Part =
  | { kind: "words"; words: string }
  | { kind: "value"; name: string }
  | { kind: "count" }
  | { kind: "choice"; name: string; plural: boolean; cases: ReadonlyMap<string, readonly Part[]> };

/** What may be put into a message. A time or an amount is formatted before. */
export type Values<T> = Readonly<Record<string, string | number | T>>;

const DEPTH_MAX = 8;
const compiled = new Map<string, readonly Part[]>();

/** A message that cannot be read is a mistake in a message file, and a test reads them all. */
export class MessageError extends Error {}

class Reader {
  #at = 0;
  constructor(readonly source: string) {}

  /** Reads up to the end or to a closing brace, which it leaves. */
  parts(depth: number): Part[] {
    if (depth > DEPTH_MAX) throw new MessageError(`too deep: ${this.source}`);
    const parts: Part[] = [];
    while (this.#at < this.source.length && this.source[this.#at] !== "}") {
      if (this.source[this.#at] === "{") parts.push(this.#braced(depth));
      else if (depth > 0 && this.source[this.#at] === "#") {
        this.#at += 1;
        parts.push({ kind: "count" });
      } else parts.push({ kind: "words", words: this.#take(depth > 0 ? /[^{}#]+/y : /[^{}]+/y) });
    }
    return parts;
  }

  end(): void {
    if (this.#at !== this.source.length) throw new MessageError(`a brace too many: ${this.source}`);
  }

  #braced(depth: number): Part {
    this.#take(/\{\s*/y);
    const name = this.#take(/[a-z][A-Za-z0-9]*/y);
    if (this.#take(/\s*[},]/y).endsWith("}")) return { kind: "value", name };
    this.#take(/\s*/y);
    const plural = this.#take(/plural|select/y) === "plural";
    this.#take(/\s*,\s*/y);
    const cases = new Map<string, readonly Part[]>();
    while (this.source[this.#at] !== "}") {
      const key = this.#take(/=\d+|[A-Za-z_]+/y);
      this.#take(/\s*\{/y);
      cases.set(key, this.parts(depth + 1));
      this.#take(/\}\s*/y);
    }
    this.#at += 1;
    if (!cases.has("other")) throw new MessageError(`no case "other": ${this.source}`);
    return { kind: "choice", name, plural, cases };
  }

  #take(what: RegExp): string {
    what.lastIndex = this.#at;
    const found = what.exec(this.source)?.[0];
    if (found === undefined) throw new MessageError(`at ${this.#at}: ${this.source}`);
    this.#at += found.length;
    return found;
  }
}

function compile(source: string): readonly Part[] {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const reader = new Reader(source);
  const parts = reader.parts(0);
  reader.end();
  compiled.set(source, parts);
  return parts;
}

/** The pieces of a message with its values in place, in order. A value that is missing stands as its name in braces. */
export function pieces<T>(source: string, values: Values<T>, locale: string): (string | T)[] {
  const out: (string | T)[] = [];
  const number = new Intl.NumberFormat(locale);
  const put = (parts: readonly Part[], count: number | undefined): void => {
    for (const part of parts) {
      if (part.kind === "words") out.push(part.words);
      else if (part.kind === "count") out.push(count === undefined ? "#" : number.format(count));
      else if (part.kind === "value") {
        const value = values[part.name];
        out.push(value === undefined ? `{${part.name}}` : typeof value === "number" ? number.format(value) : value);
      } else {
        const value = values[part.name];
        const plural = part.plural ? Number(value) : undefined;
        const exact = part.cases.get(part.plural ? `=${String(value)}` : String(value));
        const category = plural === undefined ? "other" : new Intl.PluralRules(locale).select(plural);
        put(exact ?? part.cases.get(category) ?? part.cases.get("other") ?? [], plural ?? count);
      }
    }
  };
  put(compile(source), undefined);
  return out;
}

/** The names of the values that a message asks for. */
export function names(source: string): Set<string> {
  const found = new Set<string>();
  const look = (parts: readonly Part[]): void => {
    for (const part of parts) {
      if (part.kind === "value") found.add(part.name);
      if (part.kind === "choice") {
        found.add(part.name);
        for (const inner of part.cases.values()) look(inner);
      }
    }
  };
  look(compile(source));
  return found;
}
