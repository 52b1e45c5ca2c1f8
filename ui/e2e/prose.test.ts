// A contract as a text, from a real node: on a screen and on paper.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { foundLease, hasProgram, stage, until, type Stage } from "./nodes.ts";

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("a contract as a text", () => {
  let nodes: Stage;
  let browser: Browser;
  let landlord: Person;
  let contract: string;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    contract = await foundLease(nodes);
    browser = await openBrowser();
    landlord = await Person.come(browser, nodes.parties[0]!);
    await landlord.go("/");
    await landlord.useToken();
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("clauses, blanks and values, and the way of the process beside it", async () => {
    await landlord.go(`/contracts/${contract}/prose`);
    await landlord.page.getByRole("heading", { level: 3, name: /The course/ }).waitFor();
    expect(await landlord.page.getByText("not filled in").count()).toBeGreaterThan(0);
    for (const other of nodes.parties.slice(1)) {
      await until(async () => other.command("contract", "join", contract, "--yes"));
    }
    const draft = ["draft", "--data", "rent=950", "--attach", `text=${LEASE}`, "--by", "landlord"];
    await nodes.parties[0]!.command("action", "do", contract, ...draft);
    // The page follows without being loaded again.
    await landlord.page.getByText("Here the contract stands now").waitFor();
    await landlord.page.getByText("the file lease.pdf").waitFor();
    expect(await look(landlord.page, "prose")).toEqual([]);
    await landlord.page.emulateMedia({ media: "print" });
    await landlord.page.screenshot({ path: "pictures/prose-print.png", fullPage: true });
    await landlord.page.emulateMedia({ media: "screen" });
    await landlord.go(`/contracts/${contract}`);
    await landlord.page.getByText("No. 1").locator("visible=true").first().waitFor();
    expect(await look(landlord.page, "contract-diagram")).toEqual([]);
    expect(landlord.faults).toEqual([]);
  });
});
