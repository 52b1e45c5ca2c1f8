// The chain viewer: who signed what, the bytes and the tree checked in the browser, forks, and a log of any length.
import type { Browser, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { foundLease, hasProgram, stage, until, type Stage } from "./nodes.ts";

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const LENGTH = 100_000;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

interface Told {
  entry: string;
  statement: string;
  author: string;
  appended_by: string;
  time: string;
  standing: { level: string };
}

describe.skipIf(!ready)("the chain of a contract", () => {
  let nodes: Stage;
  let browser: Browser;
  let reader: Person;
  let contract: string;
  let entries: Told[];

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    contract = await foundLease(nodes);
    const [landlord, tenant, bank] = nodes.parties;
    for (const other of [tenant, bank]) await until(() => other!.command("contract", "join", contract, "--yes"));
    const act = (...parts: string[]): Promise<string> =>
      landlord!.command("action", "do", contract, ...parts, "--by", "landlord");
    await act("draft", "--data", "rent=950", "--attach", `text=${LEASE}`);
    await act("review", "--response", "approve");
    await until(() => tenant!.command("action", "do", contract, "sign", "--by", "tenant"));
    entries = await until(async () => {
      const log = await landlord!.ask<{ entries: Told[] }>(`/v1/contracts/${contract}/log`);
      return log.entries.length === 3 && log.entries.every(entry => entry.standing.level === "final")
        ? log.entries
        : undefined;
    });
    browser = await openBrowser();
    reader = await Person.come(browser, landlord!);
    await reader.useToken();
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("shows who signed which entry", async () => {
    await reader.go(`/contracts/${contract}/log`);
    const newest = reader.page.getByRole("row").filter({ hasText: "Sign the lease" });
    await newest.waitFor();
    expect(await newest.getByRole("img", { name: /^signed by/ }).count()).toBe(3);
    await newest.getByText("Final").waitFor();
  });

  test("checks hashes and the path to the root in the browser", async () => {
    await reader.page.getByRole("link", { name: "Draft the lease" }).click();
    await reader.page.getByRole("heading", { level: 2, name: "The bytes of No. 1" }).waitFor();
    await reader.page.getByText("This browser hashed these bytes").waitFor();
    await reader.page.getByText("leads to the root", { exact: true }).waitFor();
    await reader.page.getByText(entries[0]!.entry.slice(0, 8)).first().waitFor();
    for (const [tab, text] of [
      ["Statement", "This browser hashed these bytes"],
      ["Payload", /"rent":"?950/],
      ["Receipts", "A receipt covers everything up to its place"],
    ] as const) {
      await reader.page.getByRole("button", { name: tab, exact: true }).click();
      await reader.page.getByText(text).first().waitFor();
    }
    await reader.page
      .getByText(/up to No\. \d/)
      .first()
      .click();
    expect(await look(reader.page, "chain")).toEqual([]);
  });

  test("follows without a reload", async () => {
    await reader.go(`/contracts/${contract}/log`);
    await reader.page.getByRole("heading", { level: 2, name: "The bytes of No. 3" }).waitFor();
    await nodes.parties[0]!.command("action", "do", contract, "sign", "--by", "landlord");
    await reader.page.getByRole("heading", { level: 2, name: "The bytes of No. 4" }).waitFor();
  });

  test("says how a fork was settled", async () => {
    const [first, second] = entries.slice(1) as [Told, Told];
    const branch = ({ entry, statement, author, appended_by, time }: Told, kept: boolean) => ({
      ...{ entry, statement, author, appended_by, time, kept, kind: "response", title: "Sign the lease" },
      ...(kept ? {} : { now_at: 3, now_entry: entry }),
    });
    const forks = [
      {
        position: 2,
        parent: entries[0]!.entry,
        branches: [branch(first, true), branch(second, false)],
        rule: "entry",
        questions: [
          { question: "class", answers: ["5 0 0", "5 0 0"], decides: false },
          { question: "order", answers: ["1", "1"], decides: false },
          { question: "entry", answers: [first.entry, second.entry], decides: true },
        ],
      },
    ];
    const answer = (route: Route): Promise<void> => route.fulfill({ json: { forks } });
    await reader.context.route(`**/v1/contracts/${contract}/forks`, answer);
    await reader.go(`/contracts/${contract}/log/2`);
    await reader.page.getByRole("heading", { level: 2, name: "Two stood at No. 2" }).waitFor();
    await reader.page.getByText("it stands at No. 3. The signature was not made again").waitFor();
    await reader.page.getByRole("row").filter({ hasText: "Whose hash is smaller?" }).getByText("decides").waitFor();
    expect(await look(reader.page, "chain-fork")).toEqual([]);
    await reader.context.unroute(`**/v1/contracts/${contract}/forks`, answer);
  });

  test("draws few rows of a long log", async () => {
    const id = (prefix: string, number: number): string => `${prefix}_${number.toString(32).padStart(52, "a")}`;
    await reader.context.route(`**/v1/contracts/${contract}`, async route => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), position: LENGTH } });
    });
    let pages = 0;
    await reader.context.route(`**/v1/contracts/${contract}/log?*`, async route => {
      pages += 1;
      const query = new URL(route.request().url()).searchParams;
      const after = Number(query.get("after"));
      const count = Math.min(Number(query.get("limit")), LENGTH - after);
      const made = Array.from({ length: count }, (_, at) => ({
        ...entries[0],
        position: after + at + 1,
        entry: id("ent", after + at + 1),
        statement: id("stm", after + at + 1),
      }));
      await route.fulfill({ json: { entries: made } });
    });
    await reader.go(`/contracts/${contract}/log/2`);
    const rows = reader.page.getByRole("table", { name: /Entries and who signed/ }).getByRole("row");
    await reader.page.getByRole("link", { name: "Draft the lease" }).first().waitFor();
    await reader.page.locator('[role=row][aria-current="true"]').filter({ hasText: "2" }).waitFor();
    expect(await rows.count()).toBeLessThan(40);
    expect(await rows.first().evaluate(row => row.closest("[role=table]")?.getAttribute("aria-rowcount"))).toBe(
      String(LENGTH + 1),
    );
    expect(pages).toBeLessThan(6);
  });

  test("nothing went wrong in the page", () => {
    expect(reader.faults).toEqual([]);
  });
});
