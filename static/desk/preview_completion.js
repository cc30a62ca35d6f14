/** What may be written at a place of a project file, out of the JSON Schema that `realpad-form schema` prints. */

import { placeOf } from "./preview_place.js";

/** Return `{word, options}`, options as `{label, kind, info}`, or null where nothing can be offered. */
export function suggest(schema, text, offset) {
  const lines = text.split("\n");
  const number = text.slice(0, offset).split("\n").length - 1;
  const column = offset - text.lastIndexOf("\n", offset - 1) - 1;
  const place = placeOf(lines, number, column);
  if (!place) return null;
  const nodes = place.steps.reduce((found, step) => inside(schema, found, step), [schema]);
  const options = [
    ...(place.isKey ? keysOf(schema, nodes, place) : []),
    ...(place.isKey && place.steps.at(-1)?.key === "show_if" ? questionsOf(lines, place) : []),
    ...(place.isValue ? valuesOf(schema, nodes) : []),
  ];
  return options.length > 0 ? { word: place.word, options: distinct(options) } : null;
}

/** Return the rules one step further in; what is written beside a key tells alternatives apart. */
function inside(schema, nodes, step) {
  return alternatives(schema, nodes).flatMap((node) => {
    if (step.item) return node.items ? [node.items] : [];
    if (!isMeant(node, step.beside)) return [];
    const inner = node.properties?.[step.key] ?? node.additionalProperties;
    return inner ? [inner] : [];
  });
}

/** Return rules without references and choices: each is one way to fill the place. */
function alternatives(schema, nodes) {
  return nodes.flatMap((node) => {
    const chosen = node.oneOf ?? node.anyOf;
    if (chosen) return alternatives(schema, chosen);
    if (!node.$ref) return [node];
    const target = schema.$defs[node.$ref.split("/").at(-1)];
    return alternatives(schema, [target]);
  });
}

/** Tell whether a mapping may be what is being written: none of its fixed values is written differently. */
function isMeant(node, beside) {
  return Object.entries(node.properties ?? {}).every(
    ([key, rule]) => rule.const === undefined || !beside[key] || beside[key] === String(rule.const),
  );
}

/** Return the keys of the mappings that fit best: of one that knows all keys around, if there is any. */
function keysOf(schema, nodes, { beside, word }) {
  const meant = alternatives(schema, nodes).filter((node) => node.properties && isMeant(node, beside));
  const around = Object.keys(beside).filter((key) => key !== word);
  const knowing = meant.filter((node) => around.every((key) => key in node.properties));
  return (knowing.length > 0 ? knowing : meant)
    .flatMap((node) => [...(node.required ?? []), ...Object.keys(node.properties)].map((key) => [key, node.properties[key]]))
    .filter(([key]) => !around.includes(key))
    .map(([label, rule]) => ({ label, kind: "key", info: rule.description ?? "" }));
}

function valuesOf(schema, nodes) {
  return alternatives(schema, nodes).flatMap((node) => {
    const values = node.enum ?? (node.const === undefined ? [] : [node.const]);
    const either = node.type === "boolean" && values.length === 0 ? [true, false] : values;
    return either.map((value) => ({ label: String(value), kind: "value", info: node.description ?? "" }));
  });
}

/** A condition names another question of the same file. */
function questionsOf(lines, { beside }) {
  const named = lines.flatMap((line) => /\b(?:field|attribute):\s*(\w+)/.exec(line)?.[1] ?? []);
  return named.filter((key) => !(key in beside)).map((label) => ({ label, kind: "key", info: "" }));
}

function distinct(options) {
  const known = new Set();
  return options.filter(({ kind, label }) => !known.has(`${kind} ${label}`) && known.add(`${kind} ${label}`));
}
