// The pages of a node with a lease in it, at every width and in both colours.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringKey, hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { foundLease, hasProgram, stage, until, type Stage } from "./nodes.ts";

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("pages of a node", () => {
  let nodes: Stage;
  let browser: Browser;
  let landlord: Person;
  let contract: string;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    contract = await foundLease(nodes);
    browser = await openBrowser();
    landlord = await Person.come(browser, nodes.parties[0]!);
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("what a code means, without signing in", async () => {
    const { page } = landlord;
    await landlord.go("/errors/beyond_mandate");
    await page.getByRole("heading", { level: 1, name: "beyond_mandate" }).waitFor();
    expect(await look(page, "error")).toEqual([]);
    await page.getByRole("link", { name: "All codes" }).click();
    await page.getByLabel("Search").fill("clock");
    await page.getByRole("link", { name: "clock_off" }).waitFor();
    expect(await look(page, "errors")).toEqual([]);
    await landlord.go("/errors/E103");
    expect(
      await page.getByRole("heading", { name: "E103" }).evaluate(at => at.getBoundingClientRect().top),
    ).toBeLessThan(400);
  });

  test("sign in", async () => {
    await landlord.go("/");
    await landlord.page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    expect(await look(landlord.page, "sign-in")).toEqual([]);
    await landlord.page.getByLabel("Token of the node").fill("wrong");
    await landlord.page.getByRole("button", { name: "Sign in with the token" }).click();
    await landlord.page.getByRole("alert").waitFor();
  });

  test("inbox and contracts", async () => {
    await landlord.useToken();
    await landlord.page.getByRole("heading", { level: 3 }).first().waitFor();
    expect(await look(landlord.page, "inbox")).toEqual([]);
    await landlord.page.getByRole("link", { name: "Contracts", exact: true }).click();
    await landlord.page.getByRole("link", { name: /lease/i }).waitFor();
    expect(await look(landlord.page, "contracts")).toEqual([]);
  });

  test("what is offered is read before it is agreed to", async () => {
    const tenant = await Person.come(browser, nodes.parties[1]!);
    await tenant.useToken();
    await tenant.go(`/contracts/${contract}`);
    await tenant.page.getByText("This contract was offered to you.").waitFor();
    await tenant.page.locator("figure svg").first().waitFor();
    await tenant.page.getByRole("heading", { name: "What the contract says" }).waitFor();
    await tenant.page.getByText(/bound when both have signed the same text/).waitFor();
    await tenant.page.getByRole("heading", { name: "Who takes part" }).waitFor();
    expect(await look(tenant.page, "offer")).toEqual([]);
    expect(tenant.faults).toEqual([]);
    await tenant.context.close();
  });

  test("a contract", async () => {
    await landlord.page.getByRole("link", { name: /lease/i }).click();
    await landlord.page.getByRole("heading", { level: 2, name: "What happened" }).waitFor();
    // The others take part at their nodes; this page hears of it.
    for (const other of nodes.parties.slice(1)) {
      await until(async () => other.command("contract", "join", contract, "--yes"));
    }
    const first = nodes.parties[0];
    await first!.command(
      "action",
      "do",
      contract,
      "draft",
      "--data",
      "rent=950",
      "--attach",
      `text=${LEASE}`,
      "--by",
      "landlord",
    );
    await landlord.page.getByText("All copies are equal.").waitFor();
    await nodes.parties[2]!.stop();
    await first!.command("action", "do", contract, "review", "--response", "approve", "--by", "landlord");
    await landlord.page.getByText(/bank still has to receive/i).waitFor();
    // At a desk the process runs from left to right, on a phone from top to bottom.
    const lying = async (): Promise<boolean> => {
      const { width, height } = (await landlord.page.locator("figure svg").first().boundingBox())!;
      return width > height;
    };
    expect(await lying()).toBe(true);
    await landlord.page.setViewportSize({ width: 360, height: 740 });
    await until(async () => ((await lying()) ? undefined : true));
    expect(await look(landlord.page, "contract")).toEqual([]);
    await landlord.page.emulateMedia({ media: "print" });
    await landlord.page.screenshot({ path: "pictures/contract-print.png", fullPage: true });
    await landlord.page.emulateMedia({ media: "screen" });
  });

  test("a mandate with a limit and an end", async () => {
    const { page } = landlord;
    const anna = await Person.come(browser, nodes.parties[0]!);
    await anna.enrol("Anna");
    await page.reload();
    await bringKey(landlord, page);
    const person = page.getByLabel("Person", { exact: true });
    const option = await person.locator("option", { hasText: "Anna" }).getAttribute("value");
    await person.selectOption(option!);
    await page.getByLabel("Rent, at most").fill("much");
    await page.getByText("This is no number.").waitFor();
    const sign = page.getByRole("button", { name: "Sign the mandate" });
    expect(await sign.isDisabled()).toBe(true);
    await page.getByLabel("Rent, at most").fill("1,000");
    await page.getByLabel(/^Until/).fill("2020-01-01T12:00");
    await page.getByText("By then it would be over before it begins.").waitFor();
    await page.getByLabel(/^Until/).fill("2060-01-01T12:00");
    expect(await look(page, "mandate-limit")).toEqual([]);
    await sign.click();
    await page.getByText("Anna can act for you from now on.").waitFor();
    await page.getByText("up to 1000").waitFor();
    const { entries } = await nodes.parties[0]!.ask<{ entries: { kind: string; payload: Record<string, unknown> }[] }>(
      `/v1/contracts/${contract}/log`,
    );
    const given = entries.find(entry => entry.kind === "mandate")?.payload;
    expect(given).toMatchObject({
      actions: "all",
      limits: [{ field: "rent", max: "1000" }],
      until: expect.stringMatching(/^2060-01-01/),
    });
    await anna.context.close();
  });

  test("settings", async () => {
    await landlord.go("/settings");
    await landlord.page.getByRole("heading", { level: 1, name: "Keys and settings" }).waitFor();
    expect(await look(landlord.page, "settings")).toEqual([]);
  });

  test("nothing went wrong in the page", () => {
    expect(landlord.faults).toEqual([]);
  });
});
