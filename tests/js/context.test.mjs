import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";

import { load } from "./load.mjs";

const { chooseTheme, newKey, pageAddress, readContext, showAs, surfaceOf, toOrigin } = await load("context.js");

test("the hash wins over the query", () => {
  const { visit } = readContext({ search: "?unit=A-101&utm_source=mail", hash: "#unit=B-202" });

  assert.deepEqual(Object.fromEntries(visit), { unit: "B-202", utm_source: "mail" });
});

test("what is about the page is no part of the visit", () => {
  const { visit, theme, view, surface } = readContext({ hash: "#theme=dark&view=dialog&surface=light&lang=cs&gclid=1" });

  assert.deepEqual([...visit.keys()], ["gclid"]);
  assert.deepEqual({ theme, view, surface }, { theme: "dark", view: "dialog", surface: "light" });
});

test("an address never brings a consent, a token or a key", () => {
  const hash = "#consent_1=true&token=a&captcha=b&submission=c&language=de";

  assert.equal(readContext({ hash }).visit.size, 0);
});

test("prefilled fields are named without their prefix", () => {
  const { prefill } = readContext({ search: "?prefill-email=a%40b.cz", hash: "#prefill-full_name=Jana%20Mal%C3%A1" });

  assert.deepEqual(Object.fromEntries(prefill), { email: "a@b.cz", full_name: "Jana Malá" });
});

test("only an exact http origin is an origin", () => {
  assert.equal(toOrigin("https://www.riverside.example"), "https://www.riverside.example");
  assert.equal(toOrigin("http://localhost:8080"), "http://localhost:8080");
  for (const text of ["https://riverside.example/", "https://a@riverside.example", "javascript:1", "null", "*", "", undefined]) {
    assert.equal(toOrigin(text), null, text);
  }
});

test("the page's address loses its hash and what was only meant to fill fields in", () => {
  const address = pageAddress("https://forms.example/f/riverside?utm_source=a&prefill-email=a%40b.cz#unit=A-101");

  assert.equal(address, "https://forms.example/f/riverside?utm_source=a");
});

test("the host page's surface decides only where the project leaves it open", () => {
  assert.equal(chooseTheme({ theme: null, surface: "dark" }, "auto"), "dark");
  assert.equal(chooseTheme({ theme: null, surface: "dark" }, "light"), null);
  assert.equal(chooseTheme({ theme: "dark", surface: "light" }, "light"), "dark");
  assert.equal(chooseTheme({ theme: "pink", surface: "light" }, "auto"), null);
});

test("a page is light or dark by the colour of its text, in any of the ways that browsers write colours", () => {
  const light = ["rgb(0, 0, 0)", "rgba(23, 26, 31, 0.9)", "lab(20 0 0)", "oklch(0.3 0.1 20)", "color(srgb 0.1 0.1 0.1)"];
  const dark = ["rgb(255, 255, 255)", "rgb(238, 238, 238)", "lab(95 0 0)", "oklab(0.9 0 0)", "color(srgb 0.9 0.95 0.9)"];

  assert.deepEqual([...light, ...dark].map(surfaceOf), [...light.fill("light"), ...dark.fill("dark")]);
});

test("the surface that an older loader names is taken as it is, and none is none", () => {
  assert.deepEqual(["light", "dark", null, undefined].map(surfaceOf), ["light", "dark", null, undefined]);
  assert.equal(readContext({ hash: "#surface=rgb(238%2C+238%2C+238)" }).surface, "dark");
});

/** Return the classes and the theme of a page as it is shown in a place. */
function shown(context, isFramed, theme = "auto") {
  const classes = new Map();
  const root = { dataset: { theme }, classList: { toggle: (name, isOn) => classes.set(name, isOn) } };
  showAs(root, context, isFramed);
  return [...[...classes].filter(([, isOn]) => isOn).map(([name]) => name), root.dataset.theme].join(" ");
}

test("a page knows whether it is alone, in a frame or in a dialog, and does so again without a change", () => {
  assert.equal(shown({}, false), "auto");
  assert.equal(shown({ surface: "dark" }, true), "framed dark");
  assert.equal(shown({ view: "dialog", theme: "light" }, true), "in-dialog light");
  assert.equal(shown({ surface: "light" }, true, "dark"), "framed opaque dark");
  assert.equal(shown({ surface: "dark" }, true, "light"), "framed opaque light");
  assert.equal(shown({ surface: "dark" }, true, "dark"), "framed dark");
});

test("keys are random UUIDs also where the browser has no randomUUID", () => {
  const old = { getRandomValues: (bytes) => webcrypto.getRandomValues(bytes) };

  assert.match(newKey(old), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(newKey(old), newKey(old));
  assert.equal(newKey(webcrypto).length, 36);
});
