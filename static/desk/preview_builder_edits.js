/** Which edits of a project file's text the controls of the builder make; see `realpad_form/catalog/editing.py`. */

/** Return the edits that a control makes as it is now. */
export function editsOf(control) {
  const place = placeOf(control);
  if (control.dataset.do === "set") return [{ do: "set", place, value: valueOf(control) }];
  return [{ do: "words", place, language: control.lang, text: control.value }];
}

function valueOf(control) {
  if (control.dataset.type === "boolean") {
    return control.checked === (control.dataset.usual === "true") ? null : control.checked;
  }
  if (control.value === "true" && control.tagName === "SELECT") return true;
  return typed(control.value, control.dataset.type);
}

/** Return what was typed as the file has it: a number if it is one, and nothing for an empty box. */
export function typed(text, type) {
  const value = text.trim();
  if (value === "") return null;
  if (type === "colour") return value.replace(/^["']|["']$/g, "").replace(/^(?=(?:[\da-f]{3}){1,2}$)/i, "#");
  if (type === "length") return value.replace(/^(\d+)$/, "$1px");
  const digits = value.replace(/[\s\u00a0]/g, "").replace(",", ".");
  return type === "number" && /^-?\d{1,15}(\.\d{1,10})?$/.test(digits) ? Number(digits) : value;
}

/** Return the way to a control's value: keys, and positions in lists. */
export function placeOf(control) {
  const { place } = control.closest("[data-place]").dataset;
  return place.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

/** Return the texts in all languages that a box is one of. */
function wordsOf(control) {
  return control.closest("[data-do='words']");
}

/** Tell whether a control is a box that somebody types into. */
export function isBox(target) {
  return Boolean(wordsOf(target)) || (target.dataset.do === "set" && target.type !== "checkbox" && target.tagName !== "SELECT");
}

/** Tell whether a box holds what its entry is called. */
export function isTitle(target) {
  return /^fields\.\d+\.(label|section)$/.test(wordsOf(target)?.dataset.place ?? "");
}

/** Return the box that a button adds from. */
export function boxOf(button) {
  return document.getElementById(button.dataset.from);
}

/** Return what was typed into the box that a button adds from. */
export function typedIn(button) {
  return typed(boxOf(button).value, button.dataset.type) ?? "";
}

/** Tell whether an edit gives other entries of a list other places. */
export function movesOthers(edit) {
  return ["move", "remove", "insert"].includes(edit.do);
}

/** Return the edit that sets the languages which are ticked. */
export function languages(target) {
  const group = target.closest("[data-place]");
  const chosen = [...group.querySelectorAll("input:checked")].map(({ value }) => value);
  return { do: "set", place: placeOf(target), value: chosen.length > 0 ? chosen : null };
}

/** Return the edit that adds a condition: what the answer to another question is, is not, or lies between. */
export function conditionOf(button) {
  const answer = boxOf(button).value;
  const asked = document.getElementById("b-condition-key");
  const how = document.getElementById("b-condition-how").value;
  const { kind } = asked.selectedOptions[0].dataset;
  const place = [...placeOf(button), asked.value];
  if (how === "is") return [{ do: "set", place, value: conditionValue(answer, kind) }];
  if (how === "not") return [{ do: "set", place: [...place, "not"], value: conditionValue(answer, kind) }];
  return [{ do: "set", place: [...place, how], value: typed(answer, kind === "date" ? "text" : "number") }];
}

/** Return the answer that a condition is about: a tick, a number, a text, or a list of these. */
export function conditionValue(text, kind) {
  if (kind === "boolean") return true;
  const type = ["integer", "decimal", "price_max"].includes(kind) ? "number" : "text";
  const each = text.split(",").map((part) => typed(part, type)).filter((part) => part !== null);
  return each.length > 1 ? each : (each[0] ?? "");
}

/** Return which kind of question was chosen to be added. */
export function newKind(root) {
  const kind = root.querySelector("#b-new-kind");
  return { kind: kind.value, family: kind.selectedOptions[0].dataset.family, hasOptions: "options" in kind.selectedOptions[0].dataset };
}

/** Return the key that the new question will have. */
export function newKey(root) {
  const { kind, family } = newKind(root);
  return family === "attribute" ? root.querySelector("#b-new-key").value.trim() : kind;
}

/** Return the new question or heading as the file has it. */
export function newEntry(root) {
  const { kind, family, hasOptions } = newKind(root);
  const label = { [root.querySelector("#b-new-label").lang]: root.querySelector("#b-new-label").value };
  const options = root.querySelector("#b-new-options").value.split("\n").map((line) => line.trim()).filter(Boolean);
  if (family === "section") return { section: label };
  const asked = family === "field" ? { field: kind } : { attribute: newKey(root), type: kind, label };
  return hasOptions ? { ...asked, options } : asked;
}

/** Return the new consent as the file has it. */
export function newConsent(root) {
  const label = root.querySelector("#b-consent-label");
  return { id: typed(root.querySelector("#b-consent-id").value, "number") ?? 0, label: { [label.lang]: label.value } };
}
