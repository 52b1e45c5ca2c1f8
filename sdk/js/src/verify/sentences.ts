// What a bundle that holds proves, and what it does not, in sentences (docs/spec/bundle.md, "Verdict").

import { toHex } from "../bytes.js";
import { compareIds, idText, timeText } from "../ids.js";
import { inceptionId } from "../identity.js";
import { member, type Json } from "../json.js";
import { commitmentText, type Heading } from "../payload.js";
import { entryId, TEST_GENESIS_FORMAT } from "../objects.js";
import type { Disclosure } from "./bundle.js";
import { inWords, type Charter } from "./charter.js";
import type { Checked, Erasure, Held } from "./check.js";
import { listed, sentence, type Sentence } from "./finding.js";
import { beyond, covers } from "./mandates.js";
import { filesOf, type Payload } from "./payloads.js";
import { ROOT_PROCESS } from "../workflow/process.js";
import { principalOf, roleOf } from "../workflow/scenario.js";

/** What computing again gave. */
export type Recomputed = "state" | "outcomes" | "not_whole" | "erased" | "changes";

/** What is proven. */
export function provenBy(held: Held, trusted: boolean, recomputed: Recomputed): Sentence[] {
  const proven = [...testSentence(held), contractSentence(held, trusted), finalSentence(held)];
  proven.push(...held.members.map(memberSentence));
  proven.push(...held.claims.map(claim => claimSentence(held, claim)));
  proven.push(...held.erasures.map(erasure => erasedSentence(held, erasure)));
  if (recomputed === "state" || recomputed === "outcomes") {
    const position = Number(held.bundle.checkpoint.position);
    const what = recomputed === "state" ? "every outcome and the state were" : "every outcome was";
    const are = recomputed === "state" ? "are" : "is";
    const text = `The bundle holds the whole log; ${what} computed again and ${are} what all members signed for.`;
    proven.push(sentence("recomputed", text, { position, what: recomputed }));
  }
  return proven;
}

/** Nobody is to take a trial for a contract: it is said before everything else. */
function testSentence({ bundle }: Held): Sentence[] {
  if (bundle.genesis.value.format !== TEST_GENESIS_FORMAT) return [];
  const text = "This contract is one of the test network: nothing that is said in it binds anybody.";
  return [sentence("test_network", text, { network: "test" })];
}

function contractSentence({ bundle, contract, charter }: Held, trusted: boolean): Sentence {
  const genesis = bundle.genesis.value;
  const founders = genesis.members.map(({ inception }) => inceptionId(inception.inception));
  const scenario = idText("scn", genesis.scenario);
  const time = timeText(genesis.time);
  const title = charter === undefined ? null : inWords(charter.scenario, charter.scenario["title"]);
  const named = title === null ? `${scenario}, whose text is left out` : `“${title}” (${scenario})`;
  const text =
    `Contract ${contract} was founded by ${listed(founders)} under the scenario ${named}; ` +
    `its founder declares ${time} as the time.`;
  return sentence("contract", text, { contract, founders, scenario, time, title, trusted });
}

function finalSentence({ bundle, members, claims, signers }: Held): Sentence {
  const { position, entry } = bundle.checkpoint;
  const last = [...members, ...claims].find(({ record }) => record.entry.value.position === position);
  const time = last === undefined ? null : timeText(last.record.statement.value.time);
  const declared = time === null ? "" : `, whose author declares ${time}`;
  const text =
    `The log is final up to position ${position}, entry ${entry}${declared}: ${listed(signers)} ` +
    `(all ${signers.length} members there) signed that they hold it, checked it, computed the same outcomes, and hold ` +
    `the signatures of all for it.`;
  return sentence("final", text, { entry, members: signers, position: Number(position), time });
}

/** What every record says: who, where, with which key, and what became of it. */
function recordFacts({ record, party, signature }: Checked): Record<string, Json> {
  const { entry, statement, outcome, payload } = record;
  return {
    appended_by: entry.value.party,
    author: statement.value.author,
    author_party: party ?? null,
    by: outcome.kind === "rejected" ? outcome.by : null,
    entry: entryId(record.entry.bytes),
    key: statement.value.key,
    kind: statement.value.kind,
    outcome: outcome.kind,
    payload: payload.kind,
    position: Number(entry.value.position),
    rule: outcome.kind === "rejected" ? outcome.rule : null,
    signature,
    statement: entry.value.statement,
    time: timeText(statement.value.time),
  };
}

