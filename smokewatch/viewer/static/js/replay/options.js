/** The options of every filter with their counts, and the words of what is chosen. Pure. */
import { words, WORDS } from "../format.js";
import { DECISIONS, LABELS, MATCHES, OUTCOMES } from "./route.js";

/** @typedef {import("../picker.js").Option} Option */
/** @typedef {import("./store.js").Rows} Rows */
/** @typedef {import("./route.js").Route} Route */
/** @typedef {import("./filtering.js").Selection} Selection */

const COLLATOR = new Intl.Collator("en", { numeric: true });

/** @param {Option} a
 * @param {Option} b
 * @returns {number} */
const byName = (a, b) => COLLATOR.compare(a.name, b.name) || COLLATOR.compare(a.value, b.value);

/** @param {Rows} rows
 * @param {Selection} counts
 * @returns {Option[]} */
export function organizationOptions(rows, counts) {
  const several = rows.sources.length > 1;
  return rows.organizations
    .map(({ key, name, source }, at) => ({ value: key, name, count: counts.organization[at], ...(several && { note: source }) }))
    .sort(byName);
}

/** Cameras of the chosen organizations. Names repeat between organizations, so each says whose it is when several are open.
 * @param {Rows} rows
 * @param {Selection} counts
 * @param {Route} route
 * @returns {Option[]} */
export function cameraOptions(rows, counts, route) {
  const note = (/** @type {number} */ organization) => {
    const { name, source } = rows.organizations[organization];
    return route.organization.length === 1 ? {} : { note: rows.sources.length > 1 ? `${name} · ${source}` : name };
  };
  return rows.cameras
    .map(({ key, name, organization }, at) => ({ value: key, name, count: counts.camera[at], organization, ...note(organization) }))
    .filter(({ organization }) => route.organization.length === 0 || route.organization.includes(rows.organizations[organization].key))
    .sort(byName);
}

/** @param {readonly string[]} values
 * @param {Record<string, string>} names
 * @param {Int32Array} counts
 * @returns {Option[]} */
function coded(values, names, counts) {
  return values.map((value, at) => ({ value, name: names[value], count: counts[at], kind: value }));
}

/** @param {Selection} counts
 * @returns {Option[]} */
export const decisionOptions = (counts) => coded(DECISIONS, WORDS.decision, counts.decision);
/** @param {Selection} counts
 * @returns {Option[]} */
export const matchOptions = (counts) => coded(MATCHES, WORDS.match, counts.match);
/** @param {Selection} counts
 * @returns {Option[]} */
export const labelOptions = (counts) => coded(LABELS, WORDS.label, counts.label);
/** @param {Selection} counts
 * @returns {Option[]} */
export const outcomeOptions = (counts) => coded(OUTCOMES, WORDS.outcome, counts.outcome);

/** @param {Rows} rows
 * @param {Selection} counts
 * @returns {Option[]} */
export const reasonOptions = (rows, counts) =>
  rows.dropReasons.map((value, at) => ({ value, name: words(value), count: counts.reason[at] })).sort(byName);

/** @param {Rows} rows
 * @param {Selection} counts
 * @returns {Option[]} newest first */
export const releaseOptions = (rows, counts) =>
  rows.apiVersions.map((value, at) => ({ value, name: value, count: counts.release[at] })).sort(byName).reverse();

/** A chosen value in words, for its chip. What the store does not hold is shown as it was asked for.
 * @param {Rows} rows
 * @param {string} filter
 * @param {string} value
 * @returns {string} */
export function valueWords(rows, filter, value) {
  switch (filter) {
    case "organization":
      return rows.organizations.find(({ key }) => key === value)?.name ?? value;
    case "camera":
      return rows.cameras.find(({ key }) => key === value)?.name ?? value;
    case "reason":
      return words(value);
    case "decision":
      return WORDS.decision[value] ?? value;
    case "match":
      return WORDS.match[value] ?? value;
    case "label":
      return WORDS.label[value] ?? value;
    case "outcome":
      return WORDS.outcome[value] ?? value;
    default:
      return value;
  }
}
