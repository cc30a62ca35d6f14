/** The page of a lead: copies the call, and moves the focus to what went wrong. Everything else works without. */

function offerCopy(button) {
  const before = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach(offerCopy);
document.querySelector("[data-focus]")?.focus();