function placed({ record }: Checked): string {
  const { value: statement } = record.statement;
  const time = timeText(statement.time);
  return `At position ${record.entry.value.position}, ${statement.author} with key ${statement.key} (declared time ${time})`;
}

function memberSentence(checked: Checked): Sentence {
  const { text, facts } = memberWords(checked);
  const said = `${placed(checked)}: ${text}.`;
  return sentence("member_record", said, { ...recordFacts(checked), ...facts });
}

function memberWords({ record, payload, before }: Checked): { text: string; facts: Record<string, Json> } {
  const { kind } = record.statement.value;
  switch (payload?.kind) {
    case "identity": {
      const identity = inceptionId(payload.inception.inception);
      return { text: `introduced ${identity} as one of its people or systems`, facts: { identity } };
    }
    case "mandate": {
      const { json, person } = payload.mandate;
      return { text: `gave ${person} the mandate ${record.entry.value.statement}`, facts: { mandate: json } };
    }
    case "mandate_revoke":
      return { text: `took the mandate ${payload.mandate} back`, facts: { mandate: payload.mandate } };
    case "key_rotate":
      return { text: `replaced keys of ${payload.identity}`, facts: { identity: payload.identity } };
    case "invite":
      return { text: `invited a newcomer to become ${listed(payload.actors)}`, facts: { actors: payload.actors } };
    case "join": {
      const { invitation } = payload;
      return { text: `asked to join on the invitation ${invitation}`, facts: { invitation } };
    }
    case "confirm": {
      const { invitation } = payload;
      const open = before.invitations.get(invitation);
      const [newcomer, inviter] = [open?.joined?.party ?? null, open?.inviter ?? null];
      const text = `confirmed that ${newcomer} is a member from the next position on`;
      return { text, facts: { invitation, inviter, member: newcomer } };
    }
    default: {
      const left =
        kind === "mandate" ? "gave a mandate that is left out" : "took a mandate back; which one is left out";
      return { text: left, facts: {} };
    }
  }
}

function claimSentence(held: Held, claim: Checked): Sentence {
  const { record, payload } = claim;
  const { verb, facts } = claimWords(held.charter, claim, payload);
  const { outcome } = record;
  let [by, became] = [{ text: "", facts: {} as Record<string, Json> }, "it took effect"];
  if (outcome.kind === "applied") by = entitlement(held, claim);
  else if (outcome.kind === "failed") became = `it did not succeed, says ${outcome.witness}`;
  else became = `it was rejected by the rule \`${outcome.rule}\`${outcome.by === "" ? "" : ` (${outcome.by})`}`;
  const text = `${placed(claim)} ${verb}${by.text}; all members signed that ${became}.`;
  return sentence("statement", text, { ...recordFacts(claim), ...facts, ...by.facts });
}

/** What a record says of its attachments, and how much of each is shown. */
function attachmentsOf(record: Checked["record"], payload: Payload): Json {
  return filesOf(payload).map((file, at) => ({
    bytes: file.bytes,
    commitment: commitmentText(file.commitment),
    media: file.media,
    name: file.name,
    shown: record.attachments[at]!.kind,
  }));
}

