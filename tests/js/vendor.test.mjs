/** What we ship of others is what the lock file says, with its licence. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test("the editor's packages are listed with the versions and hashes they are locked to", async () => {
  const { packages } = JSON.parse(await read(".ci/package-lock.json"));
  const listed = (await read("static/vendor/codemirror/VERSION")).trim().split("\n").map((line) => line.split(" "));

  assert.ok(listed.length > 10);
  for (const [name, version, integrity] of listed) {
    const locked = packages[`node_modules/${name}`];
    assert.deepEqual([locked.version, locked.integrity, locked.license], [version, integrity, "MIT"], name);
  }
});

test("every package of the editor is listed", async () => {
  const { packages } = JSON.parse(await read(".ci/package-lock.json"));
  const listed = (await read("static/vendor/codemirror/VERSION")).trim().split("\n").map((line) => line.split(" ")[0]);
  const needed = new Set();
  const follow = (name) => {
    if (needed.has(name)) return;
    needed.add(name);
    Object.keys(packages[`node_modules/${name}`].dependencies ?? {}).forEach(follow);
  };
  Object.keys(packages[""].dependencies).filter((name) => name.startsWith("@codemirror/")).forEach(follow);

  assert.deepEqual(listed, [...needed].sort());
});

test("the built editor names its licence", async () => {
  assert.match(await read("static/built/editor.js"), /^\/\*! CodeMirror 6, MIT/);
  assert.match(await read("static/vendor/codemirror/LICENSE"), /Permission is hereby granted/);
});
