/** What the editor of project files offers, against the schema that `realpad-form schema` prints. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { suggest } from "../../static/desk/preview_completion.js";

const python = existsSync(".venv/bin/python") ? ".venv/bin/python" : "python3";
const schema = JSON.parse(execFileSync(python, ["-m", "realpad_form", "schema"], { encoding: "utf8" }));

/** Return the labels offered at the `|` of a text. */
function offered(text) {
  const found = suggest(schema, text.replace("|", ""), text.indexOf("|"));
  return found?.options.map(({ label }) => label) ?? null;
}

test("an empty file is offered what it must have, first of all", () => {
  assert.deepEqual(offered("|").slice(0, 3), ["version", "project", "name"]);
});

test("keys that stand already are not offered again", () => {
  assert.ok(!offered("version: 1\nproject: a\n|\nname: b\n").some((key) => ["version", "project", "name"].includes(key)));
});

test("a question begins with its field", () => {
  assert.equal(offered("fields:\n  - fi|")[0], "field");
  assert.equal(offered("fields:\n  - |")[0], "field");
});

test("a field is one of those that exist", () => {
  assert.deepEqual(offered("fields:\n- field: |").slice(0, 3), ["name", "surname", "full_name"]);
});

test("what is written beside a key decides what else may stand there", () => {
  const keys = ["label", "help", "required", "show_if", "width", "max_length"];
  assert.deepEqual(offered("fields:\n  - field: note\n    |\n  - field: unit\n"), keys);
  assert.ok(offered("fields:\n  - {field: unit, |").includes("known"));
});

test("attributes have types", () => {
  assert.ok(offered("fields:\n  - attribute: customer_x\n    type: |").includes("single_select"));
});

test("texts are offered the form's languages, at any depth", () => {
  const languages = ["cs", "de", "en", "pl", "sk", "uk"];
  assert.deepEqual(offered("thank_you:\n  message:\n    |"), languages);
  assert.deepEqual(offered("fields:\n  - field: rooms\n    options:\n      - value: 5\n        label: {|"), languages);
});

test("conditions name questions of the same file", () => {
  assert.deepEqual(offered("fields:\n  - field: email\n  - field: note\n    show_if:\n      |"), ["email", "note"]);
});

test("truths, choices and items of lists are offered", () => {
  assert.deepEqual(offered("consents:\n  - id: 1\n    required: |"), ["true", "false"]);
  assert.deepEqual(offered("theme:\n  mode: d|"), ["auto", "light", "dark"]);
  assert.ok(offered("languages: [cs, |").includes("sk"));
  assert.ok(offered("languages:\n  - |").includes("sk"));
});

test("nothing is offered in comments, in free texts and where nothing is known", () => {
  assert.equal(offered("# |"), null);
  assert.equal(offered("name: Riv|"), null);
  assert.equal(offered("nonsense:\n  |"), null);
});

test("the word that is being written is told, so that it can be replaced", () => {
  assert.equal(suggest(schema, "fields:\n  - fie", 15).word, "fie");
});

test("every key and value comes with what it means", () => {
  const { options } = suggest(schema, "", 0);
  assert.ok(options.every(({ info }) => info.length > 10));
});
