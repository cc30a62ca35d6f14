import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { load } from "./load.mjs";

const { emailProblem, likelyEmail, repairedEmail } = await load("email.js");
const { emails } = JSON.parse(await readFile(new URL("typed.json", import.meta.url), "utf8"));

for (const [typed, repaired, problem, meant] of emails) {
  test(`the e-mail ${typed} becomes ${repaired}: ${problem || "fine"}, ${meant ?? "nothing else"} meant`, () => {
    const address = repairedEmail(typed);

    assert.equal(address, repaired);
    assert.equal(emailProblem(address), problem);
    assert.equal(problem === "" ? likelyEmail(address) : null, meant);
  });
}
