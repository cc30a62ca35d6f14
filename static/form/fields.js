/** Reads and marks the fields of the form; each is an element with `data-key` around its controls. */

const CONTROLS = "input, select, textarea";

/**
 * Return the answers by field: a text, a list where several may be chosen, true for a tick.
 *
 * @param entries pairs of name and text, e.g. a FormData
 * @param shapeOf tells `one`, `many` or `tick` for a name
 */
export function toAnswers(entries, shapeOf) {
  const answers = {};
  for (const [name, text] of entries) {
    const shape = shapeOf(name);
    if (text === "") continue;
    if (shape === "many") (answers[name] ??= []).push(text);
    else answers[name] = shape === "tick" ? true : text;
  }
  return answers;
}

/** Return what is filled in; fields that are not shown are disabled and so left out. */
export function readAnswers(form) {
  return toAnswers(new FormData(form), (name) => fieldOf(form, name)?.dataset.shape);
}

export function fieldOf(form, key) {
  return form.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

/** Tell whether answers meet every condition of a `show_if`; what is not ticked counts as "false". */
export function isMet(conditions, answers) {
  return Object.entries(conditions).every(([key, wanted]) => {
    const given = [answers[key] ?? false].flat().map(String);
    return given.some((value) => wanted.includes(value));
  });
}

/** Show the fields whose conditions are met; one may depend on another, in any order. */
export function showConditional(form) {
  const conditional = [...form.querySelectorAll("[data-show-if]")];
  for (const _ of conditional) {
    for (const field of conditional) {
      setShown(field, isMet(JSON.parse(field.dataset.showIf), readAnswers(form)));
    }
  }
}

function setShown(field, isShown) {
  field.hidden = !isShown;
  for (const control of field.querySelectorAll(CONTROLS)) control.disabled = !isShown;
}

/** Fill a field in; texts that are no choice of it are left alone. Returns whether it took the text. */
export function fill(form, key, text) {
  const controls = [...form.querySelectorAll(CONTROLS)].filter((control) => control.name === key);
  const isChoice = controls.some((control) => ["radio", "checkbox"].includes(control.type));
  return isChoice ? tick(controls, text.split(",")) : controls.some((control) => write(control, text));
}

function tick(controls, wanted) {
  const chosen = controls.filter((control) => wanted.includes(control.value));
  for (const control of chosen) control.checked = true;
  return chosen.length > 0;
}

function write(control, text) {
  const before = control.value;
  control.value = text;
  if (control.value === text) return true;
  control.value = before;
  return false;
}

/** Say beside a field what is wrong with it; no texts mean that it is fine. */
export function markField(field, texts) {
  const line = field.querySelector(".error");
  line.textContent = texts.join(" ");
  line.hidden = texts.length === 0;
  field.classList.toggle("is-wrong", texts.length > 0);
  for (const element of invalidElements(field)) {
    if (texts.length > 0) element.setAttribute("aria-invalid", "true");
    else element.removeAttribute("aria-invalid");
  }
}

/** ARIA knows invalid radio groups, but no invalid radio button. */
function invalidElements(field) {
  return field.matches("[role=radiogroup]") ? [field] : field.querySelectorAll(CONTROLS);
}

export function focusField(field) {
  field?.querySelector(CONTROLS)?.focus();
}
