// Canonical bytes, ids, keys, statements and the client of a node. The offline verifier is `@countersign/sdk/verify`.
export * from "./bytes.js";
