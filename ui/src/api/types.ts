// What the node says, as its description (docs/spec/openapi.json) has it. What may be absent on an older node is optional.

export type Level = "local" | "delivered" | "countersigned" | "final";
export type ContractStatus = "offered" | "invited" | "active";
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface NodeInfo {
  party: string;
  name: string;
  /** Absent: the real one. */
  network?: "real" | "test";
  node_key: string;
  urls: string[];
  card: string;
  version: string;
  time: string;
  contracts: number;
}

export interface Session {
  role: "member" | "operator";
  identity?: string;
  name?: string;
  key?: string;
  began?: string;
  idle_until?: string;
  until?: string;
}

export interface ContractSummary {
  contract: string;
  status: ContractStatus;
  title: string;
  founded: string;
}

export interface ResponseForm {
  response: string;
  title: string;
  schema: Json;
  attachments: {
    name: string;
    optional: boolean;
    /** Of a list of files: how many. */
    many?: { min: number; max: number };
    media?: string[];
    bytes_max?: number;
    personal?: string;
  }[];
  proof?: ProofDemand;
}

/** What a response must prove now; without bounds that the number is known. */
export interface ProofDemand {
  commitment: string;
  challenge: string;
  min?: string;
  max?: string;
  digits: number;
}

export interface OpenAction {
  action: string;
  /** In which process; an older node has `main` only, and does not say so. */
  process?: string;
  /** The actor by its name in that process: as whom it is answered. */
  role?: string;
  title: string;
  kind: string;
  responses: string[];
  needs?: string;
  response_titles?: Record<string, string>;
  by?: string[];
  clause?: string;
  clause_words?: string;
  instructions?: string;
  expect?: string;
  seen?: string[];
  forms?: ResponseForm[];
}

export interface InboxItem extends OpenAction {
  contract: string;
  contract_title: string;
  actor: string;
  actor_title?: string;
  state?: string;
  state_title?: string;
  since?: string;
  deadline?: string;
  persons?: string[];
}

export interface WaitingItem {
  contract: string;
  contract_title: string;
  party: string;
  party_name?: string;
  kind: "action" | "receipt";
  actor?: string;
  actions?: { action: string; title: string }[];
  position?: number;
  since: string;
  last_seen?: string;
}

export interface Receipt {
  party: string;
  position: number;
  entry: string;
  view: number;
  count: number;
  state_hash: string;
  log_root: string;
  sealed?: { position: number; entry: string };
  bytes?: string;
}

export interface Member {
  party: string;
  actors: string[];
  urls: string[];
  own: boolean;
  received: number;
  name?: string;
  actor_titles?: Record<string, string>;
  receipt?: Receipt;
  outbox?: {
    contract: string;
    party: string;
    delivery: "waiting" | "dead";
    unacknowledged: number;
    since?: string;
    attempts: number;
    retry_at?: string;
    refused?: string;
  };
  last_seen?: string;
}

export interface Process {
  state: string;
  title: string;
  entered: string;
  outcome?: "success" | "failure" | "cancelled";
  open: Record<string, OpenAction[]>;
  next: string[];
  previous: string[];
  assets: Json;
  vars: Json;
  inputs: Json;
  result: Json;
  /** Of all processes. */
  timers: { due: string; goto?: string; process?: string }[];
  path?: { cause: string; state: string; actor?: string; time: string }[];
  state_titles?: Record<string, string>;
  /** `main` and those that run in it or are over, a parent before those that it started. */
  processes?: ProcessPart[];
}

/** One of the processes of a contract. */
export interface ProcessPart {
  /** `main`, `main/goods`, … */
  process: string;
  title: string;
  state: string;
  state_title: string;
  /** Nothing for one that is over and was started by another. */
  entered?: string;
  /** There if it is over. */
  outcome?: "success" | "failure" | "cancelled";
  assets: Json;
  vars: Json;
  inputs: Json;
  result: Json;
}

export interface OldBackup {
  since: string;
  recovering: boolean;
  waiting_for: string[];
  incomplete: boolean;
}

/** A role that a newcomer may be invited to; `waits`: the process asks for somebody now. */
export interface OpenRole {
  actor: string;
  title: string;
  waits: boolean;
  party?: string;
}

export interface ContractView extends ContractSummary {
  scenario: string;
  members: Member[];
  position: number;
  head: string;
  final_position: number;
  state_hash: string;
  process?: Process;
  waiting: { party: string; since: string }[];
  open_roles?: OpenRole[];
  accused: string[];
  old_backup?: OldBackup;
  erasures?: Erasure[];
  description?: string;
  names?: Record<string, string>;
  log_root?: string;
}

export interface Attachment {
  slot: string;
  name: string;
  media: string;
  size: number;
  commitment: string;
  held: boolean;
  erased: boolean;
}

export interface Entry {
  position: number;
  entry: string;
  statement: string;
  kind: string;
  appended_by: string;
  author: string;
  key: string;
  party?: string;
  time: string;
  outcome: "applied" | "rejected" | "failed";
  rule?: string;
  by?: string;
  witness?: string;
  payload?: Json;
  standing: { level: Level; received_by: string[]; waiting_for: string[] };
  author_name?: string;
  party_name?: string;
  answer?: {
    process: string;
    actor: string;
    actor_title: string;
    action: string;
    action_title: string;
    clause?: string;
    response: string;
    response_title: string;
  };
  times?: { delivered?: string; countersigned?: string; final?: string; received?: string };
  receipts?: { party: string; time?: string }[];
  attachments?: Attachment[];
  stood_at?: string[];
}

