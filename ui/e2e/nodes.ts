// Real nodes: each a process of the `countersign` program with a folder of its own, on ports that were free.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
const PASSPHRASE = "a passphrase for tests";
const PATIENCE_MS = 60_000;

/** The program: `COUNTERSIGN_BIN`, or the debug build of cargo. */
export const PROGRAM =
  process.env["COUNTERSIGN_BIN"] ?? join(process.env["CARGO_TARGET_DIR"] ?? join(ROOT, "target"), "debug/countersign");

/** An organisation with its node. */
export class Party {
  #node: ChildProcess | undefined;
  constructor(
    readonly name: string,
    readonly folder: string,
  ) {}

  get home(): string {
    return join(this.folder, this.name);
  }

  get card(): string {
    return join(this.folder, `${this.name}.card`);
  }

  /** `http://127.0.0.1:PORT` */
  get address(): string {
    return `http://${readFileSync(join(this.home, "node/api.address"), "utf8").trim()}`;
  }

  get token(): string {
    return readFileSync(join(this.home, "node/api.token"), "utf8").trim();
  }

  /** Makes keys and the data of the node. */
  async found(): Promise<void> {
    mkdirSync(this.home, { recursive: true });
    await this.command("key", "new", "--admin", "--name", this.name);
    const listen = `127.0.0.1:${await freePort()}`;
    await this.command(
      "node",
      "init",
      "--name",
      this.name,
      "--listen",
      listen,
      "--url",
      `https://${listen}`,
      "--api",
      "127.0.0.1:0",
      "--card",
      this.card,
      "--node-passphrase-file",
      join(this.folder, "passphrase"),
    );
  }

  /** Runs the node. It ends with this process at the latest: its standard input does. */
  async start(): Promise<void> {
    const node = spawn(
      PROGRAM,
      [
        "--json",
        "node",
        "start",
        "--until-stdin-closes",
        "--data",
        join(this.home, "node"),
        "--node-passphrase-file",
        join(this.folder, "passphrase"),
      ],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    this.#node = node;
    await new Promise<void>((done, failed) => {
      const late = setTimeout(() => failed(new Error(`${this.name} did not start`)), PATIENCE_MS);
      createInterface({ input: node.stdout }).once("line", () => {
        clearTimeout(late);
        done();
      });
      node.once("exit", code => failed(new Error(`${this.name} ended with ${code}`)));
    });
  }

  /** Ends the node and waits until it is gone. */
  async stop(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    if (node === undefined || node.exitCode !== null) return;
    const gone = new Promise(done => node.once("exit", done));
    node.stdin?.end();
    await gone;
  }

  /** Runs a command as this party; gives what it printed. */
  async command(...parts: string[]): Promise<string> {
    const env = { ...process.env, COUNTERSIGN_HOME: this.home, COUNTERSIGN_PASSPHRASE: PASSPHRASE };
    const { stdout } = await run(PROGRAM, parts, { env, timeout: PATIENCE_MS, maxBuffer: 1 << 26 });
    return stdout;
  }

  /** Asks the API with the token of the node. */
  async ask<T>(path: string, body?: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const request = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(this.address + path, request);
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}

/** Parties of a test. `close` ends the nodes and removes their folder. */
export interface Stage {
  parties: Party[];
  folder: string;
  close(): Promise<void>;
}

/** Whether there is a program to run; a test without one says `skipped`. On CI a missing one is a failure. */
export function hasProgram(): boolean {
  if (existsSync(PROGRAM)) return true;
  if (process.env["CI"] !== undefined) throw new Error(`no program at ${PROGRAM}`);
  return false;
}

/** Founds parties by name and starts their nodes. */
export async function stage(...names: string[]): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-ui-"));
  writeFileSync(join(folder, "passphrase"), PASSPHRASE, { mode: 0o600 });
  const parties = names.map(name => new Party(name, folder));
  const close = async (): Promise<void> => {
    await Promise.all(parties.map(party => party.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const party of parties) {
      await party.found();
      await party.start();
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { parties, folder, close };
}

/** The lease of `examples/` among landlord, tenant and bank, offered to the other two; gives its id. */
export async function foundLease({ parties, folder }: Stage): Promise<string> {
  const [landlord, ...others] = parties;
  if (landlord === undefined) throw new Error("nobody founds");
  const members = others.flatMap(other => ["--member", `${other.name}=@${other.card}`]);
  const scenario = join(folder, "lease.yaml");
  writeFileSync(scenario, readFileSync(join(ROOT, "examples/lease.yaml")));
  const told = await landlord.command(
    "--json",
    "contract",
    "new",
    "--scenario",
    scenario,
    "--member",
    `${landlord.name}=self`,
    ...members,
  );
  return (JSON.parse(told) as { contract: string }).contract;
}

/** Waits until `look` gives something that is not `undefined`. */
export async function until<T>(look: () => Promise<T | undefined>, patience = 20_000): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not within ${patience} ms: ${look.toString()}`);
    await new Promise(done => setTimeout(done, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(done => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise(done => server.close(done));
  if (typeof address !== "object" || address === null) throw new Error("no free port");
  return address.port;
}
