/**
 * Shows the tabs of a project as the draft has it that this browser tab keeps. The draft goes along with each request
 * and comes back as a page; the server keeps nothing of it, and the browser's history gets no form to send again.
 */

import { clear } from "./signed_out.js";

const main = document.getElementById("main");
const slug = document.getElementById("kept-draft")?.dataset.slug;
const draft = slug && sessionStorage.getItem(`realpad-form:yaml:${slug}`);

let isShown = false; // the draft is, and not what is live
let refresh; // what a page needs once it is there

/** Show the draft, if there is one; `refreshed` is called whenever the page has changed. */
export function useDraft(refreshed) {
  if (!draft) return;
  refresh = refreshed;
  main.addEventListener("click", ({ target }) => switchTo(target.closest("[data-version]")?.dataset.version));
  main.addEventListener("submit", sendAlong);
  showDraft();
}

/** Let a frame show the draft's form, in the way that was chosen. */
export function sendDraft(look, target) {
  const form = document.createElement("form");
  const fields = { text: draft, csrf_token: token(), ...Object.fromEntries(new FormData(look)) };
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  Object.assign(form, { method: "post", enctype: "multipart/form-data", action: look.dataset.draft, target });
  document.body.append(form);
  form.submit();
  form.remove();
}

function token() {
  return document.querySelector("meta[name=csrf-token]").content;
}

async function switchTo(version) {
  if (version === "draft") await showDraft();
  if (version === "live") await load("GET");
  if (version) main.focus({ preventScroll: true });
}

async function showDraft() {
  const fields = new FormData();
  fields.set("draft-only", "yes");
  await load("POST", fields);
}

/** Send a form of the page with the draft, so that its answer is about the draft, too. */
async function sendAlong(event) {
  if (!isShown) return;
  event.preventDefault();
  const fields = new FormData(event.target, event.submitter);
  if (event.target.method === "get") {
    history.replaceState(null, "", `?${new URLSearchParams(fields)}`);
    await showDraft();
  } else {
    await load("POST", fields);
  }
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Put a page at this address in the place of the one that is shown. */
async function load(method, fields) {
  fields?.set("draft-text", draft);
  main.inert = true; // nothing may be pressed that belongs to the other version
  const answer = await ask(method, fields);
  main.inert = false;
  if (answer?.status === 401) return clear({ keepsTyped: true });
  const page = answer?.response?.getElementById("main");
  if (!page || answer.status !== 200) return explain(page?.querySelector("section p")?.textContent);
  isShown = method === "POST";
  document.title = answer.response.title;
  main.replaceChildren(...page.childNodes);
  document.getElementById("kept-draft").hidden = isShown;
  return refresh();
}

/** Ask for a page; the browser's own loader reads it, so no text passes through a function that could run it. */
function ask(method, fields) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(method, location.href);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    request.setRequestHeader("X-CSRFToken", token());
    request.addEventListener("loadend", () => resolve(request));
    request.send(fields);
  });
}

/** Say why the page could not be loaded; it stays as it is. */
function explain(words) {
  const place = document.getElementById("kept-draft");
  const line = place.querySelector("p");
  line.textContent = words ?? line.dataset.unreachable;
  place.hidden = false;
}
