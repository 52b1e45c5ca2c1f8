// Real nodes: each a process of the `countersign` program with a folder of its own, on ports that were free.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
/** Of all key files. */
export /** Of all key files of a test. */
const PASSPHRASE = "a passphrase for tests";
const PATIENCE_MS = 60_000;

/** The program: `COUNTERSIGN_BIN`, or the debug build of cargo. */
export const PROGRAM =
  process.env["COUNTERSIGN_BIN"] ?? join(process.env["CARGO_TARGET_DIR"] ?? join(ROOT, "target"), "debug/countersign");

/** The way to a node from others: whatever comes is passed on, until the wire is cut. */
export class Wire {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #whole = true;

  private constructor(port: number) {
    this.#server = createServer(from => {
      if (!this.#whole) return void from.destroy();
      const to = connect(port, "127.0.0.1");
      for (const [socket, other] of [
        [from, to],
        [to, from],
      ] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }

  /** A wire to a port of this machine. */
  static async to(port: number): Promise<Wire> {
    const wire = new Wire(port);
    await new Promise<void>(done => wire.#server.listen(0, "127.0.0.1", done));
    return wire;
  }

  /** Where others come in. */
  get port(): number {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the wire leads nowhere");
    return address.port;
  }

  /** Nothing gets through, and nothing that was under way. */
  cut(): void {
    this.#whole = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#whole = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise(done => this.#server.close(done));
  }
}

/** An organisation with its node. */
export class Party {
  #node: ChildProcess | undefined;
  /** How others reach its node, if that can be cut. */
  wire: Wire | undefined;
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

  /** Makes keys and the data of the node. Its addresses stay the same when it starts again. */
  async found(wired: boolean): Promise<void> {
    mkdirSync(this.home, { recursive: true });
    await this.command("key", "new", "--admin", "--name", this.name);
    const port = await freePort();
    if (wired) this.wire = await Wire.to(port);
    await this.command(
      "node",
      "init",
      "--name",
      this.name,
      "--listen",
      `127.0.0.1:${port}`,
      "--url",
      `https://127.0.0.1:${this.wire?.port ?? port}`,
      "--api",
      `127.0.0.1:${await freePort()}`,
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

  /** Asks the API with the token of the node; with a body it posts, unless another method is named. */
  async ask<T>(path: string, body?: unknown, method = "POST"): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const request = body === undefined ? { headers } : { method, headers, body: JSON.stringify(body) };
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
export function stage(...names: string[]): Promise<Stage> {
  return founded(names, false);
}

/** The same, with a wire to each node that can be cut while it runs. */
export function wiredStage(...names: string[]): Promise<Stage> {
  return founded(names, true);
}

async function founded(names: readonly string[], wired: boolean): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-ui-"));
  writeFileSync(join(folder, "passphrase"), PASSPHRASE, { mode: 0o600 });
  const parties = names.map(name => new Party(name, folder));
  const close = async (): Promise<void> => {
    await Promise.all(parties.map(party => party.stop()));
    await Promise.all(parties.map(party => party.wire?.close()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const party of parties) {
      await party.found(wired);
      await party.start();
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { parties, folder, close };
}

/** Lets everybody who was offered a contract take part in it. */
export async function takePart({ parties }: Stage, contract: string): Promise<void> {
  for (const party of parties.slice(1)) await until(() => party.command("contract", "join", contract, "--yes"));
}

/** Lets users of a node do everything in a contract for its party, by their names. */
export async function empower(party: Party, contract: string, ...names: string[]): Promise<void> {
  const { users } = await party.ask<{ users: { name?: string; card: string }[] }>("/v1/users");
  for (const name of names) {
    const card = join(party.home, `${name}.card`);
    writeFileSync(card, users.find(user => user.name === name)?.card ?? "");
    await party.command("mandate", "grant", contract, "--person", card, "--actions", "all");
  }
}

/** The lease of `examples/` among landlord, tenant and bank, offered to the other two; gives its id. */
export function foundLease(stage: Stage): Promise<string> {
  return foundExample(stage, "lease");
}

/** A contract of `examples/` whose actors are called as the parties; the first founds it and offers it to the others. */
export async function foundExample({ parties, folder }: Stage, example: string): Promise<string> {
  const [founder, ...others] = parties;
  if (founder === undefined) throw new Error("nobody founds");
  const members = others.flatMap(other => ["--member", `${other.name}=@${other.card}`]);
  const scenario = join(folder, `${example}.yaml`);
  writeFileSync(scenario, readFileSync(join(ROOT, `examples/${example}.yaml`)));
  const told = await founder.command(
    "--json",
    "contract",
    "new",
    "--scenario",
    scenario,
    "--member",
    `${founder.name}=self`,
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
