/*
 * realpad-form loader: puts the enquiry forms of this server into a page, as docs/embedding.md says.
 *
 *   <script async src="https://forms.example/embed.js" data-project="riverside"></script>   a form in this place
 *   <div data-realpad-form="riverside"></div>                                               a form in this element
 *   <button data-realpad-form="riverside" data-unit="A-101">…                               a form in a dialog
 *
 * It sets no cookie, evaluates nothing, and writes neither HTML nor style attributes.
 */
(() => {
  "use strict";

  const api = (window.RealpadForm ||= {});
  // Optimisers and type=module leave no currentScript, and others have an embed.js, too.
  const tags = [document.currentScript, ...document.querySelectorAll("script[data-project]"), ...document.scripts];
  const ownTag = tags.find((tag) => /\/embed\.js([?#]|$)/.test(tag?.src));
  if (api.on || !ownTag) return;

  const base = new URL(".", ownTag.src);
  const ANSWER_MS = 6000;
  const LINK_MS = 1500; // on most lines the form is there sooner, and nobody sees the link come and go
  const REDIRECT_MS = 300; // lets tags that listen to the data layer get their request out
  const ABOUT = ["data-realpad-form", "data-unit", "data-unit-id", "data-lang"]; // a change of these is another form
  const VISIT_KEY = "realpad-form:visit";
  const TEXTS = { en: ["Enquiry form", "Close"] }; // the server puts every language of the form here
  const STYLE = `
.realpad-form{width:720px;margin:auto;padding:0;border:0;border-radius:12px;overscroll-behavior:contain}
.realpad-form::backdrop{background:#0009}
.realpad-form button{all:unset;position:sticky;top:12px;display:block;margin-block:12px -56px;margin-inline:auto 12px;width:44px;
border-radius:50%;background:#7f7f7f26;backdrop-filter:blur(8px);font:18px/44px system-ui;text-align:center;cursor:pointer}
.realpad-form button:hover{background:#7f7f7f4d}
.realpad-form button:focus-visible{outline:2px solid}
.realpad-form iframe{min-height:100%}
@media(max-width:560px){.realpad-form{width:100%;height:100%;max-width:none;max-height:none;border-radius:0}}
:root:has(.realpad-form[open]){overflow:hidden}`;

  const forms = new Map(); // element → {element, project, about, frame, note, timer, dialog, onClick, isSubmitted}
  const placed = new WeakSet(); // script tags that have their form
  const dismissed = new WeakSet(); // elements that were unmounted by hand
  const counted = new Set(); // ids of leads in the data layer
  const visit = readVisit();
  let nextScan = 0;

  /** Return the referrer and the page's parameters; those that this tab's visit began with win. */
  function readVisit() {
    const found = { referrer: document.referrer };
    for (const [name, value] of new URLSearchParams(location.search)) {
      if (!name.startsWith("prefill-")) found[name] ||= value.slice(0, 500);
    }
    try {
      Object.assign(found, JSON.parse(sessionStorage.getItem(VISIT_KEY)));
      sessionStorage.setItem(VISIT_KEY, JSON.stringify(found));
    } catch {
      // No storage here: this page is all we know of the visit.
    }
    return found;
  }

  function create(tag, properties, style, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    Object.assign(element.style, style);
    element.append(...children);
    return element;
  }

  // Elements

  const find = (target) => (target?.dataset ? target : document.querySelector(target));
  const isOpener = (target) => target.matches?.("button, a");
  const aboutOf = (element) => ABOUT.map((name) => element.getAttribute(name)).join();

  function mount(target, { project, prefill, ...options } = {}) {
    const element = find(target);
    if (!element) return;
    dismissed.delete(element);
    for (const field in prefill) element.setAttribute(`data-prefill-${field}`, prefill[field]);
    for (const [name, value] of Object.entries({ ...options, realpadForm: project })) {
      if (value != null) element.dataset[name] = value;
    }
    if (element.dataset.realpadForm && !forms.has(element)) add(element);
  }

  function add(element) {
    const project = element.dataset.realpadForm;
    const form = { element, project, about: aboutOf(element), onClick: (event) => openOnClick(form, event) };
    forms.set(element, form);
    if (isOpener(element)) element.addEventListener("click", form.onClick);
    else showInline(form);
  }

  function unmount(target) {
    const form = forms.get(find(target));
    if (!form) return;
    dismissed.add(form.element);
    remove(form);
  }

  function remove(form) {
    form.element.removeEventListener("click", form.onClick);
    dropFrame(form);
    forms.delete(form.element);
  }

  /** Give a script tag an element of its own, right after it. */
  function place(tag) {
    if (placed.has(tag) || !tag.src.startsWith(base)) return;
    placed.add(tag);
    const { project, ...options } = tag.dataset;
    if (tag.nextElementSibling?.dataset.realpadForm === project) return; // a copy of a page we were in
    const element = create("div");
    tag.after(element);
    mount(element, { ...options, project });
  }

  function scan() {
    nextScan = 0;
    for (const form of forms.values()) {
      const isCurrent = form.element.isConnected && form.about === aboutOf(form.element);
      const isInUse = form.dialog?.open && form.dialog.isConnected; // its button may have been rendered anew
      if (!isCurrent && !isInUse) remove(form);
    }
    document.querySelectorAll("body script[data-project]").forEach(place);
    for (const element of document.querySelectorAll("[data-realpad-form]")) {
      if (!dismissed.has(element)) mount(element);
    }
  }

  // Frames

  const languageOf = ({ dataset }) => (dataset.lang || document.documentElement.lang).slice(0, 2).toLowerCase();
  const textsOf = (element) => TEXTS[languageOf(element)] ?? TEXTS.en;

  /** Return the address of a form; what the page knows goes into the hash, which stays out of server logs. */
  function address({ element, project }) {
    const language = languageOf(element);
    return new URL(`f/${project}${TEXTS[language] ? `/${language}` : ""}#${context(element)}`, base).href;
  }

  function context(element) {
    const { unit, unitId, campaign = visit.campaign, theme } = element.dataset;
    const page = location.href.split("#")[0].slice(0, 2000);
    const view = isOpener(element) && "dialog";
    const surface = surfaceOf(view ? document.body : element);
    // What is not known of this form is not taken from the parameters of the page, either.
    const known = { ...visit, unit, unit_id: unitId, campaign, theme, view, surface, page, origin: location.origin };
    for (const { name, value } of element.attributes) {
      if (name.startsWith("data-prefill-")) known[name.slice("data-".length)] = value;
    }
    return new URLSearchParams(Object.entries(known).filter(([, value]) => value));
  }

  /** Return whether the page is light or dark around an element, going by its text, so that the form fits in. */
  function surfaceOf(element) {
    const { color } = getComputedStyle(element);
    const [first, green] = color.match(/[\d.]+/g) ?? [];
    const lightness = { r: green / 255, l: first / 100 }[color[0]] ?? first; // rgb; lab and lch; oklab, oklch, color
    return lightness > 0.7 ? "dark" : "light";
  }

  /** Return the elements of a form: a plain link, for whatever keeps frames from loading, and its frame. */
  function createFrame(form) {
    const [title] = textsOf(form.element);
    const room = { display: "block", width: "100%", height: "480px", border: 0, borderRadius: "12px" };
    form.frame = create("iframe", { title }, { ...room, visibility: "hidden" }); // no flash of the other theme
    const link = create("a", { href: address(form), target: "_blank", textContent: `${title} ↗` });
    // Over the frame without taking room, so that nothing jumps when it goes.
    form.note = create("p", {}, { position: "absolute", margin: 0, padding: "24px" }, link);
    return [form.note, form.frame];
  }

  function load(form) {
    form.frame.src = address(form);
    form.note.animate({ opacity: [0, 0] }, LINK_MS);
    form.timer = setTimeout(() => giveUp(form), ANSWER_MS);
  }

  function giveUp(form) {
    const { phone: tel, email: mailto } = form.element.dataset;
    for (const [scheme, textContent] of Object.entries({ tel, mailto })) {
      if (textContent) form.note.append(create("br"), create("a", { href: `${scheme}:${textContent}`, textContent }));
    }
    form.note.style.position = "static";
    form.frame.style.height = 0;
    console.warn("realpad-form: no answer; may this page embed this project?", form.element);
    emit(form, "error", { code: "no-answer" });
  }

  function showInline(form) {
    form.element.replaceChildren(...createFrame(form));
    const near = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      near.disconnect();
      load(form);
    }, { rootMargin: "600px" });
    near.observe(form.frame);
  }

  function dropFrame(form) {
    clearTimeout(form.timer);
    for (const part of [form.dialog, form.frame, form.note]) part?.remove();
    form.dialog = form.frame = form.note = undefined;
  }

  // Dialogs

  /** Open the form of an element or of a project in a dialog; of the page's first element if neither is given. */
  function open(target = document.querySelector("[data-realpad-form]"), options) {
    if (!target) {
      console.error("realpad-form:", "no-form");
      return;
    }
    if (document.querySelector(".realpad-form[open]")) return; // what is typed there must not get lost
    const element = isOpener(target) ? target : createOpener(target.dataset ?? { realpadForm: target });
    mount(element, options);
    showDialog(forms.get(element));
  }

  /** Return a hidden button that stands for a call of open(); it is in the page, so that its events bubble. */
  function createOpener(dataset) {
    const opener = create("button", { hidden: true });
    Object.assign(opener.dataset, dataset);
    opener.addEventListener("realpad-form:closed", () => opener.remove());
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
    const [title, close] = textsOf(form.element);
    const cross = create("button", { textContent: "✕", ariaLabel: close });
    const dialog = create("dialog", { className: "realpad-form", ariaLabel: title }, {}, cross, ...createFrame(form));
    cross.onclick = () => dialog.close();
    dialog.onclick = ({ target }) => target === dialog && dialog.close(); // the backdrop
    dialog.onclose = () => afterClose(form);
    document.body.append(dialog);
    load(form);
    return dialog;
  }

  function afterClose(form) {
    if (form.isSubmitted) dropFrame(form);
    form.isSubmitted = false;
    form.element.focus();
    emit(form, "closed");
  }

  const close = () => forms.forEach(({ dialog }) => dialog?.close());

  // Messages: what the frames say, listed in static/form/parent.js

  const HEARD = {
    __proto__: null,
    ready(form, { theme }) {
      clearTimeout(form.timer);
      form.note.remove();
      form.frame.style.visibility = "visible";
      if (form.dialog) form.dialog.style.colorScheme = theme;
      emit(form, "ready");
    },
    height: (form, { height }) => (form.frame.style.height = `${Math.min(Math.max(height, 100), 5000)}px`),
    start: (form) => emit(form, "start"),
    error: (form, { code, fields }) => emit(form, "error", { code, fields }),
    close: (form) => form.dialog?.close(),
    scroll(form, { top }) {
      const place = form.frame.getBoundingClientRect().top + (Number(top) || 0);
      const isInView = place >= 0 && place < innerHeight - 100;
      if (!isInView) (form.dialog ?? window).scrollBy({ top: place - 96, behavior: "instant" });
    },
    submitted(form, { id, unit, campaign, redirect }) {
      form.isSubmitted = true;
      const entry = { event: "generate_lead", event_id: id, project: form.project, unit, campaign };
      if (!counted.has(id)) (window.dataLayer ||= []).push(entry);
      counted.add(id);
      const goesOn = emit(form, "submitted", { id, unit, campaign });
      if (goesOn && /^https?:\/\//.test(redirect)) setTimeout(() => location.assign(redirect), REDIRECT_MS);
    },
  };

  function hear({ data, origin, source }) {
    if (origin !== base.origin || data?.source !== "realpad-form" || data.version !== 1) return;
    for (const form of forms.values()) {
      if (form.frame?.contentWindow === source) HEARD[data.type]?.(form, data);
    }
  }

  /** Tell the page; return false if it called preventDefault(). */
  function emit({ element, project }, type, detail) {
    const event = { bubbles: true, cancelable: true, detail: { project, ...detail } };
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

  function start() {
    const waiting = api.q ?? [];
    api.q = { push: (...calls) => calls.forEach(call) };
    waiting.forEach(call);
  }

  Object.assign(api, { mount, unmount, open, close, on });
  addEventListener("message", hear);
  if (document.adoptedStyleSheets) {
    // The only style that strict policies allow; browsers before 2023 show plain dialogs.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets.push(sheet);
  }
  const changes = { childList: true, subtree: true, attributeFilter: ABOUT };
  new MutationObserver(() => (nextScan ||= setTimeout(scan))).observe(document, changes);
  scan();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
