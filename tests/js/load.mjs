/** Loads a module of the form's page as the browser does, whatever this Node takes a `.js` file for. */

import { readFile } from "node:fs/promises";

export async function load(name) {
  const source = await readFile(new URL(`../../static/form/${name}`, import.meta.url), "utf8");
  return import(`data:text/javascript,${encodeURIComponent(source)}`);
}
