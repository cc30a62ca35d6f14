/** Keeps the numbers of the inbox up to date and counts what is ticked. The pages work without this, too. */

import { clear } from "./signed_out.js";

const EVERY_MS = 10_000;
const IDLE_MS = 5 * 60_000; // whoever went away must be signed out in time, so nothing is asked for then

/** Ask for the numbers while somebody looks at the page; what has changed is offered, never put under the pointer. */
function live(place) {
  const link = place.querySelector("a");
  const address = place.dataset.live + (place.dataset.query ?? "");
  let lanes; // as they were when the page was made
  let usedAt = Date.now();
  for (const type of ["pointermove", "keydown", "scroll"]) {
    addEventListener(type, () => (usedAt = Date.now()), { passive: true });
  }

  const look = async () => {
    if (document.hidden || Date.now() - usedAt > IDLE_MS) return;
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.status === 401) clear({ keepsTyped: true });
    if (!answer?.ok) return;
    const found = await answer.json();
    show(found);
    const states = JSON.stringify(found.states);
    lanes ??= states;
    const news = place.dataset.first === "yes" && found.new > 0 ? found.words : "";
    offer(link, lanes === states ? news : found.changed);
  };
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
  look();
}

function show({ statuses, waiting }) {
  for (const place of document.querySelectorAll("[data-count]")) {
    put(place, statuses[place.dataset.count]);
    place.closest(".tile").classList.toggle("none", place.textContent === "0");
  }
  for (const place of document.querySelectorAll("[data-waiting]")) put(place, waiting[place.dataset.waiting]);
}

/** Write a number where another one stands, if it is another. */
function put(place, number) {
  if (number !== undefined && place.textContent !== String(number)) place.textContent = number;
}

/** Offer to load the page anew; it is told once, and stays in its place. */
function offer(link, words) {
  if (!words || link.textContent === words) return;
  link.textContent = words;
  link.hidden = false;
}

/** Tick everything at once, and say how much is ticked. */
function tick(form) {
  const everything = form.querySelector("[data-everything]");
  const boxes = [...form.querySelectorAll("input[name=lead]")];
  const matching = form.querySelector("input[name=all]");
  const said = form.querySelector("[data-chosen]");
  if (!everything) return;

  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    everything.checked = chosen === boxes.length;
    everything.indeterminate = chosen > 0 && !everything.checked;
    said.textContent = chosen > 0 && !matching.checked ? said.dataset.chosen.replace("%(n)s", chosen) : "";
    for (const button of form.querySelectorAll(".acts button")) button.disabled = chosen === 0 && !matching.checked;
  };
  everything.hidden = false;
  everything.addEventListener("change", () => {
    for (const box of boxes) box.checked = everything.checked;
  });
  form.addEventListener("change", count);
  addEventListener("pageshow", count); // a browser may tick again what was ticked
  count();
}

/** Fill in campaigns and units that there are, once somebody wants to choose one. */
function suggest(details) {
  const ask = async () => {
    details.removeEventListener("focusin", ask);
    const answer = await fetch("/inbox/suggestions", { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    for (const [name, texts] of Object.entries(await answer.json())) {
      const options = texts.map((value) => Object.assign(document.createElement("option"), { value }));
      document.getElementById(`${name}-list`).replaceChildren(...options);
    }
  };
  details.addEventListener("focusin", ask);
  details.addEventListener("input", takeWhole);
}

/** Whoever takes a suggestion means that name, which quotes say; whoever types means a part of one. */
function takeWhole({ target, inputType }) {
  const isTaken = inputType === undefined || inputType === "insertReplacementText";
  if (!isTaken || !target.list) return;
  if ([...target.list.options].some(({ value }) => value === target.value)) target.value = `"${target.value}"`;
}

// A link to one thing opens what it is folded into.
const target = document.querySelector(":target");
const folded = target?.closest("details:not([open])");
if (folded) {
  folded.open = true;
  target.scrollIntoView();
}

const details = document.querySelector(".filters details");
if (details) suggest(details);

const place = document.querySelector("[data-live]");
if (place) live(place);

const form = document.querySelector("#bulk");
if (form) tick(form);
