/** Lets the form of page.html send itself without leaving the page. The page works without this, too. */

import { startAids } from "./aids.js";
import { Captcha, startWorker } from "./captcha.js";
import { isWebAddress, newKey, pageAddress, readContext } from "./context.js";
import { deliver, isAccepted, mayBeStored, NO_ANSWER, postJson, request, Session } from "./delivery.js";
import { Draft, Note, tabStorage } from "./draft.js";
import { controlsOf, fieldOf, fill, focusField, readAnswers, regionsFor, showConditional } from "./fields.js";
import { tidy } from "./format.js";
import { Lock } from "./lock.js";
import { connect, reportHeight } from "./parent.js";
import { makeCounter, whenInSight } from "./seen.js";
import { Summary } from "./summary.js";
import { describeUnit, moneyIn } from "./unit.js";

/** Who the visitor is: typed once in this tab for every unit of a project, and for what they ask next. */
const CONTACT = /^((full_|sur)?name|email|phone(_prefix)?)$/;
const RECENT_MS = 12 * 3_600_000;
const STILL_MS = 4_000;
const LOOK_MS = 200;

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
  widget: { show: showWidget },
});
const session = new Session(async () => (await request(questions.dataset.session)).body, captcha);

const { seen, campaign: captured } = questions.dataset;
const campaign = context.visit.get("campaign") ?? context.visit.get(captured);
const unit = context.visit.get("unit") ?? context.visit.get("unit_id");
const count = makeCounter(seen, { campaign, unit });
const isKept = questions.dataset.forgets === undefined;
const tab = isKept ? tabStorage(window) : null;
const draft = new Draft(tab, `realpad-form:${project}:${unit ?? ""}`);
const contact = new Note(tab, `realpad-form-contact:${project}`);
const receipt = new Note(tab, `realpad-form-sent:${project}:${unit ?? ""}`);

const lock = new Lock(questions);
const isInSandbox = window.origin === "null";

let widget; // of another company's captcha, on its way or there
const early = { typed: new Set(), refused: [] }; // before the hints were there
let hints = { typed: (field) => early.typed.add(field), refused: (keys) => (early.refused = keys), clear: () => early.typed.clear() };
let isSending = false;
let sending = 0; // which sending this is; one that was given up is none any more
let isInDoubt = false; // a try with this session's token may be stored, its answer lost
let isHurried = false; // the visitor asks for the next try now
let look = () => {}; // looks at once whether the next try is due
let editedAt = -Infinity;
let isStarted = false;
let reached; // the name of the box that had the focus last
let isUnitFilledIn = false;

function start() {
  root.classList.add("js");
  startAids(questions); // which folds sections, so that what is filled in opens them
  fillIn();
  listen();
  reportHeight(find("page"), host.tell);
  whenInSight(questions, () => count("view"));
  host.tell("ready", { project, language: root.lang, theme: shownTheme(), title: texts.title, close: texts.close, radius: questions.dataset.frameRadius });
}

function listen() {
  questions.addEventListener("focusin", ({ target }) => (reached = target.name || reached));
  questions.addEventListener("focusin", () => session.get());
  questions.addEventListener("focusin", loadHints, { once: true });
  questions.addEventListener("input", correct);
  questions.addEventListener("change", ({ target }) => tidyUp(target));
  questions.addEventListener("keydown", goOn);
  // The frame's sandbox may forbid forms to be submitted: then there is a click, also for Enter in a box, and no submit.
  button.addEventListener("click", submit);
  questions.addEventListener("submit", submit);
  find("another").addEventListener("click", startAnother);
  find("close").addEventListener("click", () => host.tell("close"));
  find("reload").addEventListener("click", () => location.reload());
  document.addEventListener("keydown", closeOnEscape);
  window.addEventListener("online", () => look());
  window.addEventListener("storage", () => isStarted || fillInContact()); // typed in another frame of this page
  window.addEventListener("pagehide", () => isStarted && thanks.hidden && count("left", { question: reached }));
  window.addEventListener("pageshow", (event) => event.persisted && wakeUp());
}

