/** The preview's pages become quicker with this; they work without it, too. */

import { sendDraft, useDraft } from "./preview_draft.js";
import { forgetTyped, Stage } from "./preview_stage.js";

function start() {
  refresh();
  useDraft(refresh);
}

function refresh() {
  const look = document.getElementById("look");
  if (look) follow(look, new Stage(document.getElementById("stage")));
  for (const button of document.querySelectorAll("[data-copy]")) offerCopy(button);
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** Show each choice at once, and keep it in the address. */
function follow(look, stage) {
  for (const button of look.querySelectorAll("[data-plain]")) button.hidden = true;
  const show = look.dataset.draft ? () => stage.swap((frame) => sendDraft(look, frame)) : null;
  look.addEventListener("change", ({ target }) => {
    const chosen = new URLSearchParams(new FormData(look));
    history.replaceState(null, "", `?${chosen}`);
    if (target.name === "width") return stage.setWidth(target.value);
    forgetTyped();
    return show ? show() : stage.goTo(`${look.dataset.page}?${chosen}`);
  });
  show?.();
}

function offerCopy(button) {
  const words = button.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = words), 2_000);
  });
}

start();
