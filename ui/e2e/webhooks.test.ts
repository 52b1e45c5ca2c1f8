// The page of webhooks: a program is told, one fails, and what became of it is shown.
import { appendFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { foundLease, hasProgram, stage, until, type Stage } from "./nodes.ts";

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("the page of webhooks", () => {
  let nodes: Stage;
  let browser: Browser;
  let operator: Person;
  let receiver: Server;
  let status = 500;
  const told: string[] = [];

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    const landlord = nodes.parties[0]!;
    await landlord.stop();
    const allowed = `\n[outgoing]\nhosts = [{ name = "127.0.0.1", http = true, private = true }]\n`;
    appendFileSync(join(landlord.home, "node/node.toml"), allowed);
    await landlord.start();
    receiver = createServer((request, response) => {
      told.push(String(request.headers["idempotency-key"]));
      request.resume().on("end", () => response.writeHead(status).end());
    });
    await new Promise<void>(listens => receiver.listen(0, "127.0.0.1", listens));
    browser = await openBrowser();
    operator = await Person.come(browser, landlord);
    await operator.useToken();
  });
  afterAll(async () => {
    receiver?.close();
    await browser?.close();
    await nodes?.close();
  });

  test("a host that is not allowed is refused with its reason", async () => {
    await operator.go("/node");
    await operator.page.getByRole("link", { name: "Open webhooks" }).click();
    await operator.page.getByRole("heading", { level: 1, name: "Webhooks" }).waitFor();
    await operator.page.getByText("No program is told anything.").waitFor();
    await operator.page.getByLabel("Address").fill("https://erp.example/hook");
    await operator.page.getByRole("button", { name: "Tell it from now on" }).click();
    await operator.page.getByText("host_not_allowed").first().waitFor();
  });

  test("a program is told from now on, and tried", async () => {
    const { port } = receiver.address() as AddressInfo;
    await operator.page.getByLabel("Address").fill(`http://127.0.0.1:${port}/hook`);
    await operator.page.getByLabel("What it is told").fill("extended, final");
    await operator.page.getByLabel("What it is for").fill("Our ERP");
    await operator.page.getByRole("button", { name: "Tell it from now on" }).click();
    await operator.page.getByRole("heading", { name: "Our ERP" }).waitFor();
    await operator.page.getByRole("button", { name: "Send a test" }).click();
    await operator.page.getByText("The test did not arrive: 500").waitFor();
    status = 204;
    await operator.page.getByRole("button", { name: "Send a test" }).click();
    await operator.page.getByText("The test arrived: 204").waitFor();
  });

  test("deliveries are shown, and one is sent again", async () => {
    const contract = await foundLease(nodes);
    const [landlord, tenant, bank] = nodes.parties;
    for (const other of [tenant, bank]) await until(() => other!.command("contract", "join", contract, "--yes"));
    await landlord!.command(
      "action",
      "do",
      contract,
      ...["draft", "--data", "rent=950", "--attach", `text=${LEASE}`, "--by", "landlord"],
    );
    const row = operator.page.getByRole("row").filter({ hasText: "final" }).filter({ hasText: "204" });
    await row.first().waitFor();
    const before = told.length;
    await row.first().getByRole("button", { name: "Send again" }).click();
    await expect.poll(() => told.length).toBeGreaterThan(before);
    expect(new Set(told).size).toBeLessThan(told.length);
    expect(await look(operator.page, "webhooks")).toEqual([]);
  });

  test("a program is told nothing any more", async () => {
    await operator.page.getByRole("button", { name: "Remove" }).click();
    await operator.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await operator.page.getByText("No program is told anything.").waitFor();
    expect(operator.faults).toEqual([]);
  });
});
