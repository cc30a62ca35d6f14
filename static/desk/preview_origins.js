/** Adds a site to the `origins` of a project file's text and changes nothing else of it, comments included. */

const KEY = /^(?:origins|"origins"|'origins')[ \t]*:(?=[ \t]|$)/gm;
const ITEM = /^([ \t]*)-[ \t]+(.*)$/;

/** Return the text with an origin added, unchanged if it lists it, or null if it has to be added by hand. */
export function withOrigin(text, origin) {
  const keys = [...text.matchAll(KEY)];
  if (keys.length > 1) return null;
  if (keys.length === 0) return withKey(text, origin);
  const start = keys[0].index + keys[0][0].length;
  const end = lineEnd(text, start);
  const value = withoutComment(text.slice(start, end)).trim();
  if (value.startsWith("[")) return inBrackets(text, text.indexOf("[", start), origin);
  if (value === "") return inBlock(text, end, origin);
  if (value === "null" || value === "~") return splice(text, text.indexOf(value, start), value.length, `[${origin}]`);
  return null;
}

/** The text has no list yet: add one at its end, if it is written line by line. */
function withKey(text, origin) {
  if (!/^[A-Za-z_]+[ \t]*:(?=[ \t]|$)/m.test(text) || /^(?:\.\.\.|---)/m.test(text)) return null;
  return `${text}${text.endsWith("\n") ? "" : "\n"}origins: [${origin}]\n`;
}

/** A list of lines that begin with a dash, perhaps none. */
function inBlock(text, from, origin) {
  let at = from;
  let indent = null;
  for (let begin = from + 1; begin < text.length; ) {
    const end = lineEnd(text, begin);
    const line = text.slice(begin, end);
    const item = ITEM.exec(line);
    if (item && item[1].length === (indent ?? item[1]).length) {
      if (isSame(item[2], origin)) return text;
      indent = item[1];
      at = end;
    } else if (withoutComment(line).trim() !== "") {
      if (item || /^[ \t]/.test(line)) return null; // lines that belong to the list in another way
      break;
    }
    begin = end + 1;
  }
  return splice(text, at, 0, `\n${indent ?? "  "}- ${origin}`);
}

/** A list in brackets, on one line or several. */
function inBrackets(text, open, origin) {
  const tokens = /"[^"]*"|'[^']*'|(?<=\s)#.*|[[\]{}]|,|[^\s,[\]{}]+/g;
  tokens.lastIndex = open + 1;
  let last = { end: open + 1, joint: "" };
  for (let found = tokens.exec(text); found; found = tokens.exec(text)) {
    const [token] = found;
    if (token === "]") return splice(text, last.end, 0, `${last.joint}${origin}`);
    if ("[{}".includes(token)) return null;
    if (isSame(token, origin)) return text;
    if (!token.startsWith("#")) last = { end: tokens.lastIndex, joint: token === "," ? " " : ", " };
  }
  return null;
}

function isSame(written, origin) {
  return withoutComment(written).trim().replace(/^(["'])(.*)\1$/, "$2") === origin;
}

function withoutComment(text) {
  return text.replace(/(^|\s)#.*$/, "");
}

function lineEnd(text, from) {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function splice(text, at, length, words) {
  return text.slice(0, at) + words + text.slice(at + length);
}
