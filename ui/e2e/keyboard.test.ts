// Without a mouse: signing in, an action with a file, a comment, the proof, a dialogue. The focus is always to be seen.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, openBrowser, Person } from "./browser.ts";
import { empower, hasProgram, stage, type Stage } from "./nodes.ts";

const PAPER = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

const NOTE = `scenario: countersign/scenario/v1
name: note
title: A note
language: en
actors:
  owner: {title: Owner}
vars:
  note: text
actions:
  write:
    title: Write the note
    kind: informative
    by: owner
    expect: keep
    responses:
      keep:
        title: Keep it
        data: {text: text}
        attachments:
          paper: {title: Paper, media: [application/pdf]}
        do:
          - set: vars.note
            to: data.text
      drop:
        title: Drop it
initial: writing
states:
  writing:
    title: The note is written
    transitions:
      - {on: write.keep, goto: kept}
      - {on: write.drop, goto: dropped}
  kept: {title: The note is kept, final: success}
  dropped: {title: The note is dropped, final: failure}
`;

/** More stops than any page has. */
const STOPS_MAX = 120;

describe.skipIf(!ready)("with the keyboard alone", () => {
  let nodes: Stage;
  let browser: Browser;
  let eva: Person;
  let page: Page;
  let contract: string;

  beforeAll(async () => {
    nodes = await stage("owner");
    const owner = nodes.parties[0]!;
    const scenario = join(nodes.folder, "note.yaml");
    writeFileSync(scenario, NOTE);
    const told = await owner.command("--json", "contract", "new", "--scenario", scenario, "--member", "owner=self");
    contract = (JSON.parse(told) as { contract: string }).contract;
    browser = await openBrowser();
    eva = await Person.come(browser, owner);
    page = eva.page;
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("a link is followed, a key made", async () => {
    const { link } = await eva.party.ask<{ link: string }>("/v1/users/invitations", { role: "member", name: "Eva" });
    await page.goto(link);
    await page.getByLabel("Your name").waitFor();
    await tabTo(page, "Your name");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("Eva");
    await tabTo(page, "Make a key and enrol");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    await empower(eva.party, contract, "Eva");
  });

  test("the first stop leads past the navigation", async () => {
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    await page.keyboard.press("Tab");
    expect(await focus(page)).toMatchObject({ name: "Skip to the content", seen: true });
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.querySelector("main")?.contains(document.activeElement))).toBe(true);
  });

  test("out and in again", async () => {
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    await tabTo(page, /You and this node/);
    await page.keyboard.press("Enter");
    await tabTo(page, "Sign out");
    await page.keyboard.press("Escape");
    expect((await focus(page)).name).toMatch(/You and this node/);
    await page.keyboard.press("Enter");
    await tabTo(page, "Sign out");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    await tabTo(page, "Sign in");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
  });

  test("an action is filled in, with a file, and signed", async () => {
    await page.getByRole("link", { name: "Write the note" }).waitFor();
    await tabTo(page, "Write the note");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Write the note" }).waitFor();
    await tabTo(page, "Keep it");
    await page.keyboard.press("ArrowDown");
    expect(await page.getByLabel("Drop it").isChecked()).toBe(true);
    await page.keyboard.press("ArrowUp");
    expect(await page.getByLabel("Keep it").isChecked()).toBe(true);
    await tabTo(page, /^Text/);
    await page.keyboard.type("Written without a mouse.");
    await tabTo(page, /Drop a file here/);
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Space")]);
    await chooser.setFiles(PAPER);
    await page.getByText("lease.pdf").first().waitFor();
    await page.getByRole("button", { name: "Sign and send", disabled: false }).waitFor();
    await tabTo(page, "Sign and send");
    await page.keyboard.press("Enter");
    await page.getByText("Signed and sent").waitFor();
    await tabTo(page, "To the contract");
    await page.keyboard.press("Enter");
    await page.getByText("The note is kept").first().waitFor();
  });

  test("a comment is written, and the next one can follow", async () => {
    await page.getByLabel("Write a comment").waitFor();
    await tabTo(page, "Write a comment");
    await page.keyboard.type("And a word about it.");
    await tabTo(page, "Sign and send");
    await page.keyboard.press("Enter");
    await page.getByText("Signed and sent").waitFor();
    await page.getByRole("blockquote").getByText("And a word about it.").waitFor();
    expect((await focus(page)).name).toBe("Write a comment");
  });

  test("a dialogue holds the focus, and gives it back", async () => {
    await tabTo(page, "Erase lease.pdf");
    await page.keyboard.press("Enter");
    const dialogue = page.getByRole("dialog");
    await dialogue.waitFor();
    for (let stop = 0; stop < 8; stop += 1) {
      await page.keyboard.press("Tab");
      // Between its last and its first stop the browser has its own.
      const inside = await page.evaluate(
        () => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null,
      );
      expect(inside).toBe(true);
    }
    await page.keyboard.press("Escape");
    await dialogue.waitFor({ state: "detached" });
    expect((await focus(page)).name).toContain("Erase");
  });

  test("the proof is downloaded", async () => {
    await tabTo(page, "Download the proof");
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    expect(readFileSync(await download.path()).length).toBeGreaterThan(1_000);
  });

  test("every stop of the page shows that it has the focus", async () => {
    await page.reload();
    await page.getByText("The note is kept").first().waitFor();
    await page.getByRole("region", { name: "Documents" }).getByRole("button").first().waitFor();
    const stops = new Set<string>();
    for (let stop = 0; stop < STOPS_MAX; stop += 1) {
      await page.keyboard.press("Tab");
      const { name, seen, isPage } = await focus(page);
      if (isPage && stop > 0) break;
      expect(seen, name).toBe(true);
      stops.add(name);
    }
    expect(stops.size).toBeGreaterThan(20);
  });

  test("nothing went wrong in the page", () => {
    expect(eva.faults).toEqual([]);
  });
});

interface Focus {
  name: string;
  /** Whether it lies in the window and is outlined. */
  seen: boolean;
  /** Whether nothing has the focus. */
  isPage: boolean;
}

/** What has the focus now. */
function focus(page: Page): Promise<Focus> {
  return page.evaluate(() => {
    const active = document.activeElement as HTMLElement;
    const labels = (active as HTMLInputElement).labels;
    const name = active.getAttribute("aria-label") ?? labels?.[0]?.innerText ?? active.innerText;
    // What is hidden on purpose shows its focus on its label.
    const shown = active.classList.contains("hidden") ? (active.closest("label") ?? active) : active;
    const style = getComputedStyle(shown);
    const place = shown.getBoundingClientRect();
    const inWindow =
      place.width > 1 && place.height > 1 && place.bottom > 0 && place.top < window.innerHeight && place.right > 0;
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return {
      name: name.replace(/[\u2068\u2069]/g, "").trim(),
      seen: inWindow && outlined,
      isPage: active === document.body,
    };
  });
}

/** Presses Tab until what has the focus is called so. Every stop on the way must be seen. */
async function tabTo(page: Page, wanted: string | RegExp): Promise<void> {
  const passed: string[] = [];
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await page.keyboard.press("Tab");
    const { name, seen, isPage } = await focus(page);
    if (isPage) continue;
    expect(seen, `the focus is not seen on: ${name}`).toBe(true);
    if (typeof wanted === "string" ? name === wanted : wanted.test(name)) return;
    passed.push(name.slice(0, 40));
  }
  throw new Error(`no stop is called ${wanted}: ${passed.join(" | ")}`);
}
