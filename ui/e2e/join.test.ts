// Founding in the browser, an invitation by link, two people who compare words, and an employee who may act.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringKey, hasBrowser, look, openBrowser, Person, unlock } from "./browser.ts";
import { hasProgram, stage, until, type Stage } from "./nodes.ts";

const NDA = new URL("../../examples/nda.yaml", import.meta.url).pathname;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("founding, inviting, joining", () => {
  let nodes: Stage;
  let browser: Browser;
  let landlord: Person;
  let tenant: Person;
  let contract: string;
  let link: string;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant");
    browser = await openBrowser();
    landlord = await Person.come(browser, nodes.parties[0]!);
    tenant = await Person.come(browser, nodes.parties[1]!);
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("a contract is founded with a key of the company", async () => {
    const { page } = landlord;
    await landlord.useToken();
    await page.getByRole("link", { name: "New contract" }).first().click();
    await page.getByRole("heading", { level: 1, name: "New contract" }).waitFor();
    await page.locator("input[type=file]").first().setInputFiles(NDA);
    await page.getByRole("heading", { level: 2, name: "Who plays whom" }).waitFor();
    expect(await look(page, "new-who")).toEqual([]);
    await page.getByLabel("Who plays Second company?").selectOption("invitation");
    await page.getByText("This browser has no admin key of landlord.").waitFor();
    await bringKey(landlord, page);
    await page.getByRole("button", { name: "Sign and found" }).waitFor();
    await page.getByText("The same in bytes").click();
    expect(await look(page, "new-sign")).toEqual([]);
    await page.getByRole("button", { name: "Sign and found" }).click();
    await page.getByRole("heading", { level: 1, name: "Mutual non-disclosure agreement" }).waitFor();
    contract = new URL(page.url()).pathname.split("/").at(-1)!;
    const charter = await nodes.parties[0]!.ask<{ actors: Record<string, string> }>(
      `/v1/contracts/${contract}/charter`,
    );
    expect(Object.keys(charter.actors)).toEqual(["first"]);
  });

  test("the other party is invited by a link", async () => {
    const { page } = landlord;
    await page.getByLabel("Who they are").fill("Bakkerij Noor");
    await page.getByRole("button", { name: "Sign and make the link" }).click();
    await page.getByText("Signed. This is the link.").waitFor();
    link = (await page.locator("pre", { hasText: "/join#" }).innerText()).trim();
    expect(await look(page, "invite-link")).toEqual([]);
    await page.reload();
    await page.getByText("link not used yet").waitFor();
    expect(await page.content()).not.toContain(link.split("#")[1]);
  });

  test("who has the link looks, tries the way, and joins", async () => {
    const { page } = tenant;
    await tenant.useToken();
    await tenant.go(`/join#${encodeURIComponent(link)}`);
    await page.getByText("Nothing has been made yet.").waitFor();
    expect(page.url()).not.toContain(link.split("#")[1]);
    await page.getByRole("heading", { level: 2, name: "What the contract says" }).waitFor();
    await page.getByRole("button", { name: "Try the way" }).click();
    await page.getByText("Your node reaches theirs.").waitFor();
    expect(await look(page, "join-look")).toEqual([]);
    await bringKey(tenant, page);
    await page.getByRole("button", { name: "Join as tenant" }).click();
    await page.getByRole("list", { name: "Four words to compare" }).waitFor();
    await page.getByText(/to confirm, since/).waitFor();
    await page.getByRole("button", { name: "Try the way" }).click();
    await page.getByText("Yes. Both nodes reach each other.").waitFor();
    expect(await look(page, "join-words")).toEqual([]);
  });

  test("the words are the same on both sides, and the inviter confirms", async () => {
    const { page } = landlord;
    const words = (of: Page): Promise<string> => of.getByRole("list", { name: "Four words to compare" }).innerText();
    await page.getByRole("list", { name: "Four words to compare" }).waitFor();
    expect(await words(page)).toBe(await words(tenant.page));
    expect(await look(page, "invite-words")).toEqual([]);
    await unlock(page);
    await page.getByRole("checkbox", { name: "We read the same four words to each other." }).check();
    await page.getByRole("button", { name: "Confirm and sign" }).click();
    await tenant.page.getByText("You take part.").waitFor();
    await tenant.page.getByRole("link", { name: "To the contract" }).click();
    await tenant.page.getByRole("heading", { level: 2, name: "What happened" }).waitFor();
  });

  test("an employee gets a mandate, and acts in the browser", async () => {
    const { page } = landlord;
    const eva = await Person.come(browser, nodes.parties[0]!);
    await eva.enrol("Eva");
    await page.reload();
    await unlock(page);
    const option = page.getByLabel("Person", { exact: true }).locator("option", { hasText: "Eva" });
    await page.getByLabel("Person", { exact: true }).selectOption((await option.getAttribute("value"))!);
    await page.getByRole("button", { name: "Sign the mandate" }).click();
    await page.getByText("Eva can act for you from now on.").waitFor();
    expect(await look(page, "mandates")).toEqual([]);
    // A form of a named type: its members are asked, a value that does not fit is said at its place.
    await eva.go(`/contracts/${contract}/act/first/propose`);
    await eva.page.getByLabel("Years").fill("11");
    await eva.page.getByRole("radio", { name: "NL" }).check();
    await eva.page.getByLabel("Penalty").fill("1,500.50");
    await eva.page.getByRole("alert").first().waitFor();
    await eva.page.getByLabel("Years").fill("5");
    expect(await look(eva.page, "propose")).toEqual([]);
    await eva.page.getByRole("button", { name: "Sign and send", disabled: false }).click();
    await eva.page.getByText(/Signed and sent/).waitFor();
    await until(async () => {
      const view = await nodes.parties[1]!.ask<{ process?: { state: string; assets: Record<string, unknown> } }>(
        `/v1/contracts/${contract}`,
      );
      return view.process?.state === "negotiating" ? view.process.assets : undefined;
    }).then(assets => expect(assets).toEqual({ terms: { years: 5, law: "NL", penalty: "1500.5" } }));
    await eva.go(`/contracts/${contract}/act/first/refuse`);
    await eva.page.getByRole("button", { name: "Sign and send", disabled: false }).click();
    await eva.page.getByText(/Signed and sent/).waitFor();
    await until(async () => {
      const view = await nodes.parties[1]!.ask<{ process?: { state: string } }>(`/v1/contracts/${contract}`);
      return view.process?.state === "broken_off" ? true : undefined;
    });
    await page.getByRole("button", { name: "Take back" }).click();
    await page.getByText("Only the admin key of the company can act here.").waitFor();
    expect([...landlord.faults, ...tenant.faults, ...eva.faults]).toEqual([]);
  });
});
