/** The alerts screen's URL is its state: parsed and written here, and nowhere else. Pure: no DOM.
 *
 * Names are shared with the API, so that a link of the page and a call list the same. */
import { day, oneOf, settled, someOf } from "../queries.js";

export const SIDES = /** @type {const} */ (["shown", "held"]);
export const CLASSES = /** @type {const} */ (["very_low", "low", "moderate", "high", "very_high", "extreme"]);
/** Cameras and days of which nothing is known. */
export const NO_CLASS = "none";

/** What is chosen. Empty text or list: no such filter; without days and `latest` the newest stored day.
 * @typedef {{
 *   side: typeof SIDES[number], from: string, to: string, latest: boolean, unlabeled: boolean,
 *   organization: string[], class: string[], risk_score: string,
 * }} Route risk_score: the class by which every camera is judged; empty: its own of the day */

/** What `navigate` takes: some of it.
 * @typedef {Partial<Route>} Changes */

export const LISTS = /** @type {const} */ (["organization", "class"]);
const ORGANIZATION = /^.+:-?\d{1,15}$/;

/** The state of a URL's query.
 * @param {string} search "?side=held&..."
 * @returns {Route} */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  return sensible({
    side: oneOf(SIDES, query.get("side")) ?? "shown",
    from: day(query.get("from")),
    to: day(query.get("to")),
    latest: query.get("latest") === "1",
    unlabeled: query.get("unlabeled") === "1",
    organization: settled(query.getAll("organization").filter((text) => ORGANIZATION.test(text))),
    class: someOf(query.getAll("class"), [...CLASSES, NO_CLASS]),
    risk_score: oneOf(CLASSES, query.get("risk_score")) ?? "",
  });
}

/** Days say which period; the last 24 hours are another one.
 * @param {Route} route
 * @returns {Route} */
function sensible(route) {
  return { ...route, latest: route.latest && route.from === "" && route.to === "" };
}

/** @param {Route} route
 * @returns {URLSearchParams} what is judged: the period and the gate */
function judgedQuery(route) {
  const query = new URLSearchParams();
  for (const name of /** @type {const} */ (["from", "to", "risk_score"])) if (route[name] !== "") query.set(name, route[name]);
  for (const name of /** @type {const} */ (["latest", "unlabeled"])) if (route[name]) query.set(name, "1");
  return query;
}

/** @param {URLSearchParams} query
 * @returns {string} "" or "?..." */
function asText(query) {
  const text = query.toString().replaceAll("%3A", ":");
  return text === "" ? "" : `?${text}`;
}

/** What the API is asked for: everything that is listed.
 * @param {Route} route
 * @param {Record<string, string>} [more] limit, cursor
 * @returns {string} "" or "?..." */
export function apiQuery(route, more = {}) {
  const query = judgedQuery(route);
  for (const name of LISTS) for (const value of settled(route[name])) query.append(name, value);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return asText(query);
}

/** The same for all organizations and classes of the period.
 * @param {Route} route
 * @returns {string} "" or "?..." */
export const periodQuery = (route) => asText(judgedQuery(route));

/** The query of a state, defaults left out: parseRoute(formatRoute(route)) is route.
 * @param {Route} route
 * @returns {string} "" or "?..." */
export function formatRoute(route) {
  return apiQuery(route, route.side === "shown" ? {} : { side: route.side });
}

/** A state with changes merged in. Days chosen, and the last 24 hours, replace each other.
 * @param {Route} route
 * @param {Changes} changes
 * @returns {Route} */
export function changed(route, changes) {
  const next = { ...route, ...changes };
  if (changes.latest) return { ...next, from: "", to: "" };
  return sensible(next);
}

/** A state's changes that leave no filter; the period and the class that judges stay.
 * @returns {Changes} */
export const cleared = () => ({ organization: [], class: [], unlabeled: false });

/** @param {Route} route
 * @returns {number} how many filters are set, each value counted */
export const filterCount = (route) => LISTS.reduce((count, name) => count + route[name].length, 0) + (route.unlabeled ? 1 : 0);

/** A day some days away: neighbour("2026-03-01", -1) is "2026-02-28".
 * @param {string} from
 * @param {number} by
 * @returns {string} */
export function neighbour(from, by) {
  return new Date(Date.parse(`${from}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}

/** The one UTC day of a reply's period, null where it is none or several.
 * @param {{ start: string | null, end: string | null }} period first moment, and the first one after it
 * @returns {string | null} */
export function onlyDay({ start, end }) {
  if (start === null || end === null) return null;
  const day = start.slice(0, 10);
  return start === `${day}T00:00:00Z` && end === `${neighbour(day, 1)}T00:00:00Z` ? day : null;
}
