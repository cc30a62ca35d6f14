/**
 * Where in a YAML text the cursor stands, by its indentation: texts that are being typed are seldom valid.
 *
 * A step is `{key, beside}` into a mapping or `{item: true}` into a list; `beside` holds what is written
 * next to the key, as texts by key.
 */

const KEY = /^("[^"]*"|'[^']*'|[^\s#'"[\]{},:][^\s:]*):(?=\s|$)\s*(.*)$/;

/** Return `{steps, word, isKey, isValue, beside}` for a cursor after `column` characters of a line. */
export function placeOf(lines, number, column) {
  const before = lines[number].slice(0, column);
  if (/(^|\s)#/.test(before)) return null;
  const parts = partsOf(before);
  const last = parts.at(-1);
  const outer = blockSteps(lines, { number, parts });
  const flow = flowOf(last?.key === undefined ? rest(before, parts) : last.value);
  if (flow) return { ...flow, steps: [...outer, ...flow.steps] };
  if (last?.key !== undefined) return { steps: outer, word: last.value, isKey: false, isValue: true, beside: {} };
  return keyPlace(lines, { number, parts, outer, before });
}

/** A word that no colon follows yet: a key, or, after a dash, perhaps a value. */
function keyPlace(lines, { number, parts, outer, before }) {
  const word = rest(before, parts);
  const at = before.length - word.length;
  const steps = parts.length > 0 ? outer : blockSteps(lines, { number, parts: [], limit: at });
  return { steps, word, isKey: true, isValue: parts.length > 0, beside: besideOf(lines, number, at) };
}

/** Return the dashes and the key of a line, each with its column. */
export function partsOf(line) {
  const parts = [];
  let column = line.length - line.trimStart().length;
  for (let text = line.slice(column); ; text = line.slice(column)) {
    const dash = /^-(\s+|$)/.exec(text);
    if (!dash) return [...parts, ...keyPart(text, column)];
    parts.push({ column, isItem: true });
    column += dash[0].length;
  }
}

function keyPart(text, column) {
  const found = KEY.exec(text);
  return found ? [{ column, key: unquoted(found[1]), value: withoutComment(found[2]) }] : [];
}

/** Return what of a line is left behind its dashes. */
function rest(line, parts) {
  return parts.length > 0 ? line.slice(parts.at(-1).column + 1).trimStart() : line.trimStart();
}

/** Return the steps that lead to the last part of a line, or to a new key at column `limit`. */
function blockSteps(lines, { number, parts, limit = Infinity }) {
  const steps = [];
  let edge = limit;
  let isInItem = false;
  const take = (part, index) => {
    const isOutside = part.column < edge || (isInItem && !part.isItem && part.column === edge);
    if (!isOutside) return;
    steps.unshift(part.isItem ? { item: true } : { key: part.key, beside: besideOf(lines, index, part.column) });
    edge = part.column;
    isInItem = Boolean(part.isItem);
  };
  for (const part of [...parts].reverse()) take(part, number);
  for (let index = number - 1; index >= 0 && edge > 0 - isInItem; index -= 1) {
    for (const part of partsOf(lines[index]).reverse()) take(part, index);
  }
  return steps;
}

/** Return the values of the keys that stand in one column around a line, until the mapping ends. */
export function besideOf(lines, number, column) {
  const found = {};
  for (const step of [-1, 1]) {
    for (let index = step < 0 ? number : number + 1; index >= 0 && index < lines.length; index += step) {
      const parts = partsOf(lines[index]);
      const own = parts.find((part) => part.key !== undefined && part.column === column);
      const isOpened = parts.some((part) => part.column < column);
      if (own && (step < 0 || !isOpened)) found[own.key] ??= own.value;
      if (isOpened) break;
    }
  }
  return found;
}

/** Return the place within `{…` or `[…` that a value has opened and not closed, or null. */
function flowOf(text) {
  if (!/^[[{]/.test(text)) return null;
  const open = [];
  let start = 0;
  for (const { index, 0: mark } of text.matchAll(/"[^"]*"|'[^']*'|[[\]{},]|:(?=\s|$)/g)) {
    if (mark.length > 1) continue;
    readMark(mark, open, text.slice(start, index).trim());
    start = index + 1;
  }
  return open.length > 0 ? flowPlace(open, text.slice(start).trimStart()) : null;
}

function readMark(mark, open, word) {
  const top = open.at(-1);
  if (mark === ":" && top) top.key = unquoted(word);
  if (",]}".includes(mark) && top?.key) top.beside[top.key] ??= word;
  if (mark === "," && top) top.key = null;
  if ("]}".includes(mark)) open.pop();
  if ("[{".includes(mark)) open.push({ isList: mark === "[", key: null, beside: {} });
}

function flowPlace(open, word) {
  const top = open.at(-1);
  const inner = open.flatMap(({ isList, key, beside }) => (isList ? [{ item: true }] : key ? [{ key, beside }] : []));
  const isKey = !top.isList && !top.key;
  return { steps: inner, word, isKey, isValue: !isKey, beside: top.beside };
}

function unquoted(text) {
  return text.replace(/^(["'])(.*)\1$/, "$2");
}

function withoutComment(text) {
  return text.replace(/(^|\s)#.*$/, "").trimEnd() || "";
}
