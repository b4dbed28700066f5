/** The overview's URL is its state: which way the heat map is cut. Pure: no DOM. */
import { oneOf } from "../queries.js";

export const CUTS = /** @type {const} */ (["organization", "release"]);

/** @typedef {{ by: typeof CUTS[number] }} Route */

/** @param {string} search
 * @returns {Route} */
export const parseRoute = (search) => ({ by: oneOf(CUTS, new URLSearchParams(search).get("by")) ?? "organization" });

/** @param {Route} route
 * @returns {string} "" or "?by=…" */
export const formatRoute = ({ by }) => (by === "organization" ? "" : `?by=${by}`);

/** @param {Route} route
 * @param {Partial<Route>} changes
 * @returns {Route} */
export const changed = (route, changes) => ({ ...route, ...changes });
