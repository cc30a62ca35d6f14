/** Keeps the answers as they are while they are on their way: what is sent is what is on the screen. */

import { choicesOf, controlsOf } from "./fields.js";

export class Lock {
  #questions;
  #restore = [];

  constructor(questions) {
    this.#questions = questions;
    for (const type of ["input", "change"]) {
      questions.addEventListener(type, (event) => this.#takeBack(event), { capture: true });
    }
  }

  /**
   * Close or open the boxes. Nothing becomes disabled or inert: the focus stays where it is, screen readers go on
   * reading the answers, and all of them count as filled in. There is no aria-busy, either, since screen readers
   * may keep silent about what is inside, as the notices about sending are.
   */
  set(isLocked) {
    const controls = [...this.#questions.querySelectorAll("[data-key]")].flatMap(controlsOf);
    for (const control of controls) {
      if (choicesOf(control).length === 0) control.readOnly = isLocked;
      else if (isLocked) control.setAttribute("aria-disabled", "true"); // there are no read-only choices in HTML
      else control.removeAttribute("aria-disabled");
    }
    this.#restore = isLocked ? controls.map(restorer) : [];
    this.#questions.classList.toggle("is-locked", isLocked);
  }

  /** Undo what was changed nevertheless: choices, or boxes that an extension of the browser writes into. */
  #takeBack(event) {
    if (this.#restore.length === 0) return;
    event.stopImmediatePropagation();
    for (const restore of this.#restore) restore();
  }
}

/** Return a function that gives a control the answer that it has now. */
function restorer(control) {
  const text = control.value;
  const choices = choicesOf(control).map((choice) => [choice, choice.matches(":checked")]);
  return () => {
    for (const [choice, isChosen] of choices) choice.checked = choice.selected = isChosen;
    if (choices.length === 0 && control.value !== text) control.value = text;
  };
}
