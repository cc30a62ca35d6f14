/** A draft that is published is kept in this tab no longer; a review that comes back holds it itself. */

const form = document.getElementById("publish");

// Whoever fills in a time means it, and whoever goes back to now gives it up.
const at = form?.elements.at;
const chooseAt = () => {
  form.elements.when.value = at.value ? "at" : "now";
};
at?.addEventListener("input", chooseAt);
if (at?.value) chooseAt(); // it was filled in before this script arrived
form?.querySelector("[name=when][value=now]")?.addEventListener("change", () => {
  at.value = "";
});

form?.addEventListener("submit", ({ submitter }) => {
  if (submitter?.hasAttribute("formaction")) return;
  for (const part of ["", ":began-with"]) sessionStorage.removeItem(`realpad-form:yaml:${form.dataset.slug}${part}`);
});
