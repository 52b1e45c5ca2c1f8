// The verifier: served by a node to whoever opens it, and as one file from a disk without any network.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { foundLease, hasProgram, stage, until, type Stage } from "./nodes.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PAGE = resolve(import.meta.dirname, "../dist/countersign-verifier.html");
const LEASE = resolve(ROOT, "examples/lease.pdf");
const BUNDLE = readFileSync(resolve(ROOT, "docs/spec/vectors/bundle/lease.bundle"));
const REDACTED = readFileSync(resolve(ROOT, "docs/spec/vectors/bundle/lease-redacted.bundle"));
/** The same with one outcome changed, and the checksum made anew. */
const OUTCOME = readFileSync(resolve(ROOT, "docs/spec/vectors/bundle/refused-outcome.bundle"));
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");
const built = existsSync(PAGE) && hasBrowser();
if (!existsSync(PAGE)) {
  if (process.env["CI"] !== undefined) throw new Error("npm run build -w ui was not run");
  console.error("skipped: npm run build -w ui was not run");
}

const file = (name: string, buffer: Buffer) => ({ name, mimeType: "application/octet-stream", buffer });

/** Drops a file into the only drop zone of the start page. */
async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  await page.locator("input[type=file]").first().setInputFiles(file(name, bytes));
}

async function again(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Check another file" }).click();
}

/** A file with one other byte. */
function changed(bytes: Buffer, at: number): Buffer {
  const other = Buffer.from(bytes);
  other[at] = (other[at] ?? 0) ^ 1;
  return other;
}

describe.skipIf(!built)("the verifier as one file", () => {
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    const context = await browser.newContext({ offline: true, locale: "en-GB", colorScheme: "light" });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", error => faults.push(String(error)));
    page.on("console", message => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("request", request => {
      if (!/^(file|blob|data):/.test(request.url())) asked.push(request.url());
    });
    await page.goto(pathToFileURL(PAGE).href);
  });
  afterAll(() => browser?.close());

  test("a proof holds, in a worker of the page", async () => {
    await drop(page, "lease.proof", BUNDLE);
    await page.getByRole("heading", { level: 1, name: "The proof holds." }).waitFor();
    await page.getByText("Nothing in this file was changed since.").waitFor();
    await page.getByText("nobody compared its id").waitFor();
    expect(page.workers().length).toBe(1);
  });

  test("one changed byte and nothing holds; the object is named", async () => {
    for (const [bytes, object] of [
      [changed(BUNDLE, BUNDLE.length - 1), "checksum"],
      [OUTCOME, "claims[0].outcome"],
    ] as const) {
      await again(page);
      await drop(page, "changed.proof", bytes);
      await page.getByRole("heading", { level: 1, name: "The proof does not hold." }).waitFor();
      await page.getByText(object, { exact: true }).waitFor();
    }
  });

  test("a file of another kind is no proof", async () => {
    await again(page);
    await drop(page, "lease.pdf", readFileSync(LEASE));
    await page.getByRole("heading", { level: 1, name: "This is not a proof." }).waitFor();
  });

  test("it asked nobody, and nothing went wrong", () => {
    expect(asked).toEqual([]);
    expect(faults).toEqual([]);
  });
});

describe.skipIf(!ready)("the verifier of a node", () => {
  let nodes: Stage;
  let browser: Browser;
  let judge: Person;
  let contract: string;
  let proof: Buffer;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    contract = await foundLease(nodes);
    const [landlord, ...others] = nodes.parties;
    for (const other of others) await until(() => other.command("contract", "join", contract, "--yes"));
    await landlord!.command(
      "action",
      "do",
      contract,
      ...["draft", "--data", "rent=950", "--attach", `text=${LEASE}`, "--by", "landlord"],
    );
    proof = await until(async () => {
      const headers = { authorization: `Bearer ${landlord!.token}` };
      const answer = await fetch(`${landlord!.address}/v1/contracts/${contract}/proof`, { headers });
      const bytes = Buffer.from(await answer.arrayBuffer());
      return answer.ok && bytes.includes("950") ? bytes : undefined;
    });
    browser = await openBrowser();
    judge = await Person.come(browser, landlord!);
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("opens without signing in", async () => {
    await judge.go("/verify");
    await judge.page.getByRole("heading", { level: 1, name: "Check a proof" }).waitFor();
    expect(await look(judge.page, "verify-start")).toEqual([]);
  });

  test("says what a real proof proves, and what not, for the contract that was named", async () => {
    await judge.page.getByLabel("Contract that it must be about").fill(contract);
    await drop(judge.page, "lease.proof", proof);
    await judge.page.getByRole("heading", { level: 1, name: "The proof holds." }).waitFor();
    await judge.page.getByText("It is about the contract whose id you gave.").waitFor();
    await judge.page.getByRole("heading", { level: 2, name: "What is not proven" }).waitFor();
    expect(await judge.page.getByText("nobody compared its id").count()).toBe(0);
    expect(judge.page.workers().length).toBe(1);
  });

  test("knows the document that was signed, and no other", async () => {
    const choose = judge.page.locator("input[type=file]");
    await choose.setInputFiles(file("a copy.pdf", readFileSync(LEASE)));
    await judge.page.getByText(/is the document of No\. \d+, to the last byte/).waitFor();
    await judge.page.locator("summary").first().click();
    expect(await look(judge.page, "verify-holds")).toEqual([]);
    await judge.page.emulateMedia({ media: "print" });
    await judge.page.screenshot({ path: "pictures/verify-print.png", fullPage: true });
    await judge.page.emulateMedia({ media: "screen" });
    await choose.setInputFiles(file("other.pdf", changed(readFileSync(LEASE), 100)));
    await judge.page.getByText(/is none of the documents in this file/).waitFor();
  });

  test("what was left out is said", async () => {
    await judge.go("/verify");
    await drop(judge.page, "redacted.proof", REDACTED);
    await judge.page
      .getByText(/it is left out\. What it commits to is proven/)
      .first()
      .waitFor();
  });

  test("another contract than the one that was named is refused", async () => {
    await judge.go("/verify");
    await judge.page.getByLabel("Contract that it must be about").fill(contract);
    await drop(judge.page, "other.proof", BUNDLE);
    await judge.page.getByRole("heading", { level: 1, name: "This is about another contract." }).waitFor();
    expect(await look(judge.page, "verify-fails")).toEqual([]);
  });

  test("nothing went wrong in the page", () => {
    expect(judge.faults).toEqual([]);
  });
});
