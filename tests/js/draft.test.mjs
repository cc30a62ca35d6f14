import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const { Draft, tabStorage } = await load("draft.js");

function storage() {
  const kept = new Map();
  return {
    kept,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => kept.set(name, text),
    removeItem: (name) => kept.delete(name),
  };
}

const forbidden = {
  getItem() {
    throw new Error("SecurityError");
  },
  setItem() {
    throw new Error("QuotaExceededError");
  },
  removeItem() {
    throw new Error("SecurityError");
  },
};

test("what was kept comes back", () => {
  const tab = storage();

  new Draft(tab, "a").keep({ name: "Jana", rooms: ["2+kk"] });

  assert.deepEqual(new Draft(tab, "a").read(), { answers: { name: "Jana", rooms: ["2+kk"] }, key: null });
});

test("an enquiry that may be stored keeps its key", () => {
  const tab = storage();

  new Draft(tab, "a").keep({}, "b7c0");

  assert.equal(new Draft(tab, "a").read().key, "b7c0");
});

test("a corrected draft loses the key of the one before", () => {
  const draft = new Draft(storage(), "a");
  draft.keep({}, "b7c0");

  draft.keep({ name: "Jana" });

  assert.equal(draft.read().key, null);
});

test("drafts of other projects and units are others", () => {
  const tab = storage();

  new Draft(tab, "a").keep({ name: "Jana" });

  assert.equal(new Draft(tab, "b").read(), null);
});

test("nothing is left after clearing", () => {
  const tab = storage();
  const draft = new Draft(tab, "a");
  draft.keep({ name: "Jana" });

  draft.clear();

  assert.equal(draft.read(), null);
  assert.equal(tab.kept.size, 0);
});

test("what is no draft is none", () => {
  const tab = storage();
  tab.setItem("a", "{");

  assert.equal(new Draft(tab, "a").read(), null);
});

test("the form goes on where storage is forbidden or full", () => {
  for (const tab of [null, forbidden]) {
    const draft = new Draft(tab, "a");

    draft.keep({ name: "Jana" });
    draft.clear();

    assert.equal(draft.read(), null);
  }
});

test("a frame that may not even ask for storage has none", () => {
  const window = {
    get sessionStorage() {
      throw new Error("SecurityError");
    },
  };

  assert.equal(tabStorage(window), null);
});
