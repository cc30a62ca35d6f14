/** Reads and marks the fields among the questions; each is an element with `data-key` around its controls. */

import { toNumber } from "./format.js";

const CONTROLS = "input, select, textarea";

/**
 * Return the answers by field: a text, a list where several may be chosen, true for a tick.
 *
 * @param entries pairs of name and text, e.g. a FormData
 * @param shapeOf tells `one`, `many`, `tick`, `whole` or `decimal` for a name
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
export function readAnswers(questions) {
  return toAnswers(new FormData(questions.querySelector("form")), shapesOf(questions));
}

function shapesOf(questions) {
  return (key) => fieldOf(questions, key)?.dataset.shape;
}

export function fieldOf(questions, key) {
  return questions.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

/**
 * Tell whether answers meet every condition of a `show_if`, and one of the alternatives under `any`.
 *
 * What is not ticked counts as "false". Numbers are compared by what they mean, as the server does in
 * forms/visibility.py.
 */
export function isMet(conditions, answers, shapeOf) {
  return Object.entries(conditions).every(([key, wanted]) => {
    if (wanted[0]?.constructor === Object) return wanted.some((each) => isMet(each, answers, shapeOf));
    const given = [answers[key] ?? false].flat().map(lineOf);
    const numberOf = (text) => toNumber(text, shapeOf(key)) ?? (/^\d+(\.\d+)?$/.test(text) ? Number(text) : null); // of a choice
    const says = (texts) =>
      given.some((text) => texts.includes(text) || texts.map(Number).includes(toNumber(text, shapeOf(key))));
    if (Array.isArray(wanted)) return says(wanted);
    if (wanted.not) return !says(wanted.not);
    return given.some((text) => isWithin(numberOf(text) ?? dayOf(text), wanted));
  });
}

/** Return an answer as the server reads a line: what phones add behind a word counts for nothing. */
function lineOf(answer) {
  return String(answer).normalize("NFC").trim().replace(/\s+/g, " ");
}

/** Tell whether a number or a day, as a number, is in a range of texts; no answer is in none. */
function isWithin(value, { min, max }) {
  const bound = (text) => (text === undefined ? value : dayOf(text) ?? Number(text));
  return value !== null && bound(min) <= value && value <= bound(max);
}

function dayOf(text) {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : null;
}

/** Show the fields whose conditions are met; one may depend on another, in any order. */
export function showConditional(questions) {
  const conditional = [...questions.querySelectorAll("[data-show-if]")];
  const conditions = new Map(conditional.map((field) => [field, JSON.parse(field.dataset.showIf)]));
  const shapes = new Map([...questions.querySelectorAll("[data-key]")].map(({ dataset }) => [dataset.key, dataset.shape]));
  const shapeOf = (key) => shapes.get(key);
  let isSettled = false;
  for (let pass = 0; pass <= conditional.length && !isSettled; pass += 1) {
    const answers = toAnswers(new FormData(questions.querySelector("form")), shapeOf);
    isSettled = true;
    for (const [field, wanted] of conditions) {
      const isShown = isMet(wanted, answers, shapeOf);
      if (field.hidden !== isShown) continue;
      setShown(field, isShown);
      isSettled = false;
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
export function fill(questions, key, answer) {
  const controls = [...questions.querySelectorAll(CONTROLS)].filter((control) => control.name === key);
  const choices = controls.flatMap(choicesOf);
  const texts = [answer].flat().map(String);
  if (choices.length > 0) return choose(choices, new Set(isList(choices, answer) ? answer.split(",") : texts));
  return controls.some((control) => write(control, texts[0]));
}

/** Tell whether a text from an address names several choices: not if it is one itself, nor where only one may be chosen. */
function isList(choices, answer) {
  return typeof answer === "string" && choices[0].type === "checkbox" && !choices.some(({ value }) => value === answer);
}

export function controlsOf(field) {
  return [...field.querySelectorAll(CONTROLS)];
}

/** Return the first control of a field, which beside a list of prefixes is the box. */
export function boxOf(field) {
  return field?.querySelector("input.box, textarea") ?? field?.querySelector(CONTROLS);
}

/** Return what can be chosen in a control: its options, or itself; nothing in a box for text. */
export function choicesOf(control) {
  if (control.options) return [...control.options];
  return ["radio", "checkbox"].includes(control.type) ? [control] : [];
}

/** A button is checked, an option selected. */
function choose(choices, wanted) {
  const chosen = choices.filter(({ value }) => wanted.has(value));
  for (const choice of chosen) {
    choice.checked = choice.selected = true;
    unfold(choice);
  }
  return chosen.length > 0;
}

function write(control, answer) {
  const before = control.value;
  const text = answer.replace(/\r\n/g, "\n");
  control.value = text;
  if (text) unfold(control);
  if (control.value === text) return true;
  control.value = before;
  return false;
}

/** Tell whether a visitor can correct an answer in a field; if not, the form has changed since the page was loaded. */
export function isCorrectable(field) {
  return Boolean(field) && !field.hidden && !isChosen(field);
}

/** What was chosen here can only be wrong if it is offered no longer. */
function isChosen(field) {
  const choices = field.querySelector("input.box") ? [] : controlsOf(field).flatMap(choicesOf);
  return choices.some(({ value, checked, selected }) => value && (checked || selected));
}

/**
 * Say beside a field what is wrong with it; no texts mean that it is fine.
 *
 * @param keepsRoom leaves the sentence there, struck out and unread, so that nothing moves under a finger
 * @param isSaid false if it is seen beside another field, which says it for both
 */
export function markField(field, texts, { keepsRoom = false, isSaid = true } = {}) {
  const line = field.querySelector(".error");
  if (keepsRoom) line.dataset.was = line.textContent;
  else line.hidden = !isSaid || texts.length === 0;
  line.textContent = texts.join(" ");
  field.classList.toggle("is-wrong", texts.length > 0);
  for (const element of invalidElements(field)) {
    if (texts.length > 0) element.setAttribute("aria-invalid", "true");
    else element.removeAttribute("aria-invalid");
  }
}

/**
 * Return what is wrong in a wrong field: of a group the whole, once, as ARIA knows invalid radio groups but no invalid
 * radio button; else the box, not the list of prefixes or the slider beside it.
 */
function invalidElements(field) {
  if (field.matches("fieldset")) return field.matches("[role=radiogroup]") ? [field] : [];
  return [boxOf(field)];
}

export function focusField(field) {
  const control = field?.querySelector("input:checked") ?? boxOf(field);
  if (control) unfold(control);
  control?.focus();
}

/** Open all that an element is folded into. */
export function unfold(element) {
  for (let each = element.closest?.("details"); each; each = each.parentElement.closest("details")) each.open = true;
}

/** Return the countries whose numbers are read without their code: that of the list beside the number, if one was chosen. */
export function regionsFor(control) {
  const regions = (control.closest("[data-regions]").dataset.regions ?? "").split(" ");
  const list = control.closest("[data-key]").querySelector("select");
  if (!list || list.value === regions[0]) return regions; // it may just have been left as it was
  return regions.includes(list.value) ? [list.value] : [];
}

/** Return what a field is called, in few words. */
export function nameOf(field) {
  const label = field.querySelector(".label, .tick span").cloneNode(true);
  for (const part of label.querySelectorAll(".optional, .star, .visually-hidden")) part.remove();
  const name = label.textContent.trim();
  return name.length > 60 ? `${name.slice(0, 59)}…` : name;
}