function claimWords(
  charter: Charter | undefined,
  { record }: Checked,
  payload: Payload | undefined,
): { verb: string; facts: Record<string, Json> } {
  switch (payload?.kind) {
    case "response": {
      const { action, actor, data, process, response } = payload;
      const title = charter === undefined ? null : actionTitle(charter, action);
      const called = title === null ? "" : ` “${title}”`;
      const answer = response === undefined ? "" : ` with the answer \`${response}\``;
      const attachments = attachmentsOf(record, payload);
      const verb = `took the action \`${action}\`${called}${answer} as \`${actor}\``;
      return { verb, facts: { action, actor, attachments, data, process, response: response ?? null, title } };
    }
    case "comment":
      return {
        verb: "commented",
        facts: {
          text: payload.text,
          ...(payload.attachments.length > 0 ? { attachments: attachmentsOf(record, payload) } : {}),
        },
      };
    case "erase": {
      const commitments = payload.commitments.map(commitmentText);
      const verb = `asked all members to erase ${commitments.length} payloads (${payload.reason})`;
      return { verb, facts: { commitments, reason: payload.reason } };
    }
    case "propose":
      return { verb: `proposed a change of kind \`${payload.change}\``, facts: { change: payload.change } };
    case "vote": {
      const { choice, proposal } = payload;
      return { verb: `voted ${choice} on the proposal ${proposal}`, facts: { choice, proposal } };
    }
    case "tick":
      return { verb: "stated that time had passed", facts: {} };
    default:
      return { verb: `made a statement of kind \`${record.statement.value.kind}\``, facts: {} };
  }
}

function actionTitle({ scenario }: Charter, action: string): string | null {
  return inWords(scenario, member(member(scenario["actions"], action), "title"));
}

/** What entitled the author of a statement that took effect, as far as the bundle shows it. */
function entitlement(held: Held, claim: Checked): { text: string; facts: Record<string, Json> } {
  const { value: statement } = claim.record.statement;
  if (claim.admin && claim.party !== undefined) {
    const text = `, by an admin key of ${claim.party} itself`;
    return { text, facts: { acting_for: [claim.party] } };
  }
  const { payload, before } = claim;
  // Mandates name roles of `main`; which of them a role of a child is, only the log as a whole tells.
  if (payload?.kind === "response" && payload.process === ROOT_PROCESS && held.mandatesComplete) {
    const { author: person, key, time } = statement;
    const actor = (held.charter && roleOf(held.charter.compiled, payload.actor)) ?? payload.actor;
    const request = { person, key, actor, action: payload.action, time };
    const played = partyOf(held.charter, claim, payload.actor);
    const found = [...before.mandates].filter(
      ([, { party, mandate }]) =>
        (played === undefined || party === played) &&
        covers(mandate, request) &&
        beyond(mandate, payload.data) === undefined,
    );
    found.sort(([left], [right]) => compareIds(left, right));
    if (found.length > 0) {
      const mandates = found.map(([id]) => id);
      const parties = [...new Set(found.map(([, { party }]) => party))].sort(compareIds);
      const which = mandates.length === 1 ? `the mandate ${mandates[0]}` : `the mandates ${listed(mandates)}`;
      return { text: `, acting for ${listed(parties)} by ${which}`, facts: { acting_for: parties, mandates } };
    }
  }
  const introduced =
    claim.party === undefined || claim.party === statement.author ? "" : `, introduced by ${claim.party}`;
  return { text: `${introduced}; what entitled it is not shown`, facts: {} };
}

/** Whose actor it is at a place, as far as the bundle shows it. */
function partyOf(charter: Charter | undefined, { before }: Checked, actor: string): string | undefined {
  if (charter === undefined) return undefined;
  const { compiled, actors } = charter;
  const principal = principalOf(compiled, actor);
  const founding = actors.get(principal)?.party;
  const role = roleOf(compiled, principal);
  if (founding !== undefined || role === undefined) return founding;
  const founders = [...actors.keys()].filter(name => roleOf(compiled, name) === role).length;
  return before.actors.get(role)?.[Number(principal.split(".")[1] ?? 0) - founders];
}

function erasedSentence({ signers }: Held, { statement, commitment, words }: Erasure): Sentence {
  const parties = words.map(({ party }) => party);
  const payload = commitmentText(commitment);
  const missing = signers.filter(party => !parties.includes(party));
  const others =
    missing.length === 0 ? "that is every member" : `${listed(missing)} did not sign that, as far as this bundle shows`;
  const by = words.map(({ party, time }) => `${party} at ${timeText(time)}`).join(", ");
  const text = `The payload ${payload} of the statement ${statement} was erased, by the signed word of ${by}; ${others}.`;
  return sentence("erased", text, { erased_by: parties, missing, payload, statement });
}