/** Fill in what was typed before a reload, else what the address brings; and who the visitor is. */
function fillIn() {
  const unit = context.visit.get("unit");
  isUnitFilledIn = Boolean(unit) && fill(questions, "unit", unit);
  showUnit();
  if (unit) context.prefill.delete("unit"); // the page names one flat, not two
  const kept = draft.read();
  fillInAll(kept ?? Object.fromEntries(context.prefill));
  fillInContact();
  showReceipt();
}

/** Name the flat that the page around the form asks about; the visitor need not choose it any more. */
function showUnit() {
  const card = find("unit");
  if (!card) return;
  const field = fieldOf(questions, "unit");
  const flat = describeFlat();
  const isNamed = Boolean(context.visit.get("unit") ?? context.visit.get("unit_id"));
  card.lastChild.textContent = flat;
  card.hidden = !(isNamed && flat);
  if (!field) return;
  field.hidden = isNamed;
  for (const control of controlsOf(field)) control.disabled = isNamed && !isUnitFilledIn; // or it would name another one
}

function describeFlat() {
  const field = fieldOf(questions, "unit");
  const [list] = field ? controlsOf(field) : [];
  const visit = new Map(context.visit);
  if (list?.value) visit.set("unit", list.value);
  return describeUnit(visit, [...(list?.options ?? [])], moneyIn(questions.dataset.currency, root.lang));
}

function fillInContact() {
  fillInAll(contact.read() ?? {});
}

function fillInAll(answers) {
  for (const [name, answer] of Object.entries(answers)) {
    if (isFilledInForVisitors(name)) fill(questions, name, answer);
  }
  showConditional(questions);
}

/** Back on a page that was sent, an empty form must not look as if nothing had been. */
function showReceipt() {
  const at = receipt.read();
  if (!(Date.now() - at < RECENT_MS)) return;
  const time = new Intl.DateTimeFormat(root.lang, { timeStyle: "short" }).format(at);
  find("sent").textContent = texts.sent.replace("%", time);
  find("sent").hidden = false;
}

/** Consents are the visitor's alone. */
function isFilledInForVisitors(name) {
  return (fieldOf(questions, name) || name === "phone_prefix") && !name.startsWith("consent_");
}

/** Return the answers that a draft may keep. */
function readDraft(isKept = isFilledInForVisitors) {
  return Object.fromEntries(Object.entries(readAnswers(questions)).filter(([name]) => isKept(name)));
}

/** Return what is filled in of who the visitor is. */
function readContact() {
  return readDraft((name) => CONTACT.test(name));
}

/** Return the names of the consents given. */
function readTicked() {
  return Object.keys(readAnswers(questions)).filter((name) => name.startsWith("consent_"));
}

function correct(event) {
  if (!isStarted) host.tell("start");
  count("start");
  isStarted = true;
  editedAt = performance.now();
  if (isInDoubt) startSession(); // other answers under a token that made a lead would be taken for its repeat
  const field = event.target.closest("[data-key]");
  if (field) hints.typed(field);
  showConditional(questions);
  draft.keep(readDraft());
  contact.write(readContact());
}

/** Show the captcha of another company; its script comes only to projects that ask for it. */
async function showWidget(asked, report) {
  widget ??= import(questions.dataset.widget).then(({ Widget }) => new Widget(find("captcha")));
  try {
    (await widget).show(asked, report);
  } catch {
    widget = null;
    report.answered("");
  }
}

async function loadHints() {
  const { startHints } = await import(questions.dataset.hints).catch(() => ({}));
  if (startHints) hints = startHints(questions, { texts, say: announce, early });
}

function tidyUp(control) {
  tidy(control, { language: root.lang, regions: control.type === "tel" ? regionsFor(control) : [] });
}

/** Enter goes on to the next question where the key says so, and sends from the last box or after it. */
function goOn(event) {
  const { key, target } = event;
  const field = target.closest("[data-key]");
  const isPlain = key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey;
  if (!isPlain || !field || !target.matches("input:not([enterkeyhint=send])")) return;
  const fields = [...questions.querySelectorAll("[data-key]")].filter((each) => !each.hidden);
  const next = fields[fields.indexOf(field) + 1];
  if (!next) return;
  event.preventDefault();
  focusField(next);
}

