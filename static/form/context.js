/** What the address of the form's page says: where the visitor is, and what is known before he types. */

const ABOUT_THE_PAGE = /^(?:origin|theme|surface|view|lang)$/;
const NEVER_FROM_AN_ADDRESS = /^(?:consent_.*|token|captcha|submission|language)$/;
const PREFILL = "prefill-";

/**
 * Read the context out of the query and the hash; the hash wins.
 *
 * `visit` goes along with the enquiry, `prefill` into the form's fields, and nothing ticks a consent.
 */
export function readContext({ search = "", hash = "" }) {
  const parameters = new Map([...new URLSearchParams(search), ...new URLSearchParams(hash.slice(1))]);
  const context = {
    origin: toOrigin(parameters.get("origin")),
    theme: parameters.get("theme"),
    surface: surfaceOf(parameters.get("surface")),
    view: parameters.get("view"),
    prefill: new Map(),
    visit: new Map(),
  };
  for (const [name, value] of parameters) {
    if (name.startsWith(PREFILL)) context.prefill.set(name.slice(PREFILL.length), value);
    else if (isOfTheVisit(name)) context.visit.set(name, value);
  }
  return context;
}

function isOfTheVisit(name) {
  return !ABOUT_THE_PAGE.test(name) && !NEVER_FROM_AN_ADDRESS.test(name);
}

/** Return the text if it is exactly an http(s) origin, else null. */
export function toOrigin(text) {
  if (!isWebAddress(text)) return null;
  return new URL(text).origin === text ? text : null;
}

export function isWebAddress(text) {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** Return an address without its hash and without what was only meant to fill fields in. */
export function pageAddress(href) {
  const address = new URL(href);
  address.hash = "";
  for (const name of [...address.searchParams.keys()]) {
    if (name.startsWith(PREFILL)) address.searchParams.delete(name);
  }
  return address.href;
}

/** Give the page the look that it has where it is: by itself, in a frame or in a dialog; light or dark. */
export function showAs(root, context, isFramed) {
  const isInDialog = context.view === "dialog";
  root.classList.toggle("framed", isFramed && !isInDialog);
  root.classList.toggle("in-dialog", isInDialog);
  root.dataset.theme = chooseTheme(context, root.dataset.theme) ?? root.dataset.theme;
  // A page that turned dark must not show through under dark letters.
  root.classList.toggle("opaque", [context.surface, root.dataset.theme].sort().join() === "dark,light");
}

/** Return whether a page whose text has this colour is light or dark; the form is to fit in. */
export function surfaceOf(color) {
  const [first, green] = color?.match(/[\d.]+/g) ?? [];
  if (first === undefined) return color;
  const lightness = { r: green / 255, l: first / 100 }[color[0]] ?? first; // rgb; lab and lch; oklab, oklch, color
  return lightness > 0.7 ? "dark" : "light";
}

/** Return which of light and dark to force, or null to leave it to the page and the visitor's system. */
export function chooseTheme({ theme, surface }, ofProject) {
  const wanted = theme ?? (ofProject === "auto" ? surface : null);
  return ["light", "dark"].includes(wanted) ? wanted : null;
}

/** Return a new UUID; one enquiry keeps its own through every retry, so that it is stored once. */
export function newKey(crypto = globalThis.crypto) {
  if (crypto.randomUUID) return crypto.randomUUID();
  // randomUUID is missing on plain http and in browsers before 2022.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
