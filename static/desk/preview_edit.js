/** The live editor: every pause in typing is checked by the server, and shown if it can be. */

import { edit } from "../built/editor.js";
import { withOrigin } from "./preview_origins.js";
import { forgetTyped, Stage } from "./preview_stage.js";

const PAUSE_MS = 400;

const form = document.getElementById("draft");
const text = document.getElementById("text");
const language = document.getElementById("language");
const share = document.getElementById("share");
const discard = document.getElementById("discard");
const texts = JSON.parse(document.getElementById("texts").textContent);
const stage = new Stage(document.getElementById("stage"));
const name = `realpad-form:yaml:${form.dataset.slug}`;
const base = `${name}:began-with`; // the hash of the text that the draft began with
const live = { text: text.value, hash: form.began_with.value };
const isPosted = "posted" in form.dataset; // the text is a draft that comes back from the server

let editor;
let timer;
let asked; // the last check, if it has no answer yet

async function start() {
  if (isPosted) keep();
  if (sessionStorage.getItem(name) === live.text && !isPosted) forget(); // it was published
  const kept = sessionStorage.getItem(name);
  if (kept !== null) {
    text.value = kept;
    form.began_with.value = sessionStorage.getItem(base) ?? live.hash;
    document.getElementById("behind").hidden = isPosted || form.began_with.value === live.hash;
  }
  const isAdded = addOrigin();
  for (const button of form.querySelectorAll("[data-plain]")) button.hidden = true;
  for (const words of form.querySelectorAll("[data-scripted]")) words.hidden = false;
  const schema = await (await fetch(form.dataset.schema)).json();
  editor = edit(text, { schema, label: texts.editor, phrases: texts.phrases, onChange: changed });
  form.addEventListener("change", look);
  share.addEventListener("click", shareDraft);
  discard.addEventListener("click", discardChanges);
  discard.hidden = kept === null && !isAdded;
  await check({ isShown: kept !== null || isAdded });
}

/** Add the site that the address names, once, and return whether the text has changed; else the page says how. */
function addOrigin() {
  const place = document.getElementById("add-origin");
  const added = place && withOrigin(text.value, place.dataset.origin);
  if (!added) return false;
  history.replaceState(null, "", form.dataset.edit);
  for (const words of place.children) words.hidden = !words.hidden;
  if (added === text.value) return false;
  text.value = added;
  keep();
  return true;
}

function keep() {
  sessionStorage.setItem(name, text.value);
  sessionStorage.setItem(base, form.began_with.value);
}

function forget() {
  sessionStorage.removeItem(name);
  sessionStorage.removeItem(base);
}

function changed() {
  keep();
  discard.hidden = false;
  document.getElementById("shared").hidden = true;
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE_MS);
}

/** Ask the server about the draft; a draft with errors leaves the last good one in the frame. */
async function check({ isShown = true } = {}) {
  asked?.abort();
  asked = new AbortController();
  const answer = await ask(form.dataset.check, asked.signal);
  if (!answer) return;
  editor.show(answer.problems);
  list(answer.problems);
  if (!answer.is_usable) return;
  offer(answer.languages);
  if (isShown) show();
}

/** Return the server's answer in JSON, or null after saying why there is none. */
async function ask(address, signal) {
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch(address, { method: "POST", body: new FormData(form), headers, signal });
    if (response.ok) return await response.json();
    say(response.status === 401 ? texts.signed_out : ((await response.json()).error ?? texts.unreachable));
  } catch (error) {
    if (error.name !== "AbortError") say(texts.unreachable);
  }
  return null;
}

function show() {
  stage.swap((frame) => {
    form.target = frame;
    form.submit();
  });
}

function look({ target }) {
  if (target.name === "width") return stage.setWidth(target.value);
  if (target === text) return undefined;
  forgetTyped();
  return show();
}

function list(problems) {
  say(problems.length > 0 ? texts.some.replace("%(count)s", problems.length) : texts.none);
  const items = document.createElement("ul");
  items.className = "problems";
  items.append(...problems.map(item));
  document.getElementById("problems").replaceChildren(...(problems.length > 0 ? [items] : []));
}

function item({ line, what, is_warning: isWarning }) {
  const entry = document.createElement("li");
  const kind = element("span", isWarning ? texts.warning : texts.error);
  kind.className = `tag ${isWarning ? "wait" : "bad"}`;
  const place = element("button", `${texts.line} ${line}`);
  place.type = "button";
  place.className = "quiet";
  place.addEventListener("click", () => editor.goTo(line));
  const words = element("span", what);
  words.lang = "en";
  entry.append(kind, place, words);
  return entry;
}

function element(kind, words) {
  const made = document.createElement(kind);
  made.textContent = words;
  return made;
}

function say(words) {
  const verdict = document.getElementById("verdict");
  if (verdict.textContent !== words) verdict.textContent = words;
}

/** Offer the languages that the draft has. */
function offer(languages) {
  const chosen = language.value;
  if ([...language.options].map(({ value }) => value).join() === languages.join()) return;
  const options = languages.map((code) => new Option(named(code), code, false, code === chosen));
  language.replaceChildren(...options);
}

/** Return a language's name in itself. */
function named(code) {
  return new Intl.DisplayNames([code], { type: "language" }).of(code);
}

async function shareDraft(event) {
  event.preventDefault();
  const answer = await ask(share.formAction);
  if (!answer) return;
  const link = element("a", answer.address);
  link.href = answer.address;
  const said = document.getElementById("shared");
  said.replaceChildren(element("strong", texts.shared), " ", link);
  said.hidden = false;
  await navigator.clipboard?.writeText(answer.address).then(() => said.append(` (${texts.copied})`), () => {});
}

function discardChanges() {
  forget();
  if (isPosted) return location.assign(form.dataset.edit);
  text.value = live.text;
  form.began_with.value = live.hash;
  document.getElementById("behind").hidden = true;
  return editor.replace(live.text);
}

start();
