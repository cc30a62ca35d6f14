import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Worker as Thread } from "node:worker_threads";

import { load } from "./load.mjs";

const { Captcha } = await load("captcha.js");

const CHALLENGE = { parameters: { nonce: "00", data: { p: "riverside" } }, signature: "ff" };
const ALTCHA = { type: "altcha", challenge: CHALLENGE };
const SOLUTION = { counter: 7, derivedKey: "ab", time: 12.5 };

/** A worker that does with a question whatever a test says, and what was asked of it. */
function fakeWorker(behave) {
  const worker = { asked: [], isOver: false, terminate: () => (worker.isOver = true) };
  worker.postMessage = (question) => {
    worker.asked.push(question);
    behave(worker);
  };
  return worker;
}

function answering(data) {
  return fakeWorker((worker) => queueMicrotask(() => worker.onmessage({ data })));
}

function captchaWith(worker, widget) {
  return new Captcha({ makeWorker: () => worker, widget, patienceMs: 20 });
}

/** A widget whose report a test calls by itself. */
function fakeWidget() {
  const widget = { asked: [], show: (asked, report) => (widget.asked.push(asked), (widget.report = report)) };
  return widget;
}

test("the worker's solution becomes ALTCHA's payload", async () => {
  const worker = answering(SOLUTION);
  const captcha = captchaWith(worker);

  captcha.ask(ALTCHA);
  const payload = JSON.parse(atob(await captcha.answer()));

  assert.deepEqual(payload, { challenge: CHALLENGE, solution: SOLUTION });
  assert.deepEqual(worker.asked, [{ type: "work", challenge: CHALLENGE, counterStart: 0, counterStep: 1, timeout: 60_000 }]);
  assert.equal(worker.isOver, true);
});

test("it is solved before anybody wants the answer", () => {
  const worker = answering(SOLUTION);

  captchaWith(worker).ask(ALTCHA);

  assert.equal(worker.asked.length, 1);
});

test("where nothing is asked there is no answer", async () => {
  for (const nothing of [null, undefined]) {
    const captcha = captchaWith(answering(SOLUTION));
    captcha.ask(nothing);
    assert.equal(await captcha.answer(), undefined);
  }
});

test("a worker that finds nothing, breaks or may not run costs an empty answer, and no enquiry", async () => {
  const broken = fakeWorker((worker) => queueMicrotask(() => worker.onerror(new Error("broken"))));
  const forbidden = () => {
    throw new DOMException("no", "SecurityError");
  };
  const ways = [() => answering(null), () => answering({ error: "no crypto" }), () => broken, forbidden];

  for (const makeWorker of ways) {
    const captcha = new Captcha({ makeWorker, patienceMs: 1000 });
    captcha.ask(ALTCHA);
    assert.equal(await captcha.answer(), "");
  }
});

test("nobody waits for ever", async () => {
  const captcha = captchaWith(fakeWorker(() => {}));

  captcha.ask(ALTCHA);

  assert.equal(await captcha.answer(), "");
});

test("a new question makes the old answer worthless", async () => {
  const slow = fakeWorker((worker) => setTimeout(() => worker.onmessage({ data: SOLUTION }), 5));
  const workers = [slow, answering({ ...SOLUTION, counter: 8 })];
  const captcha = new Captcha({ makeWorker: () => workers.shift(), patienceMs: 100 });

  captcha.ask(ALTCHA);
  captcha.ask(ALTCHA);
  await new Promise((over) => setTimeout(over, 10));

  assert.equal(JSON.parse(atob(await captcha.answer())).solution.counter, 8);
});

test("a widget's newest answer counts, and none once it has expired", async () => {
  const widget = fakeWidget();
  const captcha = captchaWith(null, widget);

  captcha.ask({ type: "turnstile", sitekey: "k" });
  widget.report.answered("first");
  widget.report.answered("second");
  assert.equal(await captcha.answer(), "second");

  widget.report.expired();
  assert.equal(await captcha.answer(), "");
});

test("the vendored worker speaks the protocol that we rely on", async () => {
  const source = await readFile(new URL("../../static/vendor/altcha/pbkdf2.js", import.meta.url), "utf8");
  const bridge = `const { parentPort } = require("node:worker_threads");
    globalThis.self = { postMessage: (data) => parentPort.postMessage(data) };
    parentPort.on("message", (data) => self.onmessage({ data }));`;
  const thread = new Thread(`${bridge}\n${source}`, { eval: true });
  const worker = { postMessage: (question) => thread.postMessage(question), terminate: () => thread.terminate() };
  thread.on("message", (data) => worker.onmessage({ data }));
  const parameters = { algorithm: "PBKDF2/SHA-256", cost: 1, keyLength: 32, keyPrefix: "0", nonce: "00ff", salt: "ff00" };
  const captcha = new Captcha({ makeWorker: () => worker });

  captcha.ask({ type: "altcha", challenge: { parameters, signature: "" } });
  const { solution } = JSON.parse(atob(await captcha.answer()));

  assert.match(solution.derivedKey, /^0[0-9a-f]{63}$/);
  assert.equal(Number.isInteger(solution.counter), true);
});
