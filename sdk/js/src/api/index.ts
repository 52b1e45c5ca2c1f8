// The client of the API of a node: requests typed by docs/spec/openapi.json, and the stream of events.
export * from "./client.js";
export * from "./events.js";
export type { components, paths } from "./schema.js";
