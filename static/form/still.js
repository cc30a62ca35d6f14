/** Lets a page without a form, of a project that takes no enquiries any more, fit into its frame. */

import { readContext, showAs } from "./context.js";
import { connect, reportHeight } from "./parent.js";

const root = document.documentElement;
const { project, frameRadius, close } = document.getElementById("closed").dataset;
const context = readContext(location);
const host = connect(window, context.origin);

document.addEventListener("keydown", ({ key }) => key === "Escape" && context.view === "dialog" && host.tell("close"));
showAs(root, context, host.isFramed);
reportHeight(document.getElementById("page"), host.tell);
host.tell("ready", { project, language: root.lang, theme: root.dataset.theme, title: document.title, close, radius: frameRadius });
