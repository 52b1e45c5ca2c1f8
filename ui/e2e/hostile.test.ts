// Text that means harm is shown, and does none: markup, invisible and turning characters, texts without end.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { hasProgram, stage, type Stage } from "./nodes.ts";

const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const SCRIPT = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>`;
const TURNED = "exe.\u202etxt.lease";
const HIDDEN = "Van\u200bDijk\u2066";

describe.skipIf(!ready)("hostile text", () => {
  let nodes: Stage;
  let browser: Browser;
  let reader: Person;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    const [landlord, tenant, bank] = nodes.parties;
    const scenario = join(nodes.folder, "hostile.yaml");
    const lease = readFileSync(new URL("../../examples/lease.yaml", import.meta.url), "utf8");
    writeFileSync(scenario, lease.replace("title: Lease of a dwelling", `title: ${JSON.stringify(SCRIPT)}`));
    const members = [tenant!, bank!].flatMap(other => ["--member", `${other.name}=@${other.card}`]);
    const told = await landlord!.command(
      "--json",
      "contract",
      "new",
      "--scenario",
      scenario,
      "--member",
      "landlord=self",
      ...members,
    );
    const { contract } = JSON.parse(told) as { contract: string };
    const act = (...parts: string[]): Promise<string> =>
      landlord!.command("action", "do", contract, ...parts, "--by", "landlord");
    await act("draft", "--data", "rent=950", "--attach", `text=${LEASE}`);
    await act(
      "review",
      "--response",
      "reject",
      "--data",
      `comment=${SCRIPT} ${TURNED} ${HIDDEN} ${"long ".repeat(700)}`,
    );
    browser = await openBrowser();
    reader = await Person.come(browser, landlord!);
    await reader.useToken();
    await reader.go(`/contracts/${contract}`);
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("is shown as it is, with marks for what hides", async () => {
    await reader.page.getByRole("heading", { level: 1, name: /<img src=x/ }).waitFor();
    await reader.page.getByText("What was given").first().click();
    await reader.page.getByText("U+202E").first().waitFor();
    await reader.page.getByText("U+200B").first().waitFor();
    expect(await reader.page.evaluate(() => "harmed" in window)).toBe(false);
    expect(await reader.page.locator("main img").count()).toBe(0);
  });

  test("a text without end is cut until somebody asks", async () => {
    await reader.page
      .getByRole("button", { name: /Show all/ })
      .first()
      .click();
    await reader.page.getByText("long long").first().waitFor();
  });

  test("breaks no layout", async () => {
    expect(await look(reader.page, "contract-hostile")).toEqual([]);
  });

  test("nothing went wrong in the page", () => {
    expect(reader.faults).toEqual([]);
  });
});
