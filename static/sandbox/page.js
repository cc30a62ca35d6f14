// Renews the part of the page that shows what arrived, once a second and only when something did.
// The server writes the page and escapes everything in it; the browser's own loader reads it, so
// no text ever passes through a function that could run it.

const EVERY_MS = 1000;

let seen = null;

function load() {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", "/");
    request.responseType = "document";
    request.timeout = 10 * EVERY_MS;
    request.addEventListener("load", () => resolve(request));
    request.addEventListener("error", reject);
    request.addEventListener("timeout", reject);
    request.send();
  });
}

function renew(fresh) {
  const live = document.getElementById("live");
  const known = new Set(Array.from(live.querySelectorAll("[id]"), (element) => element.id));
  const focused = document.activeElement?.closest("details")?.id;

  for (const details of fresh.querySelectorAll("details")) {
    if (known.has(details.id)) details.open = document.getElementById(details.id).open;
  }
  for (const element of fresh.querySelectorAll(".card, .inquiry, .call")) {
    element.classList.toggle("is-new", !known.has(element.id));
  }
  live.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.querySelector("summary").focus({ preventScroll: true });
}

async function look() {
  if (document.hidden) return;
  const request = await load();
  const revision = request.getResponseHeader("ETag");
  const fresh = request.response?.getElementById("live");
  if (!fresh || revision === seen) return;
  if (seen !== null) renew(fresh);
  seen = revision;
}

async function watch() {
  try {
    await look();
    document.documentElement.classList.remove("is-cut-off");
  } catch {
    document.documentElement.classList.add("is-cut-off"); // the sandbox was stopped; it may come back
  }
  setTimeout(watch, EVERY_MS);
}

watch();
