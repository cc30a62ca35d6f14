/** Lets the form of page.html send itself without leaving the page. The page works without this, too. */

import { Captcha, startWorker } from "./captcha.js";
import { chooseTheme, isWebAddress, newKey, pageAddress, readContext } from "./context.js";
import { deliver, isAccepted, postJson, request, Session } from "./delivery.js";
import { Draft, tabStorage } from "./draft.js";
import { fieldOf, fill, readAnswers, showConditional } from "./fields.js";
import { tidy } from "./format.js";
import { connect, reportHeight } from "./parent.js";
import { makeCounter, whenInSight } from "./seen.js";
import { Summary } from "./summary.js";
import { Widget } from "./widget.js";

const root = document.documentElement;
const find = (id) => document.getElementById(id);
const form = find("form"); // a box called `action` or `reset` hides this element's own; ask what is around it
const questions = find("questions");
const thanks = find("thanks");
const button = find("send");
const texts = JSON.parse(find("texts").textContent);

const context = readContext(location);
const host = connect(window, context.origin);
const project = questions.dataset.project;
const summary = new Summary(questions, find("summary"));
const captcha = new Captcha({
  makeWorker: () => startWorker(questions.dataset.worker),
  widget: new Widget(find("captcha")),
});
const session = new Session(async () => (await request(questions.dataset.session)).body, captcha);

const { seen, campaign: captured } = questions.dataset;
const campaign = context.visit.get("campaign") ?? context.visit.get(captured);
const unit = context.visit.get("unit") ?? context.visit.get("unit_id");
const count = makeCounter(seen, { campaign, unit });
const draft = new Draft(tabStorage(window), `realpad-form:${project}:${unit ?? ""}`);

let isSending = false;
let isStarted = false;
let isUnitFilledIn = false;

function start() {
  root.classList.add("js");
  root.classList.toggle("framed", host.isFramed && context.view !== "dialog");
  root.classList.toggle("in-dialog", context.view === "dialog");
  root.dataset.theme = chooseTheme(context, root.dataset.theme) ?? root.dataset.theme;
  fillIn();
  listen();
  reportHeight(find("page"), host.tell);
  whenInSight(questions, () => count("view"));
  host.tell("ready", { project, language: root.lang, theme: shownTheme() });
}

function listen() {
  questions.addEventListener("focusin", () => session.get());
  questions.addEventListener("input", correct);
  questions.addEventListener("change", (event) => tidy(event.target, root.lang));
  questions.addEventListener("submit", submit);
  find("another").addEventListener("click", startAnother);
  find("reload").addEventListener("click", () => location.reload());
  document.addEventListener("keydown", closeOnEscape);
  window.addEventListener("pageshow", (event) => event.persisted && wakeUp());
}

/** Fill in what was typed before a reload, else what the address brings. */
function fillIn() {
  const unit = context.visit.get("unit");
  isUnitFilledIn = Boolean(unit) && fill(questions, "unit", unit);
  const kept = draft.read();
  for (const [name, answer] of kept ? Object.entries(kept) : context.prefill) {
    if (isFilledInForVisitors(name)) fill(questions, name, answer);
  }
  showConditional(questions);
}

/** Consents are the visitor's alone. */
function isFilledInForVisitors(name) {
  return fieldOf(questions, name) && !name.startsWith("consent_");
}

/** Return the answers that a draft may keep. */
function readDraft() {
  return Object.fromEntries(Object.entries(readAnswers(questions)).filter(([name]) => isFilledInForVisitors(name)));
}

/** Return the names of the consents given. */
function readTicked() {
  return Object.keys(readAnswers(questions)).filter((name) => name.startsWith("consent_"));
}

function correct(event) {
  if (!isStarted) host.tell("start");
  count("start");
  isStarted = true;
  const field = event.target.closest("[data-key]");
  if (field) summary.forget(field);
  showConditional(questions);
  draft.keep(readDraft());
}

