// People at a node: an enrolment link, a key made in the browser, signing out and in, key files, locking.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, look, openBrowser, Person } from "./browser.ts";
import { hasProgram, stage, type Stage } from "./nodes.ts";

const ready = hasProgram() && hasBrowser();
if (!ready) console.error("skipped: no program (cargo build -p countersign) or no chromium");

describe.skipIf(!ready)("people at a node", () => {
  let nodes: Stage;
  let browser: Browser;
  let eva: Person;

  beforeAll(async () => {
    nodes = await stage("landlord");
    browser = await openBrowser();
    eva = await Person.come(browser, nodes.parties[0]!);
  });
  afterAll(async () => {
    await browser?.close();
    await nodes?.close();
  });

  const signOut = async (): Promise<void> => {
    await eva.page.getByText("You and this node").locator("xpath=..").click();
    await eva.page.getByRole("button", { name: "Sign out" }).click();
    await eva.page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  };

  test("an enrolment link makes a key and signs in", async () => {
    const { link } = await eva.party.ask<{ link: string }>("/v1/users/invitations", { role: "member", name: "Eva" });
    await eva.page.goto(link);
    await eva.page.getByRole("heading", { level: 1, name: "Welcome to this node" }).waitFor();
    expect(await look(eva.page, "enrol")).toEqual([]);
    await eva.page.getByLabel("Your name").fill("Eva");
    await eva.page.getByRole("button", { name: "Make a key and enrol" }).click();
    await eva.page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    expect(eva.page.url()).not.toContain("enrol");
    await eva.page.getByText("Nothing is yours to do.").first().waitFor();

    // The same link again is over, and says so.
    const other = await Person.come(browser, eva.party);
    await other.page.goto(link);
    await other.page.getByLabel("Your name").fill("Mallory");
    await other.page.getByRole("button", { name: "Make a key and enrol" }).click();
    await other.page.getByRole("alert").waitFor();
    await other.context.close();
  });

  test("the secret key cannot be read out of the browser", async () => {
    const extractable = await eva.page.evaluate(async () => {
      const open = indexedDB.open("countersign");
      await new Promise(done => (open.onsuccess = done));
      const all = open.result.transaction("identities").objectStore("identities").getAll();
      await new Promise(done => (all.onsuccess = done));
      open.result.close();
      return (all.result as { pair: CryptoKeyPair }[]).map(one => one.pair.privateKey.extractable);
    });
    expect(extractable).toEqual([false]);
  });

  test("out and in again with the same key; a reload keeps the session of the tab", async () => {
    await signOut();
    expect(await look(eva.page, "sign-in-known")).toEqual([]);
    await eva.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await eva.page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    await eva.page.reload();
    await eva.page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
  });

  test("a key file of the command is imported, and its passphrase unlocks it", async () => {
    const keys = await nodes.parties[0]!.command("key", "new", "--name", "Dirk");
    const identity = keys.trim().split("\n")[0]!;
    await eva.go("/settings");
    await eva.page.locator("input[type=file]").setInputFiles(`${nodes.parties[0]!.home}/keys.keystore`);
    await eva.page.getByLabel("Passphrase of the file").fill("a wrong passphrase");
    await eva.page.getByRole("button", { name: "Import a key file" }).click();
    await eva.page.getByText("This passphrase does not open it.").waitFor();
    await eva.page.getByLabel("Passphrase of the file").fill("a passphrase for tests");
    await eva.page.getByRole("button", { name: "Import a key file" }).click();
    await eva.page.getByText("2 keys were imported.").waitFor();
    await eva.page.getByTitle(identity).waitFor();
    expect(await look(eva.page, "settings-member")).toEqual([]);
  });

  test("a key file made in the browser asks for its passphrase", async () => {
    const tom = await Person.come(browser, nodes.parties[0]!);
    const { link } = await tom.party.ask<{ link: string }>("/v1/users/invitations", { role: "member", name: "Tom" });
    await tom.page.goto(link);
    await tom.page.getByLabel("Your name").fill("Tom");
    await tom.page.getByLabel(/A key file with a passphrase/).check();
    await tom.page.getByLabel("Passphrase", { exact: true }).fill("correct horse");
    await tom.page.getByLabel("The same once more").fill("correct house");
    await tom.page.getByText("The two are not the same.").waitFor();
    await tom.page.getByLabel("The same once more").fill("correct horse");
    await tom.page.getByRole("button", { name: "Make a key and enrol" }).click();
    await tom.page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    await tom.go("/settings");
    await tom.page.getByRole("button", { name: "Lock now" }).click();
    await tom.page.getByLabel("Passphrase", { exact: true }).fill("wrong horse");
    await tom.page.getByRole("button", { name: "Unlock and sign in" }).click();
    await tom.page.getByText("This passphrase does not open it.").waitFor();
    await tom.page.getByLabel("Passphrase", { exact: true }).fill("correct horse");
    await tom.page.getByRole("button", { name: "Unlock and sign in" }).click();
    await tom.page.getByRole("heading", { level: 1, name: "Keys and settings" }).waitFor();
    expect(tom.faults).toEqual([]);
    await tom.context.close();
  });

  test("a passkey seals a key and opens it again", async () => {
    const ada = await Person.come(browser, nodes.parties[0]!);
    const devices = await ada.context.newCDPSession(ada.page);
    await devices.send("WebAuthn.enable");
    await devices.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        ctap2Version: "ctap2_1",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        hasPrf: true,
        automaticPresenceSimulation: true,
      },
    });
    const { link } = await ada.party.ask<{ link: string }>("/v1/users/invitations", { role: "member", name: "Ada" });
    // Passkeys belong to names; an address of numbers has none.
    await ada.page.goto(link.replace("127.0.0.1", "localhost"));
    await ada.page.getByLabel("Your name").fill("Ada");
    await ada.page.getByLabel(/A key sealed by a passkey/).check();
    await ada.page.getByRole("button", { name: "Make a key and enrol" }).click();
    await ada.page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    await ada.page.getByRole("link", { name: "Settings" }).click();
    await ada.page.getByText("sealed by a passkey").waitFor();
    await ada.page.getByRole("button", { name: "Lock now" }).click();
    await ada.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await ada.page.getByRole("heading", { level: 1, name: "Keys and settings" }).waitFor();
    expect(ada.faults).toEqual([]);
    await ada.context.close();
  });

  test("locking signs out and says why", async () => {
    await eva.page.getByRole("button", { name: "Lock now" }).click();
    await eva.page.getByText("Locked. Sign in again to go on.").waitFor();
    expect(await eva.page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  test("nothing went wrong in the page", () => {
    expect(eva.faults).toEqual([]);
  });
});
