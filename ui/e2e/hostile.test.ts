// Text that means harm is shown on every page that shows text of others, and does none: markup, invisible and turning
// characters, names that hide something, texts without end.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { empower, hasProgram, stage, takePart, until, type Stage } from "./nodes.ts";

const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;
const SCRIPT = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>`;
const TURNED = "exe.\u202etxt.lease";
const HIDDEN = "Van\u200bDijk\u2066";
const HOSTILE = `${SCRIPT} ${TURNED} ${HIDDEN}`;
const FILE = `<img src=x onerror=harmed=1>\u202efdp.pdf`;
/** Four texts of this length are a statement of nearly 256 KiB, the most that a node takes. */
const HUGE = "long ".repeat(13_000);
const FIELDS = ["comment", "second", "third", "fourth"];
/** So much is drawn of it at most, with everything else of a page, until somebody asks for more. */
const DRAWN_MAX = 40_000;

/** The lease with harm in every title, a clause, the instructions; who sends it back may say very much. */
function hostileLease(): string {
  const quoted = JSON.stringify(HOSTILE).slice(1, -1);
  return readFileSync(join(EXAMPLES, "lease.yaml"), "utf8")
    .replace(/^(\s*title: )(.*)$/gm, (_, key: string, title: string) => `${key}"${title} ${quoted}"`)
    .replace("remark: text", "remark: {type: text, max: 65536}")
    .replace("comment: text", FIELDS.map(name => `${name}: {type: text, max: 65536}`).join("\n          "))
    .replace(`"1": "`, `"1": "${quoted} `)
    .replace(`"Draft the lease.`, `"${quoted}`);
}

describe.skipIf(!ready)("hostile text", () => {
  let nodes: Stage;
  let browser: Browser;
  let reader: Person;
  let guest: Person;
  let contract: string;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    const [landlord, tenant, bank] = nodes.parties;
    const scenario = join(nodes.folder, "hostile.yaml");
    writeFileSync(scenario, hostileLease());
    const members = [tenant!, bank!].flatMap(other => ["--member", `${other.name}=@${other.card}`]);
    const told = await landlord!.command(
      ...["--json", "contract", "new", "--scenario", scenario, "--member", "landlord=self", ...members],
    );
    contract = (JSON.parse(told) as { contract: string }).contract;
    browser = await openBrowser();
    guest = await Person.come(browser, tenant!);
    reader = await Person.come(browser, landlord!);
    await reader.enrol(HIDDEN);
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("is harmless where a contract is offered", async () => {
    await guest.useToken();
    const { page } = guest;
    await page
      .getByRole("link", { name: /Take part/ })
      .first()
      .waitFor();
    expect(await harm(page)).toEqual([]);
    await guest.go(`/contracts/${contract}`);
    await page.getByRole("heading", { level: 1, name: /<img src=x/ }).waitFor();
    await page.getByText("This contract was offered to you.").waitFor();
    expect(await harm(page)).toEqual([]);
  });

  test("is harmless on every page of a node", async () => {
    const [landlord] = nodes.parties;
    await takePart(nodes, contract);
    await empower(landlord!, contract, HIDDEN);
    const { members } = await landlord!.ask<{ members: { party: string; own: boolean }[] }>(
      `/v1/contracts/${contract}`,
    );
    for (const { party, own } of members) if (!own) await landlord!.ask(`/v1/names/${party}`, { name: HOSTILE }, "PUT");
    const file = join(nodes.folder, FILE);
    copyFileSync(join(EXAMPLES, "lease.pdf"), file);
    const act = (...parts: string[]): Promise<string> =>
      landlord!.command("action", "do", contract, ...parts, "--by", "landlord");
    await act("draft", "--data", "rent=950", "--attach", `text=${file}`);
    const said = FIELDS.flatMap(name => ["--data", `${name}=${HOSTILE} ${HUGE}`.slice(0, 65_000)]);
    await act("review", "--response", "reject", ...said);
    await until(async () => {
      const view = await landlord!.ask<{ position: number; final_position: number }>(`/v1/contracts/${contract}`);
      return view.position === 4 && view.final_position === 4 ? view : undefined;
    });
    const { page } = reader;
    for (const { path, there } of [
      { path: "/", there: page.getByRole("article").first() },
      { path: "/contracts", there: page.getByRole("link", { name: /<img src=x/ }).first() },
      { path: `/contracts/${contract}`, there: page.locator("#entry-4").getByText("Final", { exact: true }) },
      { path: `/contracts/${contract}/log`, there: page.getByText("This browser hashed these bytes") },
      { path: `/contracts/${contract}/prose`, there: page.getByRole("heading", { level: 1, name: /<img src=x/ }) },
      { path: `/contracts/${contract}/act/employee/draft`, there: page.getByText("1. Fill in") },
      { path: "/node", there: page.getByRole("heading", { level: 1 }) },
      { path: "/settings", there: page.getByRole("heading", { level: 1 }) },
      { path: "/join", there: page.getByRole("heading", { level: 1 }) },
    ]) {
      await reader.go(path);
      await there.waitFor();
      expect(await harm(page), path).toEqual([]);
    }
  });

  test("is harmless in bytes, in what was given, and in documents", async () => {
    const { page } = reader;
    await reader.go(`/contracts/${contract}/log/4`);
    for (const tab of ["Statement", "Payload", "Receipts"]) {
      await page.getByRole("button", { name: tab, exact: true }).click();
      expect(await harm(page), tab).toEqual([]);
    }
    await reader.go(`/contracts/${contract}`);
    await page.getByText("What was given").first().click();
    await page.getByText("U+202E").first().waitFor();
    await page.getByText("U+200B").first().waitFor();
    await page.getByRole("region", { name: "Documents" }).getByText("<img src=x").waitFor();
    expect(await harm(page)).toEqual([]);
    expect(await look(page, "contract-hostile")).toEqual([]);
  });

  test("a text without end is cut until somebody asks", async () => {
    const { page } = reader;
    const before = await drawn(page);
    await page
      .getByRole("button", { name: /Show all 64,99\d/ })
      .first()
      .click();
    await until(async () => ((await drawn(page)) > before + 60_000 ? true : undefined));
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  });

  test("is harmless where a scenario is taken up, in the playground, and in the proof", async () => {
    const { page } = reader;
    await reader.go("/contracts/new");
    await page.locator("input[type=file]").first().setInputFiles(join(nodes.folder, "hostile.yaml"));
    await page.getByRole("heading", { level: 2, name: "Who plays whom" }).waitFor();
    expect(await harm(page)).toEqual([]);
    await reader.go("/playground");
    await page.getByText("No fault").waitFor();
    await page.locator("input[type=file]").setInputFiles(join(nodes.folder, "hostile.yaml"));
    await page
      .getByRole("button", { name: /^Draft the lease <img/ })
      .first()
      .waitFor();
    expect(await harm(page)).toEqual([]);
    const headers = { authorization: `Bearer ${reader.party.token}` };
    const answer = await fetch(`${reader.party.address}/v1/contracts/${contract}/proof`, { headers });
    const buffer = Buffer.from(await answer.arrayBuffer());
    await reader.go("/verify");
    await page
      .locator("input[type=file]")
      .first()
      .setInputFiles({ name: TURNED, mimeType: "application/octet-stream", buffer });
    await page.getByRole("heading", { level: 1, name: "The proof holds." }).waitFor();
    expect(await harm(page)).toEqual([]);
  });

  test("nothing went wrong in the pages", () => {
    expect([...reader.faults, ...guest.faults]).toEqual([]);
  });
});

/** How many characters a page draws. */
function drawn(page: Page): Promise<number> {
  return page.evaluate(() => document.body.innerText.length);
}

/**
 * What harm a page shows, by place: a script that ran, an element that came from a text, a character that does not show
 * or that turns others, in texts and in labels; more text than a page should draw.
 */
async function harm(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => {
    const harms: string[] = [];
    if ("harmed" in window) harms.push("a script ran");
    if (document.querySelector("main img, main script, [onerror]") !== null) harms.push("markup came from a text");
    // Directions are isolated by two characters of our own, in labels.
    const hidden = /[\u200b-\u200f\u202a-\u202e\u2060-\u2067\ufeff]/;
    const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode())
      if (hidden.test(node.nodeValue ?? "")) harms.push(`text of ${node.parentElement?.outerHTML.slice(0, 120)}`);
    for (const element of document.querySelectorAll("*"))
      for (const { name, value } of element.attributes)
        if (hidden.test(value)) harms.push(`${name} of ${element.outerHTML.slice(0, 120)}`);
    return harms;
  });
  const length = await drawn(page);
  if (length > DRAWN_MAX) found.push(`${length} characters are drawn`);
  return found;
}
