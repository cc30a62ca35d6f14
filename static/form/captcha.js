/** Proves to the server that a browser is at work, while the visitor types. It can fail, but costs no enquiry. */

const PATIENCE_MS = 15_000;
const LONGEST_WORK_MS = 60_000;

// The page's policy allows this one name, and a worker only from the page's own origin.
const policy = globalThis.trustedTypes?.createPolicy("realpad-form", { createScriptURL: ownAddress });

function ownAddress(address) {
  if (new URL(address, location.href).origin !== location.origin) throw new TypeError(address);
  return address;
}

export function startWorker(address) {
  return new Worker(policy ? policy.createScriptURL(address) : address);
}

/** The answer to what the server asks; found in the background, and again whenever it asks anew. */
export class Captcha {
  #makeWorker;
  #widget;
  #patienceMs;
  #answer = Promise.resolve();
  #settle = () => {};

  /**
   * @param makeWorker returns ALTCHA's worker
   * @param widget shows a captcha of another company: `show(asked, {answered, expired})`
   */
  constructor({ makeWorker, widget, patienceMs = PATIENCE_MS }) {
    this.#makeWorker = makeWorker;
    this.#widget = widget;
    this.#patienceMs = patienceMs;
  }

  /** Start on the `captcha` of a session; null asks nothing. */
  ask(asked) {
    this.#expect();
    if (!asked) this.#settle();
    else if (asked.type === "altcha") work(asked.challenge, this.#makeWorker).then(this.#settle);
    else this.#widget.show(asked, { answered: (answer) => this.#take(answer), expired: () => this.#expect() });
  }

  /** Resolve to the answer, to '' if there is none in time, to undefined if nothing is asked. */
  async answer() {
    let timer;
    const late = new Promise((over) => (timer = setTimeout(over, this.#patienceMs, "")));
    const answer = await Promise.race([this.#answer, late]);
    clearTimeout(timer);
    return answer;
  }

  #expect() {
    this.#answer = new Promise((settle) => (this.#settle = settle));
  }

  /** Take an answer, or a newer one than before. */
  #take(answer) {
    this.#settle(answer);
    this.#answer = Promise.resolve(answer);
  }
}

/** Resolve to ALTCHA's payload, or to '' where no worker may run or it finds nothing. */
async function work(challenge, makeWorker) {
  let worker;
  try {
    worker = makeWorker();
    const solution = await ask(worker, { type: "work", challenge, counterStart: 0, counterStep: 1, timeout: LONGEST_WORK_MS });
    return solution?.derivedKey ? btoa(JSON.stringify({ challenge, solution })) : "";
  } catch {
    return "";
  } finally {
    worker?.terminate();
  }
}

function ask(worker, question) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    worker.postMessage(question);
  });
}
