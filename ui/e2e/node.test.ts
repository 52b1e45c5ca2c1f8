// The page of a node: a partner checked from both sides, what waits for whom, what came back.
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person, violations } from "./browser.ts";
import { foundLease, hasProgram, stage, until, type Stage } from "./nodes.ts";

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("the page of a node", () => {
  let nodes: Stage;
  let browser: Browser;
  let operator: Person;
  let contract: string;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    browser = await openBrowser();
    operator = await Person.come(browser, nodes.parties[0]!);
    await operator.useToken();
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  const check = async (card: string): Promise<void> => {
    await operator.page.getByLabel("Card of the partner").fill(card);
    await operator.page.getByRole("button", { name: "Check both sides" }).click();
  };

  test("a partner is checked from both sides; the one that does not know us is named", async () => {
    const [, tenant] = nodes.parties;
    await operator.go("/node");
    await operator.page.getByRole("heading", { level: 1, name: "This node" }).waitFor();
    await check(readFileSync(tenant!.card, "utf8"));
    await operator.page.getByText("Something hinders.").waitFor();
    await operator.page.getByText("not_called_back", { exact: true }).waitFor();
    await operator.page.getByText("From their side").waitFor();
  });

  test("a partner that is added is a peer", async () => {
    await operator.page.getByRole("button", { name: "Let this node know them" }).click();
    await operator.page.getByText("This node knows them now.").waitFor();
    const [, tenant] = nodes.parties;
    const { urls } = await tenant!.ask<{ urls: string[] }>("/v1/node");
    await operator.page.getByText(urls[0]!).waitFor();
  });

  test("partners of a contract reach each other", async () => {
    contract = await foundLease(nodes);
    const [landlord, tenant, bank] = nodes.parties;
    for (const other of [tenant, bank]) await until(() => other!.command("contract", "join", contract, "--yes"));
    await check(readFileSync(tenant!.card, "utf8"));
    await operator.page.getByText("Both sides reach each other. Nothing is to do.").waitFor();
    // What is no card is refused here, before anything is sent.
    await operator.page.getByLabel("Card of the partner").fill("not a card!");
    await operator.page.getByText("This is no card").waitFor();
    expect(await operator.page.getByRole("button", { name: "Check both sides" }).isDisabled()).toBe(true);
    await operator.page.getByLabel("Card of the partner").fill("");
    await bank!.stop();
    await landlord!.command(
      "action",
      "do",
      contract,
      ...["draft", "--data", "rent=950", "--attach", `text=${LEASE}`, "--by", "landlord"],
    );
  });

  test("what waits, for whom and since when", async () => {
    const line = operator.page.getByRole("row").filter({ hasText: "Lease of a dwelling" });
    await line.first().waitFor();
    await until(async () => ((await line.count()) === 1 ? true : undefined));
  });

  test("what came back can be sent again", async () => {
    const [landlord] = nodes.parties;
    const { outbox } = await landlord!.ask<{ outbox: object[] }>("/v1/outbox");
    const dead = { ...outbox[0]!, delivery: "dead", attempts: 12, refused: "too_large" };
    await operator.context.route("**/v1/outbox?*", route => route.fulfill({ json: { outbox: [...outbox, dead] } }));
    await operator.go("/node");
    await operator.page.getByRole("button", { name: "Send again" }).waitFor();
    await operator.page
      .getByText(/^Half within /)
      .first()
      .waitFor();
    await operator.page.getByRole("img", { name: /^Requests by minute: \d+ in all, \d+ refused/ }).waitFor();
    expect(await look(operator.page, "node")).toEqual([]);
    await operator.page.getByText("The same in numbers").click();
    await operator.page.getByRole("table", { name: "Counts by 5 minutes" }).waitFor();
    expect(await violations(operator.page)).toEqual([]);
    const asked = operator.page.waitForRequest("**/v1/outbox/resend");
    await operator.page.getByRole("button", { name: "Send again" }).click();
    expect((await asked).postDataJSON()).toMatchObject({ contract });
  });

  test("nothing went wrong in the page", () => {
    expect(operator.faults).toEqual([]);
  });
});
