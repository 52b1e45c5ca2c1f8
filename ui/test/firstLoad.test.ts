// What a browser reads before it shows the first page: at most 250 KiB compressed, fonts included.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const DIST = join(import.meta.dirname, "../dist");
const MANIFEST = join(DIST, ".vite/manifest.json");
const FIRST_LOAD_MAX = 250 * 1024;

interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
  assets?: string[];
}

/** The files of the entry and of a page with what they import, each once. */
function filesOf(manifest: Record<string, Chunk>, ...roots: string[]): Set<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const walk = (name: string): void => {
    const chunk = manifest[name];
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
    chunk.imports?.forEach(walk);
  };
  roots.forEach(walk);
  return files;
}

const built = existsSync(MANIFEST);
if (!built) {
  if (process.env["CI"] !== undefined) throw new Error("npm run build -w ui was not run");
  console.error("skipped: npm run build -w ui was not run");
}

test.skipIf(!built).each(["Inbox", "SignIn"])("%s is there after 250 KiB", page => {
  const manifest = JSON.parse(readFileSync(MANIFEST, "utf8")) as Record<string, Chunk>;
  const entry = Object.keys(manifest).find(name => manifest[name]?.isEntry === true);
  expect(entry).toBeDefined();
  expect(manifest).toHaveProperty([`src/pages/${page}.tsx`]);
  const files = filesOf(manifest, entry ?? "", `src/pages/${page}.tsx`);
  const size = (file: string): number => {
    const bytes = readFileSync(join(DIST, file));
    return file.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length;
  };
  const sizes = ["index.html", ...files].map(file => [file, size(file)] as const);
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  expect(total, sizes.map(([file, bytes]) => `${bytes} ${file}`).join("\n")).toBeLessThanOrEqual(FIRST_LOAD_MAX);
  expect(total).toBeGreaterThan(20_000);
  console.info(`first load of ${page}: ${Math.ceil(total / 1024)} KiB`);
});
