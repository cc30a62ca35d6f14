/** Makes amounts, phone numbers and e-mail addresses readable once they are entered, never while somebody types. */

import { repairedEmail } from "./email.js";

const GAP = "\u00a0";

// Numbers of nine digits, read in threes.
const INTERNATIONAL = /^(?:\+|00)(42[01]|48|380)(?!0)(\d{3})(\d{3})(\d{3})$/;
const SEPARATORS = /\(0\)|[\s().\/–-]/g;

// What a number without its country's code is for certain; the server knows more, and other countries.
const NATIONAL = {
  CZ: ["420", /^(?=\d{9}$)(?:2|3[1257-9]|4[16-9]|5[13-9]|60[1-8]|7[02379])/],
  SK: ["421", /^(?:0?9|0[2-5])\d{8}$/],
  PL: ["48", /^(?=\d{9}$)(?:45|5[0137]|6[069]|7[2389]|88)/],
  UA: ["380", /^0(?:39|50|6[36-8]|7[37]|9)\d+$/],
  DE: ["49", /^01[567]\d{8,9}$/],
  AT: ["43", /^06[5-9]\d{7,9}$/],
};

// As forms/readers.py reads them, but for what stands around the digits, which the server judges.
const MILLIONS = /^\D*?(\d{1,6}(?:[.,]\d{1,3})?) ?(?:mil|mio|mln|м(?:лн|іль)|m(?!\p{L}))/iu;
const THOUSANDS = /^\D*?(\d{1,6}(?:[.,]\d{1,3})?) ?(?:tis|tys|tsd|tausend|thousand|тис|k(?!\p{L}))/iu;
const WHOLE = /^\D*?(\d{1,3}(?:([ .,'’])\d{3}(?:\2\d{3})*)?|\d+)(?:[.,](?:0{1,2}|[-–—]{1,2}))?\D*$/;
const DECIMAL = /^[-+−]? ?(?=.*\d)(?:\d{1,3}(?:([ '’])\d{3}(?:\1\d{3})*)?|\d*)(?:[.,]\d+)?$/;

/** Write the text of a control anew if it is an amount, a phone number or an e-mail address. */
export function tidy(control, { language, regions }) {
  const text = tidied(control, language, regions);
  if (text !== control.value) control.value = control.type === "tel" ? withoutPrefix(control, text) : text;
}

/** Move the list of prefixes beside a number, if there is one, to the number's country; return what is left to show. */
function withoutPrefix(control, text) {
  const list = control.closest("[data-key]").querySelector("select");
  for (const { value, textContent } of list?.options ?? []) {
    const [code] = textContent.match(/\+\d+/) ?? [];
    if (!code || !text.startsWith(code + GAP)) continue;
    list.value = value;
    return text.slice(code.length + 1);
  }
  return text;
}

function tidied(control, language, regions) {
  if (control.type === "email") return repairedEmail(control.value);
  if (control.type === "tel") return readablePhone(control.value, regions);
  return control.matches("input.box[name=price_max]") ? readableAmount(control.value, language) : control.value;
}

/** Return `777123456` as `+420 777 123 456`, if that is certain; any other text as it is. */
export function readablePhone(text, regions = []) {
  const digits = text.replace(SEPARATORS, "");
  const found = regions.map((region) => NATIONAL[region]).find((each) => each?.[1].test(digits));
  const number = found ? `+${found[0]}${digits.replace(/^0/, "")}` : digits;
  if (INTERNATIONAL.test(number)) return number.replace(INTERNATIONAL, ["+$1", "$2", "$3", "$4"].join(GAP));
  return found ? number.replace(/^(\+\d\d)(\d{3})/, ["$1", "$2", ""].join(GAP)) : text;
}

/** Return what is wrong with a number, as the name of a text, '' if it is fine, null if only the server can tell. */
export function phoneProblem(text, regions = []) {
  const digits = text.replace(/\D/g, "");
  if (digits.length > 15) return "one_phone";
  if (digits.length < 7) return "no_phone";
  if (/^\+\d+\u00a0/.test(readablePhone(text, regions))) return "";
  const number = text.replace(SEPARATORS, "");
  const isKnown = /^(?:\+|00)(?:42[01]|48|380)\d*$/.test(number);
  const isShort = /^\d+$/.test(number) && number.replace(/^0/, "").length < 9;
  return isKnown || (isShort && regions.length > 0 && regions.every((region) => /CZ|SK|PL|UA/.test(region))) ? "no_phone" : null;
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
