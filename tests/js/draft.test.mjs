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

  assert.deepEqual(new Draft(tab, "a").read(), { name: "Jana", rooms: ["2+kk"] });
});

/** Return a function that makes the keys 1, 2, 3… */
function counter() {
  let made = 0;
  return () => String((made += 1));
}

test("the very same answers keep their key, also after a reload and after others were tried", () => {
  const [tab, makeKey] = [storage(), counter()];
  const draft = new Draft(tab, "a");
  const keys = [draft.keyFor({ name: "Jana" }, makeKey), draft.keyFor({ name: "Jan" }, makeKey)];
  draft.keep({ name: "Ja" });

  const reloaded = new Draft(tab, "a");
  reloaded.read();

  assert.deepEqual(keys, ["1", "2"]);
  assert.equal(draft.keyFor({ name: "Jana" }, makeKey), "1");
  assert.equal(reloaded.keyFor({ name: "Jana" }, makeKey), "1");
  assert.equal(reloaded.keyFor({ name: "Jan" }, makeKey), "2");
});

test("two frames with one draft never send two people under one key", () => {
  const [tab, makeKey] = [storage(), counter()];
  new Draft(tab, "a").keyFor({ name: "Jana" }, makeKey);
  const frames = [new Draft(tab, "a"), new Draft(tab, "a")];
  for (const frame of frames) frame.read();

  const first = frames[0].keyFor({ name: "Jana" }, makeKey);
  frames[0].clear();
  const second = frames[1].keyFor({ name: "Petr" }, makeKey);

  assert.deepEqual([first, second], ["1", "2"]);
});

test("once accepted, the same answers are another enquiry; so they are where nothing can be kept", () => {
  for (const tab of [storage(), null]) {
    const [draft, makeKey] = [new Draft(tab, "a"), counter()];

    const tried = [draft.keyFor({}, makeKey), draft.keyFor({}, makeKey)];
    draft.clear();

    assert.deepEqual([...tried, draft.keyFor({}, makeKey)], ["1", "1", "2"]);
  }
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
