/** The qualification screen's URL is its state: parsed and written here, and nowhere else. Pure: no DOM. */
import { oneOf } from "../queries.js";

export const FLIPS = /** @type {const} */ (["keep_to_discard", "discard_to_keep"]);

/** What is chosen.
 * @typedef {{ run: string, flip: typeof FLIPS[number] | "", sequence: string | null, tab: "frames" | null, frame: number | null }} Route
 * run: whose report, empty: the newest; flip: which way decisions change, empty: both; sequence: the open one */

/** What `navigate` takes: some of it.
 * @typedef {Partial<Route>} Changes */

const LONGEST = 300;

/** The state of a URL's query.
 * @param {string} search "?run=...&..."
 * @returns {Route} */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  const sequence = (query.get("sequence") ?? "").slice(0, LONGEST);
  const frame = query.get("frame") ?? "";
  return {
    run: (query.get("run") ?? "").slice(0, LONGEST),
    flip: oneOf(FLIPS, query.get("flip")) ?? "",
    sequence: sequence === "" ? null : sequence,
    tab: null,
    frame: sequence !== "" && /^\d{1,5}$/.test(frame) ? Number(frame) : null,
  };
}

/** The query of a state, defaults left out: parseRoute(formatRoute(route)) is route.
 * @param {Route} route
 * @returns {string} "" or "?..." */
export function formatRoute({ run, flip, sequence, frame }) {
  const query = new URLSearchParams();
  if (run !== "") query.set("run", run);
  if (flip !== "") query.set("flip", flip);
  if (sequence !== null) query.set("sequence", sequence);
  if (sequence !== null && frame !== null) query.set("frame", String(frame));
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** A state with changes merged in. Another report has other sequences.
 * @param {Route} route
 * @param {Changes} changes
 * @returns {Route} */
export function changed(route, changes) {
  const next = { ...route, ...changes, tab: null };
  if (changes.run !== undefined && changes.run !== route.run && changes.sequence === undefined) next.sequence = null;
  if (next.sequence === null) next.frame = null;
  return next;
}
