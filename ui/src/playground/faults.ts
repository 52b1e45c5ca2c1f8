// Findings at their places in the editor: underlined, and said below their line. Their sentences quote the document, so
// they are put in as text and with marks for what cannot be seen.
import type { Diagnostic } from "@codemirror/lint";
import { StateEffect, StateField, type Text } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";
import { cutTo, pieces } from "../lib/hostile";
import { t } from "../messages";
import { errorPage } from "../components/States";
import type { Finding } from "./types";

/** More findings are listed beside the editor, not in it. */
const SHOWN_MAX = 50;
const SENTENCE_MAX = 400;

/** What is wrong with the text as it stands. */
export const setFaults = StateEffect.define<readonly Finding[]>();

/** The sentences below the lines; they move with the text until there are newer ones. */
export const faults = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    let now = shown.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setFaults)) now = below(transaction.newDoc, effect.value);
    return now;
  },
  provide: field => EditorView.decorations.from(field),
});

function below(document: Text, findings: readonly Finding[]): DecorationSet {
  const shown = findings.slice(0, SHOWN_MAX).flatMap(finding => {
    const { line } = placeOf(document, finding);
    const end = document.line(line).to;
    const lit = Decoration.line({ class: `cm-fault-${finding.severity}` }).range(document.line(line).from);
    return [lit, Decoration.widget({ widget: new Sentence(finding), block: true, side: 1 }).range(end)];
  });
  return Decoration.set(shown, true);
}

/** What CodeMirror's own list of findings shows, with F8 to go from one to the next. */
export function diagnostics(document: Text, findings: readonly Finding[]): Diagnostic[] {
  return findings.slice(0, SHOWN_MAX).map(finding => {
    const { from, to } = placeOf(document, finding);
    return { from, to, severity: finding.severity, source: finding.code, message: text(finding.message) };
  });
}

/** The place of a finding, within the document: columns count code points. */
function placeOf(document: Text, finding: Finding): { line: number; from: number; to: number } {
  const line = Math.min(Math.max(finding.line, 1), document.lines);
  const { from: begin, text: words } = document.line(line);
  const column = [...words].slice(0, Math.max(finding.column - 1, 0)).join("").length;
  const word = /^(?:[\w.-]+|\S+)/.exec(words.slice(column))?.[0].length ?? 0;
  const from = begin + Math.min(column, words.length);
  return { line, from, to: from + word };
}

class Sentence extends WidgetType {
  constructor(readonly finding: Finding) {
    super();
  }

  override eq(other: Sentence): boolean {
    return other.finding.code === this.finding.code && other.finding.message === this.finding.message;
  }

  override toDOM(): HTMLElement {
    const block = element("div", `cm-sentence cm-sentence-${this.finding.severity}`);
    const message = element("b", "");
    message.textContent = text(this.finding.message);
    const page = document.createElement("a");
    page.href = errorPage(this.finding.code);
    page.target = "_blank";
    page.rel = "noreferrer";
    // With the keyboard, the link stands beside the finding in the list of checks: Tab shall leave the editor.
    page.tabIndex = -1;
    page.textContent = this.finding.code;
    page.setAttribute("aria-label", t("playground.pageOf", { code: this.finding.code }));
    block.append(message, " ", text(this.finding.explanation), " ", page);
    return block;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

function element(name: string, className: string): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

function text(words: string): string {
  const { shown, left } = cutTo(words, SENTENCE_MAX);
  const whole = pieces(shown)
    .map(piece => ("words" in piece ? piece.words : `[${piece.mark}]`))
    .join("");
  return left > 0 ? `${whole}…` : whole;
}
