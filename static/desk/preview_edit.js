/** The live editor: every pause in typing is checked by the server, and shown if it can be. */

import { edit } from "../built/editor.js";
import { Builder } from "./preview_builder.js";
import { forgetTyped, Stage } from "./preview_stage.js";

const PAUSE_MS = 400;
const ROOM_ABOVE_PX = 48; // above a question that is brought into view

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

const MODE = "realpad-form:edit-mode"; // kept in this browser

let editor;
let builder;
let timer;
let pointed; // the question that was opened last
let isBuilt = false; // the text is being changed by the builder
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
  for (const button of form.querySelectorAll("[data-plain]")) button.hidden = true;
  for (const words of form.querySelectorAll("[data-scripted]")) words.hidden = false;
  const schema = await (await fetch(form.dataset.schema)).json();
  editor = edit(text, { schema, label: texts.editor, phrases: texts.phrases, onChange: changed });
  startBuilder(); // before anything can be pressed that works on it
  form.addEventListener("change", look);
  share.addEventListener("click", shareDraft);
  discard.addEventListener("click", discardChanges);
  discard.hidden = kept === null;
  await check({ isShown: kept !== null });
  document.getElementById("modes").hidden = false;
  const chosen = location.hash.slice(1) || localStorage.getItem(MODE);
  setMode(chosen === "text" ? "text" : "builder");
  await addOrigin();
}

/** Add the site that the address names to those that may show the form; else the page says which line to add. */
async function addOrigin() {
  const place = document.getElementById("add-origin");
  if (!place) return;
  history.replaceState(null, "", form.dataset.edit);
  const answer = await askChange(JSON.stringify([{ do: "include", place: ["origins"], value: place.dataset.origin }]));
  if (!answer || answer.error) return;
  for (const words of place.children) words.hidden = !words.hidden;
  if (answer.text !== text.value) takeBuilt(answer.text, answer);
}

function startBuilder() {
  const undo = document.getElementById("undo");
  builder = new Builder(document.getElementById("builder"), {
    text: () => text.value,
    take: takeBuilt,
    page: askPage,
    change: askChange,
    echo,
    point,
    announce: (words) => {
      document.getElementById("builder-status").textContent = words;
    },
    go: setMode,
    onUndoable: (is) => {
      undo.disabled = !is;
    },
  });
  undo.addEventListener("click", () => builder.undo());
  form.addEventListener("submit", settleFirst);
  document.getElementById("stage").addEventListener("load", ({ target }) => listen(target), true);
  listen(stage.frame);
}

/** Send nothing before all that was typed into the builder is in the text, and nothing while a part of it is refused. */
async function settleFirst(event) {
  if (builder.isSettled) return;
  event.preventDefault();
  if (await builder.settle()) form.requestSubmit(event.submitter);
  else say(texts.refused);
}

function setMode(mode) {
  const isBuilder = mode === "builder";
  form.querySelector(`[name="mode"][value="${mode}"]`).checked = true;
  document.getElementById("builder").hidden = !isBuilder;
  document.getElementById("text-field").hidden = isBuilder;
  document.getElementById("undo").hidden = !isBuilder;
  if (isBuilder) builder.open();
}

/** Take the text that the builder made of the draft. */
function takeBuilt(made, answer) {
  clearTimeout(timer);
  isBuilt = true;
  editor.replace(made);
  isBuilt = false;
  if (!answer) return check();
  keep();
  discard.hidden = false;
  tell(answer);
  offer(answer.languages);
  return show();
}

/** Return what the server makes of the draft by edits, also why it refuses them, or null after saying why not. */
async function askChange(edits) {
  const content = new FormData(form);
  content.set("edits", edits);
  try {
    const response = await fetch(form.dataset.change, { method: "POST", body: content, headers: { Accept: "application/json" } });
    if (response.ok || response.status === 422) return await response.json();
    say(response.status === 401 ? texts.signed_out : ((await response.json()).error ?? texts.unreachable));
  } catch {
    say(texts.unreachable);
  }
  return null;
}

