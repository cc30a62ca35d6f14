/** Keeps what is typed through a reload or a crash: in this tab only, and until it is accepted. */

/** One thing that this tab remembers under a name; nothing where the browser allows no storage, as in some frames. */
export class Note {
  #storage;
  #name;

  /** @param storage a Storage, or null */
  constructor(storage, name) {
    this.#storage = storage;
    this.#name = name;
  }

  /** Return what was written last, or null. */
  read() {
    try {
      return JSON.parse(this.#storage.getItem(this.#name));
    } catch {
      return null;
    }
  }

  write(content) {
    this.#attempt((storage) => storage.setItem(this.#name, JSON.stringify(content)));
  }

  clear() {
    this.#attempt((storage) => storage.removeItem(this.#name));
  }

  /** What cannot be kept, since storage is full or forbidden, is no reason to stop. */
  #attempt(change) {
    try {
      change(this.#storage);
    } catch {
      this.#storage = null;
    }
  }
}

export class Draft {
  #note;
  #sent = {}; // by answers, how they went last: these enquiries may be stored already, the server's answers lost
  #undo = () => {};

  constructor(storage, name) {
    this.#note = new Note(storage, name);
  }

  /** Return the answers as last kept, or null. */
  read() {
    const { answers = null, sent = {} } = this.#note.read() ?? {};
    for (const each of Object.values(sent)) each.isOfThisPage = false;
    this.#sent = sent;
    return answers;
  }

  keep(answers) {
    this.#note.write({ answers, sent: this.#sent });
  }

  /**
   * Return the key to send these answers under, and keep both. The very same answers get the key they had, even after
   * a reload, so that they never become a second lead; any others, perhaps of somebody else in another frame of this
   * tab, get a new one, since the server takes what comes under a known key for a repeat. Other consents are another
   * enquiry, too.
   *
   * @param ticked names of the consents given, kept to be compared and never to be ticked again
   */
  keyFor({ answers, ticked }, makeKey) {
    const text = JSON.stringify(answers);
    const last = this.#sent[text];
    const key = last && isSame(last, ticked) ? last.key : makeKey();
    this.#sent[text] = { key, ticked, isOfThisPage: true };
    this.#undo = () => (this.#sent[text] = last);
    this.keep(answers);
    return key;
  }

  /** Forget the last sending, which the server refused; the one before may still be stored. */
  takeBack(answers) {
    this.#undo();
    this.keep(answers);
  }

  clear() {
    this.#sent = {};
    this.#note.clear();
  }
}

/** A reload takes every tick away: one that went with it says nothing. */
function isSame(last, ticked) {
  const isAdded = ticked.some((name) => !last.ticked.includes(name));
  const isGone = last.ticked.length > ticked.length;
  return !isAdded && !(isGone && last.isOfThisPage);
}

/** Return the storage of this tab, or null; merely asking for it may throw. */
export function tabStorage(window) {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
