/** Reads e-mail addresses as people type them: puts right what is plain, and asks about likely slips. */

/** Providers that people write to from here. */
const PROVIDERS = (
  "gmail.com seznam.cz email.cz centrum.cz post.cz volny.cz atlas.cz azet.sk post.sk zoznam.sk centrum.sk wp.pl onet.pl " +
  "interia.pl gmx.de gmx.net web.de t-online.de freenet.de ukr.net meta.ua outlook.com hotmail.com yahoo.com icloud.com"
).split(" ");
const ONE_OF_A_KIND = /^(gmail|seznam|azet|zoznam|icloud)\./;
const LOOKS_LIKE_ONE = /^((e|y)?mail|gmx)\.com$|^(post|atlas|volny|outlook|hotmail|yahoo)\.\w\w$/;

const VALID = /^(?!\.)(?!.*\.[.@])[!#-'*+\/-9=?A-Z^-~.-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:xn--[a-z0-9-]+|[a-z]{2,})$/i;
const LOOKS_VALID = /^(?!\.)(?!.*\.[.@])[!#-'*+\/-9=?A-Z^-~.-]+@[^\s@,;:<>()"]+\.[^\s@.,;:<>()"]{2,}$/i; // the server knows more
const RESERVED = /\.(?:local|localhost|internal|invalid|onion)$/i;

/** Return the address in `mailto:a@b.cz`, `Anna <a@b.cz>`, `a @b.cz`, `a@b,cz` or `a@b.cz.`, as forms/readers.py does. */
export function repairedEmail(text) {
  const bare = text.replace(/^[^<>@]*<([^<>]*)>[\s.,;]*$/, "$1").replace(/^\s*mailto:([^?]*).*$/i, "$1");
  const address = bare.trim().replace(/[\s.,;]+$/, "").replace(/\s*@\s*/g, "@");
  return address.replace(/[^@]*$/, (domain) => domain.replace(/\s*[.,]\s*/g, "."));
}

/** Return what is wrong with an address, as the name of a text, '' if it is fine, null if only the server can tell. */
export function emailProblem(address) {
  if (!address.includes("@")) return "no_at";
  if (/\s/.test(address)) return "no_spaces";
  if (VALID.test(address)) return RESERVED.test(address) ? null : "";
  return /[^!-~]/.test(address) || LOOKS_VALID.test(address) ? null : "no_email";
}

/** Return an address that was more likely meant, or null. */
export function likelyEmail(address) {
  const at = address.lastIndexOf("@") + 1;
  // Browsers give the domain in Punycode; what is left of it without its accents is close enough.
  const domain = address.slice(at).toLowerCase().replace(/^xn--(.+)-\w+(?=\.)/, "$1");
  if (PROVIDERS.includes(domain) || LOOKS_LIKE_ONE.test(domain)) return null;
  const [kind] = domain.match(ONE_OF_A_KIND) ?? [];
  const meant = PROVIDERS.find((each) => (kind ? each.startsWith(kind) : isSlip(domain, each)));
  return meant ? address.slice(0, at) + meant : null;
}

/** Tell whether one letter is missing, added, wrong, or swapped with the next; of short domains, only swapped. */
function isSlip(typed, meant) {
  let [start, end] = [0, 0];
  while (typed[start] && typed[start] === meant[start]) start += 1;
  while (end < Math.min(typed.length, meant.length) - start && typed.at(-1 - end) === meant.at(-1 - end)) end += 1;
  const [wrong, right] = [typed, meant].map((each) => each.slice(start, each.length - end));
  const isSwap = wrong.length === 2 && wrong[0] + wrong[1] === right[1] + right[0];
  return isSwap || (meant.length > 8 && wrong.length < 2 && right.length < 2);
}
