/** A site that is added to the origins of a project file's text. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { withOrigin } from "../../static/desk/preview_origins.js";

const SITE = "https://new.example";

const ADDED = [
  ["in brackets", "origins: [https://a.example]\nname: A\n", "origins: [https://a.example, https://new.example]\nname: A\n"],
  ["in brackets with a comment", "origins: [ https://a.example ]  # ours\n", "origins: [ https://a.example, https://new.example ]  # ours\n"],
  ["after a comma", "origins: [https://a.example,]\n", "origins: [https://a.example, https://new.example]\n"],
  [
    "in brackets over several lines",
    "origins: [\n  https://a.example, # ours, too [sic]\n  'https://b.example'\n]\n",
    "origins: [\n  https://a.example, # ours, too [sic]\n  'https://b.example', https://new.example\n]\n",
  ],
  ["in empty brackets", "origins: []\nname: A\n", "origins: [https://new.example]\nname: A\n"],
  [
    "below the last line with a dash",
    "origins: # sites\n  - https://a.example # ours\n\n  # theirs\n  - https://b.example\n\nname: A\n",
    "origins: # sites\n  - https://a.example # ours\n\n  # theirs\n  - https://b.example\n  - https://new.example\n\nname: A\n",
  ],
  ["as far left as the key", "origins:\n- https://a.example\nname: A\n", "origins:\n- https://a.example\n- https://new.example\nname: A\n"],
  ["at the end of the text", "name: A\norigins:\n  - https://a.example", "name: A\norigins:\n  - https://a.example\n  - https://new.example"],
  ["where no site is listed", "origins: # later\nname: A\n", "origins: # later\n  - https://new.example\nname: A\n"],
  ["instead of null", "origins: null # later\n", "origins: [https://new.example] # later\n"],
  ["where the key is missing", "version: 1\nname: A", "version: 1\nname: A\norigins: [https://new.example]\n"],
  ["under a key in quotes", '"origins": [https://a.example]\n', '"origins": [https://a.example, https://new.example]\n'],
];

for (const [where, text, after] of ADDED) {
  test(`a site is added ${where}`, () => assert.equal(withOrigin(text, SITE), after));
}

const THERE = [`origins: [${SITE}]\n`, `origins: ["${SITE}", https://a.example]\n`, `origins:\n  - '${SITE}' # ours\n`];

for (const text of THERE) {
  test(`a site that is listed stays as it is: ${JSON.stringify(text)}`, () => assert.equal(withOrigin(text, SITE), text));
}

const BY_HAND = [
  "origins: *sites\n",
  "origins: https://a.example\n",
  "origins:\n  [https://a.example]\n",
  "origins:\n  - https://a.example\n    - https://b.example\n",
  "origins: [[https://a.example]]\n",
  "origins: [https://a.example\n",
  "origins: []\norigins: []\n",
  "{version: 1, origins: []}\n",
  "version: 1\n...\n",
  "",
];

for (const text of BY_HAND) {
  test(`a site has to be added by hand: ${JSON.stringify(text)}`, () => assert.equal(withOrigin(text, SITE), null));
}

test("only a key of the file itself counts", () => {
  const text = "sources:\n  - fields: {origins: [x]}\nnotice: |\n  origins: [y]\norigins: [https://a.example]\n";
  assert.equal(withOrigin(text, SITE), text.replace("a.example]", "a.example, https://new.example]"));
});
