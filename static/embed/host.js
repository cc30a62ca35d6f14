/**
 * What forms and the page around them do once they are there: events, calls, dialogs, and the way out if no form comes.
 *
 * embed.js imports it when a form has come or failed to, when there is something that opens a dialog, or at a call.
 */

const TEXTS = { en: ["The form could not be loaded.", "Open the form on its own page"] }; // the server adds languages
const NAME = "realpad-form";
const SELECTOR = "[data-realpad-form]";
const PHONE_PX = 560;
const REDIRECT_MS = 300; // lets tags that listen to the data layer get their request out
const STYLE = `
.realpad-form{width:720px;margin:auto;padding:0;border:0;border-radius:12px;box-shadow:0 0 0 1px #7f7f7f66;overscroll-behavior:contain;scroll-padding-top:68px}
.realpad-form::backdrop{background:#0009}
.realpad-form button{all:unset;position:sticky;top:12px;display:block;margin-block:12px -56px;margin-inline:auto 12px;width:44px;
border-radius:50%;background:#7f7f7f26;backdrop-filter:blur(8px);font:18px/44px system-ui;text-align:center;cursor:pointer}
.realpad-form button:hover{background:#7f7f7f4d}
.realpad-form button:focus-visible{outline:2px solid}
.realpad-form p{margin:20px 68px 20px 24px}
.realpad-form iframe{min-height:100%;border-radius:0!important}
@media(max-width:${PHONE_PX}px){.realpad-form{width:100%;height:100%;max-width:none;max-height:none;border-radius:0!important}}
:root:has(.realpad-form[open]){overflow:hidden}`;

