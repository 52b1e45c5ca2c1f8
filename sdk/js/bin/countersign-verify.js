#!/usr/bin/env node
// `countersign verify` without the program: what a proof bundle proves, without a node and without a network.
// Exit codes are those of the command: 0 proven, 1 refused, 2 misuse.
import { readFile, stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { BUNDLE_BYTES_MAX, isContractId, verdictJson, verdictText, verify } from "../dist/verify/index.js";

const USAGE = "Usage: countersign-verify FILE [--json] [--trust ctr_…]";

/** Ends as misuse. */
function misuse(why) {
  process.stderr.write(`${why}\n\n${USAGE}\n`);
  process.exit(2);
}

function read() {
  try {
    const options = { json: { type: "boolean" }, trust: { type: "string" }, help: { type: "boolean", short: "h" } };
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return misuse(error.message);
  }
}

const { values, positionals } = read();
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
const [file] = positionals;
if (file === undefined || positionals.length > 1) misuse("one FILE is needed");
if (values.trust !== undefined && !isContractId(values.trust)) misuse(`--trust: ${values.trust} is no contract`);

let bytes;
try {
  if ((await stat(file)).size > BUNDLE_BYTES_MAX) misuse(`${file} has more than ${BUNDLE_BYTES_MAX} bytes`);
  bytes = new Uint8Array(await readFile(file));
} catch (error) {
  misuse(`cannot read ${file}: ${error.message}`);
}
const verdict = verify(bytes, { trust: values.trust });
process.stdout.write(values.json ? `${verdictJson(verdict)}\n` : verdictText(verdict));
process.exitCode = verdict.verdict === "proven" ? 0 : 1;
