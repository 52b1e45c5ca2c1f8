// Texts by key. Which language: that of the person, else of the browser, else English.
import { Fragment, type ReactNode } from "react";
import { en, type Key } from "./en";
import { pieces, type Values } from "./format";

export type { Key } from "./en";

/** A language has all keys of English. */
export type Catalog = { readonly [N in keyof typeof en]: { readonly [K in keyof (typeof en)[N]]: string } };

const catalogs: Readonly<Record<string, Catalog>> = { en };

/** The language of texts, dates and numbers. */
export const locale: string =
  navigator.languages.find(wanted => catalogs[wanted.split("-")[0] ?? ""] !== undefined) ?? "en";

const catalog: Readonly<Record<string, Readonly<Record<string, string>>>> = catalogs[locale.split("-")[0] ?? ""] ?? en;

function source(key: Key): string {
  const dot = key.indexOf(".");
  return catalog[key.slice(0, dot)]?.[key.slice(dot + 1)] ?? key;
}

/** The text of a key, where only text can stand. */
export function t(key: Key, values: Values<never> = {}): string {
  return pieces(source(key), values, locale).join("");
}

/** The text of a key with elements in it: `<T k="inbox.waiting" who={<PartyName …/>} />`. */
export function T({ k, ...values }: { k: Key } & Record<string, ReactNode>): ReactNode {
  const parts = pieces<ReactNode>(source(k), values as Values<ReactNode>, locale);
  return parts.map((part, at) => <Fragment key={at}>{part}</Fragment>);
}