/** Return what embed.js calls by name; the arguments are its own, described there. */
export function init(forms, done, remove, scan, addressOf, createFrame, load) {
  const counted = new Set(); // ids of leads in the data layer
  let isInHistory = false; // an entry of the history stands for the open dialog

  if (document.adoptedStyleSheets) {
    // The only style that strict policies allow; browsers before 2023 show plain dialogs.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets.push(sheet);
  }
  addEventListener("popstate", onPopState, true);
  if (isLeftOver()) history.back();
  noteEntry("");

  // Calls

  const isOpener = (target) => target.matches?.("button, a");

  /** Return an element or the first of a selector, which may be a part of the page that is still to come. */
  async function find(target) {
    if (target?.dataset) return target;
    const found = document.querySelector(target);
    if (found || document.readyState !== "loading") return found;
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve));
    return document.querySelector(target);
  }

  async function mount(target, options) {
    const element = await find(target);
    if (element) mountElement(element, options);
  }

  function mountElement(element, { project, prefill, ...options } = {}) {
    done.delete(element);
    for (const field in prefill) element.setAttribute(`data-prefill-${field}`, prefill[field]);
    for (const [name, value] of Object.entries({ ...options, realpadForm: project })) {
      if (value != null) element.dataset[name] = value;
    }
    scan();
  }

  async function unmount(target) {
    const element = await find(target);
    if (!element) return;
    done.add(element);
    const form = forms.get(element);
    if (form) remove(form);
  }

  /** Open the form of an element or of a project in a dialog; of the page's first element if neither is given. */
  function open(target = document.querySelector(SELECTOR), options) {
    if (!target) {
      console.error("realpad-form: no-form");
      return;
    }
    if (openDialog()) return; // what is typed there must not get lost
    const element = isOpener(target) ? target : createOpener(target.dataset ?? { realpadForm: target });
    mountElement(element, options);
    show(forms.get(element));
  }

  /** Return a hidden button that stands for a call of open(); it is in the page, so that its events bubble. */
  function createOpener(dataset) {
    const opener = create("button", { hidden: true });
    Object.assign(opener.dataset, dataset);
    opener.addEventListener("realpad-form:closed", () => opener.remove());
    document.body.append(opener);
    return opener;
  }

  function close() {
    openDialog()?.close();
  }

  // Dialogs

  const openDialog = () => document.querySelector(".realpad-form[open]");

  /** Show the dialog as it was left, unless its unit or page is another by now. */
  function show(form) {
    if (form.frame?.src !== addressOf(form)) dropDialog(form);
    form.dialog ??= createDialog(form);
    if (form.dialog.open) return;
    form.dialog.showModal();
    if (!isInHistory && innerWidth <= PHONE_PX) enterHistory();
  }

  function createDialog(form) {
    const frame = createFrame(form, 480);
    const cross = create("button", { textContent: "✕", ariaLabel: "Close" }); // until the form says it in its language
    const dialog = create("dialog", { className: NAME, ariaLabel: frame.title }, cross, frame);
    cross.onclick = () => dialog.close();
    dialog.onclick = ({ target }) => target === dialog && dialog.close(); // the backdrop
    dialog.onclose = () => afterClose(form);
    form.isInUse = () => isInUse(form);
    document.body.append(dialog);
    load(form);
    return dialog;
  }

  function afterClose(form) {
    if (isInHistory && !openDialog()) leaveHistory();
    if (form.isSubmitted) dropDialog(form);
    form.element.focus();
    emit(form, "closed");
    scan(); // the element may have gone meanwhile
  }

  function dropDialog(form) {
    clearTimeout(form.timer);
    form.dialog?.remove();
    form.dialog = form.frame = form.note = undefined;
    form.isStarted = form.isSubmitted = false;
  }

  /**
   * Return whether a dialog stays although its element is gone or changed. It closes if the page around went on, and
   * nothing was typed; if only its button was rendered anew, or there is something to lose, it stays.
   */
  function isInUse(form) {
    if (!form.dialog?.open) return false;
    if (!form.isStarted && form.frame.src !== addressOf(form)) form.dialog.close();
    return true;
  }

  // History: on a phone the dialog is the whole screen, and Back closes it

  /** Add an entry to go back from, in the same state as that of the page's router. */
  function enterHistory() {
    history.pushState({ ...history.state, [NAME]: location.href }, "");
    noteEntry(location.href);
    isInHistory = true;
  }

  /** Keep for this tab that the entry of a dialog at this address is the current one; '' if it is none any more. */
  function noteEntry(address) {
    try {
      sessionStorage[`${NAME}:entry`] = address;
    } catch {}
  }

  /**
   * Return whether the page was loaded anew at the entry of a dialog, which stands for nothing any more. The state says
   * so, unless the page's router has written its own, or copied ours to another address.
   */
  function isLeftOver() {
    if (history.state?.[NAME] === location.href) return true;
    const [{ type } = {}] = performance.getEntriesByType("navigation");
    try {
      return type === "reload" && sessionStorage[`${NAME}:entry`] === location.href;
    } catch {}
  }

  /** Take the entry away after the dialog was closed in another way, unless the page has gone on from it. */
  function leaveHistory() {
    if (history.state?.[NAME]) history.back();
    else isInHistory = false;
    noteEntry("");
  }

  function onPopState(event) {
    if (!isInHistory || history.state?.[NAME]) return;
    event.stopImmediatePropagation(); // to the page's router, nothing has happened; if it came first, it is where it was
    isInHistory = false;
    noteEntry("");
    close();
  }

  // Messages: what the frames say, listed in static/form/parent.js

  const HEARD = {
    __proto__: null,
    ready(form, { theme, title, close: closeText, radius }) {
      const { frame, dialog, element, note } = form;
      note?.remove();
      frame.style.colorScheme = theme; // with another one around, browsers paint no frame transparent
      if (/^[\d.]+(px|r?em)?$/.test(radius)) (dialog ?? frame).style.borderRadius = radius; // a dialog cuts off its frame's
      if (title) frame.title = title;
      if (dialog) {
        dialog.style.colorScheme = theme;
        dialog.ariaLabel = element.textContent.trim() || frame.title;
        if (closeText) dialog.firstChild.ariaLabel = closeText;
      }
      emit(form, "ready");
    },
    start(form) {
      form.isStarted = true;
      emit(form, "start");
    },
    error: (form, { code, fields }) => emit(form, "error", { code, fields }),
    close: (form) => form.dialog?.close(),
    scroll({ frame, dialog }, { top }) {
      const place = frame.getBoundingClientRect().top + (Number(top) || 0);
      const isInView = place >= 0 && place < innerHeight - 100;
      if (!isInView) (dialog ?? window).scrollBy({ top: place - 96, behavior: "instant" });
    },
    submitted(form, { id, unit, campaign, redirect }) {
      form.isSubmitted = true;
      const entry = { event: "generate_lead", event_id: id, project: form.project, unit, campaign };
      if (!counted.has(id)) (window.dataLayer ||= []).push(entry);
      counted.add(id);
      const goesOn = emit(form, "submitted", { id, unit, campaign });
      if (goesOn && /^https?:\/\//.test(redirect)) setTimeout(() => leaveFor(redirect), REDIRECT_MS);
    },
  };

  const hear = (form, data) => HEARD[data.type]?.(form, data);

  /** Go to a page, in the place of the entry that the dialog may have in the history. */
  function leaveFor(address) {
    if (isInHistory) location.replace(address);
    else location.assign(address);
  }

  /** Tell the page, even if the element has left it; return false if it called preventDefault(). */
  function emit({ element, project }, type, detail) {
    const event = new CustomEvent(`realpad-form:${type}`, { bubbles: true, cancelable: true, detail: { project, ...detail } });
    return (element.isConnected ? element : document).dispatchEvent(event);
  }

  /** Say that no form has come, and how to ask all the same. A form that comes later takes this place again. */
  function giveUp(form) {
    const { element, frame } = form;
    const { phone, email, lang } = element.dataset;
    const language = (lang || document.documentElement.lang).slice(0, 2).toLowerCase();
    const [sentence, link] = TEXTS[language] ?? TEXTS.en;
    const ways = { [frame.src]: link, [`tel:${phone}`]: phone, [`mailto:${email}`]: email };
    form.note = create("p", {}, sentence);
    for (const [href, textContent] of Object.entries(ways)) {
      if (textContent) form.note.append(create("br"), create("a", { href, textContent, target: "_blank" }));
    }
    frame.before(form.note);
    frame.style.height = 0;
    console.warn("realpad-form: no answer; may this page embed this project?", element);
    emit(form, "error", { code: "no-answer" });
  }

  return { mount, unmount, open, close, show, watch() {}, hear, giveUp };
}

function create(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
