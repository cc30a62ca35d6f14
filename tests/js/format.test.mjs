import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const { readableAmount, readablePhone, tidy } = await load("format.js");

const shown = (text) => text.replaceAll("\u00a0", "_");

for (const [typed, language, readable] of [
  ["6000000", "cs", "6_000_000"],
  ["6 000 000", "cs", "6_000_000"],
  ["6\u00a0000\u00a0000", "sk", "6_000_000"],
  ["6000000", "de", "6.000.000"],
  ["6000000", "en", "6,000,000"],
  ["6000000", "uk", "6_000_000"],
  ["6000000", "pl", "6_000_000"],
  ["6,500,0000", "en", "65,000,000"], // a digit was added to what stood there
  ["6,500,00", "en", "650,000"],
  ["6,5", "en", "6,5"],
  ["6.5", "de", "6.5"],
  ["6,5", "cs", "6,5"],
  ["6 mil.", "cs", "6 mil."],
  ["6 000 000 Kč", "cs", "6 000 000 Kč"],
  ["900", "cs", "900"],
  ["", "cs", ""],
]) {
  test(`the amount ${typed} reads ${readable} in ${language}`, () => {
    assert.equal(shown(readableAmount(typed, language)), readable);
  });
}

for (const [typed, readable] of [
  ["777123456", "777_123_456"],
  ["777 12 34 56", "777_123_456"],
  ["0905123456", "0905_123_456"],
  ["+420777123456", "+420_777_123_456"],
  ["00421905123456", "00421_905_123_456"],
  ["+48501234567", "+48_501_234_567"],
  ["+4915123456789", "+4915123456789"],
  ["777123456 linka 12", "777123456 linka 12"],
  ["77712345", "77712345"],
]) {
  test(`the phone ${typed} reads ${readable}`, () => {
    assert.equal(shown(readablePhone(typed)), readable);
  });
}

test("other fields stay as they were typed", () => {
  const control = { type: "text", value: "6000000", matches: () => false };

  tidy(control, "cs");

  assert.equal(control.value, "6000000");
});

test("a value that is readable already is not written again", () => {
  const control = {
    type: "tel",
    get value() {
      return "777\u00a0123\u00a0456";
    },
    set value(text) {
      assert.fail("written");
    },
  };

  tidy(control, "cs");
});
