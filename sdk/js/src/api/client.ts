// A typed client of the API of a node: paths, parameters and bodies are those of docs/spec/openapi.json.

import type { components, paths } from "./schema.js";

/** The bodies of the API by name. */
export type Schemas = components["schemas"];

type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths that a method has. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never;
}[keyof paths];

type Operation<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: infer O } ? O : never;
type Parameters<O, Where extends string> = O extends { parameters: { [K in Where]?: infer T } }
  ? Exclude<T, undefined>
  : never;
type Body<O> = O extends { requestBody?: infer R }
  ? Exclude<R, undefined> extends { content: { "application/json": infer B } }
    ? [Exclude<R, undefined>] extends [never]
      ? undefined
      : B
    : undefined
  : undefined;
type Ok<O> = O extends { responses: infer R } ? R[keyof R & (200 | 201)] : never;
type Answer<O> = Ok<O> extends { content: { "application/json": infer T } } ? T : undefined;

/** What a request carries: what the path asks for is required. */
export type Options<O> = {
  /** Ends the request. */
  signal?: AbortSignal;
  /** The same key does a wish once. A POST gets a random one unless it is given. */
  idempotencyKey?: string;
} & ([Parameters<O, "path">] extends [never] ? { path?: never } : { path: Parameters<O, "path"> }) &
  ([Parameters<O, "query">] extends [never] ? { query?: never } : { query?: Parameters<O, "query"> }) &
  (Body<O> extends undefined ? { body?: never } : { body: Body<O> });

type Rest<O> = Record<never, never> extends Options<O> ? [options?: Options<O>] : [options: Options<O>];

/** A refusal with a stable code (RFC 9457). `status` is 0 if no node answered. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** What the rule judged by. */
  readonly by: string | undefined;
  readonly suggestion: string | undefined;
  /** Milliseconds after which to come back, if the node said so. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: string,
    detail: string,
    by?: string | undefined,
    suggestion?: string | undefined,
    retryAfter?: number | undefined,
  ) {
    super(`${code}: ${detail}`);
    [this.status, this.code, this.detail] = [status, code, detail];
    [this.by, this.suggestion, this.retryAfter] = [by, suggestion, retryAfter];
  }
}

/** The problem that an answer is. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const problem = (await response.json().catch(() => undefined)) as Partial<Schemas["Problem"]> | undefined;
  const seconds = Number(response.headers.get("retry-after") ?? "");
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  const { code, detail, by, suggestion } = problem ?? {};
  const words = detail ?? (response.statusText || `status ${response.status}`);
  return new ProblemError(
    response.status,
    code ?? "unexpected_answer",
    words,
    by ?? undefined,
    suggestion ?? undefined,
    retryAfter,
  );
}

/** Where a node is, and as whom to ask. */
export interface ClientOptions {
  /** `http://127.0.0.1:8081`; empty in a page that the node serves. */
  base?: string;
  /** The token of the node or of a session. */
  token?: string;
  /** In place of the global one. */
  fetch?: typeof fetch;
}

/** Asks one node. */
export class Client {
  readonly base: string;
  /** Set after a login; sent with every request. */
  token: string | undefined;
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions = {}) {
    this.base = (options.base ?? "").replace(/\/$/, "");
    this.token = options.token;
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** Reads. */
  get<P extends PathOf<"get">>(path: P, ...[options]: Rest<Operation<P, "get">>): Promise<Answer<Operation<P, "get">>> {
    return this.#json("GET", path, options as Sent | undefined);
  }

  /** Does. */
  post<P extends PathOf<"post">>(
    path: P,
    ...[options]: Rest<Operation<P, "post">>
  ): Promise<Answer<Operation<P, "post">>> {
    return this.#json("POST", path, options as Sent | undefined);
  }

  /** Any other method. */
  send<M extends "put" | "patch" | "delete", P extends PathOf<M>>(
    method: M,
    path: P,
    ...[options]: Rest<Operation<P, M>>
  ): Promise<Answer<Operation<P, M>>> {
    return this.#json(method.toUpperCase(), path, options as Sent | undefined);
  }

  /** The bytes of an answer that is no JSON: a payload, a proof bundle. */
  async bytes<P extends PathOf<"get">>(path: P, ...[options]: Rest<Operation<P, "get">>): Promise<Uint8Array> {
    const response = await this.request("GET", path, options as Sent | undefined);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** The answer as it is; throws {@link ProblemError} unless it is a good one. */
  async request(method: string, path: string, sent: Sent = {}): Promise<Response> {
    const headers = new Headers(sent.headers);
    if (this.token !== undefined) headers.set("authorization", `Bearer ${this.token}`);
    if (sent.body !== undefined) headers.set("content-type", "application/json");
    if (sent.content !== undefined) headers.set("content-type", "application/octet-stream");
    if (method === "POST") headers.set("idempotency-key", sent.idempotencyKey ?? randomKey());
    const init: RequestInit = { method, headers, credentials: "omit", redirect: "error" };
    if (sent.body !== undefined) init.body = JSON.stringify(sent.body);
    if (sent.content !== undefined) init.body = sent.content;
    if (sent.signal) init.signal = sent.signal;
    let response: Response;
    try {
      response = await this.#fetch(this.base + filled(path, sent), init);
    } catch (error) {
      if (sent.signal?.aborted) throw error;
      throw new ProblemError(0, "unreachable", "the node does not answer");
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  async #json<T>(method: string, path: string, options?: Sent): Promise<T> {
    const response = await this.request(method, path, options);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

/** What a request carries, without its types. */
export interface Sent {
  path?: Record<string, string | number>;
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  /** Bytes to send as they are, in place of a body of JSON. */
  content?: Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}

function filled(path: string, { path: parts = {}, query = {} }: Sent): string {
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parts[name])));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value != null) asked.set(name, String(value));
  return asked.size > 0 ? `${place}?${asked}` : place;
}
