// The whole lease with the mouse: three people in three browsers, from a link to a proof that is checked.
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Visitor } from "./browser.ts";
import { hasProgram, PROGRAM } from "./nodes.ts";

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

/** What `countersign dev --json` says of a party. */
interface Place {
  party: string;
  api: string;
  home: string;
  contract: string;
  link: string;
}

/** Runs `countersign dev`; gives where its parties are. */
async function dev(): Promise<{ program: ChildProcess; places: Place[] }> {
  const program = spawn(PROGRAM, ["dev", "--json"], { stdio: ["ignore", "pipe", "ignore"] });
  const line = await new Promise<string>((done, failed) => {
    createInterface({ input: program.stdout }).once("line", done);
    program.once("exit", code => failed(new Error(`dev ended with ${code}`)));
  });
  return { program, places: JSON.parse(line) as Place[] };
}

describe.skipIf(!ready)("the lease in three browsers", () => {
  let program: ChildProcess;
  let places: Place[];
  let browser: Browser;
  const people = new Map<string, Visitor>();
  const person = (party: string): Visitor => people.get(party)!;

  beforeAll(async () => {
    ({ program, places } = await dev());
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    if (program !== undefined && program.exitCode === null) {
      const gone = new Promise(done => program.once("exit", done));
      program.kill("SIGINT");
      await gone;
    }
  }, 60_000);

  test("everybody follows a link and makes a key", async () => {
    for (const [party, name] of [
      ["landlord", "Eva"],
      ["tenant", "Tom"],
      ["bank", "Bea"],
    ] as const) {
      const visitor = await Visitor.open(browser);
      await visitor.page.goto(places.find(place => place.party === party)!.link);
      await visitor.page.getByLabel("Your name").fill(name);
      await visitor.page.getByRole("button", { name: "Make a key and enrol" }).click();
      await visitor.page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
      people.set(party, visitor);
    }
  }, 60_000);

  test("the landlord drafts, sends back with a reason, drafts again and approves", async () => {
    const { page } = person("landlord");
    await draft(page, "1950");
    await open(page, "Review the draft");
    await page.getByLabel("Send back").check();
    await page.getByLabel("Comment").fill("Clause 7 gives three months' notice. We agreed on six.");
    await send(page);
    await draft(page, "1975.50");
    await open(page, "Review the draft");
    await page.getByLabel("Approve").check();
    await send(page);
  }, 120_000);

  test("what is signed stands there before it is signed, in words and in bytes", async () => {
    const { page } = person("tenant");
    await open(page, "Sign the lease");
    await page.getByText("You say that you have seen these values").waitFor();
    await page.getByText("1975.5").first().waitFor();
    await page.getByText("The same in bytes").click();
    await page.getByText("countersign/statement/v1/sig").waitFor();
    expect(await look(page, "action")).toEqual([]);
  }, 120_000);

  test("tenant and landlord sign, the bank guarantees", async () => {
    await send(person("tenant").page);
    const { page } = person("landlord");
    await open(page, "Sign the lease");
    await send(page);
    const bank = person("bank").page;
    await open(bank, "Guarantee the rent");
    await send(bank);
  }, 120_000);

  test("everybody sees the end without a reload", async () => {
    for (const { page } of people.values()) {
      await page.getByRole("link", { name: "To the contract" }).click();
      await page.getByText("The lease is in force").first().waitFor();
    }
    expect(await look(person("bank").page, "contract-over")).toEqual([]);
  }, 120_000);

  test("the proof is downloaded and checked in the browser; one changed byte is found", async () => {
    const { page } = person("bank");
    await page
      .getByText(/Covers/)
      .first()
      .waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page
        .getByRole("button", { name: /download/i })
        .first()
        .click(),
    ]);
    const file = join(places[0]!.home, "..", "lease.proof");
    await download.saveAs(file);
    await page
      .getByRole("link", { name: /verify/i })
      .first()
      .click();
    await page.locator("input[type=file]").first().setInputFiles(file);
    await page.getByText(/holds/i).first().waitFor();
    expect(await look(page, "verified")).toEqual([]);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    await page.goto(page.url());
    await page
      .locator("input[type=file]")
      .first()
      .setInputFiles({ name: "changed.proof", mimeType: "application/octet-stream", buffer: bytes });
    await page
      .getByText(/does not hold/i)
      .first()
      .waitFor();
  }, 120_000);

  test("nothing went wrong in any page", () => {
    for (const [party, { faults }] of people) expect(faults, party).toEqual([]);
  });
});

/** Opens a task from the inbox, once it is there. */
async function open(page: Page, task: string): Promise<void> {
  await page.getByRole("link", { name: "Inbox" }).click();
  const row = page.getByRole("article").filter({ hasText: task });
  await row.getByRole("link").last().click();
  await page.getByRole("heading", { level: 1, name: task }).waitFor();
}

/** Signs and sends what is filled in. */
async function send(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign and send", disabled: false }).click();
  await page.getByText("Signed and sent").waitFor();
}

async function draft(page: Page, rent: string): Promise<void> {
  await open(page, "Draft the lease");
  await page.getByLabel("Rent").fill(rent);
  await page.locator("input[type=file]").setInputFiles(LEASE);
  await page.getByText("lease.pdf").first().waitFor();
  await send(page);
}
