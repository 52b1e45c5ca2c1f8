// The editor. Loaded on demand: nothing else of the app knows CodeMirror.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  startCompletion,
} from "@codemirror/autocomplete";
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { useEffect, useRef, type ReactNode } from "react";
import { t } from "../messages";
import { optionsAt } from "./complete";
import { diagnostics, faults, setFaults } from "./faults";
import { colours, highlight } from "./theme";
import type { Finding, KeySchema, Outline } from "./types";

export interface EditorProperties {
  /** The text to begin with. */
  text: string;
  /** Another number puts `text` in place of what is there. */
  revision: number;
  onChange: (text: string) => void;
  /** What is wrong with exactly this text. */
  findings: readonly Finding[];
  /** What completion knows; it is asked while typing. */
  schema: KeySchema | undefined;
  outline: Outline | undefined;
  /** A line to show; a new object shows it again. */
  show: { line: number } | undefined;
}

/** The text of a scenario, with completion and with faults at their lines. */
export default function Editor(properties: EditorProperties): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const now = useRef(properties);
  now.current = properties;
  const { revision, findings, show } = properties;
  useEffect(() => {
    if (host.current === null) return undefined;
    // In a shadow root the editor adopts style sheets that were constructed; in the page itself it would write <style>
    // elements, which the content security policy refuses.
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const editor = new EditorView({ root, parent: root, state: beginning(now) });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = undefined;
    };
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor !== undefined && editor.state.doc.toString() !== now.current.text) editor.setState(beginning(now));
  }, [revision]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    editor.dispatch({ effects: setFaults.of(findings) });
    editor.dispatch(setDiagnostics(editor.state, diagnostics(editor.state.doc, findings)));
  }, [findings, revision]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || show === undefined) return;
    const line = editor.state.doc.line(Math.min(Math.max(show.line, 1), editor.state.doc.lines));
    editor.dispatch({
      selection: { anchor: line.from },
      effects: EditorView.scrollIntoView(line.from, { y: "center" }),
    });
    editor.focus();
  }, [show]);
  return <div ref={host} data-editor="" />;
}

function beginning(now: { readonly current: EditorProperties }): EditorState {
  return EditorState.create({
    doc: now.current.text,
    extensions: [
      lineNumbers(),
      highlightActiveLineGutter(),
      foldGutter(),
      codeFolding(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      indentUnit.of("  "),
      bracketMatching(),
      closeBrackets(),
      highlightActiveLine(),
      yaml(),
      syntaxHighlighting(highlight),
      autocompletion({
        override: [context => complete(context, now.current)],
        activateOnTyping: true,
        icons: false,
      }),
      faults,
      EditorView.lineWrapping,
      // Escape and then Tab leaves the editor: CodeMirror sees to it.
      keymap.of([
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...defaultKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...lintKeymap,
        indentWithTab,
      ]),
      EditorView.contentAttributes.of({
        "aria-label": t("playground.editorLabel"),
        spellcheck: "false",
        tabindex: "0",
      }),
      EditorView.updateListener.of(update => {
        if (update.docChanged) now.current.onChange(update.state.doc.toString());
      }),
      colours,
    ],
  });
}

function complete(context: CompletionContext, { schema, outline }: EditorProperties): CompletionResult | null {
  if (schema === undefined) return null;
  const found = optionsAt(context.state.sliceDoc(0, context.pos), schema, outline);
  // An empty word offers something only where a value is due, or when asked.
  const empty = found?.from === context.pos && !/[:-] $/.test(context.state.sliceDoc(context.pos - 2, context.pos));
  if (found === undefined || (empty && !context.explicit)) return null;
  return {
    from: found.from,
    validFor: /^[\w.]*$/,
    options: found.options.map(option => ({
      label: option.label,
      type: option.kind === "key" ? "property" : "constant",
      ...(option.info === undefined ? {} : { info: option.info }),
      ...(option.detail === undefined ? {} : { detail: option.detail }),
      ...(option.kind === "key" ? { apply: applyKey(option.label) } : {}),
    })),
  };
}

/** A key comes with its colon; if only some values can follow, they are offered at once. */
function applyKey(label: string): (view: EditorView, option: unknown, from: number, to: number) => void {
  return (view, _, from, to) => {
    const after = view.state.sliceDoc(to, to + 1) === ":" ? "" : ": ";
    view.dispatch({
      changes: { from, to, insert: label + after },
      selection: { anchor: from + label.length + after.length },
      userEvent: "input.complete",
    });
    if (after !== "") startCompletion(view);
  };
}
