/** Keeps what is typed through a reload or a crash: in this tab only, and until it is accepted. */

export class Draft {
  #storage;
  #name;
  #keys = {}; // by the answers sent under each: these enquiries may be stored already, their answers from the server lost

  /** @param storage a Storage, or null where the browser allows none, as in some frames */
  constructor(storage, name) {
    this.#storage = storage;
    this.#name = name;
  }

  /** Return the answers as last kept, or null. */
  read() {
    try {
      const { answers, keys } = JSON.parse(this.#storage.getItem(this.#name));
      this.#keys = keys ?? {};
      return answers;
    } catch {
      return null;
    }
  }

  keep(answers) {
    this.#attempt((storage) => storage.setItem(this.#name, JSON.stringify({ answers, keys: this.#keys })));
  }

  /**
   * Return the key to send these answers under, and keep both. The very same answers get the key they had, even after
   * a reload, so that they never become a second lead; any others, perhaps of somebody else in another frame of this
   * tab, get a new one, since the server takes what comes under a known key for a repeat.
   */
  keyFor(answers, makeKey) {
    const key = (this.#keys[JSON.stringify(answers)] ??= makeKey());
    this.keep(answers);
    return key;
  }

  clear() {
    this.#keys = {};
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
