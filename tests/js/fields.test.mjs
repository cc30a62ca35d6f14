import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const { isMet, toAnswers } = await load("fields.js");

const SHAPES = { rooms: "many", consent_1: "tick", name: "one" };
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
  assert.equal(isMet({ rooms: ["3+kk", "4+kk"] }, { rooms: ["1+kk", "4+kk"] }), true);
  assert.equal(isMet({ rooms: ["3+kk"] }, { rooms: ["1+kk"] }), false);
  assert.equal(isMet({ customer_has_pets: ["true"] }, { customer_has_pets: true }), true);
});

test("every condition must hold", () => {
  assert.equal(isMet({ a: ["1"], b: ["2"] }, { a: "1" }), false);
  assert.equal(isMet({ a: ["1"], b: ["2"] }, { a: "1", b: "2" }), true);
});

test("what has no answer counts as not ticked", () => {
  assert.equal(isMet({ customer_has_pets: ["false"] }, {}), true);
  assert.equal(isMet({ customer_has_pets: ["true"] }, {}), false);
});
