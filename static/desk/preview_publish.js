/** A draft that is published is kept in this tab no longer; a review that comes back holds it itself. */

const form = document.getElementById("publish");

form?.addEventListener("submit", ({ submitter }) => {
  if (submitter?.hasAttribute("formaction")) return;
  for (const part of ["", ":began-with"]) sessionStorage.removeItem(`realpad-form:yaml:${form.dataset.slug}${part}`);
});
