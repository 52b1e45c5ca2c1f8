// Two companies sign while their nodes cannot reach each other: a real fork, settled alike at both, told by both pages.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { empower, foundLease, hasProgram, takePart, wiredStage, type Stage } from "./nodes.ts";

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

/** Two persons with their mandates, the draft, the approval. */
const BEFORE = 6;
const FORKED = BEFORE + 1;

describe.skipIf(!ready)("a fork", () => {
  let nodes: Stage;
  let browser: Browser;
  let eva: Person;
  let tom: Person;
  let contract: string;
  /** Marks of the entries that stood at the place, as each page showed them. */
  const stood: string[] = [];

  beforeAll(async () => {
    nodes = await wiredStage("landlord", "tenant", "bank");
    const [landlord, tenant] = nodes.parties;
    contract = await foundLease(nodes);
    await takePart(nodes, contract);
    browser = await openBrowser();
    [eva, tom] = await Promise.all([Person.come(browser, landlord!), Person.come(browser, tenant!)]);
    await Promise.all([eva.enrol("Eva"), tom.enrol("Tom")]);
    await empower(landlord!, contract, "Eva");
    await empower(tenant!, contract, "Tom");
    const act = (...parts: string[]): Promise<string> =>
      landlord!.command("action", "do", contract, ...parts, "--by", "landlord");
    await act("draft", "--data", "rent=950", "--attach", `text=${LEASE}`);
    await act("review", "--response", "approve");
    for (const { go, page } of [eva, tom].map(person => ({ go: person.go.bind(person), page: person.page }))) {
      await go(`/contracts/${contract}`);
      await page.locator(`#entry-${BEFORE}`).getByText("Final", { exact: true }).waitFor();
      await page.evaluate(() => void Object.assign(window, { kept: true }));
    }
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("both sign at the same place while nothing gets through", async () => {
    for (const { wire } of nodes.parties) wire!.cut();
    for (const { page } of [eva, tom]) {
      await page.getByRole("link", { name: "Sign the lease" }).click();
      await page.getByRole("button", { name: "Sign and send", disabled: false }).click();
      await page.getByText(`Signed and sent: No. ${FORKED}.`).waitFor();
      await page.getByRole("link", { name: "To the contract" }).click();
      const own = page.locator(`#entry-${FORKED}`);
      await own.getByText(/^Waiting for .* since/).waitFor();
      await own.getByText("Signed", { exact: true }).first().waitFor();
      // Each knows its own alone.
      expect(await page.locator(`#entry-${FORKED + 1}`).count()).toBe(0);
      stood.push(await page.getByRole("article").first().getByRole("listitem").last().locator("code").innerText());
    }
    expect(stood[0]).not.toBe(stood[1]);
    for (const { page } of [eva, tom]) {
      await page.getByRole("link", { name: "Log and receipts" }).click();
      await page.getByText("Nobody has signed at the same moment as another.").waitFor();
    }
  });

  test("the wires are whole again: both pages show the fork and what decided, without a reload", async () => {
    for (const { wire } of nodes.parties) wire!.mend();
    const told = await Promise.all(
      [eva, tom].map(async ({ page }) => {
        const fork = page.getByRole("region", { name: `Two stood at No. ${FORKED}` });
        await fork.waitFor({ timeout: 45_000 });
        await fork.getByText("settled by itself").waitFor();
        const branches = fork.getByRole("list").first().getByRole("listitem");
        expect(await branches.count()).toBe(2);
        // The one that lost its place has another, with the same signature.
        await branches
          .filter({ hasText: "not kept" })
          .getByText(`it stands at No. ${FORKED + 1}.`)
          .waitFor();
        const authors = await branches.locator("b", { hasText: /^(Eva|Tom|Tenant|.*[Ll]andlord)$/ }).allInnerTexts();
        const marks = await branches.getByRole("button").allInnerTexts();
        const deciding = fork.getByRole("row").filter({ hasText: "decides" });
        expect(await deciding.count()).toBe(1);
        return { authors, marks, rule: await deciding.innerText() };
      }),
    );
    // Both say the same, each by the names that it knows.
    expect(told[0]!.marks).toEqual(told[1]!.marks);
    expect(told[0]!.rule.split("\n")[0]).toBe(told[1]!.rule.split("\n")[0]);
    for (const entry of stood)
      expect(
        told[0]!.marks.some(id => id.startsWith(`ent_${entry}`)),
        entry,
      ).toBe(true);
    for (const { authors } of told) expect(new Set(authors).size).toBe(2);
    expect(told[0]!.authors).toContain("Eva");
    expect(told[1]!.authors).toContain("Tom");
    expect(await look(eva.page, "fork")).toEqual([]);
  });

  test("both pages converge: one log, both signatures, all final", async () => {
    const logs = await Promise.all(
      [eva, tom].map(async ({ page }) => {
        await page.getByRole("link", { name: "Overview" }).click();
        for (const position of [FORKED, FORKED + 1])
          await page.locator(`#entry-${position}`).getByText("Final", { exact: true }).waitFor({ timeout: 45_000 });
        await page.getByText("All copies are equal.").waitFor();
        await page.getByText("Two signed in the same moment. Both count").waitFor();
        await page.getByRole("link", { name: "How it was settled" }).waitFor();
        expect(await page.evaluate(() => "kept" in window)).toBe(true);
        return copies(page);
      }),
    );
    expect(logs[0]).toEqual(logs[1]);
  });

  test("nothing went wrong in any page", () => {
    for (const { faults, party } of [eva, tom]) expect(faults, party.name).toEqual([]);
  });
});

/** The marks of the newest entries and the fingerprint of the state, on the own copy of a page. */
async function copies(page: Page): Promise<string[]> {
  const own: Locator = page.getByRole("article").first();
  return own.locator("code").allInnerTexts();
}
