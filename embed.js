/*
 * realpad-form loader: puts the enquiry forms of this server into a page. It sets no cookie and evaluates nothing.
 *
 *   <script async data-cfasync="false" src="https://forms.example/embed.js" data-project="riverside"></script>
 *                                                                   a form in this place
 *   <div data-realpad-form="riverside"></div>                       a form in this element
 *   <button data-realpad-form="riverside" data-unit="A-101">…       a form in a dialog; an <a href> likewise
 *
 * Attributes: data-lang, data-unit, data-unit-id, data-campaign, data-theme (light, dark), data-prefill-<field>.
 * Events, bubbling from the element: realpad-form:ready, start, error, submitted, closed. `submitted` carries
 * {id, project, unit, campaign}; its preventDefault() keeps the visitor from the thank-you page.
 * Calls: RealpadForm.mount(element, options), unmount(element), open(project or button, options), close(),
 * on(event, listener), where options are {project, lang, unit, unitId, campaign, theme, prefill: {field: text}}.
 * To call before this file is here:
 *
 *   window.RealpadForm = window.RealpadForm || { q: [] };
 *   RealpadForm.q.push(["on", "submitted", (event) => console.log(event.detail.id)]);
 */
(() => {
  "use strict";

  const api = (window.RealpadForm = window.RealpadForm || {});
  const isLoader = (tag) => /\/embed\.js([?#]|$)/.test(tag?.src ?? "");
  // Optimisers run scripts without a currentScript, and others have an embed.js, too.
  const tags = [document.currentScript, ...document.querySelectorAll("script[data-project]"), ...document.scripts];
  const ownTag = tags.find(isLoader);
  if (api.isLoaded || !ownTag) return;

  const base = new URL(".", ownTag.src);
  const ANSWER_MS = 6000;
  const REDIRECT_MS = 300; // lets tags that listen to the data layer get their request out
  const VISIT_KEY = "realpad-form:visit";
  const NOT_OF_THE_VISIT = /^(prefill-.*|consent_.*|origin|theme|surface|view|lang|language|page|referrer|unit|unit_id)$/;
  const TEXTS = {
    cs: ["Poptávkový formulář", "Otevřít formulář v novém okně", "Formulář se tu nepodařilo zobrazit.", "Zavřít"],
    sk: ["Dopytový formulár", "Otvoriť formulár v novom okne", "Formulár sa tu nepodarilo zobraziť.", "Zavrieť"],
    en: ["Enquiry form", "Open the form in a new window", "The form could not be shown here.", "Close"],
    de: ["Anfrageformular", "Formular in neuem Fenster öffnen", "Das Formular kann hier nicht angezeigt werden.", "Schließen"],
    uk: ["Форма запиту", "Відкрити форму в новому вікні", "Не вдалося показати форму тут.", "Закрити"],
    pl: ["Formularz zapytania", "Otwórz formularz w nowym oknie", "Nie udało się tu wyświetlić formularza.", "Zamknij"],
  };
  const STYLE = `
    .realpad-form-dialog { inline-size: min(720px, 100vw - 32px); max-inline-size: none; max-block-size: calc(100dvh - 32px);
      margin: auto; padding: 0; border: 0; border-radius: 12px; overflow: hidden; background: #fff; color: #171a1f; }
    .realpad-form-dialog[open] { display: flex; }
    .realpad-form-dialog[data-theme="dark"] { background: #16181c; color: #eceef1; }
    .realpad-form-dialog::backdrop { background: rgb(10 12 16 / 0.6); }
    .realpad-form-dialog > div { flex: 1; min-block-size: 240px; overflow: auto; overscroll-behavior: contain; }
    .realpad-form-dialog > button { all: unset; position: absolute; inset-block-start: 12px; inset-inline-end: 12px;
      inline-size: 44px; block-size: 44px; border-radius: 50%; background: rgb(127 127 127 / 0.15);
      font: 18px/44px system-ui, sans-serif; text-align: center; cursor: pointer; }
    .realpad-form-dialog > button:hover { background: rgb(127 127 127 / 0.3); }
    .realpad-form-dialog > button:focus-visible { outline: 2px solid; outline-offset: 2px; }
    @media (max-width: 560px) { .realpad-form-dialog { inline-size: 100vw; block-size: 100dvh; max-block-size: none; border-radius: 0; } }`;

  const forms = new Map(); // element → {element, project, frame, note, timer, dialog, onClick, isSubmitted}
  const openers = new Map(); // project → hidden button that stands for open(project)
  const placed = new WeakSet(); // script tags that have their form
  const dismissed = new WeakSet(); // elements that were unmounted by hand
  const counted = new Set(); // ids of leads in the data layer
  const visit = readVisit();

  /** Return the referrer and parameters of the page; those that this tab's visit began with win. */
  function readVisit() {
    const now = { referrer: document.referrer, parameters: {} };
    for (const [name, value] of new URLSearchParams(location.search)) {
      if (!NOT_OF_THE_VISIT.test(name)) now.parameters[name] = value.slice(0, 500);
    }
    try {
      const first = JSON.parse(sessionStorage.getItem(VISIT_KEY)) ?? now;
      const both = { referrer: first.referrer, parameters: { ...now.parameters, ...first.parameters } };
      sessionStorage.setItem(VISIT_KEY, JSON.stringify(both));
      return both;
    } catch {
      return now; // no storage here
    }
  }

  // Elements

  function mount(target, { project, prefill = {}, ...options } = {}) {
    const element = typeof target === "string" ? document.querySelector(target) : target;
    if (!element) return undefined;
    dismissed.delete(element);
    if (project) element.dataset.realpadForm = project;
    for (const [field, text] of Object.entries(prefill)) element.setAttribute(`data-prefill-${field}`, text);
    Object.assign(element.dataset, options);
    if (element.dataset.realpadForm && !forms.has(element)) add(element);
    return element;
  }

  function add(element) {
    const form = { element, project: element.dataset.realpadForm };
    forms.set(element, form);
    if (!isOpener(element)) return showInline(form);
    form.onClick = (event) => openOnClick(form, event);
    return element.addEventListener("click", form.onClick);
  }

  function isOpener(element) {
    return element.matches("button, a");
  }

  function unmount(target) {
    const element = typeof target === "string" ? document.querySelector(target) : target;
    if (!forms.has(element)) return;
    dismissed.add(element);
    remove(forms.get(element));
  }

  function remove(form) {
    form.element.removeEventListener("click", form.onClick);
    dropFrame(form);
    forms.delete(form.element);
  }

  /** Give a script tag an element of its own, right after it. */
  function place(tag) {
    if (placed.has(tag) || !isLoader(tag) || new URL(".", tag.src).href !== base.href) return;
    placed.add(tag);
    const { project, ...options } = tag.dataset;
    if (tag.nextElementSibling?.dataset.realpadForm === project) return; // a copy of a page we were in
    if (document.head.contains(tag)) return console.warn("realpad-form: put the script tag where the form should be");
    const element = document.createElement("div");
    Object.assign(element.dataset, options, { realpadForm: project });
    tag.after(element);
  }

  function scan() {
    document.querySelectorAll("script[data-project]").forEach(place);
    for (const element of document.querySelectorAll("[data-realpad-form]")) {
      if (!dismissed.has(element)) mount(element);
    }
    for (const form of forms.values()) {
      if (!form.element.isConnected && !form.dialog?.open) remove(form);
    }
  }

  // Frames

  function texts({ element }) {
    const language = element.dataset.lang || document.documentElement.lang.slice(0, 2);
    const [title, open, failed, close] = TEXTS[language] ?? TEXTS.en;
    return { title, open, failed, close };
  }

  /** Return the address of a form; what the page knows goes into the hash, which stays out of server logs. */
  function address({ element, project }) {
    const { lang } = element.dataset;
    const path = ["f", project, ...(lang in TEXTS ? [lang] : [])].map(encodeURIComponent).join("/");
    return new URL(`${path}#${context(element)}`, base).href;
  }

  function context(element) {
    const { unit, unitId, campaign, theme } = element.dataset;
    const given = { unit, unit_id: unitId, campaign, theme, view: isOpener(element) && "dialog" };
    const found = { surface: surface(isOpener(element) ? element.parentElement : element), page: location.href.split("#")[0], referrer: visit.referrer };
    const parameters = new URLSearchParams(visit.parameters);
    for (const [name, value] of Object.entries({ ...given, ...found, origin: location.origin })) {
      if (value) parameters.set(name, value.slice(0, 2000));
    }
    for (const { name, value } of element.attributes) {
      if (name.startsWith("data-prefill-")) parameters.set(name.slice("data-".length), value);
    }
    return parameters;
  }

  /** Return whether the page is light or dark around an element, so that a form of either kind fits in. */
  function surface(element) {
    if (!element) return getComputedStyle(document.documentElement).colorScheme.includes("dark") ? undefined : "light";
    const colour = getComputedStyle(element).backgroundColor;
    const [first, green, blue, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
    if (!alpha) return surface(element.parentElement);
    if (colour.startsWith("rgb")) return 0.3 * first + 0.6 * green + 0.1 * blue < 128 ? "dark" : "light";
    return colour.startsWith("ok") ? (first < 0.5 ? "dark" : "light") : undefined;
  }

  /** Return the elements of a form: a plain link, for whatever keeps frames from loading, and its frame. */
  function createFrame(form) {
    const { title, open } = texts(form);
    const frame = Object.assign(document.createElement("iframe"), { src: address(form), title });
    Object.assign(frame.style, { display: "block", width: "100%", height: "480px", border: "0", borderRadius: "12px" });
    frame.style.visibility = "hidden"; // keeps the room, and shows no flash of the other theme
    const link = Object.assign(document.createElement("a"), { href: frame.src, target: "_blank", textContent: open });
    const note = document.createElement("p");
    Object.assign(note.style, { margin: "0", padding: "24px", textAlign: "center" });
    note.append(link);
    const timer = setTimeout(() => giveUp(form), ANSWER_MS);
    Object.assign(form, { frame, note, timer, isSubmitted: false });
    return [note, frame];
  }

  function giveUp(form) {
    form.note.prepend(texts(form).failed, " ");
    form.frame.style.height = "0";
    console.warn(`realpad-form: no form at ${form.frame.src.split("#")[0]}; may ${location.origin} embed it?`);
    emit(form, "error", { reason: "no-answer", fields: [] });
  }

  function showInline(form) {
    form.element.querySelectorAll("iframe").forEach((copy) => copy.remove());
    form.element.append(...createFrame(form));
  }

  function dropFrame(form) {
    clearTimeout(form.timer);
    for (const part of [form.dialog, form.frame, form.note]) part?.remove();
    form.dialog = form.frame = form.note = undefined;
  }

  // Dialogs

  function open(target, options) {
    const element = mount(target instanceof Element ? target : openerFor(target), options);
    const form = forms.get(element);
    if (form && isOpener(element)) showDialog(form);
  }

  function openerFor(project) {
    const opener = openers.get(project) ?? document.createElement("button");
    opener.dataset.realpadForm = project;
    opener.hidden = true;
    openers.set(project, opener);
    document.body.append(opener);
    return opener;
  }

  function openOnClick(form, event) {
    const isForAnotherTab = event.ctrlKey || event.metaKey || event.shiftKey;
    if (event.defaultPrevented || isForAnotherTab) return;
    event.preventDefault();
    showDialog(form);
  }

  /** Show the dialog as it was left, unless its unit or page is another by now. */
  function showDialog(form) {
    if (form.frame?.src !== address(form)) dropFrame(form);
    form.dialog ??= createDialog(form);
    if (!form.dialog.open) form.dialog.showModal();
  }

  function createDialog(form) {
    const { title, close } = texts(form);
    const dialog = Object.assign(document.createElement("dialog"), { className: "realpad-form-dialog" });
    const cross = Object.assign(document.createElement("button"), { type: "button", textContent: "✕" });
    const body = document.createElement("div");
    dialog.setAttribute("aria-label", title);
    cross.setAttribute("aria-label", close);
    body.append(...createFrame(form));
    dialog.append(cross, body);
    cross.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // the backdrop
    dialog.addEventListener("close", () => afterClose(form));
    document.body.append(dialog);
    return dialog;
  }

  function afterClose(form) {
    if (form.isSubmitted) dropFrame(form);
    form.element.focus();
    emit(form, "closed");
  }

  function close() {
    for (const { dialog } of forms.values()) if (dialog?.open) dialog.close();
  }

  // Messages: what the frames say, listed in static/form/parent.js

  const HEARD = {
    __proto__: null,
    ready(form, { theme }) {
      clearTimeout(form.timer);
      for (const child of [...form.frame.parentNode.childNodes]) if (child !== form.frame) child.remove();
      form.frame.style.visibility = "visible";
      if (form.dialog) form.dialog.dataset.theme = theme;
      emit(form, "ready");
    },
    height(form, { height }) {
      form.frame.style.height = `${Math.min(Math.max(Number(height) || 0, 100), 5000)}px`;
    },
    start: (form) => emit(form, "start"),
    error: (form, { reason, fields }) => emit(form, "error", { reason, fields }),
    close: (form) => form.dialog?.close(),
    scroll(form, { top }) {
      const place = form.frame.getBoundingClientRect().top + (Number(top) || 0);
      const isInView = place >= 0 && place < innerHeight - 100;
      if (!isInView) (form.dialog?.lastElementChild ?? window).scrollBy({ top: place - 96 });
    },
    submitted(form, { id, unit, campaign, redirect }) {
      const detail = { id, project: form.project, unit, campaign };
      form.isSubmitted = true;
      count(detail);
      const goesOn = emit(form, "submitted", detail);
      if (goesOn && /^https?:\/\//.test(redirect)) setTimeout(() => location.assign(redirect), REDIRECT_MS);
    },
  };

  function hear({ data, origin, source }) {
    if (origin !== base.origin || data?.source !== "realpad-form" || data.version !== 1) return;
    const form = [...forms.values()].find(({ frame }) => frame && frame.contentWindow === source);
    if (form) HEARD[data.type]?.(form, data);
  }

  /** Tell the tag manager once of every lead. */
  function count({ id, ...detail }) {
    if (counted.has(id)) return;
    counted.add(id);
    window.dataLayer = window.dataLayer || [];
    window.dataLayer.push({ event: "generate_lead", event_id: id, ...detail });
  }

  function emit({ element, project }, type, detail = {}) {
    const event = { bubbles: true, cancelable: type === "submitted", detail: { project, ...detail } };
    return element.dispatchEvent(new CustomEvent(`realpad-form:${type}`, event));
  }

  function on(type, listener) {
    document.addEventListener(`realpad-form:${type}`, listener);
    return () => document.removeEventListener(`realpad-form:${type}`, listener);
  }

  // Start

  function call([name, ...values]) {
    try {
      api[name](...values);
    } catch (error) {
      console.error("realpad-form:", error); // one bad call must not cost the others
    }
  }

  function addStyle() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }

  function start() {
    const waiting = api.q ?? [];
    api.q = { push: (...calls) => calls.forEach(call) };
    waiting.forEach(call);
    scan();
  }

  Object.assign(api, { isLoaded: true, mount, unmount, open, close, on });
  window.addEventListener("message", hear);
  if ("adoptedStyleSheets" in document) addStyle();
  new MutationObserver(scan).observe(document.documentElement, { childList: true, subtree: true });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
