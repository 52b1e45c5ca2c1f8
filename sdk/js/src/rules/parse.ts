// From surface text to the tree, by recursive descent with counted nesting (docs/spec/rules.md, "Text").

import { isObject, newObject, type Json } from "../json.js";
import { characters } from "../text.js";
import { tokensOf, type Token } from "./lexer.js";
import { isCall, takesName } from "./calls.js";
import { NESTING_MAX, SOURCE_CHARACTERS_MAX, isName } from "./normal.js";
import { LOCALS, refuse } from "./rule.js";
import { parseDecimal, decimalText } from "./decimal.js";
import { fromText, toPlain } from "./value.js";

const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="];
const FOLDS = ["all", "any", "count", "sum", "min", "max"];
const NAMED = ["date", "timestamp", "duration", "hash", "party"];

/** The tree of a source; throws {@link ExpressionError}. */
export function parseExpression(source: string): Json {
  if (characters(source) > SOURCE_CHARACTERS_MAX) refuse("E406");
  const parser = new Parser(tokensOf(source));
  const tree = parser.expression();
  return parser.isAtEnd() ? tree : refuse("E401");
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #bound: string[] = [];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.#token().kind === "end";
  }

  #token(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  #is(kind: "name" | "sign", ...texts: string[]): boolean {
    const token = this.#token();
    return token.kind === kind && texts.includes(token.text);
  }

  /** Takes a word or sign if it is next. */
  #take(kind: "name" | "sign", ...texts: string[]): string | undefined {
    if (!this.#is(kind, ...texts)) return undefined;
    return this.#tokens[this.#at++]!.text;
  }

  #expect(kind: "name" | "sign", text: string): void {
    if (this.#take(kind, text) === undefined) refuse("E401");
  }

  /** A name that is no word of the grammar. */
  #name(): string {
    const { kind, text } = this.#token();
    if (kind !== "name" || !isName(text)) refuse("E401");
    this.#at += 1;
    return text;
  }

  /** What is read one level deeper. */
  #nested(read: () => Json): Json {
    if (this.#depth >= NESTING_MAX) refuse("E406");
    this.#depth += 1;
    const tree = read();
    this.#depth -= 1;
    return tree;
  }

  readonly #inner = (): Json => this.#nested(() => this.expression());

  expression(): Json {
    if (this.#take("name", "if") !== undefined) {
      const condition = this.#inner();
      this.#expect("name", "then");
      const yes = this.#inner();
      this.#expect("name", "else");
      return node("if", [condition, yes, this.#inner()]);
    }
    const left = this.#junction("or", () => this.#junction("and", () => this.#not()));
    return this.#take("name", "otherwise") === undefined ? left : node("otherwise", [left, this.#inner()]);
  }

  /** Parts of the same kind in parentheses are flattened. */
  #junction(word: string, next: () => Json): Json {
    const first = next();
    if (!this.#is("name", word)) return first;
    const parts = [first];
    while (this.#take("name", word) !== undefined) parts.push(next());
    return node(
      word,
      parts.flatMap(part => (isObject(part) && Array.isArray(part[word]) ? part[word] : [part])),
    );
  }

  #not(): Json {
    if (this.#take("name", "not") === undefined) return this.#compare();
    return node("not", [this.#nested(() => this.#not())]);
  }

  #compare(): Json {
    const left = this.#sum();
    if (this.#take("name", "is") !== undefined) {
      const word = this.#take("name", "assigned", "unassigned") ?? refuse("E401");
      return node(`is_${word}`, [left]);
    }
    const sign = this.#take("sign", ...COMPARISONS) ?? this.#take("name", "in");
    return sign === undefined ? left : node(sign, [left, this.#sum()]);
  }

  #sum(): Json {
    return this.#chain(["+", "-"], () => this.#chain(["*", "/"], () => this.#unary()));
  }

  #chain(signs: string[], next: () => Json): Json {
    let found = next();
    for (let sign = this.#take("sign", ...signs); sign !== undefined; sign = this.#take("sign", ...signs)) {
      found = node(sign, [found, next()]);
    }
    return found;
  }

  #unary(): Json {
    if (this.#take("sign", "-") === undefined) return this.#lookups(this.#primary());
    // A minus before digits is part of the number.
    const { kind } = this.#token();
    if (kind === "integer" || kind === "decimal") return this.#lookups(this.#number("-"));
    return node("-", [this.#nested(() => this.#unary())]);
  }

  #lookups(base: Json): Json {
    let found = base;
    for (;;) {
      let key: Json;
      if (this.#take("sign", ".") !== undefined) key = node("text", this.#name());
      else if (this.#take("sign", "[") !== undefined) {
        key = this.#inner();
        this.#expect("sign", "]");
      } else return found;
      const path = isObject(found) ? found["path"] : undefined;
      const name = isObject(key) ? key["text"] : undefined;
      found =
        Array.isArray(path) && typeof name === "string" ? node("path", [...path, name]) : node("get", [found, key]);
    }
  }

  #primary(): Json {
    const { kind, text } = this.#token();
    if (kind === "integer" || kind === "decimal") return this.#number("");
    if (kind === "end") refuse("E401");
    this.#at += 1;
    if (kind === "text") return node("text", text);
    if (kind === "sign") return this.#bracketed(text);
    if (text === "true" || text === "false") return node("bool", text === "true");
    if (text === "unassigned") return node("unassigned", null);
    if (!isName(text)) refuse("E401");
    if (this.#take("sign", "(") !== undefined) {
      return FOLDS.includes(text) ? this.#aggregate(text) : this.#call(text);
    }
    const local = this.#bound.includes(text) || LOCALS.includes(text);
    return node("path", local ? [text] : ["_", text]);
  }

  #bracketed(sign: string): Json {
    if (sign === "_") return node("path", ["_"]);
    if (sign === "(") {
      const inner = this.#inner();
      this.#expect("sign", ")");
      return inner;
    }
    if (sign === "[") return node("list", this.#separated("]", this.#inner));
    if (sign !== "{") refuse("E401");
    const members = newObject();
    this.#separated("}", () => {
      const name = this.#name();
      this.#expect("sign", ":");
      const value = this.#inner();
      if (Object.hasOwn(members, name)) refuse("E401");
      return (members[name] = value);
    });
    return node("map", members);
  }

  /** Items up to a closing sign. */
  #separated(end: string, read: () => Json): Json[] {
    const items: Json[] = [];
    if (this.#take("sign", end) !== undefined) return items;
    do items.push(read());
    while (this.#take("sign", ",") !== undefined);
    this.#expect("sign", end);
    return items;
  }

  #number(sign: "" | "-"): Json {
    const { kind, text } = this.#token();
    this.#at += 1;
    if (kind === "integer") {
      const value = Number(text);
      return Number.isSafeInteger(value) ? node("int", sign === "-" ? 0 - value : value) : refuse("E407");
    }
    const value = parseDecimal(sign + text.replace(/^0+(?=[0-9])/, ""));
    return value === undefined ? refuse("E407") : node("decimal", decimalText(value));
  }

  /** After `all(` and its kin. */
  #aggregate(kind: string): Json {
    const next = this.#token(1);
    const named =
      this.#token().kind === "name" && isName(this.#token().text) && next.kind === "name" && next.text === "in";
    if (!named) {
      const list = this.#inner();
      this.#expect("sign", ")");
      return node(kind, [list]);
    }
    const name = this.#name();
    this.#expect("name", "in");
    const list = this.#inner();
    this.#expect("sign", ",");
    this.#bound.push(name);
    const body = this.#inner();
    this.#bound.pop();
    this.#expect("sign", ")");
    return node(kind, [name, list, body]);
  }

  /** After `name(`. */
  #call(name: string): Json {
    if (!isCall(name) && !NAMED.includes(name)) refuse("E403");
    let index = 0;
    const parts = this.#separated(")", () => {
      const { kind, text } = this.#token();
      return takesName(name, index++) && kind === "name" && isName(text) ? this.#word(name, index - 1) : this.#inner();
    });
    const [only] = parts;
    const written = parts.length === 1 && isObject(only) ? only["text"] : undefined;
    if (!NAMED.includes(name) || typeof written !== "string") return node(name, parts);
    const value = fromText(name, written);
    return value === undefined ? refuse("E407") : node(name, toPlain(value));
  }

  /** A name that is not a value; an action may be followed by its response. */
  #word(call: string, index: number): Json {
    const name = this.#name();
    if (!takesName(call, index, "action") || this.#take("sign", ".") === undefined) return name;
    return `${name}.${this.#name()}`;
  }
}

function node(key: string, content: Json): Json {
  return newObject([[key, content]]);
}
