import { defineConfig } from "vitest/config";

// Real nodes and a real browser: one file after the other, each with nodes of its own.
export default defineConfig({
  test: {
    environment: "node",
    include: ["e2e/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
