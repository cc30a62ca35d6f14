/**
 * The builder: a form of the form beside the text.
 *
 * Every control says which edit of the text it makes (data-do, data-place). The server makes it and returns the
 * new text; an edit that would make the file wrong is refused, the reason stands at the control, and the
 * text stays as it was. One request is under way at a time; what is typed meanwhile goes with the next.
 */

import {
  boxOf,
  conditionOf,
  editsOf,
  isBox,
  isTitle,
  languages,
  movesOthers,
  newConsent,
  newEntry,
  newKey,
  newKind,
  placeOf,
  typedIn,
} from "./preview_builder_edits.js";

/** Where it is said what is wrong with a new entry, by the key that is to blame. */
const NEW_ENTRY = { attribute: "b-new-key", options: "b-new-options", label: "b-new-label", section: "b-new-label" };
const NEW_CONSENT = { id: "b-consent-id", label: "b-consent-label" };

export class Builder {
  #root;
  #port;
  #waiting = [];
  #isBusy = false;
  #done = Promise.resolve(); // once nothing is waiting any more
  #refused = new Map(); // by id of the control: its edits, tried again with the next ones near them
  #undone = []; // the texts before each change, for Undo
  #pagesAsked = 0;
  #last = ""; // id of the control that made the last change

  /**
   * @param root where the builder stands
   * @param port what it works on: `text()` and `take(text, answer)`, the draft; `page()` and `change(edits)`,
   *     which ask the server; `echo(key, language, words)`, which shows a label at once; `point(key)`, which
   *     brings a question of the preview into view; `announce(words)`, to who cannot see; `go(mode)`, and `onUndoable(is)`.
   */
  constructor(root, port) {
    this.#root = root;
    this.#port = port;
    root.addEventListener("input", (event) => this.#typed(event));
    root.addEventListener("change", (event) => this.#chosen(event));
    root.addEventListener("click", (event) => this.#pressed(event));
    root.addEventListener("keydown", (event) => keepInForm(event));
    root.addEventListener("toggle", ({ target }) => this.#unfolded(target), true);
    for (const kind of ["dragstart", "dragover", "drop", "dragend"]) {
      root.addEventListener(kind, (event) => this.#dragged(event));
    }
  }

  /** Show the text as it is now. */
  async open() {
    const page = await this.#page();
    if (page) this.#draw(page);
  }

  /** Return the page of the text as it is now, or null if there is none, or if a later one has been asked for meanwhile. */
  async #page() {
    this.#pagesAsked += 1;
    const turn = this.#pagesAsked;
    const page = await this.#port.page();
    return turn === this.#pagesAsked ? page : null;
  }

  /** Open a question and bring it into view. */
  reveal(key) {
    const entry = this.#root.querySelector(`.entry[data-key="${CSS.escape(key)}"]`);
    if (!entry) return;
    for (let box = entry.querySelector("details"); box; box = box.parentElement.closest("details")) box.open = true;
    entry.scrollIntoView({ block: "nearest" });
    entry.querySelector("details :is(input, textarea, select)")?.focus({ preventScroll: true });
  }

  /** Take the last change back, once what is under way is done. */
  undo() {
    this.#waiting.push({ isUndo: true, how: {} });
    this.#work();
  }

  /** Tell whether what stands in the builder is in the text, or will not be. */
  get isSettled() {
    return !this.#isBusy && this.#refused.size === 0;
  }

  /** Wait until everything that was typed is in the text; bring what was refused into view and return false. */
  async settle() {
    await this.#done;
    const [id] = this.#refused.keys();
    if (id === undefined) return true;
    const box = document.getElementById(id);
    for (let folded = box.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
    box.focus();
    return false;
  }

  /** Forget what could be undone: the text was changed by somebody else. */
  forget() {
    this.#undone = [];
    this.#port.onUndoable(false);
  }

  /** Show a text that was put in the place of another one, which Undo brings back. */
  async replaced(before) {
    this.#waiting = [];
    this.#refused.clear();
    this.#undone = [before];
    this.#last = "";
    this.#port.onUndoable(true);
    await this.open();
  }

  #unfolded(box) {
    const entry = box.open && box.parentElement?.closest(".entry");
    if (entry && box.parentElement === entry) this.#port.point(entry.dataset.key);
  }

  #typed({ target }) {
    if (target.dataset.mirrors) {
      const box = document.getElementById(target.dataset.mirrors);
      box.value = target.value;
      this.#change(box, false);
    } else if (isBox(target)) {
      if (isTitle(target)) this.#echo(target);
      this.#change(target, false);
    }
  }

  #chosen({ target }) {
    if (target.dataset.mirrors) return;
    if (target.dataset.do === "languages") this.#send([languages(target)], { from: target, redraw: true });
    else if (target.dataset.do === "set" && !isBox(target)) this.#change(target, true);
    else if (target.id === "b-new-kind") showParts(this.#root);
    else if (target.id === "b-condition-key") offerAnswers();
  }

  /** Show a label where its entry is folded, and in the preview, before the server has it. */
  #echo(box) {
    const entry = box.closest(".entry");
    const words = box.value || box.placeholder;
    if (!words) return;
    const isFirst = box === box.closest(".words").querySelector("[lang]");
    if (isFirst) entry.querySelector(".title").textContent = words;
    this.#port.echo(entry.dataset.key, box.lang, words);
  }

  #change(target, redraw) {
    const swatch = this.#root.querySelector(`[data-mirrors="${target.id}"]`);
    if (swatch && /^#[\da-f]{6}$/i.test(target.value)) swatch.value = target.value;
    this.#send(editsOf(target), { from: target, redraw });
  }

  #pressed({ target }) {
    const button = target.closest("button[data-do], button[data-go]");
    if (!button) return;
    if (button.dataset.go) return this.#port.go(button.dataset.go);
    if (button.dataset.do === "ask") return askCondition(button);
    const place = placeOf(button);
    const press = {
      move: () => [[{ do: "move", place, to: Number(button.dataset.to) }], { from: button, focus: moved(button, place) }],
      remove: () => [[{ do: "remove", place }], { from: button, focus: afterRemoval(place) }],
      put: () => [[{ do: "set", place, value: JSON.parse(button.dataset.value) }], { from: button, focus: [button.dataset.focus], unfold: button.dataset.open }],
      insert: () => [[{ do: "insert", place, value: typedIn(button) }], { from: boxOf(button), focus: [boxOf(button).id], adds: `#${boxOf(button).id}` }],
      condition: () => [conditionOf(button), { from: boxOf(button), focus: [`${idOf(place)}-new`] }],
      add: () => [[{ do: "insert", place, value: newEntry(this.#root) }], { from: this.#root.querySelector("#b-new-label"), open: newKey(this.#root), adds: "#b-new", controls: NEW_ENTRY }],
      "add-consent": () => [[{ do: "insert", place, value: newConsent(this.#root) }], { from: this.#root.querySelector("#b-consent-label"), adds: "#b-add-consent", controls: NEW_CONSENT }],
    }[button.dataset.do];
    const [edits, how] = press();
    return this.#send(edits, { redraw: true, ...how });
  }

  #send(edits, how) {
    const last = this.#waiting.at(-1);
    if (last && last.how.from === how.from && !how.redraw && !last.how.redraw) last.edits = edits;
    else this.#waiting.push({ edits, how });
    if (edits.some(movesOthers)) {
      how.back = document.activeElement;
      this.#root.inert = true; // whatever is edited from now on may stand in another place afterwards
    }
    this.#work();
  }

  #work() {
    if (!this.#isBusy) this.#done = this.#workOff();
  }

  async #workOff() {
    this.#isBusy = true;
    try {
      while (this.#waiting.length > 0) {
        const { edits, how, isUndo } = this.#waiting.shift();
        const redraw = isUndo ? this.#takeBack() : await this.#make(edits, how);
        if (redraw) await this.#redraw(how);
        else this.#giveBack(how);
        this.#root.inert = this.#waiting.some((each) => each.edits?.some(movesOthers));
      }
    } finally {
      this.#isBusy = this.#root.inert = false;
    }
  }

  /** Let a control have the focus again whose edit was refused. */
  #giveBack({ back }) {
    if (!back) return;
    this.#root.inert = false;
    back.focus({ preventScroll: true });
  }

  #takeBack() {
    const before = this.#undone.pop();
    if (before === undefined) return false;
    this.#refused.clear();
    this.#last = "";
    this.#port.take(before, null);
    this.#port.onUndoable(this.#undone.length > 0);
    return true;
  }

  async #redraw(how) {
    const page = await this.#page();
    this.#root.inert = false; // or nothing in it could have the focus
    if (page) this.#draw(page, how);
  }

  /** Have edits made, together with refused ones near them; return whether the builder is to be drawn anew. */
  async #make(edits, how) {
    const before = this.#port.text();
    const near = [...this.#refused].filter(([id, earlier]) => id !== how.from.id && isNear(earlier, edits));
    this.#refused.delete(how.from.id);
    let answer = await this.#port.change(JSON.stringify([...near.flatMap(([, earlier]) => earlier), ...edits]));
    if (answer?.error && near.length > 0) answer = await this.#port.change(JSON.stringify(edits));
    else if (answer && !answer.error) for (const [id] of near) this.#settle(id);
    if (!answer || this.#port.text() !== before) return Boolean(answer); // somebody has typed into the text meanwhile
    if (answer.error) {
      if (isBox(how.from)) this.#refused.set(how.from.id, edits);
      this.#refuse(answer, how);
      return false;
    }
    this.#settle(how.from.id);
    if (edits.some(movesOthers)) this.#refused.clear(); // their places are others' now
    if (answer.text !== before) this.#take(before, answer, how);
    showContrasts(this.#root.querySelector("#b-contrasts"), answer.contrasts);
    return how.redraw;
  }

  #take(before, answer, { redraw, from }) {
    if (redraw || this.#last !== from.id) this.#undone.push(before);
    this.#last = redraw ? "" : from.id;
    this.#port.onUndoable(true);
    this.#port.take(answer.text, answer);
  }

  /** Say what is wrong at the control that is to blame, or at the one that was used. */
  #refuse({ error, wrong = [] }, { from, controls }) {
    if (!controls) return this.#say(wrongOf(from), from, error);
    const words = new Map();
    for (const { place, what } of wrong) {
      const id = controls[place.findLast((step) => step in controls)] ?? from.id;
      words.set(id, [...(words.get(id) ?? []), what]);
    }
    if (words.size === 0) words.set(from.id, [error]);
    for (const id of Object.values(controls)) this.#settle(id);
    for (const [id, each] of words) this.#say(wrongOf(document.getElementById(id)), document.getElementById(id), each.join(" "));
    return document.getElementById(words.keys().next().value).focus();
  }

  #settle(id) {
    this.#refused.delete(id);
    const control = document.getElementById(id);
    if (!control) return;
    control.removeAttribute("aria-invalid");
    const wrong = wrongOf(control);
    if (wrong) wrong.hidden = true;
  }

  #say(wrong, control, words) {
    if (!wrong) return;
    wrong.textContent = words;
    wrong.hidden = false;
    if (control.tagName !== "BUTTON") control.setAttribute("aria-invalid", "true");
  }

  /** Show the builder anew: what was open stays open, and the focus where it was. */
  #draw(page, { focus, open, unfold, adds } = {}) {
    const isOpen = new Map([...this.#root.querySelectorAll("details[id]")].map((box) => [box.id, box.open]));
    const { activeElement } = document;
    const held = focus ?? [this.#root.contains(activeElement) ? activeElement.id : ""];
    const caret = activeElement.selectionStart;
    const typedMeanwhile = this.#notInText();
    const toAdd = this.#notAdded(adds);
    this.#root.replaceChildren(...page.body.childNodes);
    for (const box of this.#root.querySelectorAll("details[id]")) box.open = isOpen.get(box.id) ?? box.open;
    for (const [id, { value, wrong }] of typedMeanwhile) this.#keep(id, value, wrong);
    for (const [id, value] of toAdd) if (document.getElementById(id)) document.getElementById(id).value = value;
    showParts(this.#root);
    if (open) this.#reopen(open);
    if (unfold) document.getElementById(unfold).open = true;
    const found = held.map((id) => document.getElementById(id)).find((each) => each?.checkVisibility() && !each.disabled);
    found?.focus({ preventScroll: true });
    const moved = focus && found?.matches("[data-do='move']") && found.closest(".entry");
    if (moved) this.#port.announce(`${moved.querySelector(".title").textContent}: ${Number(moved.dataset.index) + 1} / ${moved.parentElement.children.length}`);
    if (!focus && Number.isInteger(caret) && found?.setSelectionRange && found.type !== "color") found.setSelectionRange(caret, caret);
  }

  /** Return what stands in controls and not in the text, by id: what is not sent yet, and what was refused. */
  #notInText() {
    const waiting = this.#waiting.filter(({ how }) => how.from && isBox(how.from)).map(({ how }) => how.from);
    const refused = [...this.#refused.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    return new Map(
      [...refused, ...waiting].map((box) => [box.id, { value: box.value, wrong: wrongOf(box)?.textContent }]),
    );
  }

  /** Return what was typed to be added, by id, but what has been added now. */
  #notAdded(added) {
    const boxes = [...this.#root.querySelectorAll("#b-new [id], #b-add-consent [id], .added input")].filter((each) => "value" in each);
    return boxes.filter((each) => !added || !each.closest(added)).map((each) => [each.id, each.value]);
  }

  #keep(id, value, wrong) {
    const box = document.getElementById(id);
    if (!box || !isBox(box)) return;
    box.value = value;
    if (this.#refused.has(id)) this.#say(wrongOf(box), box, wrong);
  }

  #reopen(key) {
    const box = document.getElementById("b-add");
    if (box) box.open = false;
    this.reveal(key);
  }

  #dragged(event) {
    const item = event.target.closest?.(".entry");
    if (event.type === "dragstart" && event.target.matches?.(".handle")) {
      item.classList.add("is-dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", item.dataset.key);
      event.dataTransfer.setDragImage(item, 12, 12);
      return;
    }
    const dragged = this.#root.querySelector(".is-dragged");
    if (!dragged) return;
    for (const over of this.#root.querySelectorAll(".is-over")) over.classList.remove("is-over");
    if (event.type === "dragend") return dragged.classList.remove("is-dragged");
    if (!item || item === dragged || item.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    if (event.type === "dragover") return item.classList.add("is-over");
    dragged.classList.remove("is-dragged");
    const mover = dragged.querySelector(".moves [data-do='move']");
    const [place, to] = [placeOf(mover), Number(item.dataset.index)];
    const id = idOf([...place.slice(0, -1), to]);
    this.#send([{ do: "move", place, to }], { from: mover, redraw: true, focus: [`${id}-up`, `${id}-down`] });
  }
}

/** Return where it is said what is wrong with a control. */
function wrongOf(control) {
  return document.getElementById(control.getAttribute("aria-describedby")?.split(" ").at(-1) ?? "");
}

function isNear(earlier, edits) {
  const [one, other] = [earlier[0].place, edits[0].place];
  return one[0] === other[0] && one[1] === other[1];
}

/** Return where the focus goes with an item that is moved, by ids: the same arrow, or the other one at an end. */
function moved(button, place) {
  const [same, other] = button.id.endsWith("-up") ? ["up", "down"] : ["down", "up"];
  const id = idOf([...place.slice(0, -1), Number(button.dataset.to)]);
  return [`${id}-${same}`, `${id}-${other}`];
}

/** Return where the focus goes when something is removed, by ids: to what has its place now, or to what is before it. */
function afterRemoval(place) {
  const index = place.at(-1);
  const near = Number.isInteger(index) ? [index, index - 1].map((at) => idOf([...place.slice(0, -1), at])) : [];
  const list = idOf(place.slice(0, -1));
  return [...near.flatMap((id) => [`${id}-remove`, `${id}-down`, `${id}-up`]), `${list}-new`, "b-add-summary"];
}

function idOf(place) {
  return `b-${place.join("-")}`;
}

/** Ask for a condition below a button of a question. */
function askCondition(button) {
  const asked = document.getElementById("b-condition");
  const keys = document.getElementById("b-condition-key");
  asked.dataset.place = button.dataset.place;
  button.closest("fieldset").append(asked);
  for (const option of keys.options) option.hidden = option.disabled = option.value === button.dataset.key;
  keys.value = [...keys.options].find((option) => !option.disabled)?.value ?? "";
  asked.hidden = false;
  offerAnswers();
  keys.focus();
}

/** Offer the options of the question that a condition is about, and comparisons only where there is a number or a day. */
function offerAnswers() {
  const { answers, kind } = document.getElementById("b-condition-key").selectedOptions[0]?.dataset ?? { answers: "[]" };
  document.getElementById("b-condition-answers").replaceChildren(...JSON.parse(answers).map((answer) => new Option(answer, answer)));
  const how = document.getElementById("b-condition-how");
  for (const option of how.querySelectorAll("[data-counts]")) {
    option.hidden = option.disabled = !["integer", "decimal", "price_max", "date"].includes(kind);
  }
  if (how.selectedOptions[0]?.disabled) how.value = "is";
}

/** Show of the fields for a new question those that its kind has. */
function showParts(root) {
  if (!root.querySelector("#b-new-kind")) return;
  const { family, hasOptions } = newKind(root);
  for (const part of root.querySelectorAll("#b-new [data-for]")) {
    const kinds = part.dataset.for.split(" ");
    part.hidden = !kinds.includes(family) && !(hasOptions && kinds.includes("options"));
  }
}

/** Enter in a box of the builder publishes nothing: it adds what the box is for, if it is for adding. */
function keepInForm(event) {
  if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
  event.preventDefault();
  event.target.closest(".added")?.querySelector("button").click();
}

/** Say how well the colours can be told apart. */
function showContrasts(list, contrasts) {
  list?.replaceChildren(
    ...contrasts.map(({ what, ratio, is_met: isMet }) => {
      const item = document.createElement("li");
      const tag = document.createElement("span");
      tag.className = `tag ${isMet ? "good" : "bad"}`;
      tag.textContent = `${ratio} : 1`;
      const words = document.createElement("span");
      words.textContent = what;
      item.append(tag, " ", words);
      return item;
    }),
  );
}
