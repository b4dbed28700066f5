/** The runs' URLs are their state: which runs are listed, or which one is told. Pure: no DOM. */
import { settled } from "../queries.js";

export const LISTS = /** @type {const} */ (["kind", "state"]);

/** @typedef {{ kind: string[], state: string[] }} Route empty list: no such filter */

/** @param {string} search
 * @returns {Route} */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  const named = (/** @type {string} */ name) => settled(query.getAll(name).filter((text) => /^[\w .-]{1,60}$/.test(text)));
  return { kind: named("kind"), state: named("state") };
}

/** @param {Route} route
 * @param {Record<string, string>} [more] limit, cursor
 * @returns {string} "" or "?..." */
export function formatRoute(route, more = {}) {
  const query = new URLSearchParams();
  for (const name of LISTS) for (const value of settled(route[name])) query.append(name, value);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** @param {Route} route
 * @param {Partial<Route>} changes
 * @returns {Route} */
export const changed = (route, changes) => ({ ...route, ...changes });

/** Which run a path tells.
 * @param {string} path "/runs/6f1c…"
 * @returns {string | null} null: the list */
export function runOf(path) {
  const found = /^\/runs\/([^/]+)\/?$/.exec(path)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return found;
  }
}
