import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const ROOT = new URL("../../", import.meta.url);
const source = await readFile(new URL("embed.js", ROOT), "utf8");

/** Run the loader in a page that has these script tags, and return that page's window. */
function runIn({ tags, RealpadForm }) {
  const window = { RealpadForm };
  const document = { currentScript: null, scripts: tags, querySelectorAll: () => [] };
  runInNewContext(source, { window, document, URL });
  return window;
}

test("the loader itself speaks English; the server adds the other languages", () => {
  const literals = [...source.matchAll(/^ {2}const TEXTS = (.+?);/gm)].map(([, literal]) => literal);

  assert.deepEqual(literals, ['{ en: ["Enquiry form", "Close"] }']);
});

test("nothing in the loader needs an exception from a strict policy or from Trusted Types", () => {
  const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|eval\(|Function\(|cssText|<style|"style"|"script"/;

  assert.doesNotMatch(source, forbidden);
});

test("a second copy of the loader leaves the first alone", () => {
  const first = { on() {} };

  const window = runIn({ tags: [{ src: "https://forms.example/embed.js" }], RealpadForm: first });

  assert.equal(window.RealpadForm, first);
  assert.deepEqual(Object.keys(first), ["on"]);
});

test("a page whose script tags are all others' is left alone", () => {
  const window = runIn({ tags: [{ src: "https://other.example/embedded.js" }, { src: "" }] });

  assert.deepEqual(Object.keys(window.RealpadForm), []);
});

test("everything that a host page can use is documented", async () => {
  const document = await readFile(new URL("docs/embedding.md", ROOT), "utf8");
  const events = [...source.matchAll(/emit\(form, "([a-z]+)"/g)].map(([, name]) => `realpad-form:${name}`);
  const codes = [...source.matchAll(/"error", \{ code: "([a-z-]+)"/g)].map(([, code]) => code);
  const calls = source.match(/Object\.assign\(api, \{ (.+) \}\)/)[1].split(", ");

  for (const name of new Set(events)) assert.match(document, new RegExp(`^\\| \`${name}\``, "m"));
  for (const code of codes) assert.match(document, new RegExp(`^\\| \`${code}\``, "m"));
  for (const name of calls) assert.match(document, new RegExp(`^\\| \`${name}\\(`, "m"));
});

test("the scripts of the documentation run before the loader has come", async () => {
  const document = await readFile(new URL("docs/embedding.md", ROOT), "utf8");
  const scripts = [...document.matchAll(/```js\n(.+?)```|<script>\n(.+?)<\/script>/gs)].map(([, plain, tag]) => plain ?? tag);

  for (const script of scripts) {
    const window = { document: { createElement: () => ({}), head: { appendChild() {} } } };
    window.window = window;
    runInNewContext(script, window);
    assert.ok(window.RealpadForm.q.some(([name]) => name === "mount"));
  }
  assert.equal(scripts.length, 2);
});
