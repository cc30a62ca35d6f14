/** The box above the form that lists what to correct, with a link to each field. */

import { fieldOf, focusField, isCorrectable, markField } from "./fields.js";

export class Summary {
  #questions;
  #box;
  #list;
  #changed;

  constructor(questions, box) {
    this.#questions = questions;
    this.#box = box;
    this.#list = box.querySelector("ul");
    this.#changed = box.querySelector("#changed");
    box.addEventListener("click", (event) => this.#follow(event));
  }

  /** Show errors, texts by field, in the order of the page, and move the focus to their list. */
  show(errors) {
    this.clear();
    for (const field of this.#questions.querySelectorAll("[data-key]")) markField(field, errors[field.dataset.key] ?? []);
    this.#list.replaceChildren(...this.#inPageOrder(errors).map(([key, text]) => this.#item(key, text)));
    this.#changed.hidden = Object.keys(errors).every((key) => isCorrectable(fieldOf(this.#questions, key)));
    this.#box.hidden = false;
    this.#box.focus();
  }

  /** Take back what was said about a field, now that the visitor corrects it, and about its alternative. */
  forget(field) {
    for (const each of this.#alternatives(field)) {
      markField(each, []);
      for (const item of this.#list.querySelectorAll(`[data-about="${each.dataset.key}"]`)) item.remove();
    }
    this.#box.hidden = this.#list.children.length === 0;
  }

  clear() {
    for (const field of this.#questions.querySelectorAll(".is-wrong")) markField(field, []);
    this.#list.replaceChildren();
    this.#box.hidden = true;
  }

  /** Of e-mail and phone, one may do for both. */
  #alternatives(field) {
    return field.matches("[data-either]") ? this.#questions.querySelectorAll("[data-either]") : [field];
  }

  #inPageOrder(errors) {
    const order = [...this.#questions.querySelectorAll("[data-key]")].map((field) => field.dataset.key);
    const place = (key) => (order.includes(key) ? order.indexOf(key) : order.length);
    const pairs = Object.entries(errors).flatMap(([key, texts]) => texts.map((text) => [key, text]));
    pairs.sort(([one], [other]) => place(one) - place(other));
    return pairs.filter((pair, index) => !this.#isSaid(pair, pairs.slice(0, index)));
  }

  /** "Enter an e-mail or a phone" is one thing to correct, although it stands beside both. */
  #isSaid([key, text], before) {
    return fieldOf(this.#questions, key)?.matches("[data-either]") && before.some(([, said]) => said === text);
  }

  #item(key, text) {
    const item = document.createElement("li");
    item.dataset.about = key;
    item.append(fieldOf(this.#questions, key) ? link(`#q-${key}`, text) : text);
    return item;
  }

  /** Go to the field by hand: the address keeps its hash, and radio buttons their first. */
  #follow(event) {
    const item = event.target.closest("a")?.closest("li");
    if (!item) return;
    event.preventDefault();
    focusField(fieldOf(this.#questions, item.dataset.about));
  }
}

function link(href, text) {
  const anchor = document.createElement("a");
  anchor.href = href;
  anchor.textContent = text;
  return anchor;
}
