import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const { connect, nextHeight } = await load("parent.js");

const HOST = "https://www.riverside.example";

/** A window inside another one, which keeps what it is told. */
function framed() {
  const heard = [];
  return { heard, parent: { postMessage: (message, target) => heard.push({ message, target }) } };
}

test("messages go to exactly the origin that was given", () => {
  const window = framed();

  connect(window, HOST).tell("height", { height: 300 });

  const message = { source: "realpad-form", version: 1, type: "height", height: 300 };
  assert.deepEqual(window.heard, [{ message, target: HOST }]);
});

test("without an origin nothing is said", () => {
  const window = framed();

  connect(window, null).tell("ready");

  assert.deepEqual(window.heard, []);
});

test("a page of its own says nothing to itself", () => {
  const window = framed();
  window.parent = window;
  window.postMessage = () => assert.fail("said something");

  const { isFramed, tell } = connect(window, HOST);
  tell("ready");

  assert.equal(isFramed, false);
});

test("heights are whole and within bounds", () => {
  assert.equal(nextHeight(640.2, 0), 641);
  assert.equal(nextHeight(20, 0), 100);
  assert.equal(nextHeight(1e9, 0), 5000);
});

test("changes under two pixels are not worth a message", () => {
  assert.equal(nextHeight(641, 640), null);
  assert.equal(nextHeight(642, 640), 642);
});

test("a hidden frame does not shrink", () => {
  assert.equal(nextHeight(0, 640), null);
});
