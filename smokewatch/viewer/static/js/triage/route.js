/** The triage screen's URL is its state: parsed and written here, and nowhere else. Pure: no DOM.
 *
 * Names are shared with the API, so that a link of the page, the exports and the counts select the same rows. */
import { day, oneOf, settled, someOf, unit } from "../queries.js";

export const BUCKETS = /** @type {const} */ (["review", "unlabeled"]);
export const TABS = /** @type {const} */ (["frames", "tubes", "raw"]);
export const SORTS = /** @type {const} */ ([
  "recorded_at", "organization", "camera", "bucket", "tubes", "score", "distance", "models", "recorded_score",
]);
export const DEFAULT_SORT = "-score";
/** How near the threshold is near. */
export const WIDTHS = [1, 2, 5, 10, 20].map((n) => n / 100);
export const NEAR = 0.05;

/** What is chosen. Empty text or list: no such filter.
 * @typedef {{
 *   organization: string[], camera: string[], alert: string[], bucket: string[], from: string, to: string, q: string,
 *   disagree: boolean, near: boolean, width: number, against: number | null, moved: boolean,
 *   threshold: number | null, sort: string,
 *   sequence: string | null, tab: typeof TABS[number], model: number | null, frame: number | null,
 * }} Route disagree: only where some models, not all, are at the threshold; near: only within `width` of it; against:
 * another threshold to compare with; moved: only what is on another side there; model: whose answer is shown, null:
 * the one that gave the score */

/** What `navigate` takes: some of it.
 * @typedef {Partial<Route>} Changes */

export const LISTS = /** @type {const} */ (["organization", "camera", "alert", "bucket"]);
export const TEXTS = /** @type {const} */ (["from", "to", "q"]);
export const SWITCHES = /** @type {const} */ (["disagree", "near", "moved"]);

const ORGANIZATION = /^.+:-?\d{1,15}$/;
const CAMERA = /^.+:-?\d{1,15}:-?\d{1,15}$/;
const KEY = /^.+_\d{1,15}$/;

/** The state of a URL's query.
 * @param {string} search "?threshold=0.4&..."
 * @returns {Route} */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  const named = (/** @type {string} */ name, /** @type {RegExp} */ form) => settled(query.getAll(name).filter((text) => form.test(text)));
  const number = (/** @type {string} */ name) => (/^\d{1,6}$/.test(query.get(name) ?? "") ? Number(query.get(name)) : null);
  const sort = query.get("sort") ?? DEFAULT_SORT;
  const sequence = query.get("sequence");
  return sensible({
    organization: named("organization", ORGANIZATION),
    camera: named("camera", CAMERA),
    alert: named("alert", ORGANIZATION),
    bucket: someOf(query.getAll("bucket"), BUCKETS),
    from: day(query.get("from")),
    to: day(query.get("to")),
    q: (query.get("q") ?? "").slice(0, 200),
    disagree: query.get("disagree") === "1",
    near: query.get("near") === "1",
    width: unit(query.get("width")) ?? NEAR,
    against: unit(query.get("against")),
    moved: query.get("moved") === "1",
    threshold: unit(query.get("threshold")),
    sort: oneOf(SORTS, sort.replace(/^-/, "")) === null ? DEFAULT_SORT : sort,
    sequence: sequence !== null && KEY.test(sequence) ? sequence : null,
    tab: oneOf(TABS, query.get("tab")) ?? "frames",
    model: number("model"),
    frame: number("frame"),
  });
}

/** What moves needs something to compare with; a width is kept only while it filters.
 * @param {Route} route
 * @returns {Route} */
function sensible(route) {
  return { ...route, moved: route.moved && route.against !== null, width: route.near ? route.width : NEAR };
}

/** @param {Route} route
 * @returns {URLSearchParams} the filters that are set */
function filterQuery(route) {
  const query = new URLSearchParams();
  for (const name of LISTS) for (const value of settled(route[name])) query.append(name, value);
  for (const name of TEXTS) if (route[name] !== "") query.set(name, route[name]);
  for (const name of SWITCHES) if (route[name]) query.set(name, "1");
  if (route.near && route.width !== NEAR) query.set("width", String(route.width));
  if (route.against !== null) query.set("against", String(route.against));
  return query;
}

/** The query of a state, defaults left out: parseRoute(formatRoute(route)) is route.
 * @param {Route} route
 * @returns {string} "" or "?..." */
export function formatRoute(route) {
  const query = filterQuery(route);
  if (route.threshold !== null) query.set("threshold", String(route.threshold));
  if (route.sort !== DEFAULT_SORT) query.set("sort", route.sort);
  if (route.sequence !== null) {
    query.set("sequence", route.sequence);
    if (route.tab !== "frames") query.set("tab", route.tab);
    if (route.model !== null) query.set("model", String(route.model));
    if (route.frame !== null) query.set("frame", String(route.frame));
  }
  const text = query.toString().replaceAll("%3A", ":");
  return text === "" ? "" : `?${text}`;
}

/** A state with changes merged in. Another sequence begins at its own first view; the tab stays.
 * @param {Route} route
 * @param {Changes} changes
 * @returns {Route} */
export function changed(route, changes) {
  const next = sensible({ ...route, ...changes });
  if (changes.sequence !== undefined && changes.sequence !== route.sequence) {
    next.frame = changes.frame ?? null;
    next.model = changes.model ?? null;
  }
  return next;
}

/** What the API is asked for exactly the rows of the page.
 * @param {Route} route
 * @param {number} threshold the one in force
 * @returns {string} "?..." */
export function apiQuery(route, threshold) {
  const query = filterQuery(route);
  query.set("threshold", String(threshold));
  query.set("sort", route.sort);
  return `?${query}`;
}

/** A state's changes that leave no filter. What is compared with stays.
 * @returns {Changes} */
export function cleared() {
  const empty = parseRoute("");
  return /** @type {Changes} */ (Object.fromEntries([...LISTS, ...TEXTS, ...SWITCHES].map((name) => [name, empty[name]])));
}

/** @param {Route} route
 * @returns {number} how many filters are set, each value counted */
export function filterCount(route) {
  const values = LISTS.reduce((count, name) => count + route[name].length, 0);
  return values + TEXTS.filter((name) => route[name] !== "").length + SWITCHES.filter((name) => route[name]).length;
}
