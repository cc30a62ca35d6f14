import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { load } from "./load.mjs";

const { fill, isMet, toAnswers } = await load("fields.js");
const typed = JSON.parse(await readFile(new URL("show_if.json", import.meta.url), "utf8"));

const SHAPES = { rooms: "many", consent_1: "tick", name: "one", price_max: "whole", integer: "whole", decimal: "decimal" };
const shapeOf = (name) => SHAPES[name];

test("several choices are a list, even if only one is chosen", () => {
  assert.deepEqual(toAnswers([["rooms", "2+kk"]], shapeOf), { rooms: ["2+kk"] });
  assert.deepEqual(toAnswers([["rooms", "1+kk"], ["rooms", "2+kk"]], shapeOf), { rooms: ["1+kk", "2+kk"] });
});

test("a tick is true", () => {
  assert.deepEqual(toAnswers([["consent_1", "true"]], shapeOf), { consent_1: true });
});

test("empty answers are left out", () => {
  assert.deepEqual(toAnswers([["name", ""], ["token", ""], ["language", "cs"]], shapeOf), { language: "cs" });
});

test("a condition holds for any of the answers it names", () => {
  assert.equal(isMet({ rooms: ["3+kk", "4+kk"] }, { rooms: ["1+kk", "4+kk"] }, shapeOf), true);
  assert.equal(isMet({ rooms: ["3+kk"] }, { rooms: ["1+kk"] }, shapeOf), false);
  assert.equal(isMet({ customer_has_pets: ["true"] }, { customer_has_pets: true }, shapeOf), true);
});

test("every condition must hold", () => {
  assert.equal(isMet({ a: ["1"], b: ["2"] }, { a: "1" }, shapeOf), false);
  assert.equal(isMet({ a: ["1"], b: ["2"] }, { a: "1", b: "2" }, shapeOf), true);
});

test("what has no answer counts as not ticked", () => {
  assert.equal(isMet({ customer_has_pets: ["false"] }, {}, shapeOf), true);
  assert.equal(isMet({ customer_has_pets: ["true"] }, {}, shapeOf), false);
});

/** Return what is wanted as the page gets it, in texts. */
const inTexts = (wanted) => {
  if (wanted.constructor !== Object) return [wanted].flat().map(String);
  return Object.fromEntries(Object.entries(wanted).map(([key, each]) => [key, key === "not" ? [each].flat().map(String) : String(each)]));
};

for (const [kind, text, wanted, isShown] of typed) {
  test(`${text} as ${kind} ${isShown ? "meets" : "does not meet"} ${JSON.stringify(wanted)}`, () => {
    assert.equal(isMet({ [kind]: inTexts(wanted) }, text ? { [kind]: text } : {}, shapeOf), isShown);
  });
}

test("of alternatives one must hold, beside every other condition", () => {
  const conditions = { a: ["1"], any: [{ b: ["2"] }, { c: { not: ["3"] } }] };

  assert.equal(isMet(conditions, { a: "1", b: "2", c: "3" }, shapeOf), true);
  assert.equal(isMet(conditions, { a: "1", c: "4" }, shapeOf), true);
  assert.equal(isMet(conditions, { a: "1", c: "3" }, shapeOf), false);
  assert.equal(isMet(conditions, { b: "2" }, shapeOf), false);
});

const formOf = (...controls) => ({ querySelectorAll: () => controls });
const chips = () => ["1+kk", "2+kk", "3+kk"].map((value) => ({ name: "rooms", type: "checkbox", value }));
const chosen = (choices) => choices.filter(({ checked, selected }) => checked && selected).map(({ value }) => value);

test("several choices are filled in from a list or from one text", () => {
  for (const answer of [["1+kk", "3+kk"], "1+kk,3+kk"]) {
    const controls = chips();

    assert.equal(fill(formOf(...controls), "rooms", answer), true);
    assert.deepEqual(chosen(controls), ["1+kk", "3+kk"]);
  }
});

test("several options of a list are selected", () => {
  const options = ["4", "7", "9"].map((value) => ({ value }));

  assert.equal(fill(formOf({ name: "wishes", options }), "wishes", ["4", "9"]), true);
  assert.deepEqual(chosen(options), ["4", "9"]);
});

test("a tick is filled in", () => {
  const box = { name: "customer_has_pets", type: "checkbox", value: "true" };

  fill(formOf(box), "customer_has_pets", true);

  assert.equal(box.checked, true);
});

test("what is no choice of a field is not taken", () => {
  assert.equal(fill(formOf(...chips()), "rooms", "9+kk"), false);
});

test("a text goes into its own box only, its lines kept", () => {
  const note = { name: "note", type: "textarea", value: "" };
  const name = { name: "name", type: "text", value: "" };

  assert.equal(fill(formOf(name, note), "note", "a\r\nb"), true);
  assert.deepEqual([name.value, note.value], ["", "a\nb"]);
});

test("a chosen number is in a range, too", () => {
  const shape = () => "one";

  assert.equal(isMet({ price_max: { min: "5000000" } }, { price_max: "6000000" }, shape), true);
  assert.equal(isMet({ price_max: { min: "5000000" } }, { price_max: "4000000" }, shape), false);
});

test("a text with commas that is an option is that option, and only what may hold several is a list", () => {
  const boxes = ["2", "2,5", "5"].map((value) => ({ name: "rooms", type: "checkbox", value }));
  fill(formOf(...boxes), "rooms", "2,5");
  assert.deepEqual(chosen(boxes), ["2,5"]);

  const buttons = ["1", "2"].map((value) => ({ name: "purpose", type: "radio", value }));
  assert.equal(fill(formOf(...buttons), "purpose", "1,2"), false);
  assert.deepEqual(chosen(buttons), []);
});
