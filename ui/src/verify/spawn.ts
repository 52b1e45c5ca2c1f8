import type { Spawn } from "./checker";

/** The worker as a file of its own: what the node serves. */
export const spawn: Spawn = () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
