/** The drift screen's URL is its state: parsed and written here, and nowhere else. Pure: no DOM.
 *
 * Names are shared with the API, so that a link of the page and a call tell the same. */
import { day, oneOf, settled } from "../queries.js";

export const MODES = /** @type {const} */ (["calibrated", "strict"]);
/** Days up to the newest checked one. */
export const RANGES = /** @type {const} */ ([30, 90, 365]);
const DEFAULT_DAYS = 90;

/** What is chosen. Empty text or list: no such filter; without `from` the last `days` days.
 * @typedef {{
 *   mode: typeof MODES[number], baseline: string, scope: string, organization: string[], release: string[],
 *   from: string, to: string, days: number, camera: string, day: string,
 * }} Route camera: whose lines are drawn, empty: the fleet's; day: which one is told in full, empty: the newest */

/** What `navigate` takes: some of it.
 * @typedef {Partial<Route>} Changes */

export const LISTS = /** @type {const} */ (["organization", "release"]);
const ORGANIZATION = /^.+:-?\d{1,15}$/;
const LONGEST = 2000;

/** The state of a URL's query.
 * @param {string} search "?mode=strict&..."
 * @returns {Route} */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  const text = (/** @type {string} */ name) => (query.get(name) ?? "").slice(0, LONGEST);
  const days = query.get("days") ?? "";
  return sensible({
    mode: oneOf(MODES, query.get("mode")) ?? "calibrated",
    baseline: text("baseline"),
    scope: text("scope"),
    organization: settled(query.getAll("organization").filter((each) => ORGANIZATION.test(each))),
    release: settled(query.getAll("release").filter((each) => each !== "")),
    from: day(query.get("from")),
    to: day(query.get("to")),
    days: /^[1-9]\d{0,2}$/.test(days) ? Number(days) : DEFAULT_DAYS,
    camera: text("camera"),
    day: day(query.get("day")),
  });
}

/** A first day says how long the period is.
 * @param {Route} route
 * @returns {Route} */
const sensible = (route) => (route.from === "" ? route : { ...route, days: DEFAULT_DAYS });

/** What the API is asked for.
 * @param {Route} route
 * @returns {string} "" or "?..." */
export const apiQuery = (route) => asText(askedQuery(route));

/** @param {Route} route
 * @returns {URLSearchParams} */
function askedQuery(route) {
  const query = new URLSearchParams();
  for (const name of /** @type {const} */ (["baseline", "scope"])) if (route[name] !== "") query.set(name, route[name]);
  for (const name of LISTS) for (const value of settled(route[name])) query.append(name, value);
  for (const name of /** @type {const} */ (["from", "to"])) if (route[name] !== "") query.set(name, route[name]);
  if (route.days !== DEFAULT_DAYS) query.set("days", String(route.days));
  if (route.camera !== "") query.set("camera", route.camera);
  return query;
}

/** @param {URLSearchParams} query
 * @returns {string} "" or "?..." */
function asText(query) {
  const text = query.toString().replaceAll("%3A", ":").replaceAll("%2F", "/");
  return text === "" ? "" : `?${text}`;
}

/** The query of a state, defaults left out: parseRoute(formatRoute(route)) is route.
 * @param {Route} route
 * @returns {string} "" or "?..." */
export function formatRoute(route) {
  const query = askedQuery(route);
  if (route.day !== "") query.set("day", route.day);
  if (route.mode !== "calibrated") query.set("mode", route.mode);
  return asText(query);
}

/** A state with changes merged in. A number of days and a first day replace each other; another baseline has other
 * days and cameras.
 * @param {Route} route
 * @param {Changes} changes
 * @returns {Route} */
export function changed(route, changes) {
  const next = { ...route, ...changes };
  if (changes.baseline !== undefined) return { ...parseRoute(""), mode: next.mode, baseline: next.baseline, scope: next.scope };
  if (changes.days !== undefined && changes.from === undefined) return { ...next, from: "", to: "" };
  return sensible(next);
}

/** A state's changes that leave no filter; baseline, period and mode stay.
 * @returns {Changes} */
export const cleared = () => ({ organization: [], release: [], camera: "" });

/** @param {Route} route
 * @returns {number} how many filters are set, each value counted */
export const filterCount = (route) => LISTS.reduce((count, name) => count + route[name].length, 0) + (route.camera === "" ? 0 : 1);

/** Which of a baseline's days an address tells: of those of one name, several scopes may be watched.
 * @param {{ baseline: string | null, scope: string | null }} period
 * @returns {string} "" or "?..." */
export function whoseQuery({ baseline, scope }) {
  const query = new URLSearchParams();
  if (baseline !== null) query.set("baseline", baseline);
  if (scope !== null) query.set("scope", scope);
  return asText(query);
}

/** The replay screen, filtered to a camera and a UTC day.
 * @param {import("./types.js").Camera | null} camera null: every one
 * @param {string} day
 * @returns {string} */
export function replayAddress(camera, day) {
  const query = new URLSearchParams();
  if (camera !== null && camera.source !== null) query.set("camera", `${camera.source}:${camera.organization_id}:${camera.id}`);
  query.set("from", day);
  query.set("to", day);
  return `/replay${asText(query)}`;
}
