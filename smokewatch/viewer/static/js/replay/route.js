/** The URL is the state: parsed and written here, and nowhere else. Pure: no DOM.
 *
 * Names are shared with the API, so that a link of the page, the CSV and the counts select the same rows. What does
 * not parse is left out: a page always shows something. */
import { day, oneOf, settled, someOf, unit } from "../queries.js";

export const MODES = /** @type {const} */ (["monitor", "eval"]);
export const TABS = /** @type {const} */ (["frames", "tubes", "replay", "provenance", "raw"]);
export const DECISIONS = /** @type {const} */ (["keep", "discard", "none"]);
export const MATCHES = /** @type {const} */ (["exact", "window", "unexplained", "dropped", "not_replayed"]);
export const LABELS = /** @type {const} */ (["smoke", "fp", "unknown"]);
export const OUTCOMES = /** @type {const} */ (["smoke-kept", "smoke-discarded", "fp-kept", "fp-discarded"]);
export const SORTS = /** @type {const} */ ([
  "started_at",
  "organization",
  "camera",
  "label",
  "decision",
  "match",
  "release",
  "tubes",
  "recorded_score",
  "replayed_score",
  "full_score",
  "difference",
  "frames",
  "outcome",
]);
export const DEFAULT_SORT = "-started_at";

/** What is chosen. Empty text or list: no such filter.
 * @typedef {{
 *   mode: "monitor" | "eval",
 *   organization: string[], camera: string[], decision: string[], match: string[], reason: string[], release: string[],
 *   label: string[], from: string, to: string, q: string, outcome: string[],
 *   threshold: number | null, sort: string,
 *   sequence: string | null, tab: typeof TABS[number], window: "matched" | "full", frame: number | null,
 * }} Route */

/** What `navigate` takes: some of it.
 * @typedef {Partial<Route>} Changes */

/** The filters: those of several values, and those of one. */
export const LISTS = /** @type {const} */ ([
  "organization",
  "camera",
  "decision",
  "match",
  "reason",
  "release",
  "label",
  "outcome",
]);
export const TEXTS = /** @type {const} */ (["from", "to", "q"]);

const ORGANIZATION = /^[^:]+:-?\d{1,15}$/;
const CAMERA = /^[^:]+:-?\d{1,15}:-?\d{1,15}$/;
const KEY = /^.+_\d{1,15}$/;

/** @param {string | null} text
 * @returns {string} */
function sorting(text) {
  const column = text?.startsWith("-") ? text.slice(1) : text;
  return oneOf(SORTS, column ?? null) === null ? DEFAULT_SORT : /** @type {string} */ (text);
}

/** The state of a URL's query.
 * @param {string} search "?mode=eval&..."
 * @returns {Route} */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  const frame = query.get("frame");
  const sequence = query.get("sequence");
  return settledMode({
    mode: oneOf(MODES, query.get("mode")) ?? "monitor",
    organization: settled(query.getAll("organization").filter((text) => ORGANIZATION.test(text))),
    camera: settled(query.getAll("camera").filter((text) => CAMERA.test(text))),
    decision: someOf(query.getAll("decision"), DECISIONS),
    match: someOf(query.getAll("match"), MATCHES),
    reason: settled(query.getAll("reason").filter((text) => text !== "")),
    release: settled(query.getAll("release").filter((text) => text !== "")),
    label: someOf(query.getAll("label"), LABELS),
    from: day(query.get("from")),
    to: day(query.get("to")),
    q: (query.get("q") ?? "").slice(0, 200),
    outcome: someOf(query.getAll("outcome"), OUTCOMES),
    threshold: unit(query.get("threshold")),
    sort: sorting(query.get("sort")),
    sequence: sequence !== null && KEY.test(sequence) ? sequence : null,
    tab: oneOf(TABS, query.get("tab")) ?? "frames",
    window: query.get("window") === "full" ? "full" : "matched",
    frame: frame !== null && /^\d{1,6}$/.test(frame) ? Number(frame) : null,
  });
}

/** Monitoring shows what production decided: no threshold of ours, and no outcomes at it.
 * @param {Route} route
 * @returns {Route} */
function settledMode(route) {
  if (route.mode === "eval") return route;
  const sort = /^-?outcome$/.test(route.sort) ? DEFAULT_SORT : route.sort;
  return { ...route, sort, threshold: null, outcome: [] };
}

/** @param {Route} route
 * @returns {URLSearchParams} the filters that are set */
function filterQuery(route) {
  const query = new URLSearchParams();
  for (const name of LISTS) for (const value of settled(route[name])) query.append(name, value);
  for (const name of TEXTS) if (route[name] !== "") query.set(name, route[name]);
  return query;
}

/** The query of a state, defaults left out: parseRoute(formatRoute(route)) is route.
 * @param {Route} route
 * @returns {string} "" or "?..." */
export function formatRoute(route) {
  const query = filterQuery(route);
  if (route.mode !== "monitor") query.set("mode", route.mode);
  if (route.threshold !== null) query.set("threshold", String(route.threshold));
  if (route.sort !== DEFAULT_SORT) query.set("sort", route.sort);
  if (route.sequence !== null) {
    query.set("sequence", route.sequence);
    if (route.tab !== "frames") query.set("tab", route.tab);
    if (route.window !== "matched") query.set("window", route.window);
    if (route.frame !== null) query.set("frame", String(route.frame));
  }
  const text = query.toString().replaceAll("%3A", ":");
  return text === "" ? "" : `?${text}`;
}

/** A state with changes merged in. Another sequence begins at its own first view: frame and window do not carry over;
 * the tab does, as people compare one thing across sequences.
 * @param {Route} route
 * @param {Changes} changes
 * @returns {Route} */
export function changed(route, changes) {
  const next = settledMode({ ...route, ...changes });
  if (changes.sequence !== undefined && changes.sequence !== route.sequence) {
    next.frame = changes.frame ?? null;
    next.window = changes.window ?? "matched";
  }
  return next;
}

/** The labels that a state shows: evaluation is of labelled sequences, unless others are asked for.
 * @param {Route} route
 * @returns {string[]} empty: every one */
export function shownLabels(route) {
  return route.label.length === 0 && route.mode === "eval" ? ["smoke", "fp"] : route.label;
}

/** What the API is asked for exactly the rows of the page.
 * @param {Route} route
 * @param {number} threshold the one in force
 * @returns {string} "?..." */
export function apiQuery(route, threshold) {
  const query = filterQuery({ ...route, label: shownLabels(route) });
  if (route.mode === "eval") query.set("threshold", String(threshold));
  query.set("sort", route.sort);
  return `?${query}`;
}

/** A state's changes that leave no filter.
 * @returns {Changes} */
export function cleared() {
  const empty = parseRoute("");
  return /** @type {Changes} */ (Object.fromEntries([...LISTS, ...TEXTS].map((name) => [name, empty[name]])));
}

/** @param {Route} route
 * @returns {number} how many filters are set, each value counted */
export function filterCount(route) {
  const values = LISTS.reduce((count, name) => count + route[name].length, 0);
  return values + TEXTS.filter((name) => route[name] !== "").length;
}