/** Return the builder of the draft as a document, or null after saying why not; only this way may HTML come in. */
function askPage() {
  const request = new XMLHttpRequest();
  request.open("POST", form.dataset.builder);
  request.responseType = "document";
  return new Promise((resolve) => {
    request.addEventListener("loadend", () => {
      const isThere = request.status === 200 || request.status === 422;
      if (!isThere) say(request.status === 401 ? texts.signed_out : texts.unreachable);
      resolve(isThere ? request.response : null);
    });
    request.send(new FormData(form));
  });
}

/** Write a question's label into the preview at once; what the server makes of it follows. */
function echo(key, spoken, words) {
  if (spoken !== language.value) return;
  const label = stage.frame.contentDocument?.querySelector(`[data-key="${CSS.escape(key)}"] :is(.label, .tick > span)`);
  if (label?.firstChild?.nodeType === Node.TEXT_NODE) label.firstChild.data = `${words} `;
}

/** Bring a question of the preview into view, also after the next change; the page around it stays where it is. */
function point(key, { contentDocument, contentWindow } = stage.frame) {
  pointed = key;
  const asked = contentDocument?.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!asked) return;
  for (let folded = asked.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
  const { top, bottom } = asked.getBoundingClientRect();
  if (top < 0 || bottom > contentWindow.innerHeight / 2) contentWindow.scrollBy(0, top - ROOM_ABOVE_PX);
}

/** Let a click on a question in the preview open it in the builder. */
function listen(frame) {
  if (pointed) point(pointed, frame);
  frame.contentDocument?.addEventListener("click", ({ target }) => {
    const asked = target.closest?.("[data-key]");
    if (asked && !document.getElementById("builder").hidden) builder.reveal(asked.dataset.key);
  });
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
  if (isBuilt) return;
  builder.forget();
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
  tell(answer);
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
  if (target.name === "mode") {
    localStorage.setItem(MODE, target.value);
    return setMode(target.value);
  }
  if (document.getElementById("builder").contains(target)) return undefined;
  if (target.name === "width") return stage.setWidth(target.value);
  if (target === text) return undefined;
  forgetTyped();
  return show();
}

/** Tell what the server has to say of the draft: what is wrong with it, and what of it only an admin may publish. */
function tell({ problems, needs_admin: parts }) {
  editor.show(problems);
  list(problems);
  const told = document.getElementById("needs-admin");
  told.hidden = parts.length === 0;
  told.querySelector("ul").replaceChildren(...parts.map(guarded));
}

function guarded({ part, what }) {
  const entry = document.createElement("li");
  entry.append(element("code", part), element("span", what));
  return entry;
}

function list(problems) {
  say(problems.length > 0 ? texts.some.replace("%(count)s", problems.length) : texts.none);
  const items = document.createElement("ul");
  items.className = "problems";
  items.append(...problems.map(item));
  document.getElementById("problems").replaceChildren(...(problems.length > 0 ? [items] : []));
}

function item({ line, what, detail, question, is_warning: isWarning }) {
  const entry = document.createElement("li");
  const kind = element("span", isWarning ? texts.warning : texts.error);
  kind.className = `tag ${isWarning ? "wait" : "bad"}`;
  const place = element("button", `${texts.line} ${line}`);
  place.type = "button";
  place.className = "quiet";
  place.addEventListener("click", () => goTo(line, question));
  const words = element("span", what);
  if (detail) {
    const theirs = element("span", detail);
    theirs.lang = "en";
    words.append(" ", theirs);
  }
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
  if (!(await builder.settle())) return say(texts.refused);
  const answer = await ask(share.formAction);
  if (!answer) return undefined;
  const link = element("a", answer.address);
  link.href = answer.address;
  const said = document.getElementById("shared");
  said.replaceChildren(element("strong", texts.shared), " ", link);
  said.hidden = false;
  await navigator.clipboard?.writeText(answer.address).then(() => said.append(` (${texts.copied})`), () => {});
}

function discardChanges() {
  if (isPosted) {
    forget();
    return location.assign(form.dataset.edit);
  }
  const before = text.value;
  form.began_with.value = live.hash;
  document.getElementById("behind").hidden = true;
  editor.replace(live.text);
  forget();
  discard.hidden = true;
  return builder.replaced(before);
}

/** Lead to what a problem is about: its question in the builder, or its line in the text. */
function goTo(line, question) {
  if (question && !document.getElementById("builder").hidden) return builder.reveal(question);
  setMode("text");
  return editor.goTo(line);
}

start();
