/** Gets one enquiry to the server, through expired tokens, busy servers and bad connections. */

const TRIES = 5;
const TIME_OUT_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const SESSION_AGE_MS = 15 * 60_000; // a captcha is good for 20 minutes

export const NO_ANSWER = { status: 0, body: {}, retryAfterMs: 0 };

/** The token and captcha that the server wants to see: fetched when first needed, and again once they are old. */
export class Session {
  #load;
  #captcha;
  #now;
  #current = null;
  #at = 0;

  constructor(load, captcha, now = Date.now) {
    this.#load = load;
    this.#captcha = captcha;
    this.#now = now;
  }

  /** Resolve to `{token, …}`, the captcha being worked on; without a token the server answers 409 with a fresh one. */
  get() {
    const isOld = this.#now() - this.#at > SESSION_AGE_MS;
    if (!this.#current || isOld) this.replace(this.#load());
    return this.#current;
  }

  replace(session) {
    this.#current = this.#begin(session);
    this.#at = this.#now();
  }

  forget() {
    this.#current = null;
  }

  /** Resolve to what proves that this is no program, or to undefined if the server asks for nothing. */
  solution() {
    return this.#captcha.answer();
  }

  async #begin(loading) {
    const session = await loading;
    this.#captcha.ask(session.captcha);
    return session;
  }
}

/**
 * Send until the server has an opinion, and return `{status, body, retryAfterMs}`; status 0 is no answer.
 *
 * @param enquiry the body of the first try
 * @param pause waits before the next try: `pause(ms, answer)`
 * @param again returns the body of the next try, with what is on the screen by then, or null to stop. A try whose
 *   answer got lost may be stored: the same answers keep their `submission`, so that they are stored once, and others
 *   have another, since the server takes what comes under a known one for a repeat.
 */
export async function deliver(enquiry, { session, send, pause, again = () => enquiry }) {
  let isRenewed = false; // by the try before
  for (let tried = 1; ; tried += 1) {
    const { token = "" } = await session.get();
    const answer = await send({ ...enquiry, token, captcha: await session.solution() });
    if (answer.status === 409 && answer.body.session && !isRenewed) {
      session.replace(answer.body.session);
      isRenewed = true;
      continue;
    }
    isRenewed = false;
    const pauseMs = pauseAfter(tried, answer.retryAfterMs);
    if (!isWorthAnotherTry(answer) || tried >= TRIES || pauseMs > LONGEST_PAUSE_MS) return answer;
    await pause(pauseMs, answer);
    enquiry = again();
    if (!enquiry) return answer;
  }
}

export function isAccepted({ body }) {
  return body.status === "accepted";
}

/** Tell whether the same enquiry may well be taken later: no answer, limits, faults, answers cut short. */
export function isWorthAnotherTry({ status, body }) {
  const isCutShort = status >= 200 && status < 300 && !isAccepted({ body });
  return status === 0 || status === 429 || status >= 500 || isCutShort;
}

/** Tell whether an enquiry may be stored although no answer says so; a server at its limit has not taken it. */
export function mayBeStored(answer) {
  return isWorthAnotherTry(answer) && answer.status !== 429;
}

/** Return how long to wait after so many tries: 1, 2, 4, 8 s, or longer if the server says so. */
export function pauseAfter(tried, retryAfterMs = 0) {
  return Math.max(FIRST_PAUSE_MS * 2 ** (tried - 1), retryAfterMs);
}

/** Fetch JSON without cookies and with a time-out; whatever goes wrong on the way is no answer. */
export async function request(address, options = {}, fetch = globalThis.fetch) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIME_OUT_MS);
  try {
    const response = await fetch(address, { credentials: "omit", cache: "no-store", ...options, signal: abort.signal });
    return await readAnswer(response);
  } catch {
    return NO_ANSWER;
  } finally {
    clearTimeout(timer);
  }
}

async function readAnswer(response) {
  const text = await response.text();
  const retryAfterMs = 1000 * (Number(response.headers.get("Retry-After")) || 0);
  return { status: response.status, body: parse(text), retryAfterMs };
}

/** A proxy on the way may answer in HTML. */
function parse(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

export function postJson(address, enquiry) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return request(address, { method: "POST", headers, body: JSON.stringify(enquiry) });
}
