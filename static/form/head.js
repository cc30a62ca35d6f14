/** Runs in the page's head, before anything is painted: so nothing flashes, and embed.js shows the frame at once. */

import { showAs, surfaceOf, toOrigin } from "./context.js";
import { connect } from "./parent.js";

const parameters = new URLSearchParams(`${location.hash.slice(1)}&${location.search.slice(1)}`); // the first of a name counts
const [theme, surface, view] = ["theme", "surface", "view"].map((name) => parameters.get(name));
const host = connect(window, toOrigin(parameters.get("origin")));

showAs(document.documentElement, { theme, surface: surfaceOf(surface), view }, host.isFramed);
host.tell("arrived");
