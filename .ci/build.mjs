/**
 * Makes the files that are sent to browsers, static/built/, from the readable sources; commit both.
 *
 *   node .ci/build.mjs            write them
 *   node .ci/build.mjs --check    fail if they are not what the sources make
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BUILT = join(ROOT, "static", "built");
const CODEMIRROR = { preamble: "/*! CodeMirror 6, MIT licence: vendor/codemirror/LICENSE */" };
const SQUEEZE = { compress: { passes: 3, unsafe: true, inline: 1 }, mangle: true, toplevel: true, ecma: 2020 };

async function script(source, options, format = "esm") {
  const [bundled] = await bundle(source, { format });
  const { code } = await minify(bundled.text, { ...SQUEEZE, ...options });
  return `${code}\n`;
}

async function style(source) {
  const [minified] = await bundle(source, { minify: true, target: "es2022" });
  return minified.text;
}

async function bundle(source, options) {
  const known = { nodePaths: [join(ROOT, ".ci", "node_modules")], write: false, charset: "utf8" };
  const result = await build({ entryPoints: [join(ROOT, source)], bundle: true, ...known, ...options });
  return result.outputFiles;
}

const built = {
  "embed.js": await script("embed.js", { module: false }),
  "host.js": await script("static/embed/host.js", { module: true }),
  "head.js": await script("static/form/head.js", { module: false }, "iife"),
  "form.js": await script("static/form/form.js", { module: true }),
  "hints.js": await script("static/form/hints.js", { module: true }),
  "widget.js": await script("static/form/widget.js", { module: true }),
  "still.js": await script("static/form/still.js", { module: true }),
  "form.css": await style("static/form/form.css"),
  "editor.js": await script("static/desk/preview_editor.js", { module: true, format: CODEMIRROR }),
};

if (process.argv.includes("--check")) {
  const read = (name) => readFile(join(BUILT, name), "utf8").catch(() => "");
  const stale = [];
  for (const [name, content] of Object.entries(built)) if ((await read(name)) !== content) stale.push(name);
  if (stale.length > 0) console.error(`static/built is not what the sources make (${stale.join(", ")}): run make assets`);
  process.exit(stale.length > 0 ? 1 : 0);
}

await mkdir(BUILT, { recursive: true });
for (const [name, content] of Object.entries(built)) await writeFile(join(BUILT, name), content);
