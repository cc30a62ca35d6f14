/** The box above the form that lists what to correct, with a link to each question. */

import { fieldOf, focusField, isCorrectable, markField, nameOf, unfold } from "./fields.js";

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
    const shared = this.#shared(errors);
    const fields = [...this.#questions.querySelectorAll("[data-key]")].filter(({ dataset }) => errors[dataset.key]);
    for (const field of fields) {
      markField(field, errors[field.dataset.key], { isSaid: shared.indexOf(field) < 1 });
      unfold(field);
    }
    const items = fields
      .filter((field) => shared.indexOf(field) < 1)
      .map((field) => item(field.dataset.key, link(field, (shared.includes(field) ? shared : [field]).map(nameOf).join(" / "))));
    const others = Object.keys(errors).filter((key) => !fieldOf(this.#questions, key));
    this.#list.replaceChildren(...items, ...others.map((key) => item(key, errors[key].join(" "))));
    this.#changed.hidden = Object.keys(errors).every((key) => isCorrectable(fieldOf(this.#questions, key)));
    this.#readOut();
    this.#box.hidden = false;
    this.#box.focus();
  }

  /** Give a screen reader the whole in one sentence, with pauses; it reads that once the list has the focus. */
  #readOut() {
    const names = [...this.#list.children].map(({ textContent }) => textContent).join(", ");
    const changed = this.#changed.hidden ? "" : ` ${this.#changed.querySelector("p").textContent}`;
    const line = this.#box.querySelector("#summary-names");
    if (line) line.textContent = names + changed; // a page from a cache has none
  }

  clear() {
    for (const field of this.#questions.querySelectorAll("[data-key]")) markField(field, []);
    this.#list.replaceChildren();
    this.#box.classList.remove("is-done");
    this.#box.hidden = true;
  }

  /** "Enter an e-mail or a phone" is one thing to correct: return both fields if both are told the same. */
  #shared(errors) {
    const fields = [...this.#questions.querySelectorAll("[data-either]")];
    const [text, other] = fields.map(({ dataset }) => errors[dataset.key]?.join());
    return text && text === other ? fields : [];
  }

  /** Go to the field by hand: the address keeps its hash, and radio buttons their first. */
  #follow(event) {
    const item = event.target.closest("a")?.closest("li");
    if (!item) return;
    event.preventDefault();
    focusField(fieldOf(this.#questions, item.dataset.about));
  }
}

function create(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function item(key, content) {
  const element = create("li", {}, content);
  element.dataset.about = key;
  return element;
}

function link({ dataset }, textContent) {
  return create("a", { href: `#q-${dataset.key}`, textContent });
}
