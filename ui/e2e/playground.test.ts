// The playground at a real node: a fault at its line, the way into a dead end, a lease played to its end with the mouse,
// back in time, and a file that holds it all.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person, PICTURES, violations } from "./browser.ts";
import { hasProgram, stage, until, type Stage } from "./nodes.ts";

const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

const LEASE = readFileSync(new URL("../../examples/lease.yaml", import.meta.url), "utf8");
/** Nobody can act in `lapsed`, and it is no end. */
const STUCK = LEASE.replace("    final: failure\n", "    transitions:\n      - on: draft\n        goto: stay\n");

/** A process in which one state follows the other, with a short cut now and then. */
function large(states: number): string {
  const one = (state: number): string =>
    `  s${state}: {title: Step ${state}, transitions: [{on: go, goto: s${state + 1}}, ` +
    `{after: P30D, goto: s${Math.min(state + 1 + (state % 5), states - 1)}}]}\n`;
  return (
    "scenario: countersign/scenario/v1\nname: large\ntitle: A large process\nlanguage: en\n" +
    "actors: {a: {title: First party}}\nactions: {go: {title: Go on, kind: informative, by: a}}\ninitial: s0\nstates:\n" +
    Array.from({ length: states - 1 }, (_, state) => one(state)).join("") +
    `  s${states - 1}: {title: The end, final: success}\n`
  );
}

