/** The history's URL is its state: parsed and written here, and nowhere else. Pure: no DOM.
 *
 * Names are shared with the API, so that a link of the page and a call list the same. */
import { day, oneOf, settled, someOf } from "../queries.js";
import { TABS } from "../replay/route.js";

export const STATUSES = /** @type {const} */ (["exact", "window", "unexplained", "dropped"]);
export const LISTS = /** @type {const} */ (["status", "organization", "camera", "release", "frames", "kind"]);
export const TEXTS = /** @type {const} */ (["from", "to", "q"]);

/** What is chosen. Empty text or list: no such filter.
 * @typedef {{
 *   status: string[], organization: string[], camera: string[], release: string[], frames: string[], kind: string[],
 *   from: string, to: string, q: string,
 *   row: string | null, sequence: string | null, tab: typeof TABS[number], window: "matched" | "full", frame: number | null,
 * }} Route from, to: UTC days of the decision; frames: distinct ones of the sequence, "4" to "11+"; row: the id of the
 * chosen line; sequence: the open one, the line's */
/** @typedef {Partial<Route>} Changes */

const ORGANIZATION = /^.+:-?\d{1,15}$/;
const CAMERA = /^.+:-?\d{1,15}:-?\d{1,15}$/;
const KEY = /^.+_-?\d{1,15}$/;

/** The state of a URL's query.
 * @param {string} search
 * @returns {Route} */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  const frame = query.get("frame");
  const [row, sequence] = [query.get("row"), query.get("sequence")];
  return {
    status: someOf(query.getAll("status"), STATUSES),
    organization: settled(query.getAll("organization").filter((text) => ORGANIZATION.test(text))),
    camera: settled(query.getAll("camera").filter((text) => CAMERA.test(text))),
    release: settled(query.getAll("release").filter((text) => text !== "")),
    frames: settled(query.getAll("frames").filter((text) => /^\d{1,3}\+?$/.test(text))),
    kind: settled(query.getAll("kind").filter((text) => text !== "")),
    from: day(query.get("from")),
    to: day(query.get("to")),
    q: (query.get("q") ?? "").slice(0, 200),
    row: row !== null && /^\d{1,15}$/.test(row) ? row : null,
    sequence: sequence !== null && KEY.test(sequence) ? sequence : null,
    tab: oneOf(TABS, query.get("tab")) ?? "frames",
    window: query.get("window") === "full" ? "full" : "matched",
    frame: frame !== null && /^\d{1,6}$/.test(frame) ? Number(frame) : null,
  };
}

/** @param {Route} route
 * @returns {URLSearchParams} the filters that are set */
function filterQuery(route) {
  const query = new URLSearchParams();
  for (const name of LISTS) for (const value of settled(route[name])) query.append(name, value);
  for (const name of TEXTS) if (route[name] !== "") query.set(name, route[name]);
  return query;
}

/** @param {URLSearchParams} query
 * @returns {string} "" or "?..." */
function asText(query) {
  const text = query.toString().replaceAll("%3A", ":");
  return text === "" ? "" : `?${text}`;
}

/** What the API is asked for.
 * @param {Route} route
 * @param {Record<string, string>} [more] limit, cursor
 * @returns {string} "" or "?..." */
export function apiQuery(route, more = {}) {
  const query = filterQuery(route);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return asText(query);
}

/** The query of a state, defaults left out: parseRoute(formatRoute(route)) is route.
 * @param {Route} route
 * @returns {string} "" or "?..." */
export function formatRoute(route) {
  const query = filterQuery(route);
  if (route.row !== null) query.set("row", route.row);
  if (route.sequence !== null) {
    query.set("sequence", route.sequence);
    if (route.tab !== "frames") query.set("tab", route.tab);
    if (route.window !== "matched") query.set("window", route.window);
    if (route.frame !== null) query.set("frame", String(route.frame));
  }
  return asText(query);
}

/** A state with changes merged in. Another sequence begins at its own first view; the tab stays.
 * @param {Route} route
 * @param {Changes} changes
 * @returns {Route} */
export function changed(route, changes) {
  const next = { ...route, ...changes };
  if (changes.sequence !== undefined && changes.sequence !== route.sequence) {
    next.frame = changes.frame ?? null;
    next.window = changes.window ?? "matched";
  }
  return next;
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
  return LISTS.reduce((count, name) => count + route[name].length, 0) + TEXTS.filter((name) => route[name] !== "").length;
}
