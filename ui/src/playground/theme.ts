// How the editor looks: the tokens of the page, which a shadow root inherits.
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Keys, texts, comments. */
export const highlight = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--blue)" },
  { tag: [tags.string, tags.special(tags.string), tags.content], color: "var(--good)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--ink-3)" },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--ink-2)" },
]);

/** The editor as a part of its panel. */
export const colours = EditorView.theme({
  "&": {
    backgroundColor: "var(--sheet)",
    color: "var(--ink)",
    fontSize: "var(--text-sm)",
    maxHeight: "min(44rem, 80vh)",
  },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "-3px" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: "var(--s-2) 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sheet)", color: "var(--ink-3)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--sunk)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--blue-soft)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--blue-soft)", outline: "1px solid var(--blue-line)" },
  ".cm-fault-error": { backgroundColor: "var(--bad-soft)" },
  ".cm-fault-warning": { backgroundColor: "var(--wait-soft)" },
  ".cm-sentence": {
    fontFamily: "var(--font-sans)",
    lineHeight: "var(--leading-ui)",
    whiteSpace: "normal",
    padding: "var(--s-2) var(--s-3)",
    borderInlineStart: "3px solid",
    color: "var(--ink)",
  },
  ".cm-sentence b": { fontWeight: "600" },
  ".cm-sentence a": { color: "var(--blue)", fontFamily: "var(--font-mono)" },
  ".cm-sentence-error": { backgroundColor: "var(--bad-soft)", borderColor: "var(--bad)" },
  ".cm-sentence-error b": { color: "var(--bad)" },
  ".cm-sentence-warning": { backgroundColor: "var(--wait-soft)", borderColor: "var(--wait)" },
  ".cm-sentence-warning b": { color: "var(--wait)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--wait)" },
  ".cm-specialChar": { color: "var(--bad)" },
  ".cm-foldPlaceholder": { background: "var(--sunk)", color: "var(--ink-2)", border: "1px solid var(--rule)" },
  ".cm-tooltip, .cm-panels": {
    backgroundColor: "var(--sheet)",
    color: "var(--ink)",
    border: "1px solid var(--rule-strong)",
    borderRadius: "var(--r-control)",
    boxShadow: "var(--shadow-lift)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--font-mono)", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 8px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--blue-solid)",
    color: "var(--on-solid)",
  },
  ".cm-completionDetail": { fontFamily: "var(--font-sans)", fontStyle: "normal", opacity: "0.8" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionInfo, .cm-diagnostic": {
    fontFamily: "var(--font-sans)",
    padding: "var(--s-2) var(--s-3)",
    maxWidth: "22rem",
  },
});
