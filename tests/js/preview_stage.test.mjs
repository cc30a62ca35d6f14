/** The frame of the preview. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetTyped, scaleFor } from "../../static/desk/preview_stage.js";

test("a screen is scaled down to the room there is, and never up", () => {
  assert.equal(scaleFor(1280, 640), 0.5);
  assert.equal(scaleFor(360, 640), 1);
});

test("what was typed into a form is forgotten, a file being written is not", () => {
  const kept = new Map([["realpad-form:riverside:", "{}"], ["realpad-form:yaml:riverside", "version: 1"], ["other", ""]]);
  const storage = {
    get length() { return kept.size; },
    key: (index) => [...kept.keys()][index],
    removeItem: (name) => kept.delete(name),
  };

  forgetTyped(storage);

  assert.deepEqual([...kept.keys()], ["realpad-form:yaml:riverside", "other"]);
});