/**
 * Send what is on the screen, and go on until the server has an opinion.
 *
 * A correction made meanwhile must never be lost while the visitor is thanked for what they had sent before; and one
 * enquiry should be one lead. Therefore:
 * - While a try is under way, the boxes are locked. They stay locked between the tries after one that may be stored, its
 *   answer lost: the next one sends the very same answers under the same key, which settles it within a minute.
 * - While the connection is gone or the server is at its limit, which may last, the boxes are open. The next try waits
 *   until nobody is typing and sends what is on the screen by then; changed answers go under another key and token. If
 *   the connection broke just after a try had arrived, they make a second lead: better that than a lost correction.
 * - After the last try everything is open again, and it is up to the visitor to press the button.
 */
async function submit(event) {
  event.preventDefault();
  if (isSending) return hurry();
  count("send");
  summary.clear();
  hints.clear();
  document.title = texts.title;
  const mine = (sending += 1);
  const isOver = () => mine !== sending;
  let enquiry;
  const again = () => (enquiry = isOver() ? null : compose());
  const send = (body) => (isOver() ? NO_ANSWER : postJson(leadsAddress(), body));
  const answer = await deliver(again(), { session, send, again, pause: (ms, last) => pause(ms, last, isOver) });
  if (isOver()) return;
  setSending(false);
  if (isInDoubt) startSession();
  if (isAccepted(answer)) return thank(answer.body, enquiry);
  if (answer.status === 422) return refuse(answer.body.errors ?? {});
  return fail(answer);
}

function leadsAddress() {
  return Element.prototype.getAttribute.call(form, "action");
}

/** Lock the boxes and return the body of the POST: the visit, then the answers, which win. */
function compose() {
  // Also the box that was not left yet: a number typed anew is the same answer, and keeps its key.
  for (const control of [...questions.querySelectorAll("[data-key]")].flatMap(controlsOf)) tidyUp(control);
  setSending(true);
  const submission = draft.keyFor({ answers: readDraft(), ticked: readTicked() }, newKey);
  // A frame that nobody told its page, as one of oEmbed, knows the site at least.
  const ownPage = host.isFramed ? { page: document.referrer } : { page: pageAddress(location.href), referrer: document.referrer };
  const visit = [...context.visit].filter(([name]) => isForTheServer(name));
  return { ...ownPage, ...Object.fromEntries(visit), ...readAnswers(questions), submission };
}

/** Questions are the visitor's to answer; but a unit that is no choice of the form must not get lost. */
function isForTheServer(name) {
  return !fieldOf(questions, name) || (name === "unit" && !isUnitFilledIn);
}

/** Wait before the next try; while offline, until the connection is back, or the visitor says so. */
async function pause(ms, answer, isOver) {
  if (isOver()) return;
  isInDoubt ||= mayBeStored(answer);
  isHurried = false;
  const isOffline = !navigator.onLine;
  lock.set(isInDoubt && !isOffline);
  if (isOffline) showWaiting();
  else say(texts.still_sending);
  const dueAt = performance.now() + ms;
  const isPossible = () => (isOffline ? isHurried || navigator.onLine : performance.now() >= dueAt);
  while (!isOver() && !(isPossible() && (isHurried || isStill()))) {
    await new Promise((resolve) => setTimeout((look = resolve), LOOK_MS));
  }
}

function hurry() {
  isHurried = true;
  look();
}

/** Tell whether nobody is in the middle of a correction. */
function isStill() {
  return performance.now() - editedAt > STILL_MS;
}

/** Have the next try fetch a token and a captcha of its own. */
function startSession() {
  session.forget();
  isInDoubt = false;
}

