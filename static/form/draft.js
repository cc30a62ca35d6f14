/** Keeps what is typed through a reload or a crash: in this tab only, and until it is accepted. */

const NOTHING = { answers: {}, key: null };

export class Draft {
  #storage;
  #name;

  /** @param storage a Storage, or null where the browser allows none, as in some frames */
  constructor(storage, name) {
    this.#storage = storage;
    this.#name = name;
  }

  /** Return `{answers, key}` as last kept, or null. */
  read() {
    try {
      const kept = JSON.parse(this.#storage.getItem(this.#name));
      return kept && { ...NOTHING, ...kept };
    } catch {
      return null;
    }
  }

  /**
   * Keep the answers. `key` belongs to an enquiry that may be stored already, its answer lost:
   * sent again after a reload, it must not become a second one.
   */
  keep(answers, key = null) {
    this.#attempt((storage) => storage.setItem(this.#name, JSON.stringify({ answers, key })));
  }

  clear() {
    this.#attempt((storage) => storage.removeItem(this.#name));
  }

  /** A draft that cannot be kept, since storage is full or forbidden, is no reason to stop. */
  #attempt(change) {
    try {
      change(this.#storage);
    } catch {
      this.#storage = null;
    }
  }
}

/** Return the storage of this tab, or null; merely asking for it may throw. */
export function tabStorage(window) {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
