/** Single keys for who works through a queue. The sheet behind `?` names them and turns them off. */

const OFF = "realpad-form-shortcuts-off"; // in this browser
const WRITING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

const sheet = document.getElementById("shortcuts");
const opener = document.querySelector("[data-shortcuts]");
const rows = () => [...document.querySelectorAll(".leads tbody tr")];
const current = () => document.activeElement?.closest(".leads tbody tr");

/** Move to the lead below or above in the list, or open the one beside on the page of a lead. */
function move(step) {
  const links = rows().map((row) => row.querySelector(".who > a"));
  if (links.length === 0) return follow(step > 0 ? ".beside [rel=next]" : ".beside [rel=prev]");
  const at = rows().indexOf(current());
  const next = at < 0 ? links[step > 0 ? 0 : links.length - 1] : links[at + step];
  (next ?? document.querySelector(step > 0 ? ".pager [rel=next]" : ".pager [rel=prev]"))?.focus();
}

function follow(selector) {
  document.querySelector(selector)?.click();
}

function tick() {
  const box = current()?.querySelector("input[name=lead]");
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Go on with what is here: nothing is sent or put aside by the key itself, Enter on the button does that. */
function act(key) {
  const row = current();
  if (row && !document.querySelector(".leads input[name=lead]:checked")) {
    const { href } = row.querySelector(".who > a");
    if (key === "r" && !row.querySelector(".tag.quarantined")) return location.assign(href.replace(/(?=\?|$)/, "/correct"));
    tick();
  }
  const places = [...document.querySelectorAll(`[data-key=${key}]`)];
  const place = places.find((each) => !each.disabled && each.checkVisibility());
  if (!place) return;
  if (place.matches("a")) return place.click();
  const ask = place.matches("summary") && place.parentElement;
  if (ask) ask.open = true;
  (ask ? ask.querySelector("button") : place).focus();
}

function search() {
  const box = document.getElementById("q");
  box?.focus();
  box?.select();
  return box;
}

const KEYS = {
  "/": search,
  j: () => move(1),
  k: () => move(-1),
  x: tick,
  r: () => act("r"),
  e: () => act("e"),
  u: () => follow(".crumbs a"),
  "?": () => sheet.showModal(),
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key !== "j" && event.key !== "k") return;
  if (event.target.closest(WRITING) || document.querySelector("dialog[open]") || localStorage.getItem(OFF)) return;
  const does = Object.hasOwn(KEYS, event.key) && KEYS[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

function start() {
  const switched = sheet.querySelector("input");
  switched.checked = !localStorage.getItem(OFF);
  switched.addEventListener("change", () => {
    if (switched.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  });
  opener.hidden = false;
  opener.addEventListener("click", () => sheet.showModal());
  document.addEventListener("keydown", press);
}

if (sheet && opener) start();
