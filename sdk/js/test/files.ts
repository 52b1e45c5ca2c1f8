import { readFileSync } from "node:fs";
import { fromHex } from "../src/bytes.js";

const root = new URL("../../../", import.meta.url);

/** A file of the repository. */
export function file(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, root)));
}

/** A JSON file of the repository. */
export function json(path: string): any {
  return JSON.parse(readFileSync(new URL(path, root), "utf8"));
}

/** The bytes of hexadecimal digits that a vector holds. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error("not hexadecimal");
  return bytes;
}
