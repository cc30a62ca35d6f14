import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./load.mjs";

const { Draft, Note, tabStorage } = await load("draft.js");

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

const send = (answers, ...ticked) => ({ answers, ticked });

/** Return a function that makes the keys 1, 2, 3… */
function counter() {
  let made = 0;
  return () => String((made += 1));
}

test("the very same answers keep their key, also after a reload and after others were tried", () => {
  const [tab, makeKey] = [storage(), counter()];
  const draft = new Draft(tab, "a");
  const keys = [draft.keyFor(send({ name: "Jana" }), makeKey), draft.keyFor(send({ name: "Jan" }), makeKey)];
  draft.keep({ name: "Ja" });

  const reloaded = new Draft(tab, "a");
  reloaded.read();

  assert.deepEqual(keys, ["1", "2"]);
  assert.equal(draft.keyFor(send({ name: "Jana" }), makeKey), "1");
  assert.equal(reloaded.keyFor(send({ name: "Jana" }), makeKey), "1");
  assert.equal(reloaded.keyFor(send({ name: "Jan" }), makeKey), "2");
});

test("any change of a consent since the same page sent the answers is another enquiry", () => {
  for (const [before, after] of [[[], ["a"]], [["a"], []], [["a"], ["b"]], [["a", "b"], ["b"]]]) {
    const [draft, makeKey] = [new Draft(storage(), "a"), counter()];

    const keys = [before, before, after].map((ticked) => draft.keyFor(send({ name: "Jana" }, ...ticked), makeKey));

    assert.deepEqual(keys, ["1", "1", "2"]);
  }
});

test("after a reload, which takes every tick away, only a consent given anew is another enquiry", () => {
  for (const [before, after, key] of [
    [["a"], [], "1"],
    [["a"], ["a"], "1"],
    [["a", "b"], ["b"], "1"],
    [[], ["a"], "2"],
    [["a"], ["b"], "2"],
    [["a"], ["a", "b"], "2"],
  ]) {
    const [tab, makeKey] = [storage(), counter()];
    new Draft(tab, "a").keyFor(send({ name: "Jana" }, ...before), makeKey);
    const reloaded = new Draft(tab, "a");
    const answers = reloaded.read();

    assert.deepEqual(answers, { name: "Jana" });
    assert.equal(reloaded.keyFor(send({ name: "Jana" }, ...after), makeKey), key);
  }
});

test("a consent asked for after a reload and then given again makes no other enquiry", () => {
  const [tab, makeKey] = [storage(), counter()];
  new Draft(tab, "a").keyFor(send({ name: "Jana" }, "a"), makeKey);
  const reloaded = new Draft(tab, "a");
  reloaded.read();

  reloaded.keyFor(send({ name: "Jana" }), makeKey);
  reloaded.takeBack({ name: "Jana" });

  assert.equal(reloaded.keyFor(send({ name: "Jana" }, "a"), makeKey), "1");
});

test("two frames with one draft never send two people under one key", () => {
  const [tab, makeKey] = [storage(), counter()];
  new Draft(tab, "a").keyFor(send({ name: "Jana" }), makeKey);
  const frames = [new Draft(tab, "a"), new Draft(tab, "a")];
  for (const frame of frames) frame.read();

  const first = frames[0].keyFor(send({ name: "Jana" }), makeKey);
  frames[0].clear();
  const second = frames[1].keyFor(send({ name: "Petr" }), makeKey);

  assert.deepEqual([first, second], ["1", "2"]);
});

test("once accepted, the same answers are another enquiry; so they are where nothing can be kept", () => {
  for (const tab of [storage(), null]) {
    const [draft, makeKey] = [new Draft(tab, "a"), counter()];

    const tried = [draft.keyFor(send({}), makeKey), draft.keyFor(send({}), makeKey)];
    draft.clear();

    assert.deepEqual([...tried, draft.keyFor(send({}), makeKey)], ["1", "1", "2"]);
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

test("a note is one thing under one name, and nothing where nothing can be kept", () => {
  const tab = storage();
  const note = new Note(tab, "a");
  note.write({ name: "Jana" });

  assert.deepEqual(new Note(tab, "a").read(), { name: "Jana" });
  assert.equal(new Note(tab, "b").read(), null);
  note.clear();
  assert.equal(tab.kept.size, 0);
  for (const none of [null, forbidden]) {
    const lost = new Note(none, "a");
    lost.write(1);
    lost.clear();
    assert.equal(lost.read(), null);
  }
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
