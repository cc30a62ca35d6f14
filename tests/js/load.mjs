/** Loads a module of the form's page as the browser does, whatever this Node takes a `.js` file for. */

import { readFile } from "node:fs/promises";

export async function load(name) {
  return import(await address(name));
}

/** Return a module as an address; what it imports is in there the same way. */
async function address(name) {
  let source = await readFile(new URL(`../../static/form/${name}`, import.meta.url), "utf8");
  for (const [path, other] of source.matchAll(/"\.\/([a-z]+\.js)"/g)) {
    source = source.replace(path, JSON.stringify(await address(other)));
  }
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
