import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";

const ROOT = new URL("../../", import.meta.url);
const read = (path) => readFile(new URL(path, ROOT), "utf8");
const source = await read("embed.js");
const host = await read("static/embed/host.js");
const types = await read("static/embed/embed.d.ts");

/** Run the loader in a page that has these script tags, and return that page's window and what its console said. */
function runIn({ tags, RealpadForm }) {
  const window = { RealpadForm };
  const said = [];
  const document = { currentScript: null, scripts: tags, querySelectorAll: () => [] };
  const console = { error: (text) => said.push(text) };
  runInNewContext(source, { window, document, URL, console });
  return { window, said };
}

/** Return the names that a list of properties or an object of the source has. */
function namesIn(text, pattern) {
  return text.match(pattern)[1].split(/[\s,"]+/).filter(Boolean);
}

test("what is said around a form is English in the source; the server adds the other languages", () => {
  const literals = [...host.matchAll(/^const TEXTS = (.+?);/gm)].map(([, literal]) => literal);

  assert.deepEqual(literals, ['{ en: ["The form could not be loaded.", "Open the form on its own page"] }']);
});

test("nothing in the loader needs an exception from a strict policy or from Trusted Types", () => {
  const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|eval\(|Function\(|<style|"style"|"script"/;

  assert.doesNotMatch(source, forbidden);
  assert.doesNotMatch(host, forbidden);
});

test("a second copy of the loader leaves the first alone", () => {
  const first = { on() {} };

  const { window } = runIn({ tags: [{ src: "https://forms.example/embed.js" }], RealpadForm: first });

  assert.equal(window.RealpadForm, first);
  assert.deepEqual(Object.keys(first), ["on"]);
});

test("a loader that cannot know its server leaves the page alone and says so", () => {
  const { window, said } = runIn({ tags: [{ src: "https://other.example/embedded.js" }, { src: "" }] });

  assert.deepEqual(Object.keys(window.RealpadForm), []);
  assert.match(said.join(), /^realpad-form: no address/);
});

test("everything that a host page can use is documented and typed", async () => {
  const document = await read("docs/embedding.md");
  const events = [...host.matchAll(/emit\(form, "([a-z]+)"/g)].map(([, name]) => name);
  const codes = [...host.matchAll(/"error", \{ code: "([a-z-]+)"/g)].map(([, code]) => code);
  const calls = [...namesIn(source, /of \[(.+)\]\) api\[name\]/), "on"];
  const attributes = namesIn(source, /const ABOUT = \[(.+)\];/).filter((name) => name !== "data-realpad-form");
  const property = (name) => name.slice("data-".length).replace(/-(.)/g, (_, letter) => letter.toUpperCase());

  assert.deepEqual(calls, ["mount", "unmount", "open", "close", "on"]);
  assert.equal(new Set(events).size, 5);
  for (const name of new Set(events)) assert.match(document, new RegExp(`^\\| \`realpad-form:${name}\``, "m"));
  for (const name of new Set(events)) assert.match(types, new RegExp(`^  ${name}: \\{`, "m"));
  for (const code of codes) assert.match(document, new RegExp(`^\\| \`${code}\``, "m"));
  for (const name of calls) assert.match(document, new RegExp(`^\\| \`${name}\\(`, "m"));
  for (const name of calls) assert.match(types, new RegExp(`^  ${name}[(<]`, "m"));
  for (const name of attributes) assert.match(document, new RegExp(`^\\| .*\`${name}\``, "m"));
  for (const name of attributes) assert.match(types, new RegExp(`^  ${property(name)}\\?: `, "m"));
  assert.match(types, /^ {2}readonly version: string;/m);
});

test("the scripts of the documentation run before the loader has come", async () => {
  const document = await read("docs/embedding.md");
  const scripts = [...document.matchAll(/```js\n(.+?)```|<script>\n(.+?)<\/script>/gs)].map(([, plain, tag]) => plain ?? tag);

  for (const script of scripts) {
    const window = { document: { createElement: () => ({}), head: { appendChild() {} } } };
    window.window = window;
    runInNewContext(script, window);
    assert.ok(window.RealpadForm.q.some(([name]) => name === "mount"));
  }
  assert.equal(scripts.length, 2);
});

const USE = `
import type { RealpadFormLead, RealpadFormOptions } from "./embed";
const options: RealpadFormOptions = { project: "riverside", unitFrom: "byt", unitPrice: 4890000, prefill: { email: "a@b.cz" } };
window.RealpadForm = window.RealpadForm || { q: [] };
window.RealpadForm.q.push(["on", "submitted", (event: CustomEvent) => console.log(event.detail.id)]);
window.RealpadForm.q.push(["mount", "#form", options]);
const stop: (() => void) | undefined = window.RealpadForm.on?.("error", ({ detail }) => detail.fields?.join());
document.addEventListener("realpad-form:submitted", ({ detail }) => detail.unit?.length);
document.querySelector("div")!.addEventListener("realpad-form:closed", (event) => event.preventDefault());
const entry: RealpadFormLead = { event: "generate_lead", event_id: "1", project: "p", unit: null, campaign: null };
stop?.();
window.RealpadForm.open?.(document.querySelector("button")!, { theme: "dark" });
console.log(entry, window.RealpadForm.version?.length);
`;
const MISUSES = {
  "unknown option": 'window.RealpadForm!.mount!("#form", { projekt: "riverside" });',
  "unknown event": 'window.RealpadForm!.on!("sent", () => {});',
  "unknown call": 'window.RealpadForm!.q.push(["show", "#form"]);',
  "personal data": 'window.RealpadForm!.on!("submitted", ({ detail }) => detail.email);',
};

/** Return what the TypeScript compiler says of a module beside embed.d.ts. */
async function compile(module, ending = "ts") {
  const folder = await mkdtemp(join(tmpdir(), "types-"));
  const compiler = fileURLToPath(new URL(".ci/node_modules/typescript/bin/tsc", ROOT));
  const options = ["--strict", "--noEmit", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", "--jsx", "react-jsx"];
  await writeFile(join(folder, "embed.d.ts"), types);
  await writeFile(join(folder, `page.${ending}`), module);
  await symlink(fileURLToPath(new URL(".ci/node_modules", ROOT)), join(folder, "node_modules"));
  try {
    return execFileSync(process.execPath, [compiler, ...options, `page.${ending}`], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    return error.stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("the types fit what the documentation does", async () => {
  assert.equal(await compile(USE), "");
});

test("the types refuse what the loader does not know", async () => {
  const lines = ['import "./embed";', ...Object.values(MISUSES)].join("\n");

  const wrong = [...(await compile(lines)).matchAll(/^page\.ts\((\d+),/gm)].map(([, line]) => Number(line));

  assert.deepEqual(wrong, [2, 3, 4, 5]);
});

test("the component for React fits the types", async () => {
  const recipes = await read("docs/sites.md");
  const [, component] = recipes.match(/```tsx\n(.*?)```/s);
  const use = 'export const page = <LeadForm project="riverside" onSubmitted={({ id, unit }) => console.log(id, unit?.length)} />;';

  assert.equal(await compile(`${component}\n${use}`, "tsx"), "");
});
