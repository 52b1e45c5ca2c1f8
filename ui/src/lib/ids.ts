// Ids as people read them.

/** The kind, four and four characters: `ctr_ab0a…871c`. */
export function shortId(id: string): string {
  const bar = id.indexOf("_");
  const body = id.slice(bar + 1);
  return body.length <= 12 ? id : `${id.slice(0, bar + 1)}${body.slice(0, 4)}…${body.slice(-4)}`;
}

/** The first characters of an id without its kind, in groups of four: enough to compare by eye. */
export function mark(id: string, groups = 1): string {
  const body = id.slice(id.indexOf("_") + 1);
  return Array.from({ length: groups }, (_, group) => body.slice(group * 4, group * 4 + 4)).join(" ");
}

/** Two letters for a name: `Van Dijk Vastgoed` → `VD`. Letters and digits only, so that no mark of a name slips in. */
export function monogram(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const [first = "?", second] = words;
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0] ?? "", [...second][0] ?? ""];
  return letters.join("").toUpperCase();
}

/** 184 KB. */
export function bytes(count: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(3, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const unit = units[step] ?? "byte";
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step > 1 ? 1 : 0,
  }).format(count / 1000 ** step);
}