function thank({ id, redirect }, { unit = null }) {
  const target = isWebAddress(redirect) ? redirect : null;
  draft.clear();
  receipt.write(Date.now());
  questions.hidden = true;
  thanks.hidden = false;
  const flat = find("thanks-unit");
  if (flat) flat.hidden = !((flat.lastElementChild ?? flat).textContent = describeFlat()); // a page from a cache has no child
  const heading = thanks.querySelector("h2");
  // What is hidden describes all the same: without a flat, "Flat:" alone would be read.
  heading.setAttribute("aria-describedby", flat?.hidden === false ? flat.id : "");
  heading.focus();
  find("continue").hidden = !target || isInSandbox; // there it would lead nowhere
  if (target) Object.assign(find("continue"), { href: target, target: "_top" });
  find("close").hidden = context.view !== "dialog";
  find("close").classList.toggle("quiet", Boolean(target));
  host.tell("submitted", { id, project, unit, campaign: campaign ?? null, redirect: target });
  host.tell("scroll", { top: 0 });
  if (target && !host.isFramed) location.assign(target);
}

function refuse(errors) {
  draft.takeBack(readDraft());
  summary.show(errors);
  hints.refused(Object.keys(errors));
  document.title = texts.error_title;
  host.tell("error", { code: "invalid", fields: Object.keys(errors) });
  host.tell("scroll", { top: find("summary").getBoundingClientRect().top });
}

function fail({ status, retryAfterMs }) {
  startSession();
  const isBusy = status === 429;
  const minutes = Math.ceil(Math.max(retryAfterMs, 60_000) / 60_000);
  showProblem(isBusy ? texts.busy.replace("%", minutes) : texts.failed, { isCalm: isBusy });
  button.textContent = texts.try_again;
  if (host.isFramed) showOwnAddress();
  host.tell("error", { code: status === 0 ? "network" : String(status), fields: [] });
}

/** Say where the form stands alone: the frame may be what keeps it from being sent, and links in it from opening. */
function showOwnAddress() {
  const about = [...context.visit].filter(([name]) => /^(?:unit|unit_id|campaign)$/.test(name));
  const address = new URL(location.pathname, location.href);
  address.search = new URLSearchParams(about);
  const place = find("elsewhere");
  if (!place) return; // a page from a cache may be older than this script
  const link = place.querySelector("a");
  link.href = link.textContent = address.href;
  link.target = "_blank";
  link.rel = "noopener";
  place.hidden = false;
  find("problem").append(place);
}

function startAnother() {
  const same = isKept ? readContact() : {};
  HTMLFormElement.prototype.reset.call(form);
  startSession();
  fillIn();
  fillInAll(same); // also where the tab keeps nothing
  thanks.hidden = true;
  questions.hidden = false;
  questions.querySelector("input:not([type=hidden]), select, textarea").focus();
}

function setSending(isOn) {
  say(isOn ? (isSending ? texts.still_sending : texts.sending) : "");
  isSending = isOn;
  editedAt = -Infinity;
  lock.set(isOn);
  setBusy(isOn);
  hideProblem();
}

function setBusy(isBusy) {
  button.setAttribute("aria-disabled", String(isBusy));
  button.classList.toggle("is-busy", isBusy);
}

/** Say that the enquiry waits for the connection; the button tries at once. */
function showWaiting() {
  say("");
  setBusy(false);
  button.textContent = texts.try_again;
  showProblem(texts.offline, { isCalm: true });
}

/** Say how sending goes, on the button and to screen readers. */
function say(text) {
  button.textContent = text || texts.send;
  announce(text);
}

function announce(text) {
  find("status").textContent = text;
}

/** @param isCalm nothing is wrong, and nothing left to do */
function showProblem(text, { isCalm = false } = {}) {
  find("problem").classList.toggle("is-calm", isCalm);
  find("problem").classList.toggle("is-offline", !navigator.onLine); // who is cannot write an e-mail, either
  find("problem-text").textContent = text;
  find("problem").hidden = false;
}

function hideProblem() {
  find("problem").hidden = true;
}

/** The browser brought the page back from its cache as it was left, perhaps hours ago: what was under way is not. */
function wakeUp() {
  sending += 1;
  startSession();
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
