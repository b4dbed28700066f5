/** The words of the runs' screen. Pure: no DOM. */
import { formatCount, words } from "../format.js";

/** @type {Record<string, string>} a run's state as a mark's class */
const TONES = { completed: "right", running: "window", failed: "wrong", crashed: "wrong", lost: "warn", cancelled: "warn", interrupted: "warn" };

/** @param {string} state ours, or one of Prefect's
 * @returns {string} */
export const toneOf = (state) => TONES[state.toLowerCase()] ?? "unknown";

/** What most tells of a run, in the order that it is told.
 * @param {Record<string, number>} counts
 * @param {number} [most]
 * @returns {string} "40 sequences, 31 exact" */
export function countWords(counts, most = 5) {
  return Object.entries(counts)
    .filter(([name, value]) => value !== 0 && !/seconds/.test(name))
    .slice(0, most)
    .map(([name, value]) => `${Number.isInteger(value) ? formatCount(value) : value.toFixed(2)} ${words(name)}`)
    .join(", ");
}

/** A parameter or figure as it is shown: text as it is, the rest as JSON; null: not set.
 * @param {unknown} value
 * @returns {string} */
export function valueWords(value) {
  if (value === null || value === undefined || value === "") return "not set";
  return typeof value === "string" ? value : JSON.stringify(value);
}
