import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

// A node to develop against: `NODE_API=http://127.0.0.1:PORT npm run dev -w ui`.
const node = process.env["NODE_API"];

export default defineConfig({
  base: "/ui/",
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react()],
  // The SDK from its source: it needs no build of its own.
  resolve: { conditions: ["source", ...defaultClientConditions] },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    manifest: true,
    // The content security policy allows no `data:`.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: node === undefined ? {} : { proxy: { "/v1": { target: node, changeOrigin: true } } },
});