async function submit(event) {
  event.preventDefault();
  if (isSending) return;
  count("send");
  const enquiry = composeEnquiry();
  setSending(true);
  summary.clear();
  document.title = texts.title;
  const send = (body) => postJson(leadsAddress(), body);
  const answer = await deliver(enquiry, { session, send, pause });
  setSending(false);
  if (isAccepted(answer)) return thank(answer.body, enquiry);
  if (answer.status === 422) return refuse(answer.body.errors ?? {});
  return fail(answer.status);
}

function leadsAddress() {
  return Element.prototype.getAttribute.call(form, "action");
}

/** Return the body of the POST: the visit, then the answers, which win. */
function composeEnquiry() {
  const submission = draft.keyFor({ answers: readDraft(), ticked: readTicked() }, newKey);
  const ownPage = host.isFramed ? {} : { page: pageAddress(location.href), referrer: document.referrer };
  const visit = [...context.visit].filter(([name]) => isForTheServer(name));
  return { ...ownPage, ...Object.fromEntries(visit), ...readAnswers(questions), submission };
}

/** Questions are the visitor's to answer; but a unit that is no choice of the form must not get lost. */
function isForTheServer(name) {
  return !fieldOf(questions, name) || (name === "unit" && !isUnitFilledIn);
}

/** Wait before the next try; while offline, until the connection is back. */
async function pause(ms) {
  if (!navigator.onLine) {
    showProblem(texts.offline);
    await new Promise((back) => window.addEventListener("online", back, { once: true }));
    return hideProblem();
  }
  say(texts.still_sending);
  return new Promise((over) => setTimeout(over, ms));
}

function thank({ id, redirect }, { unit = null }) {
  const target = isWebAddress(redirect) ? redirect : null;
  draft.clear();
  questions.hidden = true;
  thanks.hidden = false;
  thanks.querySelector("h2").focus();
  find("continue").hidden = !target;
  if (target) find("continue").href = target;
  host.tell("submitted", { id, project, unit, campaign: campaign ?? null, redirect: target });
  host.tell("scroll", { top: 0 });
  if (target && !host.isFramed) location.assign(target);
}

function refuse(errors) {
  draft.takeBack(readDraft());
  summary.show(errors);
  document.title = texts.error_title;
  host.tell("error", { code: "invalid", fields: Object.keys(errors) });
  host.tell("scroll", { top: find("summary").getBoundingClientRect().top });
}

function fail(status) {
  session.forget();
  showProblem(status === 429 ? texts.busy : texts.failed);
  button.textContent = texts.try_again;
  host.tell("error", { code: status === 0 ? "network" : String(status), fields: [] });
}

function startAnother() {
  HTMLFormElement.prototype.reset.call(form);
  session.forget();
  fillIn();
  thanks.hidden = true;
  questions.hidden = false;
  questions.querySelector("input:not([type=hidden]), select, textarea").focus();
}

function setSending(sending) {
  isSending = sending;
  button.setAttribute("aria-disabled", String(sending));
  button.classList.toggle("is-busy", sending);
  if (sending) hideProblem();
  say(sending ? texts.sending : "");
}

/** Say how sending goes, on the button and to screen readers. */
function say(text) {
  button.textContent = text || texts.send;
  find("status").textContent = text;
}

function showProblem(text) {
  find("problem-text").textContent = text;
  find("problem").hidden = false;
}

function hideProblem() {
  find("problem").hidden = true;
}

/** The browser brought the page back from its cache as it was left, perhaps hours ago. */
function wakeUp() {
  session.forget();
  if (isSending) setSending(false);
}

/** The dialog around the frame hears no keys pressed inside. */
function closeOnEscape(event) {
  if (event.key === "Escape" && context.view === "dialog") host.tell("close");
}

function shownTheme() {
  if (root.dataset.theme !== "auto") return root.dataset.theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

start();
