import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const { makeCounter } = await load("seen.js");

const ADDRESS = "/f/riverside/seen";

/** A browser that keeps what it is to fetch. */
function browser(navigator = {}, answer = Promise.resolve()) {
  const fetched = [];
  const fetch = (address, options) => {
    fetched.push({ address, ...options });
    return answer;
  };
  return { fetched, fetch, navigator };
}

test("each event is counted once, with its campaign and unit", () => {
  const { fetched, ...own } = browser();
  const count = makeCounter(ADDRESS, { campaign: "spring", unit: undefined }, own);

  for (const event of ["view", "start", "start", "view"]) count(event);

  assert.deepEqual(
    fetched.map(({ address, body }) => [address, JSON.parse(body)]),
    [
      [ADDRESS, { event: "view", campaign: "spring" }],
      [ADDRESS, { event: "start", campaign: "spring" }],
    ],
  );
});

test("what else is known of an event goes along", () => {
  const { fetched, ...own } = browser();

  const count = makeCounter(ADDRESS, { campaign: "spring" }, own);
  for (const question of ["email", "phone"]) count("left", { question });

  assert.deepEqual(fetched.map(({ body }) => JSON.parse(body)), [{ event: "left", campaign: "spring", question: "email" }]);
});

test("no cookie goes along, and leaving the page does not stop it", () => {
  const { fetched, ...own } = browser();

  makeCounter(ADDRESS, {}, own)("view");

  const [{ method, credentials, keepalive }] = fetched;
  assert.deepEqual({ method, credentials, keepalive }, { method: "POST", credentials: "omit", keepalive: true });
});

test("a count that fails troubles nobody", async () => {
  const { fetched, ...own } = browser({}, Promise.reject(new TypeError("blocked")));

  makeCounter(ADDRESS, {}, own)("view");
  await new Promise(setImmediate);

  assert.equal(fetched.length, 1);
});

test("without an address nobody is counted, as in a preview", () => {
  const { fetched, ...own } = browser();

  makeCounter(undefined, {}, own)("view");

  assert.deepEqual(fetched, []);
});

for (const wish of [{ globalPrivacyControl: true }, { doNotTrack: "1" }]) {
  test(`who does not want to be followed is not counted: ${Object.keys(wish)}`, () => {
    const { fetched, ...own } = browser(wish);

    makeCounter(ADDRESS, {}, own)("view");

    assert.deepEqual(fetched, []);
  });
}
