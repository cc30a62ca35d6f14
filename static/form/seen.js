/** Counts that the form was seen, begun, sent. Nothing tells who it was, and nothing waits for it. */

/**
 * Return what counts an event, `view`, `start`, `send` or `left`, each once for this page, with what else is known of it.
 *
 * @param address where to; without one nothing is counted
 * @param place `{campaign, unit}` of the visit, if it has them
 */
export function makeCounter(address, place, { fetch = globalThis.fetch, navigator = globalThis.navigator } = {}) {
  const counted = new Set();
  return (event, more = {}) => {
    if (!address || counted.has(event) || isUnwanted(navigator)) return;
    counted.add(event);
    // Not sendBeacon, which blockers refuse in frames whatever is in it.
    const options = { method: "POST", body: JSON.stringify({ event, ...place, ...more }), credentials: "omit", keepalive: true };
    fetch(address, options).catch(() => {});
  };
}

/** Tell whether the visitor asked not to be followed; this does not follow, but he may not wish to be counted either. */
function isUnwanted({ globalPrivacyControl, doNotTrack }) {
  return globalPrivacyControl === true || doNotTrack === "1";
}

/** Do something once an element comes into sight, also through the edge of a frame. */
export function whenInSight(element, act) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    act();
  });
  observer.observe(element);
}
