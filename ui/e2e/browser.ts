// Debian's chromium under playwright: browsers of people, pictures of pages, and what axe finds.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join, resolve } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { PASSPHRASE, type Party } from "./nodes.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Pictures stay here after a test. */
export const PICTURES = resolve(import.meta.dirname, "../pictures");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const DIST = resolve(import.meta.dirname, "../dist");
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Whether a browser is there. On CI a missing one is a failure. */
export function hasBrowser(): boolean {
  if (existsSync(CHROMIUM)) return true;
  if (process.env["CI"] !== undefined) throw new Error(`no browser at ${CHROMIUM}`);
  return false;
}

/** Starts a browser with a profile of its own that vanishes with it. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

/** A browser window: faults of the page and refusals by the content security policy fail the test. */
export class Visitor {
  readonly faults: string[] = [];
  protected constructor(readonly page: Page) {
    page.on("pageerror", error => this.faults.push(String(error)));
    page.on("console", message => {
      if (message.type() === "error" && /Content Security Policy|Uncaught|Warning:/.test(message.text()))
        this.faults.push(message.text());
    });
  }

  /** Opens a window with a store of its own. */
  static async open(browser: Browser): Promise<Visitor> {
    return new Visitor(await newPage(browser));
  }
}

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1000 },
    locale: "en-GB",
    colorScheme: "light",
  });
  if (process.env["UI_FROM_DIST"] !== undefined) await fromDist(context);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return page;
}

/** A person at the node of a party. */
export class Person extends Visitor {
  private constructor(
    readonly party: Party,
    page: Page,
  ) {
    super(page);
  }

  get context(): BrowserContext {
    return this.page.context();
  }

  /** Opens a browser window of somebody who is not signed in. */
  static async come(browser: Browser, party: Party): Promise<Person> {
    return new Person(party, await newPage(browser));
  }

  /** Goes to an address of the app. */
  async go(path: string): Promise<void> {
    await this.page.goto(`${this.party.address}/ui${path}`);
  }

  /** Signs in with the token of the node. */
  async useToken(): Promise<void> {
    await this.go("/");
    await this.page.getByLabel("Token of the node").fill(this.party.token);
    await this.page.getByRole("button", { name: "Sign in with the token" }).click();
    await this.page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
  }

  /** Follows a new enrolment link, makes a key in the browser, and is signed in. */
  async enrol(name: string, role: "member" | "operator" = "member"): Promise<void> {
    const { link } = await this.party.ask<{ link: string }>("/v1/users/invitations", { role, name });
    await this.page.goto(link);
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByRole("button", { name: "Make a key and enrol" }).click();
    await this.page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
  }
}

/**
 * Serves the app from `ui/dist` in place of what the program has inside, with the headers of the node: to try a change
 * without building the program.
 */
async function fromDist(context: BrowserContext): Promise<void> {
  await context.route(/\/ui\//, async route => {
    const path = new URL(route.request().url()).pathname.replace("/ui/", "");
    const asked = join(DIST, path);
    const file = path.includes(".") && existsSync(asked) ? asked : join(DIST, "index.html");
    const answer = await route.fetch().catch(() => undefined);
    if (answer === undefined) return route.abort();
    const { "content-encoding": _, "content-length": __, ...headers } = answer.headers();
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    await route.fulfill({ status: 200, headers: { ...headers, "content-type": type }, body: readFileSync(file) });
  });
}

/** Widths at which every page is looked at. */
const WIDTHS = [360, 1440, 2560] as const;

/**
 * Pictures of a page in both colours and three widths; gives what axe found and where the page is wider than its window.
 * Of a dialogue the window is enough.
 */
export async function look(page: Page, name: string, fullPage = true): Promise<string[]> {
  mkdirSync(PICTURES, { recursive: true });
  const found: string[] = [];
  for (const colour of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: colour, reducedMotion: "reduce" });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width === 360 ? 740 : 1000 });
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(PICTURES, `${name}-${colour}-${width}.png`), fullPage });
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wider > 0) found.push(`${name} ${colour} ${width}: ${wider} px wider than the window`);
      if (width !== 2560)
        found.push(...(await violations(page)).map(violation => `${name} ${colour} ${width}: ${violation}`));
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 1000 });
  return found;
}

interface AxeResult {
  violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[];
}

/** What axe finds on the page now, one line a place. The page's policy forbids inline scripts; a tool may evaluate. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const result = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run());
  return result.violations.flatMap(violation =>
    violation.nodes.map(
      node =>
        `${violation.id} at ${node.target.join(" ")}: ${violation.help}. ${node.failureSummary?.replace(/\s+/g, " ") ?? ""}`,
    ),
  );
}

/** Imports the key file of the company where the page asks for it, and unlocks it. */
export async function bringKey(person: Person, page: Page): Promise<void> {
  const file = readFileSync(join(person.party.home, "keys.keystore"));
  await page
    .locator("input[type=file]")
    .last()
    .setInputFiles({ name: "keys.keystore", mimeType: "application/octet-stream", buffer: file });
  await page.getByLabel("Passphrase of the file").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Import a key file" }).click();
  await unlock(page);
}

/** Unlocks the key that the page asks for first. */
export async function unlock(page: Page): Promise<void> {
  await page.getByLabel("Passphrase", { exact: true }).first().fill(PASSPHRASE);
  await page.getByRole("button", { name: "Unlock" }).first().click();
}
