/**
 * Talks to embed.js in the page around the frame. Nothing a visitor typed is ever said.
 *
 * Every message is `{source: "realpad-form", version: 1, type, …}`:
 * arrived · ready {project, language, theme, title, close, radius} · height {height} · start · error {code, fields} · scroll {top} · close ·
 * submitted {id, project, unit, campaign, redirect}
 */

const SHORTEST_PX = 100;
const LONGEST_PX = 5000;

/** Return the way to the page around, which hears us only if its origin is exactly the one given. */
export function connect(window, origin) {
  const isFramed = window.parent !== window;
  const tell = (type, detail = {}) => {
    if (!isFramed || !origin) return;
    window.parent.postMessage({ source: "realpad-form", version: 1, type, ...detail }, origin);
  };
  return { isFramed, tell };
}

/** Return the height to ask for, or null if the last one still does. */
export function nextHeight(measured, last) {
  if (!measured) return null; // a closed dialog measures nothing
  const height = Math.min(Math.max(Math.ceil(measured), SHORTEST_PX), LONGEST_PX);
  return Math.abs(height - last) < 2 ? null : height;
}

/** Report the height of the content, never of the document, which cannot shrink below its frame. */
export function reportHeight(content, tell) {
  let last = 0;
  const report = () => {
    const height = nextHeight(content.getBoundingClientRect().height, last);
    if (height === null) return;
    last = height;
    tell("height", { height });
  };
  report(); // browsers do not observe a frame that is still out of sight
  new ResizeObserver(report).observe(content);
}