export interface LogPage {
  entries: Entry[];
  next?: number;
  length?: number;
}

export interface Document extends Attachment {
  hash?: string;
  position: number;
  entry: string;
  statement: string;
  author: string;
  author_name?: string;
}

export interface PeerView {
  node_key: string;
  urls: string[];
  parties?: string[];
  name?: string;
  last_seen?: string;
  check?: LastCheck;
}

export interface LastCheck {
  time: string;
  good: boolean;
  findings: { code: string; fault: boolean; detail: string; suggestion: string }[];
}

export interface Histogram {
  bounds_ms: number[];
  /** One more than bounds: the last counts what lies above all of them. */
  counts: number[];
}

export interface NodeStats {
  time: string;
  step_seconds: number;
  series: Record<"requests" | "refused" | "submitted" | "entries" | "final", number[]>;
  request_times: Histogram;
  final_times: Histogram;
  contracts: { total: number; loaded: number; busy: number };
  outbox: { waiting: number; dead: number };
  storage_bytes: number;
  memory_bytes?: number;
}

export interface Mandate {
  statement: string;
  party: string;
  mandate: Json;
}

export interface Person {
  identity: string;
  kind: "organisation" | "person" | "system";
  name?: string;
  own: boolean;
  contracts: {
    contract: string;
    title: string;
    party: string;
    party_name?: string;
    keys: string[];
    mandates?: Mandate[];
  }[];
}

export interface User {
  identity: string;
  name?: string;
  role: "member" | "operator";
  /** The signed inception record, base32. */
  card: string;
  added: string;
  last_login?: string;
  sessions: number;
}

export interface InvitationView {
  invitation: string;
  inviter: string;
  actors: string[];
  expires_after: number;
  state: "open" | "joining";
  joiner?: string;
  joiner_urls: string[];
  words?: string[];
  own: boolean;
}

export interface Invited {
  contract: string;
  title: string;
  invitation: string;
  inviter: string;
  inviter_urls: string[];
  /** base32 of the member record; absent on an older node. */
  inviter_card?: string;
  actors: string[];
  party: string;
  position: number;
}

export interface Charter {
  scenario: Json;
  inputs: Json;
  actors: Record<string, string>;
}

export interface FoundationActor {
  actor: string;
  title: string;
  joins: "start" | "invitation";
  acts_for?: string;
  /** Of a group: how many members it has. */
  many?: { min: number; max: number };
  schema: Json;
}

export interface Foundation {
  scenario: string;
  title: string;
  document: Json;
  inputs_schema: Json;
  actors: FoundationActor[];
}

export interface ScenarioTemplate {
  name: string;
  title: string;
  summary: string;
  document: string;
}

export interface CheckReport {
  good: boolean;
  findings: { code: string; fault: boolean; detail: string; suggestion: string }[];
}

/** An entry down to its bytes; all bytes are base32. */
export interface EntryDetail {
  entry: Entry;
  held: boolean;
  previous: string;
  log_root: string;
  state_hash?: string;
  bytes: { entry: string; statement: string; opening?: string };
  receipts: Receipt[];
  inclusion?: { size: number; index: number; root: string; path: string[] };
}

export interface ForkBranch {
  entry: string;
  statement: string;
  kind: string;
  title?: string;
  author: string;
  author_name?: string;
  time: string;
  appended_by: string;
  kept: boolean;
  now_at?: number;
  now_entry?: string;
}

/** A place after which two or more stood, the kept one first. */
export interface Fork {
  position: number;
  parent: string;
  branches: ForkBranch[];
  rule: string;
  questions: { question: string; answers: string[]; decides: boolean }[];
}

/** An `erase` that took effect in the log, and who did what it asks for. */
export interface Erasure {
  statement: string;
  position: number;
  asked_by: string;
  reason: string;
  time: string;
  standing: Entry["standing"];
  payloads: { commitment: string; name: string; media: string; bytes: number; held: boolean }[];
  erased_by: { party: string; time: string }[];
  waiting_for: string[];
}

/** A system action that the node of this party does. */
export interface Run {
  run: string;
  process: string;
  action: string;
  title: string;
  state:
    | "waiting"
    | "not_allowed"
    | "resting"
    | "attempting"
    | "known"
    | "responded"
    | "done"
    | "vetoed"
    | "overtaken"
    | "stopped";
  reason?: string;
  detail?: string;
  next_attempt?: string;
  attempts: number;
  outcome?: string;
  question?: { contract: string; request?: string; answers: string[]; proof?: string };
}

export interface Webhook {
  id: string;
  url: string;
  note?: string;
  contracts: string[];
  events: string[];
  paused: boolean;
  attempts_max: number;
  created: string;
  created_by?: string;
  waiting: number;
  failures: number;
}

export interface WebhookDelivery {
  event: { id: string; webhook: string; time: string; contract?: string; kind: string; replayed?: boolean };
  status: "waiting" | "delivered" | "dead";
  attempts: number;
  last?: { time: string; took_ms: number; answer?: number; error?: string; detail?: string };
  next_try?: string;
}

/** A personal value or file that a response brought. */
export interface PersonalItem {
  contract: string;
  contract_title: string;
  position: number;
  time: string;
  action: string;
  /** A value by its JSON pointer, a file by its name in the scenario. */
  name: string;
  class: string;
  class_title: string;
  purpose: string;
  subject: string;
  subject_party?: string;
  brought_by: string;
  holders?: string[];
  commitment: string;
  media: string;
  size: number;
  places?: string[];
  kept_until?: string;
  due?: boolean;
  held: boolean;
  erased?: boolean;
  erased_by?: string[];
  value?: Json;
}
