/**
 * Builds the components of docs/sites.md as a site would, for the tests that use them in a browser.
 *
 *   node .ci/build_recipes.mjs react|vue ADDRESS < app.jsx > bundle.js
 *
 * ADDRESS takes the place of the server's in the documentation. The application comes from standard input and imports
 * its component from "./LeadForm".
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LANGUAGES = { react: "tsx", vue: "vue" };

const [framework, address] = process.argv.slice(2);
const document = readFileSync(join(ROOT, "docs", "sites.md"), "utf8").replaceAll("https://forms.example.com", address);
const [, component] = document.match(new RegExp("```" + LANGUAGES[framework] + "\\n(.*?)```", "s"));

const { outputFiles } = await build({
  stdin: { contents: readFileSync(0, "utf8"), resolveDir: join(ROOT, ".ci"), loader: "jsx" },
  bundle: true,
  write: false,
  format: "iife",
  jsx: "automatic",
  nodePaths: [join(ROOT, ".ci", "node_modules")],
  define: { __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
  plugins: [{ name: "component", setup: addComponent }],
});
process.stdout.write(outputFiles[0].text);

function addComponent(builder) {
  builder.onResolve({ filter: /^\.\/LeadForm$/ }, () => ({ path: "LeadForm", namespace: "component" }));
  builder.onLoad({ filter: /.*/, namespace: "component" }, async () => ({
    contents: framework === "vue" ? await compileVue(component) : component,
    loader: framework === "vue" ? "ts" : "tsx",
    resolveDir: join(ROOT, ".ci"),
  }));
}

/** Compile a single-file component with Vue's own compiler, as its plugins for bundlers do. */
async function compileVue(source) {
  const { compileScript, parse } = await import("vue/compiler-sfc");
  const { descriptor, errors } = parse(source);
  if (errors.length > 0) throw errors[0];
  return compileScript(descriptor, { id: "lead-form", inlineTemplate: true }).content;
}
