/**
 * Says while the form is filled in what is fine and what is not, as far as that is certain without the server.
 *
 * A file of its own, fetched once somebody begins: nobody waits for it, and the form does without.
 */

import { emailProblem, likelyEmail } from "./email.js";
import { boxOf, choicesOf, controlsOf, fieldOf, markField, regionsFor } from "./fields.js";
import { phoneProblem } from "./format.js";

const TICKED = /^(full_|sur)?name$|^email$|^phone$/; // fields that are quietly ticked off
const AFTER_TAP_MS = 50; // browsers make mouse events of a tap after its end
const QUIET_MS = 1_000; // without a key pressed, before screen readers hear how many characters are left

/**
 * Watch the fields being filled in.
 *
 * @param say tells screen readers something
 * @param early the fields typed into and those refused before this file was here
 * @returns `typed(field)` for every input, `refused(keys)` for what the server refused, `clear()` for the next sending
 */
export function startHints(questions, { texts, say, early }) {
  const left = new Set(early.typed); // fields to be judged
  let refused = new Map(); // field → what was in it
  let isPressed = false;
  let timer;

  questions.addEventListener("click", clearOnClick);
  questions.addEventListener("keyup", (event) => event.key === " " && event.target.checked && clearOnClick(event)); // no click in WebKit
  questions.addEventListener("focusout", ({ target }) => {
    const field = target.closest("[data-key]");
    if (field) left.add(field);
    setTimeout(judge, AFTER_TAP_MS);
  });
  for (const type of ["pointerdown", "pointerup", "pointercancel"]) {
    addEventListener(type, () => {
      isPressed = type === "pointerdown";
      setTimeout(judge, AFTER_TAP_MS);
    });
  }

  /** Judge the fields that were left. What appears must not push away what a finger is about to press: wait for its end. */
  function judge() {
    if (isPressed || questions.matches(".is-locked")) return;
    for (const field of left) if (!field.contains(document.activeElement)) judgeOne(field);
    left.clear();
  }

  function judgeOne(field) {
    const control = boxOf(field);
    const problem = problemOf(field);
    const text = textOf(field);
    if (problem) {
      markField(field, [texts[problem]]);
      settle(questions, { field, isDone: false, word: texts.corrected });
    } else if (text && text !== refused.get(field)) release(field);
    const meant = control.type === "email" && problem === "" ? likelyEmail(text) : null;
    if (meant) suggest(field, meant);
    field.classList.toggle("is-fine", problem === "" && !meant && TICKED.test(control.name) && !field.matches(".is-wrong"));
  }

  /** Take back what was said of a field. Of e-mail and phone, one may do for both. */
  function release(field) {
    const others = field.matches("[data-either]") ? questions.querySelectorAll("[data-either]") : [];
    for (const each of new Set([field, ...others])) {
      if (!each.matches(".is-wrong") || (each !== field && textOf(each))) continue;
      markField(each, [], { keepsRoom: true });
      settle(questions, { field: each, isDone: true, word: texts.corrected });
    }
  }

  /** Ask whether another address was meant; it is up to the visitor. */
  function suggest(field, meant) {
    const box = boxOf(field);
    const button = add(field, "button", { type: "button", className: "plain hint", textContent: fillIn(texts.did_you_mean, meant) });
    button.addEventListener("click", () => {
      box.value = meant;
      box.focus(); // since the button goes
      box.dispatchEvent(new Event("input", { bubbles: true }));
    });
    say(button.textContent);
  }

  /** Show how many characters are left, once they are few; what is too long is never cut. */
  function count(field) {
    const { dataset, value } = boxOf(field);
    const over = value.trim().length - dataset.limit;
    let line = field.querySelector(".count");
    if (!dataset.limit || (!line && -over > Math.max(20, dataset.limit / 5))) return;
    line ??= add(field, "p", { className: "help count" });
    line.textContent = fillIn(over > 0 ? texts.over : texts.left, Math.abs(over));
    line.classList.toggle("is-over", over > 0);
    clearTimeout(timer);
    timer = setTimeout(() => say(line.textContent), QUIET_MS);
  }

  /** Remember what the server refused, so that it is not called fine. */
  function remember(keys) {
    const fields = keys.map((key) => fieldOf(questions, key)).filter(Boolean);
    refused = new Map(fields.map((field) => [field, textOf(field)]));
  }

  remember(early.refused);
  for (const field of early.typed) count(field);
  judge();

  return {
    typed(field) {
      field.classList.remove("is-fine");
      field.querySelector(".hint")?.remove();
      count(field);
      if (problemOf(field) === "" && textOf(field) !== refused.get(field)) release(field);
    },
    refused: remember,
    clear() {
      left.clear();
      for (const hint of questions.querySelectorAll(".hint, .count")) hint.remove();
      for (const field of questions.querySelectorAll(".is-fine")) field.classList.remove("is-fine");
    },
  };
}

/** Strike an item of the summary out, or take that back. Nothing goes before the next sending, so that nothing moves. */
function settle(questions, { field, isDone, word }) {
  const summary = questions.querySelector("#summary");
  const item = summary.querySelector(`[data-about="${CSS.escape(field.dataset.key)}"]`);
  if (!item || item.matches(".is-done") === isDone) return;
  item.classList.toggle("is-done", isDone);
  item.querySelector(".visually-hidden")?.remove();
  if (isDone) item.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` (${word})` }));
  summary.classList.toggle("is-done", !summary.querySelector("li:not(.is-done)"));
}

/** Return the name of the text that says what is wrong, '' if it is fine, null if only the server can tell. */
function problemOf(field) {
  const control = boxOf(field);
  const text = textOf(field);
  if (!text || text.length > control.dataset.limit) return null;
  if (choicesOf(control).length > 0) return "";
  if (control.type === "email") return emailProblem(text);
  if (control.type === "tel") return phoneProblem(text, regionsFor(control));
  if (field.dataset.shape !== "one" || control.type === "date") return null;
  const isNoName = /name$/.test(control.name) && !/^[\p{L}\p{M} '’.·-]+$/u.test(text);
  return isNoName || (control.name === "full_name" && !text.includes(" ")) ? null : "";
}

/** Return what is typed or chosen in a field, as one text. */
function textOf(field) {
  const box = boxOf(field);
  if (choicesOf(box).length === 0) return box.value.trim();
  const given = controlsOf(field).filter(({ type, checked }) => !/radio|checkbox/.test(type) || checked);
  return given.map(({ value }) => value.trim()).join();
}

function fillIn(text, value) {
  return text.replace("%", () => value);
}

function add(field, tag, properties) {
  const element = Object.assign(document.createElement(tag), properties);
  field.querySelector(".error").before(element);
  return element;
}

/**
 * Have a click on the chosen one of some choices take it back, also by Space; for groups that carry `data-clearable`.
 * A click that chooses is followed by an input event, one on what is chosen already by none.
 */
function clearOnClick({ target }) {
  if (target.type !== "radio" || !target.closest("[data-clearable]") || target.closest(".is-locked")) return;
  let isNew = false;
  const hear = () => (isNew = true);
  target.addEventListener("input", hear);
  setTimeout(() => {
    target.removeEventListener("input", hear);
    if (isNew || !target.checked) return;
    target.checked = false;
    for (const type of ["input", "change"]) target.dispatchEvent(new Event(type, { bubbles: true }));
  });
}
