// A file is erased from the web app: by the party that brought it, with its reason and its key, and all say that they did.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { foundLease, hasProgram, PASSPHRASE, stage, takePart, type Stage } from "./nodes.ts";

const LEASE = new URL("../../examples/lease.pdf", import.meta.url).pathname;
const REASON = "GDPR 17(1)(b)";
// Yours first; the others in the order of their ids, which are new each time.
const ALL_DELETE = /landlord, (Tenant and Guarantor bank|Guarantor bank and Tenant) delete the file and its salt/;
const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("erasing a file", () => {
  let nodes: Stage;
  let browser: Browser;
  let people: Person[];
  let [landlord, tenant, bank]: Page[] = [];
  let contract: string;

  beforeAll(async () => {
    nodes = await stage("landlord", "tenant", "bank");
    contract = await foundLease(nodes);
    await takePart(nodes, contract);
    await nodes.parties[0]!.command(
      "action",
      "do",
      contract,
      ...["draft", "--data", "rent=950", "--attach", `text=${LEASE}`, "--by", "landlord"],
    );
    browser = await openBrowser();
    people = await Promise.all(nodes.parties.map(party => Person.come(browser, party)));
    [landlord, tenant, bank] = people.map(person => person.page);
    await people[0]!.enrol("Eva");
    for (const person of people.slice(1)) await person.useToken();
    for (const person of people) {
      await person.go(`/contracts/${contract}`);
      await person.page.getByText("All copies are equal.").waitFor();
    }
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  test("is offered to nobody but the party that brought it", async () => {
    await eraseButton(landlord!).waitFor();
    for (const page of [tenant!, bank!]) {
      await saveButton(page).waitFor();
      expect(await eraseButton(page).count()).toBe(0);
    }
  });

  test("what it means is said first, and Escape leaves it", async () => {
    const page = landlord!;
    await eraseButton(page).click();
    const dialogue = page.getByRole("dialog", { name: "Erase lease.pdf?" });
    await dialogue.getByText(ALL_DELETE).waitFor();
    await dialogue.getByText("All signatures hold as before.").waitFor();
    expect(await look(page, "erase", false)).toEqual([]);
    await page.keyboard.press("Escape");
    await dialogue.waitFor({ state: "detached" });
    expect(await eraseButton(page).evaluate(button => button === document.activeElement)).toBe(true);
  });

  test("it is signed in the browser with the key of the company, and waits for who is away", async () => {
    await nodes.parties[2]!.stop();
    const page = landlord!;
    await eraseButton(page).click();
    const dialogue = page.getByRole("dialog");
    const file = readFileSync(join(nodes.parties[0]!.home, "keys.keystore"));
    await dialogue
      .locator("input[type=file]")
      .setInputFiles({ name: "keys.keystore", mimeType: "application/octet-stream", buffer: file });
    await dialogue.getByLabel("Passphrase of the file").fill(PASSPHRASE);
    await dialogue.getByRole("button", { name: "Import a key file" }).click();
    await dialogue.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await dialogue.getByRole("button", { name: "Unlock" }).click();
    const send = dialogue.getByRole("button", { name: "Sign and ask all to erase it" });
    await send.waitFor();
    expect(await send.isDisabled()).toBe(true);
    await dialogue.getByLabel("Reason, for all to read").fill(REASON);
    await send.click();
    await dialogue.waitFor({ state: "detached" });
    for (const [at, party] of [landlord!, tenant!].entries()) {
      const row = documents(party);
      await row
        .getByText(`${at === 0 ? "landlord" : "Landlord"} asked all parties to erase it, No. 2: ${REASON}`)
        .waitFor();
      await row.getByText("Each party erases it once No. 2 is final.").waitFor();
      await row.getByText(/Waiting for Guarantor bank since \d\d:\d\d:\d\d/).waitFor();
      // Until then it is there.
      await saveButton(party).waitFor();
    }
    expect(await eraseButton(page).count()).toBe(0);
    await page.getByText("asked all parties to erase a file.").waitFor();
    expect(await look(page, "erase-waits")).toEqual([]);
  });

  test("the bank is back: all erase it, all sign that they did, and nobody can save it any more", async () => {
    await nodes.parties[2]!.start();
    for (const page of [landlord!, tenant!, bank!]) {
      const row = documents(page);
      await row.getByText("Erased by all 3 parties.").waitFor({ timeout: 45_000 });
      const receipts = row.getByRole("list", { name: "Who has erased it" }).getByRole("listitem");
      expect(await receipts.count()).toBe(3);
      expect(await receipts.getByText("✓").count()).toBe(3);
      await row.getByText("Erased. That it was there is still proven.").waitFor();
      expect(await saveButton(page).count()).toBe(0);
    }
    for (const party of nodes.parties) {
      const { documents } = await party.ask<{ documents: { commitment: string; held: boolean }[] }>(
        `/v1/contracts/${contract}/documents`,
      );
      expect(documents.map(({ held }) => held)).toEqual([false]);
      await expect(party.ask(`/v1/contracts/${contract}/payloads/${documents[0]!.commitment}`)).rejects.toThrow(
        /"code":"erased"/,
      );
    }
    expect(await look(landlord!, "erased")).toEqual([]);
  });

  test("nothing went wrong in any page", () => {
    for (const { faults, party } of people) expect(faults, party.name).toEqual([]);
  });
});

function documents(page: Page): Locator {
  return page.getByRole("region", { name: "Documents" });
}

function saveButton(page: Page): Locator {
  return documents(page).getByRole("button", { name: "lease.pdf", exact: true });
}

function eraseButton(page: Page): Locator {
  return documents(page).getByRole("button", { name: /^Erase/ });
}
