/*
 * realpad-form loader: puts the enquiry forms of this server into a page, as docs/embedding.md says.
 *
 *   <script async src="https://forms.example/embed.js" data-project="riverside"></script>   a form in this place
 *   <div data-realpad-form="riverside"></div>                                               a form in this element
 *   <button data-realpad-form="riverside" data-unit="A-101">…                               a form in a dialog
 *
 * It sets no cookie, evaluates nothing, and writes no HTML. It only gets forms onto the screen; what they and the page
 * do from then on (events, calls, dialogs, the way out if no form comes) is in static/embed/host.js.
 */
(() => {
  "use strict";

  // The server fills in its version and languages, where host.js is, and its own address, if it knows it.
  const LANGUAGES = "{languages}";
  const HOST = "{host}";
  const ADDRESS = "{address}";

  const api = (window.RealpadForm ||= {});
  // Bundlers, optimisers and type=module leave no currentScript of ours, and others have an embed.js, too.
  const tags = [document.currentScript, { src: ADDRESS }, ...document.scripts];
  const own = tags.find((tag) => /\/embed\.js([?#]|$)/.test(tag?.src));
  if (api.on) return;
  if (!own) return console.error("realpad-form: no address");

  const base = new URL(".", own.src).href;
  // A change of these makes another form.
  const ABOUT = ["data-realpad-form", "data-lang", "data-unit", "data-unit-id", "data-unit-from", "data-unit-label", "data-unit-price"];
  const ANSWER_MS = 6000;
  const forms = new Map(); // element → {element, project, about, frame, timer} and what host.js adds
  const done = new WeakSet(); // script tags that have their form, elements that were unmounted by hand
  let nextScan, host;

  /** Keep a value for this tab, if one is given, and return what is kept; nothing where storage is shut. */
  function kept(name, value) {
    try {
      name = "realpad-form:" + name;
      if (value) sessionStorage[name] = JSON.stringify(value);
      return JSON.parse(sessionStorage[name]);
    } catch {}
  }

  // The parameters and the referrer that this tab's visit began with win over those of this page.
  const visit = { referrer: document.referrer };
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (!/^(prefill-|unit(_|$)|theme$)/.test(name)) visit[name] ||= value.slice(0, 500); // those are the page's to say
  }
  kept("visit", Object.assign(visit, kept("visit")));

  /** Have host.js do something, once it is there. */
  async function call(name, ...values) {
    host ??= import(base + HOST).then(({ init }) => init(forms, done, remove, scan, addressOf, createFrame, load));
    (await host)[name](...values);
  }

  // Elements

  const isOpener = (element) => element.matches("button, a");
  const unitOf = ({ unit, unitFrom }) => unit || new URLSearchParams(location.search).get(unitFrom ?? "");
  const aboutOf = (element) => ABOUT.map((name) => element.getAttribute(name)) + unitOf(element.dataset);

  function add(element) {
    if (forms.has(element) || done.has(element)) return;
    const form = { element, project: element.dataset.realpadForm, about: aboutOf(element) };
    forms.set(element, form);
    if (!isOpener(element)) return showInline(form);
    call("watch"); // so that it is there at the first click
    element.addEventListener("click", (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return; // for another tab
      if (forms.get(element) !== form) return;
      event.preventDefault();
      call("show", form).catch(() => location.assign(addressOf(form)));
    });
  }

  function remove(form) {
    clearTimeout(form.timer);
    for (const part of [form.dialog, form.frame, form.note]) part?.remove();
    forms.delete(form.element);
  }

  /** Give a script tag an element of its own, right after it. */
  function place(tag) {
    if (done.has(tag) || !tag.src.startsWith(base)) return;
    done.add(tag);
    if (tag.closest("head")) return console.warn("realpad-form: in <head>", tag);
    const { project, ...options } = tag.dataset;
    const next = tag.nextElementSibling;
    if (next?.dataset.realpadForm === project && !isOpener(next)) return; // a copy of a page we were in
    const element = document.createElement("div");
    Object.assign(element.dataset, options, { realpadForm: project });
    tag.after(element);
  }

  function scan() {
    nextScan = 0;
    for (const form of forms.values()) {
      const isCurrent = form.element.isConnected && form.about === aboutOf(form.element);
      if (!isCurrent && !form.isInUse?.()) remove(form);
    }
    document.querySelectorAll("script[data-project]").forEach(place);
    document.querySelectorAll("[data-realpad-form]").forEach(add);
  }

  // Frames

  /** Return the address of a form; what the page knows goes into the hash, which stays out of server logs. */
  function addressOf({ element, project }) {
    const language = (element.dataset.lang || document.documentElement.lang || "-").slice(0, 2).toLowerCase();
    const view = isOpener(element) && "dialog";
    const known = {
      ...visit,
      unit: unitOf(element.dataset),
      page: location.href.split("#")[0].slice(0, 2000),
      origin: location.origin,
      view,
      surface: getComputedStyle(view ? document.body : element).color, // tells whether the page is light or dark there
    };
    for (const { name, value } of element.attributes) {
      if (/^data-(unit-|campaign|theme|prefill-)/.test(name)) known[name.slice(5).replace("unit-", "unit_")] = value;
    }
    const hash = new URLSearchParams(Object.entries(known).filter(([, value]) => value));
    return base + "f/" + project + (LANGUAGES.includes(language) ? "/" + language : "") + "#" + hash;
  }

  /** Return the frame of a form, unseen until its document is there: browsers put error pages into it. */
  function createFrame(form, height) {
    const frame = (form.frame = document.createElement("iframe"));
    frame.title = form.element.textContent.trim() || document.title; // until the form says its own
    frame.style.cssText = `display:block;width:100%;height:${height}px;border:0;border-radius:12px;visibility:hidden`;
    return frame;
  }

  function load(form) {
    form.frame.src = addressOf(form);
    form.timer = setTimeout(call, ANSWER_MS, "giveUp", form);
  }

  /** Load a form now if it is near the screen, else once it is; the height it has until then keeps the page still. */
  function showInline(form) {
    const { element, project } = form;
    const { top, width } = element.getBoundingClientRect();
    // What the page reserves; what the form had before; down to the edge of the screen.
    const height =
      parseFloat(getComputedStyle(element).minHeight) || kept("px/" + project) || Math.max(480, innerHeight - Math.max(top, 0));
    const frame = createFrame(form, height);
    const near = new IntersectionObserver(([{ isIntersecting }]) => {
      if (isIntersecting) {
        near.disconnect();
        load(form);
      }
    }, { rootMargin: "600px" });
    if (width && top < innerHeight) load(form);
    else near.observe(frame);
    element.replaceChildren(frame);
  }

  /** Hear what the frames say, listed in static/form/parent.js. */
  function hear({ data, origin, source }) {
    if (origin !== new URL(base).origin || data?.source !== "realpad-form" || data.version !== 1) return;
    for (const form of forms.values()) {
      if (form.frame?.contentWindow !== source) continue;
      clearTimeout(form.timer);
      form.frame.style.visibility = "visible";
      if (data.type !== "arrived") call("hear", form, data); // which can wait until the form is painted
      if (data.type !== "height") continue;
      const height = Math.min(Math.max(data.height, 100), 5000);
      form.frame.style.height = height + "px";
      if (!form.dialog && !form.isStarted) kept("px/" + form.project, height);
    }
  }

  // Calls

  api.version = "{version}";
  for (const name of ["mount", "unmount", "open", "close"]) api[name] = (...values) => call(name, ...values);
  api.on = (type, listener) => {
    document.addEventListener("realpad-form:" + type, listener);
    return () => document.removeEventListener("realpad-form:" + type, listener);
  };

  const waiting = api.q ?? [];
  // Asynchronous, so that one bad call does not cost the others.
  api.q = { push: (...calls) => calls.forEach(async ([name, ...values]) => api[name](...values)) };
  api.q.push(...waiting);

  addEventListener("message", hear);
  new MutationObserver(() => (nextScan ||= setTimeout(scan))).observe(document, { childList: true, subtree: true, attributeFilter: ABOUT });
  scan();
})();
