// Canonical bytes, ids, keys, statements and the client of a node. Key files are `@countersign/sdk/keystore`.
export * from "./api/index.js";
export * from "./bytes.js";
export * from "./draft.js";
export * from "./found.js";
export * from "./hash.js";
export * from "./identity.js";
export * from "./ids.js";
export * from "./json.js";
export * from "./login.js";
export * from "./merkle.js";
export * from "./objects.js";
export * from "./outgoing.js";
export * from "./payload.js";
export * from "./personal.js";
export * from "./seal.js";
export * from "./sign.js";
export { provingWord, type ProvingWord } from "./zero-knowledge/words.js";
