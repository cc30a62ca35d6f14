import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { load } from "./load.mjs";

const { Widget } = await load("widget.js");

afterEach(() => delete globalThis.window);

/** What a service's script would put on the page, how it was called, and what it answered. */
function page(name, service) {
  const calls = [];
  const answers = [];
  const script = async (address) => {
    calls.push(address);
    globalThis.window = { [name]: service(calls) };
  };
  const report = { answered: (answer) => answers.push(answer), expired: () => answers.push("expired") };
  return { calls, answers, report, widget: new Widget("box", script) };
}

function likeOthers(calls) {
  return {
    ready: (run) => run(),
    render: (box, options) => {
      calls.push({ box, ...options });
      options.callback("solved");
      return "id";
    },
    reset: (id) => calls.push(`reset ${id}`),
  };
}

for (const [type, name] of [["turnstile", "turnstile"], ["hcaptcha", "hcaptcha"], ["recaptcha", "grecaptcha"]]) {
  test(`${type} loads when first needed and is emptied for the next answer`, async () => {
    const { calls, answers, report, widget } = page(name, likeOthers);

    assert.deepEqual(calls, []);
    await widget.show({ type, sitekey: "key" }, report);
    await widget.show({ type, sitekey: "key" }, report);

    const [address, rendered, reset, ...more] = calls;
    assert.match(address, /^https:\/\/[a-z.]+\/.*render=explicit$/);
    assert.deepEqual([rendered.box, rendered.sitekey, reset, more], ["box", "key", "reset id", []]);
    assert.deepEqual(answers, ["solved"]);
  });
}

test("turnstile is told what the answer is for", async () => {
  const { calls, report, widget } = page("turnstile", likeOthers);

  await widget.show({ type: "turnstile", sitekey: "key" }, report);

  assert.equal(calls[1].action, "lead");
});

test("a widget that fails or expires says so", async () => {
  const { calls, answers, report, widget } = page("hcaptcha", likeOthers);
  await widget.show({ type: "hcaptcha", sitekey: "key" }, report);

  calls[1]["error-callback"]();
  calls[1]["expired-callback"]();

  assert.deepEqual(answers, ["solved", "", "expired"]);
});

test("Friendly Captcha answers by events", async () => {
  const heard = new Map();
  const created = { addEventListener: (name, run) => heard.set(name, run), reset: () => heard.set("reset", true) };
  const { answers, report, widget } = page("frcaptcha", (calls) => ({
    createWidget: (options) => (calls.push(options), created),
  }));

  await widget.show({ type: "friendly", sitekey: "key" }, report);
  heard.get("frc:widget.complete")({ detail: { response: "solved" } });
  heard.get("frc:widget.expire")();
  heard.get("frc:widget.error")();
  await widget.show({ type: "friendly", sitekey: "key" }, report);

  assert.deepEqual(answers, ["solved", "expired", ""]);
  assert.equal(heard.get("reset"), true);
});

test("a script that does not load costs an empty answer, and is tried again the next time", async () => {
  let tried = 0;
  const answers = [];
  const widget = new Widget("box", async () => {
    tried += 1;
    throw new Error("blocked");
  });

  for (const _ of [1, 2]) await widget.show({ type: "turnstile", sitekey: "key" }, { answered: (a) => answers.push(a) });

  assert.deepEqual([tried, answers], [2, ["", ""]]);
});

test("a captcha that the page does not know costs an empty answer", async () => {
  const answers = [];

  await new Widget("box").show({ type: "other", sitekey: "key" }, { answered: (answer) => answers.push(answer) });

  assert.deepEqual(answers, [""]);
});