/** What is not proven. */
export function notProvenBy(held: Held, trusted: boolean, recomputed: Recomputed): Sentence[] {
  const { bundle, contract } = held;
  const position = Number(bundle.checkpoint.position);
  const left: Sentence[] = [];
  if (!trusted) {
    const text =
      `That this is the contract you mean: nobody compared its id. Until you compare ${contract} with what the ` +
      `parties gave you, these keys say so, and no more.`;
    left.push(sentence("contract_not_compared", text, { contract }));
  }
  left.push(sentence("persons_unknown", "Who stands behind the ids: a bundle knows keys, not names.", {}));
  const declared = "When anything was said: every time is what its author declares; only the order is proven.";
  left.push(sentence("time_declared", declared, {}));
  const newer = `What came after position ${position}: newer entries are not part of this bundle.`;
  left.push(sentence("newer_unknown", newer, { position }));
  const entries = position - held.members.length - held.claims.length;
  if (entries > 0) {
    const text = `What the other ${entries} of ${position} entries say: they are not shown.`;
    left.push(sentence("entries_not_shown", text, { entries }));
  }
  left.push(...hiddenPayloads(held));
  if (!held.mandatesComplete) {
    const text = "Which mandates were in force: some records of them are left out, so others can be missing unseen.";
    left.push(sentence("mandates_not_complete", text, {}));
  }
  for (const { record, signature } of held.claims) {
    if (signature === "checked") continue;
    const { statement } = record.entry.value;
    const text = `Who signed ${statement}: its keys stand in a payload that is not shown.`;
    left.push(sentence("signature_not_checked", text, { of: statement }));
  }
  const why = NOT_RECOMPUTED[recomputed];
  if (why !== undefined) left.push(sentence("state_not_recomputed", why.text, { why: why.why }));
  return left;
}

const NOT_WHOLE =
  "Outcomes were not computed again, as the bundle does not hold the whole log: all members signed that they computed " +
  "them.";

const NOT_RECOMPUTED: Partial<Record<Recomputed, { why: string; text: string }>> = {
  not_whole: {
    why: "not_whole",
    text: NOT_WHOLE,
  },
  erased: {
    why: "erased",
    text: NOT_WHOLE,
  },
  changes: {
    why: "changes",
    text:
      "Outcomes were not computed again, as the scenario was changed by ballot or somebody proposed it, and this " +
      "verifier does not follow that: all members signed that they computed them.",
  },
  outcomes: {
    why: "no_receipt_here",
    text: "The state as a whole was not compared: no member's signature is for exactly this place.",
  },
};

function byPosition(records: Checked[]): Checked[] {
  const at = ({ record }: Checked) => record.entry.value.position;
  return records.sort((left, right) => (at(left) < at(right) ? -1 : 1));
}

/** An attachment that is too long for the bundle. */
function apart(what: string, of: string, heading: Heading): Sentence {
  const [bytes, content] = [Number(heading.bytes), toHex(heading.content)];
  const text =
    `What ${what} of ${of} says: its ${bytes} bytes are left out. A file is this attachment if its content hash is ` +
    `${content}.`;
  return sentence("payload_not_shown", text, { bytes, content, of, why: "apart" });
}

function hiddenPayloads({ bundle, contract, members, claims }: Held): Sentence[] {
  const hidden: Sentence[] = [];
  const look = (what: string, of: string, shown: Disclosure) => {
    if (shown.kind === "apart") return hidden.push(apart(what, of, shown.heading));
    if (shown.kind !== "redacted" && shown.kind !== "erased") return;
    const gone = shown.kind === "erased" ? "erased" : "left out";
    const text = `What ${what} of ${of} says: it is ${gone}. What it commits to is proven, and cannot be changed.`;
    hidden.push(sentence("payload_not_shown", text, { of, why: shown.kind }));
  };
  look("the scenario", contract, bundle.charter);
  for (const { record } of byPosition([...members, ...claims])) {
    const of = record.entry.value.statement;
    look("the payload", of, record.payload);
    record.attachments.forEach((shown, at) => look(`attachment ${at + 1}`, of, shown));
  }
  return hidden;
}
