/** What the builder makes of what was typed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { conditionValue, editsOf, typed } from "../../static/desk/preview_builder_edits.js";

function control({ place, tagName = "INPUT", dataset, ...rest }) {
  const around = { dataset: { ...dataset, place: place.join(".") } };
  const isWords = dataset.do === "words";
  const closest = (selector) => (selector.includes("words") && !isWords ? null : around);
  return { tagName, dataset: isWords ? {} : around.dataset, closest, ...rest };
}

test("a number is one however it is written, and anything else stays a text for the server to judge", () => {
  const cases = [["5", 5], [" 4 500 000 ", 4500000], ["2,5", 2.5], ["-1", -1], ["1e9", "1e9"], ["5 ks", "5 ks"], ["", null], ["   ", null]];
  for (const [text, value] of cases) assert.deepEqual(typed(text, "number"), value, text);
  assert.equal(typed("5", "text"), "5");
});

test("a number too long to be kept exactly stays as it was typed", () => {
  assert.equal(typed("12345678901234567", "number"), "12345678901234567");
});

test("the answers of a condition are what the file has: a tick, numbers, texts, or a list", () => {
  assert.equal(conditionValue("", "boolean"), true);
  assert.equal(conditionValue("3", "integer"), 3);
  assert.equal(conditionValue("1+kk", "rooms"), "1+kk");
  assert.deepEqual(conditionValue("1+kk, 2+kk", "rooms"), ["1+kk", "2+kk"]);
  assert.equal(conditionValue("", "rooms"), "");
});

test("a box writes a text in its language", () => {
  const box = control({ place: ["name"], lang: "cs", value: "Riverside", dataset: { do: "words" } });

  assert.deepEqual(editsOf(box), [{ do: "words", place: ["name"], language: "cs", text: "Riverside" }]);
});

test("a tick that is as usual takes the key out of the file", () => {
  const dataset = { do: "set", type: "boolean", usual: "true" };
  const tick = (checked) => editsOf(control({ place: ["fields", 0, "multiple"], checked, dataset }))[0].value;

  assert.equal(tick(true), null);
  assert.equal(tick(false), false);
});

test("a choice that is a yes is one in the file, too", () => {
  const dataset = { do: "set", type: "text" };
  const choose = (value) => editsOf(control({ place: ["fields", 0, "visible"], tagName: "SELECT", value, dataset }))[0].value;

  assert.deepEqual(["true", "card", ""].map(choose), [true, "card", null]);
});
