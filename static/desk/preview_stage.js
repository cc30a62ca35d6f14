/** The frame that shows the form: as wide as the screen it stands for, scaled down to the room there is. */

const HEIGHTS = { 360: 740, 768: 1024, 1280: 860 };

const EDGES_PX = 26; // the device's, and the line around it

/** Return by how much to scale a screen so that it fits; it is never enlarged. */
export function scaleFor(width, room) {
  return Math.min(1, room / width);
}

export class Stage {
  #stage;
  #device;

  constructor(stage) {
    this.#stage = stage;
    this.#device = stage.querySelector(".device");
    new ResizeObserver(() => this.fit()).observe(stage);
  }

  get frame() {
    return this.#device.querySelector("iframe");
  }

  setWidth(width) {
    this.#stage.dataset.width = width;
    this.fit();
  }

  fit() {
    const width = Number(this.#stage.dataset.width);
    const scale = scaleFor(width, this.#stage.clientWidth - EDGES_PX);
    this.#device.style.inlineSize = `${width * scale}px`;
    this.#device.style.blockSize = `${HEIGHTS[width] * scale}px`;
    for (const frame of this.#device.querySelectorAll("iframe")) {
      frame.style.inlineSize = `${width}px`;
      frame.style.blockSize = `${HEIGHTS[width]}px`;
      frame.style.transform = `scale(${scale})`;
    }
  }

  /** Go to another page in the frame, without a step in the browser's history. */
  goTo(address) {
    this.frame.contentWindow.location.replace(address);
  }

  /** Load a page beside the one that is shown, and swap them when it is there, at the same place of the page. */
  swap(load) {
    for (const late of this.#device.querySelectorAll(".is-coming")) late.remove();
    const shown = this.frame;
    const coming = shown.cloneNode();
    coming.removeAttribute("src");
    coming.name = `page-${Date.now()}`;
    coming.className = "is-coming";
    this.#device.append(coming);
    this.fit();
    load(coming.name);
    coming.addEventListener("load", () => take(coming, shown), { once: true });
  }
}

function take(coming, shown) {
  if (!coming.isConnected) return;
  coming.contentWindow.scrollTo(0, shown.contentWindow?.scrollY ?? 0);
  coming.classList.remove("is-coming");
  shown.remove();
}

/** Forget what was typed into the form in this tab, or it would be filled in again in every state. */
export function forgetTyped(storage = window.sessionStorage) {
  const names = [...Array(storage.length).keys()].map((index) => storage.key(index));
  const typed = names.filter((name) => /^realpad-form:(?!yaml:)/.test(name));
  for (const name of typed) storage.removeItem(name);
}
