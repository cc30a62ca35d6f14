import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { load } from "./load.mjs";

const { phoneProblem, readableAmount, readablePhone, tidy } = await load("format.js");
const { phones } = JSON.parse(await readFile(new URL("typed.json", import.meta.url), "utf8"));

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

for (const [typed, regions, readable, problem] of phones) {
  test(`the phone ${typed} reads ${readable} in ${regions || "no country"}: ${problem || "fine"}`, () => {
    assert.equal(readablePhone(typed, regions.split(" ")).replaceAll("\u00a0", " "), readable);
    assert.equal(phoneProblem(typed, regions.split(" ")), problem);
    assert.equal(phoneProblem(readablePhone(typed, regions.split(" ")), regions.split(" ")), problem);
  });
}

test("an e-mail is repaired once it is entered", () => {
  const control = { type: "email", value: "mailto:anna@seznam,cz" };

  tidy(control, { language: "cs", regions: [] });

  assert.equal(control.value, "anna@seznam.cz");
});

test("other fields stay as they were typed", () => {
  const control = { type: "text", value: "6000000", matches: () => false };

  tidy(control, { language: "cs", regions: ["CZ"] });

  assert.equal(control.value, "6000000");
});

test("a value that is readable already is not written again", () => {
  const control = {
    type: "tel",
    get value() {
      return "+420\u00a0777\u00a0123\u00a0456";
    },
    set value(text) {
      assert.fail("written");
    },
  };

  tidy(control, { language: "cs", regions: ["CZ"] });
});
