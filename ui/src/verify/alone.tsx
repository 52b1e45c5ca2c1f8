// The verifier as one file that anybody can keep: the same page, with everything in it (vite.verifier.config.ts).
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "../tokens.css";
import "../base.css";
import { PlainPage } from "../components";
import { locale, T } from "../messages";
import { Verifier } from "./Verifier";
import InlineWorker from "./worker?worker&inline";

const spawn = (): Worker => new InlineWorker();

document.documentElement.lang = locale;
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(
  <StrictMode>
    <PlainPage note={<T k="verify.note" />}>
      <Verifier spawn={spawn} />
    </PlainPage>
  </StrictMode>,
);
