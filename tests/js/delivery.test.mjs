import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const { deliver, isWorthAnotherTry, mayBeStored, pauseAfter, request, Session } = await load("delivery.js");

const ACCEPTED = { status: 201, body: { status: "accepted", id: "1" } };
const NOTHING = { status: 0, body: {} };
const BUSY = { status: 503, body: { status: "error" }, retryAfterMs: 5000 };

/** A captcha that answers what it is asked; undefined if nothing is. */
function echo() {
  const asked = [];
  return { asked, ask: (captcha) => asked.push(captcha), answer: async () => asked.at(-1) ?? undefined };
}

/** A server that answers as scripted, and what it got and how long it was left alone. */
function scripted(...answers) {
  const sent = [];
  const pauses = [];
  const session = new Session(async () => ({ token: "first", captcha: "one" }), echo());
  const send = async (body) => sent.push(body) && answers.shift();
  const pause = async (ms) => pauses.push(ms);
  return { sent, pauses, way: { session, send, pause } };
}

test("an enquiry is sent once, with the session's token and the captcha's answer", async () => {
  const { sent, pauses, way } = scripted(ACCEPTED);

  const answer = await deliver({ name: "Jana", submission: "k" }, way);

  assert.equal(answer, ACCEPTED);
  assert.deepEqual(sent, [{ name: "Jana", submission: "k", token: "first", captcha: "one" }]);
  assert.deepEqual(pauses, []);
});

test("an expired session is replaced, its captcha worked on anew, and the enquiry sent again at once", async () => {
  const expired = { status: 409, body: { status: "expired", session: { token: "second", captcha: "two" } } };
  const { sent, pauses, way } = scripted(expired, ACCEPTED);

  await deliver({ submission: "k" }, way);

  assert.deepEqual(sent.map(({ token }) => token), ["first", "second"]);
  assert.deepEqual(sent.map(({ captcha }) => captcha), ["one", "two"]);
  assert.deepEqual(pauses, []);
});

test("a token refused twice is not tried for ever", async () => {
  const expired = { status: 409, body: { status: "expired", session: { token: "again" } } };
  const { sent, way } = scripted(expired, expired, ACCEPTED);

  const answer = await deliver({}, way);

  assert.equal(answer.status, 409);
  assert.equal(sent.length, 2);
});

test("without an answer it tries five times, ever later, under the same key", async () => {
  const { sent, pauses, way } = scripted(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, ACCEPTED);

  const answer = await deliver({ submission: "k" }, way);

  assert.equal(answer, NOTHING);
  assert.equal(sent.length, 5);
  assert.deepEqual(new Set(sent.map(({ submission }) => submission)), new Set(["k"]));
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000]);
});

test("each try sends what is there by then, and is told why the one before was not enough", async () => {
  const { sent, way } = scripted(NOTHING, BUSY, ACCEPTED);
  const reasons = [];
  const typed = [{ name: "Jan", submission: "j" }, { name: "Jana", submission: "k" }];

  const pause = async (ms, answer) => reasons.push([ms, answer.status]);
  await deliver({ name: "J", submission: "i" }, { ...way, pause, again: () => typed.shift() });

  assert.deepEqual(sent.map(({ name, submission }) => [name, submission]), [["J", "i"], ["Jan", "j"], ["Jana", "k"]]);
  assert.deepEqual(reasons, [[1000, 0], [5000, 503]]);
});

test("a fresh session is for the very same answers", async () => {
  const expired = { status: 409, body: { status: "expired", session: { token: "second" } } };
  const { sent, way } = scripted(expired, ACCEPTED);

  await deliver({ submission: "k" }, { ...way, again: () => assert.fail("nothing was waited for") });

  assert.deepEqual(sent.map(({ submission }) => submission), ["k", "k"]);
});

test("a sending that was given up sends nothing more", async () => {
  const { sent, way } = scripted(NOTHING, ACCEPTED);

  const answer = await deliver({ submission: "k" }, { ...way, again: () => null });

  assert.equal(answer, NOTHING);
  assert.equal(sent.length, 1);
});

test("a session that expires again after a wait is replaced again", async () => {
  const expired = (token) => ({ status: 409, body: { status: "expired", session: { token } } });
  const { sent, way } = scripted(expired("second"), NOTHING, expired("third"), ACCEPTED);

  const answer = await deliver({ submission: "k" }, way);

  assert.equal(answer, ACCEPTED);
  assert.deepEqual(sent.map(({ token }) => token), ["first", "second", "second", "third"]);
});

test("an enquiry may be stored unless the server said that it is not, or is at its limit", () => {
  for (const status of [0, 500, 502, 503, 504, 201]) assert.equal(mayBeStored({ status, body: {} }), true, String(status));
  for (const status of [400, 403, 409, 413, 422, 429]) assert.equal(mayBeStored({ status, body: {} }), false, String(status));
});

test("a busy server is left alone for as long as it says", async () => {
  const { pauses, way } = scripted(BUSY, ACCEPTED);

  const answer = await deliver({}, way);

  assert.equal(answer, ACCEPTED);
  assert.deepEqual(pauses, [5000]);
});

test("nobody is made to wait in front of a button for minutes", async () => {
  const { sent, way } = scripted({ status: 429, body: {}, retryAfterMs: 60_000 }, ACCEPTED);

  assert.equal((await deliver({}, way)).status, 429);
  assert.equal(sent.length, 1);
});

test("what the server judged is not sent again", () => {
  for (const status of [400, 403, 404, 409, 413, 415, 422]) {
    assert.equal(isWorthAnotherTry({ status, body: {} }), false, String(status));
  }
  assert.equal(isWorthAnotherTry(ACCEPTED), false);
});

test("an answer cut short on its way is worth another try", () => {
  assert.equal(isWorthAnotherTry({ status: 201, body: {} }), true);
});

test("pauses double, and are never shorter than the server asks", () => {
  assert.deepEqual([1, 2, 3, 4].map((tried) => pauseAfter(tried)), [1000, 2000, 4000, 8000]);
  assert.equal(pauseAfter(1, 7000), 7000);
});

test("a session is fetched once, and again after a quarter of an hour", async () => {
  let now = 0;
  let fetched = 0;
  const session = new Session(async () => ({ token: String((fetched += 1)) }), echo(), () => now);

  await session.get();
  now = 14 * 60_000;
  assert.deepEqual(await session.get(), { token: "1" });
  now = 16 * 60_000;
  assert.deepEqual(await session.get(), { token: "2" });
});

test("a forgotten session is fetched anew", async () => {
  let fetched = 0;
  const session = new Session(async () => ({ token: String((fetched += 1)) }), echo());

  await session.get();
  session.forget();

  assert.deepEqual(await session.get(), { token: "2" });
});

test("a request carries no cookies", async () => {
  let options;
  const fetch = async (_, given) => ((options = given), new Response("{}"));

  await request("/f/riverside/session", {}, fetch);

  assert.equal(options.credentials, "omit");
});

test("an answer that is not JSON has an empty body", async () => {
  const fetch = async () => new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "Retry-After": "3" } });

  assert.deepEqual(await request("/", {}, fetch), { status: 502, body: {}, retryAfterMs: 3000 });
});

test("a broken connection is no answer", async () => {
  const fetch = async () => {
    throw new TypeError("network");
  };

  assert.equal((await request("/", {}, fetch)).status, 0);
});
