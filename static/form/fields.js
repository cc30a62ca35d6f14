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

/**
 * Fill a field in; what is no choice of it is left alone. Returns whether it took the answer.
 *
 * @param answer as `readAnswers` gives it; several choices may also be one text with commas
 */
export function fill(form, key, answer) {
  const controls = [...form.querySelectorAll(CONTROLS)].filter((control) => control.name === key);
  const choices = controls.flatMap(choicesOf);
  const texts = [answer].flat().map(String);
  if (choices.length > 0) return choose(choices, new Set(texts.flatMap((text) => [text, ...text.split(",")])));
  return controls.some((control) => write(control, texts[0]));
}

function choicesOf(control) {
  if (control.options) return [...control.options];
  return ["radio", "checkbox"].includes(control.type) ? [control] : [];
}

/** A button is checked, an option selected. */
function choose(choices, wanted) {
  const chosen = choices.filter(({ value }) => wanted.has(value));
  for (const choice of chosen) choice.checked = choice.selected = true;
  return chosen.length > 0;
}

function write(control, answer) {
  const before = control.value;
  const text = answer.replace(/\r\n/g, "\n");
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
