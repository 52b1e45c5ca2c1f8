// The page of personal data: what is held about whom, a report, and erasing it with the key of the company.
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringKey, hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { foundExample, hasProgram, stage, takePart, type Stage } from "./nodes.ts";

const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("the page of personal data", () => {
  let nodes: Stage;
  let browser: Browser;
  let applicant: Person;
  let broker: Person;

  beforeAll(async () => {
    nodes = await stage("applicant", "landlord", "broker");
    const contract = await foundExample(nodes, "application");
    await takePart(nodes, contract);
    const data = ["dwelling=Canal 1", "iban=NL00BANK0123456789", "income=3100"].flatMap(one => ["--data", one]);
    const act = ["action", "do", contract, "apply", ...data, "--by", "applicant", "--wait", "final"];
    await nodes.parties[0]!.command(...act);
    browser = await openBrowser();
    applicant = await Person.come(browser, nodes.parties[0]!);
    broker = await Person.come(browser, nodes.parties[2]!);
    await applicant.useToken();
    await broker.useToken();
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("shows what this node has, and to others that it is there", async () => {
    const { page } = applicant;
    await applicant.go("/node");
    await page.getByRole("link", { name: "Open personal data" }).click();
    await page.getByRole("heading", { level: 1, name: "Personal data" }).waitFor();
    const row = page.getByRole("row").filter({ hasText: "iban" });
    await row.getByText("NL00BANK0123456789").waitFor();
    await row.getByText("until the end").waitFor();
    await broker.go("/node/personal");
    await broker.page.getByRole("row").filter({ hasText: "iban" }).getByText("not held here").waitFor();
    expect(await broker.page.getByText("NL00BANK0123456789").count()).toBe(0);
  });

  test("a report about one party is saved", async () => {
    const { page } = applicant;
    await page.getByLabel("Data about").selectOption({ index: 1 });
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as a report" }).click(),
    ]);
    const report = JSON.parse(readFileSync((await file.path())!, "utf8")) as { items: { value?: string }[] };
    expect(report.items.map(item => item.value)).toEqual(["NL00BANK0123456789", "3100"]);
    expect(await look(page, "personal")).toEqual([]);
  });

  test("everything about a person is erased with a reason, and all sign", async () => {
    const { page } = applicant;
    await page.getByRole("button", { name: /^Erase all about/ }).click();
    const dialogue = page.getByRole("dialog");
    await dialogue.getByText("2 values and files that your own people brought").waitFor();
    await bringKey(applicant, page);
    await dialogue.getByLabel("Reason, for all to read").fill("GDPR 17(1)(a)");
    expect(await look(page, "personal-erase", false)).toEqual([]);
    await dialogue.getByRole("button", { name: "Sign and ask all to erase it" }).click();
    await page.getByText("Asked for in one contract.").waitFor();
    await page.getByText("erased, 3 parties signed").first().waitFor();
    expect(await page.getByText("NL00BANK0123456789").count()).toBe(0);
    for (const person of [applicant, broker]) expect(person.faults).toEqual([]);
  });
});
