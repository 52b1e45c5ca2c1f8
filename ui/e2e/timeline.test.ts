// A log of 100,000 entries: only what is in sight is read and drawn.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, openBrowser, Person } from "./browser.ts";
import { foundLease, hasProgram, stage, type Stage } from "./nodes.ts";

const LENGTH = 100_000;
/** So many frames are scrolled, and each may cost so much on average. */
const FRAMES = 120;
const FRAME_MAX_MS = 24;

const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("a long log", () => {
  let nodes: Stage;
  let browser: Browser;
  let reader: Person;
  let contract: string;
  let pages = 0;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    contract = await foundLease(nodes);
    browser = await openBrowser();
    reader = await Person.come(browser, nodes.parties[0]!);
    const id = (prefix: string, number: number): string => `${prefix}_${number.toString(32).padStart(52, "a")}`;
    await reader.context.route(`**/v1/contracts/${contract}`, async route => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        json: { ...((await response.json()) as object), position: LENGTH, final_position: LENGTH },
      });
    });
    // The log of the node is empty; these entries have its form.
    await reader.context.route(`**/v1/contracts/${contract}/log?*`, async route => {
      pages += 1;
      const query = new URL(route.request().url()).searchParams;
      const after = Number(query.get("after"));
      const count = Math.min(Number(query.get("limit")), LENGTH - after);
      const entries = Array.from({ length: count }, (_, at) => {
        const position = after + at + 1;
        return {
          position,
          entry: id("ent", position),
          statement: id("stm", position),
          kind: "comment",
          appended_by: id("idn", 1),
          author: id("idn", 1),
          author_name: "Eva",
          key: "key_aaaaaaaaaaaaa",
          time: new Date(1_700_000_000_000 + position * 60_000).toISOString(),
          outcome: "applied",
          payload: { text: `Comment ${position} ${"and so on ".repeat(position % 30)}` },
          standing: { level: "final", received_by: [], waiting_for: [] },
        };
      });
      await route.fulfill({ json: { entries } });
    });
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("the newest entries are there at once, and few rows are drawn", async () => {
    await reader.useToken();
    await reader.go(`/contracts/${contract}`);
    await reader.page.getByText(`Comment ${LENGTH} `).first().waitFor();
    expect(await reader.page.locator("[aria-posinset]").count()).toBeLessThan(80);
    expect(pages).toBeLessThan(8);
  });

  test("a frame of scrolling costs little", async () => {
    const session = await reader.context.newCDPSession(reader.page);
    // Processor time of the page's thread: a busy machine does not change it.
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    const spent = async (): Promise<number> => {
      const { metrics } = await session.send("Performance.getMetrics");
      return 1_000 * (metrics.find(metric => metric.name === "TaskDuration")?.value ?? Number.NaN);
    };
    const before = await spent();
    await reader.page.evaluate(async frames => {
      for (let step = 0; step < frames; step += 1) {
        window.scrollBy(0, 300);
        await new Promise(done => requestAnimationFrame(done));
      }
    }, FRAMES);
    const each = ((await spent()) - before) / FRAMES;
    console.info(`scrolling: ${each.toFixed(1)} ms of processor time for each frame`);
    expect(each).toBeLessThan(FRAME_MAX_MS);
  });

  test("its end is the first entry", async () => {
    for (let attempt = 0; attempt < 30; attempt += 1) {
      await reader.page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
      await reader.page.waitForTimeout(300);
      if (await reader.page.locator("#entry-1").isVisible()) break;
    }
    expect(await reader.page.locator("#entry-1").textContent()).toContain("Comment 1");
    expect(await reader.page.locator("[aria-posinset]").count()).toBeLessThan(80);
    expect(pages).toBeLessThan(60);
  });

  test("nothing went wrong in the page", () => {
    expect(reader.faults).toEqual([]);
  });
});
