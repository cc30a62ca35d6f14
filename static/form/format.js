/** Makes amounts and phone numbers readable once they are entered, never while somebody types; and reads numbers. */

const GAP = "\u00a0";

// Countries with numbers of nine digits, read in threes; other numbers stay as they were typed.
const INTERNATIONAL = /^(\+|00)(42[01]|48|380)(\d{3})(\d{3})(\d{3})$/;
const NATIONAL = /^(0?\d{3})(\d{3})(\d{3})$/;

// As forms/readers.py reads them, but for what stands around the digits, which the server judges.
const MILLIONS = /^\D*?(\d{1,6}(?:[.,]\d{1,3})?) ?(?:mil|mio|mln|м(?:лн|іль)|m\b)/i;
const THOUSANDS = /^\D*?(\d{1,6}(?:[.,]\d{1,3})?) ?(?:tis|tys|tsd|tausend|thousand|тис|k\b)/i;
const WHOLE = /^\D*?(\d{1,3}(?:([ .,'’])\d{3}(?:\2\d{3})*)?|\d+)(?:[.,](?:0{1,2}|[-–—]{1,2}))?\D*$/;
const DECIMAL = /^[-+−]? ?(?=.*\d)(?:\d{1,3}(?:([ '’])\d{3}(?:\1\d{3})*)?|\d*)(?:[.,]\d+)?$/;

/** Write the text of a control anew if it is an amount or a phone number. */
export function tidy(control, language) {
  const format = control.type === "tel" ? readablePhone : control.matches("input.box[name=price_max]") && readableAmount;
  const text = format ? format(control.value, language) : control.value;
  if (text !== control.value) control.value = text;
}

/** Return `+420777123456` as `+420 777 123 456`; a text that is more than digits and spaces as it is. */
export function readablePhone(text) {
  const digits = text.replace(/\s/g, "");
  if (INTERNATIONAL.test(digits)) return digits.replace(INTERNATIONAL, ["$1$2", "$3", "$4", "$5"].join(GAP));
  return NATIONAL.test(digits) ? digits.replace(NATIONAL, ["$1", "$2", "$3"].join(GAP)) : text;
}

/** Return `6000000` as the language groups it; a text that is more than digits and groups as it is. */
export function readableAmount(text, language) {
  const format = new Intl.NumberFormat(language);
  const mark = format.formatToParts(1e6).find(({ type }) => type === "group").value;
  const groups = text.trim().split(/\s/.test(mark) ? /\s/ : mark);
  const isGrouped = groups.length !== 2 || groups[1].length > 2; // 6,5 is no 65
  const digits = groups.join("").replace(/\s/g, "");
  return isGrouped && /^\d{4,15}$/.test(digits) ? format.format(Number(digits)).replace(/\s/g, GAP) : text;
}

/** Return what a text means in a box of a shape, `whole` or `decimal`; null if it is no number. */
export function toNumber(text, shape) {
  const line = text.trim().replace(/\s+/g, " ");
  for (const [pattern, times] of [[MILLIONS, 1e6], [THOUSANDS, 1e3]]) {
    const count = shape === "whole" && pattern.exec(line)?.[1];
    if (count) return Math.trunc(Math.round(count.replace(",", ".") * 1e3) * (times / 1e3));
  }
  if (shape === "whole" && WHOLE.test(line)) return Number(line.replace(WHOLE, "$1").replace(/\D/g, ""));
  if (shape === "decimal" && DECIMAL.test(line)) return Number(line.replace(/[ '’]/g, "").replace("−", "-").replace(",", "."));
  return null;
}
