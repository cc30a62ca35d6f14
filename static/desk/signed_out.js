/**
 * Takes away what a page of the desk shows, once whoever it was made for is signed out or has left it alone. Needs no
 * network: tabs tell each other who is signed in, and each keeps the time by itself.
 */

const CHECK_MS = 10_000;
const NOBODY = "nobody"; // no session any more, perhaps while somebody was typing
const LEFT = "left"; // signed out on purpose
const OWNER = "realpad-form-person"; // in this tab's storage: whose the rest of it is

const { person, idleS } = document.body.dataset;
const tabs = new BroadcastChannel("realpad-form-desk");
let usedAt = Date.now();

/**
 * Take away what the page shows. What was typed into a correction stays in the page, unseen, to be sent again; not so
 * for whoever has signed out on purpose, or makes room for somebody else.
 */
export function clear({ keepsTyped }) {
  if (!keepsTyped) sessionStorage.clear();
  const main = document.getElementById("main");
  const typed = keepsTyped && main.querySelector("form[data-keep]");
  const notice = document.getElementById("signed-out").content.cloneNode(true);
  for (const place of notice.querySelectorAll("[data-typed]")) place.hidden = (place.dataset.typed === "yes") !== Boolean(typed);
  document.title = notice.querySelector("h1").textContent;
  document.querySelector(".whoami").hidden = true;
  main.replaceChildren(notice);
  if (typed) keep(typed, main);
  main.focus();
}

/** Leave a form in the page, unseen, with a button that shows what comes of it; nothing is sent to Realpad by that. */
function keep(form, main) {
  form.hidden = true;
  form.id = "typed";
  form.action = form.dataset.keep;
  main.append(form);
}

function isLeftAlone() {
  return Date.now() - usedAt >= idleS * 1000;
}

function check() {
  if (isLeftAlone()) clear({ keepsTyped: true });
}

/** Notice that the page is used; whoever comes back too late must not see it first. */
function use() {
  check();
  usedAt = Date.now();
}

function watch() {
  const before = sessionStorage.getItem(OWNER);
  if (before && before !== person) sessionStorage.clear();
  sessionStorage.setItem(OWNER, person);

  tabs.addEventListener("message", ({ data }) => data === person || clear({ keepsTyped: data === NOBODY }));
  document.querySelector("form[action='/sign-out']").addEventListener("submit", () => {
    tabs.postMessage(LEFT);
    setTimeout(() => clear({ keepsTyped: false })); // after the form was sent
  });
  for (const type of ["pointermove", "pointerdown", "keydown", "scroll"]) addEventListener(type, use, { passive: true });
  for (const type of ["pageshow", "focus"]) addEventListener(type, check);
  document.addEventListener("visibilitychange", check);
  setInterval(check, CHECK_MS);
}

if (person) watch();
tabs.postMessage(person ?? NOBODY);
