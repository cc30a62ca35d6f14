/** The page of a lead: copies contacts and the call, and moves the focus. Everything else works without. */

function offerCopy(button) {
  const before = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.dataset.text ?? document.getElementById(button.dataset.copy).textContent.trim();
    await navigator.clipboard.writeText(text);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

if (navigator.clipboard) document.querySelectorAll("[data-copy], [data-text]").forEach(offerCopy);
// Else the browser asks, when somebody comes back to this page, whether the form shall be sent again.
const instead = document.querySelector("meta[name=instead]");
if (instead) history.replaceState(null, "", instead.content);
document.querySelector("[data-focus]")?.focus();
document.querySelector("input[autofocus]")?.select(); // what was refused is typed over
