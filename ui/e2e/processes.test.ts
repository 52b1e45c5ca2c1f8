// Purchase to pay in two browsers: processes that run within a process, answered from the inbox, seen by both.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { empower, foundExample, hasProgram, stage, takePart, type Stage } from "./nodes.ts";

const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("purchase to pay in two browsers", () => {
  let nodes: Stage;
  let browser: Browser;
  let contract: string;
  let [buyer, supplier]: Person[] = [];

  beforeAll(async () => {
    nodes = await stage("buyer", "supplier");
    contract = await foundExample(nodes, "purchase_to_pay");
    await takePart(nodes, contract);
    browser = await openBrowser();
    [buyer, supplier] = await Promise.all(nodes.parties.map(party => Person.come(browser, party)));
    await buyer!.enrol("Bea");
    await supplier!.enrol("Sam");
    await empower(nodes.parties[0]!, contract, "Bea");
    await empower(nodes.parties[1]!, contract, "Sam");
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("the buyer orders, the supplier accepts", async () => {
    const { page } = buyer!;
    await open(page, "Order");
    await page.getByLabel("Goods").fill("Pump");
    await page.getByLabel("Price").fill("12500.00");
    await page.getByLabel("Due").fill("2026-05-01");
    await send(page);
    await open(supplier!.page, "Answer the order");
    await supplier!.page.getByLabel("Accept").check();
    await send(supplier!.page);
  }, 120_000);

  test("two processes run within it, and both sides see where each stands", async () => {
    const { page } = supplier!;
    await supplier!.go(`/contracts/${contract}`);
    const within = page.getByRole("region", { name: "What runs within it" });
    await within.getByText("Waiting for shipment").waitFor();
    await within.getByText("Waiting for the invoice").waitFor();
    await within.getByText("2 of them go on.").waitFor();
    expect(await look(page, "processes")).toEqual([]);
  }, 120_000);

  test("each action goes to the process where it is open", async () => {
    const { page } = supplier!;
    await open(page, "Ship the goods");
    await page.getByText("In Goods receipt.").first().waitFor();
    await send(page);
    await open(page, "Send the invoice");
    await page.getByLabel("Amount").fill("12500.00");
    await page.getByText("You say that you have seen these values").waitFor();
    await page.getByText("12500").first().waitFor();
    expect(await look(page, "processes-action")).toEqual([]);
    await send(page);
    await buyer!.go(`/contracts/${contract}`);
    const within = buyer!.page.getByRole("region", { name: "What runs within it" });
    await within.getByText("The invoice matches the order").waitFor();
    await within.getByText("done").waitFor();
    await buyer!.page.getByText("in goods").first().waitFor();
  }, 120_000);

  test("when both are over it goes on, and the buyer pays less for the delay", async () => {
    const { page } = buyer!;
    await open(page, "Receive the goods");
    await page.getByLabel("Accept the goods").check();
    await page.getByLabel("Day").fill("2026-05-08");
    await send(page);
    await open(page, "Pay");
    await page.getByText("12062.5").first().waitFor();
    await send(page);
    await supplier!.go(`/contracts/${contract}`);
    await supplier!.page.getByText("It is over:").waitFor();
    expect(await supplier!.page.getByRole("region", { name: "What runs within it" }).count()).toBe(0);
    expect(await look(supplier!.page, "processes-over")).toEqual([]);
  }, 120_000);

  test("nothing went wrong in either page", () => {
    expect([buyer!.faults, supplier!.faults]).toEqual([[], []]);
  });
});

/** Opens a task from the inbox, once it is there. */
async function open(page: Page, task: string): Promise<void> {
  await page.getByRole("link", { name: "Inbox" }).click();
  const row = page.getByRole("article").filter({ has: page.getByRole("heading", { name: task, exact: true }) });
  await row.getByRole("link").last().click();
  await page.getByRole("heading", { level: 1, name: task, exact: true }).waitFor();
}

/** Signs and sends what is filled in. */
async function send(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign and send", disabled: false }).click();
  await page.getByText("Signed and sent").waitFor();
}
