// Light, dark, or what the system says. The choice stays in this browser.
import { Observed } from "./observed";

export type Theme = "system" | "light" | "dark";
const KEY = "countersign.theme";

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

export const theme = new Observed<Theme>(stored());

export function choose(wanted: Theme): void {
  if (wanted === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, wanted);
  theme.set(wanted);
  apply();
}

/** Before the first drawing, so that nothing flashes. */
export function apply(): void {
  const wanted = theme.get();
  if (wanted === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = wanted;
}