describe.skipIf(!ready)("the playground", () => {
  let nodes: Stage;
  let browser: Browser;
  let author: Person;

  beforeAll(async () => {
    nodes = await stage("landlord");
    browser = await openBrowser();
    author = await Person.come(browser, nodes.parties[0]!);
    await author.enrol("Eva");
    await author.page.getByRole("link", { name: "Playground" }).click();
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  const editor = (): Locator => author.page.getByRole("textbox", { name: /Text of the scenario/ });
  const open = async (name: string, text: string): Promise<void> => {
    const file = join(nodes.folder, name);
    writeFileSync(file, text);
    await author.page.locator("input[type=file]").setInputFiles(file);
  };
  const press = (name: string): Promise<void> => author.page.getByRole("button", { name, exact: true }).click();
  const now = (state: string): Promise<void> => author.page.getByText(`Now in ${state}.`).first().waitFor();

  test("begins with a template that has no fault", async () => {
    await author.page.getByRole("heading", { level: 1, name: "Playground" }).waitFor();
    await author.page.getByText("No fault").waitFor();
    await author.page.getByText("every state can be reached").waitFor();
    await now("The lease is being drafted");
    expect(await look(author.page, "playground")).toEqual([]);
  });

  test("a fault is said at its line while typing, and is gone when it is mended", async () => {
    await editor().click();
    await author.page.keyboard.press("Control+End");
    await author.page.keyboard.type("\ntrasitions: 1\n");
    const line = author.page.locator(".cm-fault-error");
    await line.waitFor();
    expect(await line.innerText()).toBe("trasitions: 1");
    await author.page.locator(".cm-sentence-error", { hasText: "E104" }).waitFor();
    await author.page.getByText("1 fault", { exact: true }).waitFor();
    await author.page.getByText("The diagram is that of the last text without fault.").waitFor();
    for (let count = 0; count < 2; count++) await author.page.keyboard.press("Control+z");
    await author.page.getByText("No fault").waitFor();
  });

  test("completes keys and names", async () => {
    await open("short.yaml", LEASE.replace("initial: drafting", "initial: "));
    await author.page.getByText("1 fault", { exact: true }).waitFor();
    await author.page.getByRole("button", { name: /^Line/ }).first().click();
    await author.page.keyboard.press("End");
    await author.page.keyboard.press("Control+Space");
    await author.page.locator(".cm-tooltip-autocomplete li", { hasText: "drafting" }).waitFor();
    await author.page.keyboard.type("drafti");
    await author.page.locator(".cm-tooltip-autocomplete li[aria-selected]", { hasText: "drafting" }).waitFor();
    await author.page.waitForTimeout(150);
    await author.page.keyboard.press("Enter");
    await author.page.getByText("No fault").waitFor();
  });

  test("the keyboard leaves the editor with Escape and Tab", async () => {
    await editor().click();
    await author.page.keyboard.press("Escape");
    await author.page.keyboard.press("Tab");
    expect(await author.page.evaluate(() => document.activeElement?.hasAttribute("data-editor") ?? false)).toBe(false);
  });

  test("a dead end is drawn with the way to it", async () => {
    await open("stuck.yaml", STUCK);
    await author.page.getByRole("heading", { name: "It can get stuck in 3 steps" }).waitFor();
    await author.page
      .getByText(/The way there: .*The lease has lapsed/)
      .first()
      .waitFor();
    await author.page.locator("main svg circle").nth(2).waitFor();
    expect(await author.page.locator("main svg circle").count()).toBe(3);
    expect(await author.page.locator("main svg [class*=stuck]").count()).toBe(1);
    expect(await look(author.page, "playground-stuck")).toEqual([]);
    await press("Show the steps again");
    await author.page.getByRole("heading", { name: "The process" }).waitFor();
    await author.page.getByRole("button", { name: "Show on the diagram" }).first().click();
    await author.page.getByRole("heading", { name: "It can get stuck in 3 steps" }).waitFor();
  });

  test("what conditions never let happen is said, with the way to it", async () => {
    // Every signature makes those before it forgotten, so nobody has ever heard that both signed.
    await open("forgets.yaml", LEASE.replace("        goto: stay\n", "        goto: signing\n"));
    await author.page.getByText("`when everyone_did(sign)` can never happen in `signing`").waitFor();
    await author.page.getByText("Conditions never let it happen.").waitFor();
    await author.page.getByText("every run can end, and nothing is left behind").waitFor();
    const found = author.page.getByRole("listitem").filter({ hasText: "everyone_did" });
    await found.getByRole("button", { name: "Show on the diagram" }).click();
    await author.page.getByRole("heading", { name: "How it comes to" }).waitFor();
    expect(await author.page.locator("main svg circle").count()).toBe(2);
    expect(await look(author.page, "playground-sound")).toEqual([]);
    await found.getByRole("button", { name: "Show the steps again" }).click();
    // Nobody may take it: that is a fault, whatever the conditions are.
    const nobody = "      - on: guarantee\n        by: tenant\n        goto: in_force\n      - on: guarantee\n";
    await open("nobody.yaml", LEASE.replace("      - on: guarantee\n", nobody));
    await author.page.getByText("1 fault", { exact: true }).waitFor();
    await author.page
      .getByText(/not sound: `on guarantee` can never happen/)
      .first()
      .waitFor();
  });

  test("the lease is played to its end with the mouse", async () => {
    await author.page.getByLabel("Start from").selectOption("lease");
    await author.page.getByText("No fault").waitFor();
    await now("The lease is being drafted");
    await author.page.getByRole("button", { name: /^Draft the lease as/ }).click();
    await now("The landlord reviews the draft");
    await author.page.getByRole("button", { name: /^Review the draft as/ }).click();
    await now("Landlord and tenant sign");
    await author.page.getByRole("button", { name: "Let 30 days pass" }).waitFor();
    for (const who of ["Landlord", "Tenant"]) {
      await author.page.getByRole("button", { name: "Sign the lease", exact: true }).first().click();
      await author.page.getByRole("button", { name: new RegExp(`${who}: Sign the lease`) }).waitFor();
    }
    await now("The bank guarantees");
    expect(await look(author.page, "playground-steps")).toEqual([]);
    await press("Guarantee the rent");
    await author.page.getByText("It is over: it succeeded.").waitFor();
    await author.page.getByText("step 5 of 5").waitFor();
  });

  test("on a phone, one part at a time", async () => {
    await author.page.setViewportSize({ width: 360, height: 740 });
    for (const [name, shown] of [
      ["Diagram", "The process"],
      ["Step through it", "What happened"],
    ] as const) {
      await press(name);
      await author.page.getByRole("heading", { name: shown }).waitFor();
      expect(await editor().isVisible()).toBe(false);
      expect(await violations(author.page)).toEqual([]);
      await author.page.screenshot({
        path: join(PICTURES, `playground-phone-${name.split(" ")[0]}.png`),
        fullPage: true,
      });
    }
    await press("Text");
    await author.page.setViewportSize({ width: 1440, height: 1000 });
  });

  test("back in time, and another way from there", async () => {
    await author.page.getByRole("slider").fill("3");
    await author.page.getByText("step 3 of 5").waitFor();
    await author.page.getByText("The 2 later steps are dropped if you act here.").waitFor();
    await author.page.getByRole("button", { name: /^Let 30 days pass/ }).click();
    await author.page.getByText("It is over: it failed.").waitFor();
    await author.page.getByText("step 4 of 4").waitFor();
    await author.page.getByText(/30 days passed/).waitFor();
  });

  test("one file holds text and steps, and opens again", async () => {
    const download = author.page.waitForEvent("download");
    await press("Share text and steps");
    const file = await (await download).path();
    const play = JSON.parse(readFileSync(file, "utf8")) as { document: string; steps: unknown[] };
    expect(play.document).toBe(LEASE);
    expect(play.steps).toHaveLength(4);
    await author.page.getByLabel("Start from").selectOption("nda");
    await author.page.getByText("nda.yaml").waitFor();
    await open("given.play.json", readFileSync(file, "utf8"));
    await author.page.getByText("It is over: it failed.").waitFor();
    await author.page.reload();
    await author.page.getByText("It is over: it failed.").waitFor();
    await open("wrong.json", JSON.stringify({ format: "countersign/play/v1", document: 5 }));
    await author.page.getByText(/is neither a scenario nor a shared play/).waitFor();
  });

  test("what it is founded with is asked, and filled in with values that fit", async () => {
    await open("inputs.yaml", LEASE.replace("actors:\n", "inputs:\n  months: {type: int, min: 6}\n\nactors:\n"));
    await author.page.getByRole("heading", { name: "Founded with" }).waitFor();
    await now("The lease is being drafted");
    const months = author.page.getByLabel("Months");
    expect(await months.inputValue()).toBe("6");
    expect(await violations(author.page)).toEqual([]);
    await months.fill("3");
    await author.page.getByRole("alert").first().waitFor();
    await months.fill("12");
    const download = author.page.waitForEvent("download");
    await press("Share text and steps");
    const play = JSON.parse(readFileSync(await (await download).path(), "utf8")) as { inputs: object };
    expect(play.inputs).toEqual({ months: 12 });
    await open("lease.yaml", LEASE);
    await author.page.getByRole("heading", { name: "Founded with" }).waitFor({ state: "detached" });
    await now("The lease is being drafted");
  });

  test("the same as a contract on paper", async () => {
    await press("As a contract");
    await author.page
      .getByText(/bound when both have signed the same text/)
      .last()
      .waitFor();
    expect(await look(author.page, "playground-prose")).toEqual([]);
    await author.page.getByRole("button", { name: "Diagram", exact: true }).last().click();
    await author.page.locator("main figure svg").waitFor();
  });

  test("a text without fault is proposed", async () => {
    await open("stuck.yaml", STUCK);
    await author.page.getByText("1 fault", { exact: true }).waitFor();
    const button = author.page.getByRole("button", { name: "Propose to the parties" });
    expect(await button.isDisabled()).toBe(true);
    await open("lease.yaml", LEASE.replace("title: Lease of a dwelling", "title: Lease of a lighthouse"));
    await author.page.getByText("No fault").waitFor();
    await button.click();
    await author.page
      .getByText(/Lease of a lighthouse/)
      .first()
      .waitFor();
    expect(author.page.url()).toContain("/contracts/new");
    await author.page.getByRole("link", { name: "Playground" }).click();
    await author.page.getByText("No fault").waitFor();
  });

  test("a large process is moved and zoomed in its frame", async () => {
    await open("large.yaml", large(80));
    const { page } = author;
    const frame = page.getByRole("group", { name: /The process .* as a diagram/ });
    const drawing = frame.locator("svg");
    await page.getByRole("group", { name: "Size of the drawing" }).waitFor();
    const place = (): Promise<{ top: number; height: number }> =>
      frame.evaluate(element => ({ top: element.scrollTop, height: element.clientHeight }));
    const percent = async (): Promise<number> => Number.parseInt(await page.getByText(/^\d+%$/).innerText());
    const size = async (): Promise<number> => (await drawing.boundingBox())!.height;
    expect(await violations(page)).toEqual([]);
    await frame.scrollIntoViewIfNeeded();
    const box = (await frame.boundingBox())!;
    const [x, y] = [box.x + box.width / 2, Math.max(box.y, 0) + 200];
    // Dragged up by 100 pixels, it goes down by as many.
    const before = (await place()).top;
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x, y - 50);
    await page.mouse.move(x, y - 100);
    await page.mouse.up();
    expect((await place()).top).toBe(before + 100);
    const begun = await percent();
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    await until(async () => ((await percent()) > begun ? true : undefined));
    expect(await page.evaluate(() => visualViewport?.scale)).toBe(1);
    await page.getByRole("button", { name: "Show all" }).click();
    await until(async () => ((await size()) <= (await place()).height + 1 ? true : undefined));
    await frame.focus();
    await page.keyboard.press("+");
    await until(async () => ((await size()) > (await place()).height ? true : undefined));
    await page.keyboard.press("End");
    await until(async () => ((await place()).top > 0 ? true : undefined));
  });

  test("hostile text is shown and does nothing", async () => {
    const script = `<img src=x onerror=window.harmed=1>\u202egnol`;
    const hostile = LEASE.replace("title: Lease of a dwelling", `title: ${JSON.stringify(script)}`)
      .replace("title: The lease is being drafted", `title: ${JSON.stringify(script)}`)
      .replace("title: Draft the lease", `title: ${JSON.stringify(script.repeat(3))}`);
    await open("hostile.yaml", hostile);
    await author.page
      .getByText(/Now in <img src=x/)
      .first()
      .waitFor();
    await author.page.getByText("U+202E").first().waitFor();
    expect(await author.page.evaluate(() => "harmed" in window)).toBe(false);
    expect(await author.page.locator("main img:not(.cm-widgetBuffer)").count()).toBe(0);
    expect(await look(author.page, "playground-hostile")).toEqual([]);
  });

  test("nothing went wrong in the page", () => {
    expect(author.faults).toEqual([]);
  });
});
