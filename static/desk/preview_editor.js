/**
 * The editor of project files: CodeMirror around a plain <textarea>, which stays what is sent.
 *
 * It lives in a shadow root, since only there CodeMirror puts its style sheets in through the API that a
 * policy of `style-src 'self'` allows.
 */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { suggest } from "./preview_completion.js";

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--code-value)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--code-comment)" },
]);

const LOOK = EditorView.theme({
  "&": { blockSize: "100%", color: "var(--code-ink)", backgroundColor: "var(--code-paper)", fontSize: "0.875rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--code-font)", lineHeight: "1.6" },
  ".cm-gutters": { backgroundColor: "var(--code-paper)", color: "var(--code-comment)", border: "0" },
  ".cm-content": { caretColor: "var(--code-ink)", paddingBlock: "0.75rem" },
  ".cm-cursor": { borderColor: "var(--code-ink)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-selection)",
  },
  ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "var(--code-selection)" },
  ".cm-tooltip, .cm-panels": {
    color: "var(--code-ink)",
    backgroundColor: "var(--code-raised)",
    border: "1px solid var(--code-edge)",
  },
  ".cm-tooltip": { borderRadius: "6px", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete": { overflow: "visible" }, // what explains a key stands beside the list
  ".cm-tooltip-autocomplete > ul > li": { paddingBlock: "0.25rem !important" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--code-on-chosen)", background: "var(--code-chosen)" },
  ".cm-completionInfo": { padding: "0.5rem 0.75rem", maxInlineSize: "20rem", whiteSpace: "normal" },
  ".cm-diagnostic": { padding: "0.375rem 0.75rem", whiteSpace: "pre-wrap" },
  ".cm-panels label": { fontSize: "inherit" },
  ".cm-panels input, .cm-panels button": { font: "inherit", color: "inherit", background: "var(--code-paper)" },
});

/** Put an editor in place of a textarea; return how to show what is wrong in it, and how to change it. */
export function edit(textarea, { schema, label, phrases, onChange }) {
  const root = placeFor(textarea);
  const changed = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    textarea.value = update.state.doc.toString();
    onChange();
  });
  const all = [...extensions({ schema, label }), EditorState.phrases.of(phrases), changed];
  const state = EditorState.create({ doc: textarea.value, extensions: all });
  const view = new EditorView({ state, root, parent: root });
  handOver([...textarea.labels], view);
  return {
    show: (problems) => view.dispatch(setDiagnostics(view.state, diagnostics(view.state.doc, problems))),
    goTo: (line) => goTo(view, line),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
  };
}

/** Let the labels of the textarea, which is hidden now, lead into the editor. */
function handOver(labels, view) {
  for (const label of labels) {
    label.removeAttribute("for");
    label.addEventListener("click", () => view.focus());
  }
}

function placeFor(textarea) {
  const host = document.createElement("div");
  host.className = "code";
  textarea.after(host);
  textarea.hidden = true;
  return host.attachShadow({ mode: "open" });
}

/** Tab stays the key that leads on, so that nobody is caught in here. */
function extensions({ schema, label }) {
  return [
    lineNumbers(),
    lintGutter(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    bracketMatching(),
    closeBrackets(),
    yaml(),
    indentUnit.of("  "),
    syntaxHighlighting(COLOURS),
    LOOK,
    autocompletion({ override: [(context) => complete(schema, context)], icons: false, activateOnCompletion: isKey }),
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
  ];
}

/** A key that was taken is followed by the offer of its values. */
function isKey({ type }) {
  return type === "property";
}

function complete(schema, context) {
  const found = suggest(schema, context.state.doc.toString(), context.pos);
  if (!found || (!found.word && !context.explicit && !isFresh(context))) return null;
  const options = found.options.map(({ label, kind, info }, index) => ({
    label,
    boost: -index, // as the schema has them: what is needed comes first
    apply: kind === "key" ? `${label}: ` : label,
    type: kind === "key" ? "property" : "constant",
    ...(info && { info }),
  }));
  return { from: context.pos - found.word.length, options, validFor: /^[\w-]*$/ };
}

/** Offer by itself right behind `key: ` and `- `; on an empty line only when asked to. */
function isFresh(context) {
  return context.matchBefore(/(?:[\w-]:|-) $/) !== null;
}

function diagnostics(doc, problems) {
  return problems.map(({ line, what, detail, is_warning: isWarning }) => {
    const { from, to, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const message = detail ? `${what} ${detail}` : what;
    const indent = text.length - text.trimStart().length;
    return { from: Math.min(from + indent, to), to, severity: isWarning ? "warning" : "error", message };
  });
}

function goTo(view, line) {
  const { from } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  view.focus();
}
