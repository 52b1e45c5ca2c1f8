// The bank's node is away: the others act on, every page says for whom it waits, and nothing is called final too early.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { empower, foundLease, hasProgram, stage, takePart, until, type Party, type Stage } from "./nodes.ts";

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

/** The places of the mandates of Eva and Tom, the draft and the approval; then what is signed while the bank is away. */
const BEFORE = 6;
const SIGNED = [BEFORE + 1, BEFORE + 2];
/** What the others call the bank: nobody gave it a name, so by its role. */
const BANK = "Guarantor bank";

interface Told {
  entries: { position: number; standing: { level: string } }[];
}

/** Marks a page, so that a reload would be noticed. */
const mark = (page: Page): Promise<void> => page.evaluate(() => void Object.assign(window, { kept: true }));
const isMarked = (page: Page): Promise<boolean> => page.evaluate(() => "kept" in window);

describe.skipIf(!ready)("a party that is away", () => {
  let nodes: Stage;
  let browser: Browser;
  let contract: string;
  let [eva, tom, bea]: Person[] = [];
  let everybody: Person[];
  let bank: Party;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    const [landlord, tenant] = nodes.parties as [Party, Party];
    bank = nodes.parties[2]!;
    contract = await foundLease(nodes);
    await takePart(nodes, contract);
    browser = await openBrowser();
    everybody = [eva, tom, bea] = await Promise.all(nodes.parties.map(party => Person.come(browser, party)));
    await eva!.enrol("Eva");
    await tom!.enrol("Tom");
    await bea!.useToken();
    await empower(landlord, contract, "Eva");
    await empower(tenant, contract, "Tom");
    const act = (...parts: string[]): Promise<string> =>
      landlord.command("action", "do", contract, ...parts, "--by", "landlord");
    await act("draft", "--data", "rent=950", "--attach", `text=${LEASE}`);
    await act("review", "--response", "approve");
    for (const person of everybody) {
      await person.go(`/contracts/${contract}`);
      await mark(person.page);
    }
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("all copies are equal while everybody is there", async () => {
    for (const { page } of everybody) {
      await entry(page, BEFORE).getByText("Final", { exact: true }).waitFor();
      await page.getByText("All copies are equal.").waitFor();
    }
  });

  test("the others sign while the bank is away, and are told for whom they wait since when", async () => {
    await bank.stop();
    for (const { page } of [eva!, tom!]) {
      await page.getByRole("link", { name: "Sign the lease" }).click();
      await page.getByRole("button", { name: "Sign and send", disabled: false }).click();
      await page.getByText("Signed and sent").waitFor();
      await page.getByRole("link", { name: "To the contract" }).click();
    }
    for (const { page } of [eva!, tom!]) {
      for (const position of SIGNED)
        await entry(page, position)
          .getByText(new RegExp(`^Waiting for ${BANK} since \\d\\d:\\d\\d:\\d\\d$`))
          .waitFor();
      await page.getByText(`${BANK} still has to receive No. ${SIGNED.join(" to ")}.`).waitFor();
    }
    // Somebody waits, and the inbox says so, too.
    await eva!.page.getByRole("link", { name: "Inbox" }).click();
    await eva!.page.getByText(`${BANK} has not countersigned No. ${BEFORE + 1}`).waitFor();
    await eva!.page
      .getByText(/Waiting since \d\d:\d\d:\d\d/)
      .first()
      .waitFor();
    await eva!.page.goBack();
  });

  test("nothing is called final that is not", async () => {
    for (const person of [eva!, tom!]) {
      const { entries } = await until(async () => {
        const told = await person.party.ask<Told>(`/v1/contracts/${contract}/log`);
        // The landlord and the tenant have each other's signature: more cannot be without the bank.
        return SIGNED.every(at => told.entries[at - 1]?.standing.level === "delivered") ? told : undefined;
      });
      for (const position of SIGNED) await entry(person.page, position).getByText("Delivered").first().waitFor();
      for (const { position, standing } of entries) {
        const words = await entry(person.page, position).innerText();
        expect(/\bFinal\b/.test(ladderOf(words)), `No. ${position} at ${person.party.name}`).toBe(
          standing.level === "final",
        );
      }
      await person.page.getByText(`No. 1 to ${BEFORE}; 2 entries are not final yet`).waitFor();
      await person.page.getByRole("img", { name: `${BEFORE} of ${SIGNED[1]} entries countersigned` }).waitFor();
    }
    expect(await look(eva!.page, "offline")).toEqual([]);
  });

  test("the page of a node that is away says so, and keeps what it has", async () => {
    await bea!.page.getByText(/^Live updates stopped at/).waitFor();
    await entry(bea!.page, BEFORE).getByText("Final", { exact: true }).waitFor();
    expect(await entry(bea!.page, SIGNED[0]!).count()).toBe(0);
    expect(await look(bea!.page, "offline-node")).toEqual([]);
  });

  test("the bank is back: everything becomes final on all pages without a reload", async () => {
    await bank.start();
    for (const { page } of everybody) {
      for (const position of SIGNED)
        await entry(page, position).getByText("Final", { exact: true }).waitFor({ timeout: 45_000 });
      await page.getByText("All copies are equal.").waitFor();
      expect(await page.getByText(`Waiting for ${BANK} since`).count()).toBe(0);
      expect(await isMarked(page)).toBe(true);
    }
  });

  test("nothing went wrong in any page", () => {
    for (const { faults, party } of everybody) expect(faults, party.name).toEqual([]);
  });
});

/** An entry in the timeline of a page. */
function entry(page: Page, position: number): ReturnType<Page["locator"]> {
  return page.locator(`#entry-${position}`);
}

/** What an entry says without the four steps, which name all levels. */
function ladderOf(words: string): string {
  return words.replace(/Signed\s[\s\S]*?Delivered[\s\S]*?Countersigned[\s\S]*?Final/, "");
}
