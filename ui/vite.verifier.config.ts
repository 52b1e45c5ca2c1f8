import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const PAGE = "countersign-verifier.html";

const hashed = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Puts script and style into the page, with a policy that allows these two and a worker out of them, and no network. */
function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = bundle[PAGE];
      const scripts = Object.values(bundle).filter(file => file.type === "chunk");
      const styles = Object.values(bundle).filter(file => file.fileName.endsWith(".css"));
      const [script, style] = [scripts[0], styles[0]];
      if (page?.type !== "asset" || script?.type !== "chunk" || style?.type !== "asset" || scripts.length > 1)
        throw new Error("the page is not one script and one style");
      // Neither may end its element before its end.
      const code = script.code.replaceAll(/<(\/script|!--)/gi, "\\x3c$1");
      const look = String(style.source);
      const policy = [
        "default-src 'none'",
        `script-src ${hashed(code)}`,
        `style-src ${hashed(look)}`,
        "font-src data:",
        "worker-src blob:",
        "base-uri 'none'",
        "form-action 'none'",
      ].join("; ");
      const head = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
      const html = String(page.source)
        .replace(/<script[^>]*><\/script>/, "")
        .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${look}</style>`)
        .replace(/<meta charset[^>]*>/, charset => `${charset}\n    ${head}`)
        .replace("</body>", () => `<script type="module">${code}</script>\n  </body>`);
      for (const file of Object.keys(bundle)) if (file !== PAGE) delete bundle[file];
      page.source = html;
    },
  };
}

// The verifier as one HTML file: `make verifier-page`.
export default defineConfig({
  base: "./",
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react(), oneFile()],
  resolve: { conditions: ["source", ...defaultClientConditions] },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: false,
    modulePreload: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rollupOptions: { input: PAGE, output: { codeSplitting: false } },
  },
});
