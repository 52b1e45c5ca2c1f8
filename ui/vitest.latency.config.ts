import { defineConfig } from "vitest/config";

// A figure for docs/benchmarks.md, with the same nodes and browsers as the tests.
export default defineConfig({
  test: { environment: "node", include: ["e2e/latency.ts"], hookTimeout: 120_000, disableConsoleIntercept: true },
});
