/** Names the flat that the visitor asks about: above the form, and again in the thank-you. */

/**
 * Return the flat in one line: as the form's list of flats has it, else as the page around the form says; '' for none.
 *
 * @param visit parameters of the visit: `unit`, `unit_label`, `unit_price`
 * @param options the choices in the form's list of flats
 * @param money writes an amount in the project's currency
 */
export function describeUnit(visit, options, money) {
  const unit = visit.get("unit");
  const known = options.find(({ value }) => value && value === unit);
  if (known) return known.textContent.trim();
  const price = visit.get("unit_price") ?? "";
  const parts = [unit, visit.get("unit_label"), /^\d+$/.test(price) ? money(Number(price)) : price];
  return parts.filter(Boolean).join("\u00a0· ");
}

/** Return what writes an amount in a currency as a language does, without cents. */
export function moneyIn(currency, language) {
  return (amount) => new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 0 }).format(amount);
}
