/** The words of the drift screen. Pure: no DOM. */
import { NOTHING } from "../format.js";

/** A severity's sign, as the report has it: shape, not colour, tells them apart.
 * @type {Record<string, string>} */
const SIGNS = { high: "▲", medium: "◆", low: "●", none: "–", insufficient_data: "?" };
/** @type {Record<string, string>} */
const WORDS = { high: "high", medium: "medium", low: "low", none: "none", insufficient_data: "insufficient data" };
const NAMES = ["insufficient_data", "none", "low", "medium", "high"];
/** @type {Record<string, string>} */
const THRESHOLDS = { confidence_mean: "Confidence, mean", class_wasserstein: "Classes, W1" };
const MINUS = "−";

/** @param {number} rank
 * @returns {string} its name, as the API has it; "" where there is none */
export const nameOf = (rank) => NAMES[rank] ?? "";
/** @param {string} name
 * @returns {string} */
export const signOf = (name) => SIGNS[name] ?? "";
/** @param {string} name
 * @returns {string} */
export const wordOf = (name) => WORDS[name] ?? "not checked";

/** +0.123 or −0.123; what rounds to 0 has no sign.
 * @param {number | null | undefined} value
 * @param {number} [digits]
 * @returns {string} */
export function signed(value, digits = 3) {
  if (value === null || value === undefined) return NOTHING;
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? MINUS : "+"}${text}`;
}

/** @param {number | null | undefined} value
 * @returns {string} */
export const plain = (value) => (value === null || value === undefined ? NOTHING : value.toFixed(3).replace("-", MINUS));

/** p or q with two digits that count.
 * @param {number | null} value
 * @returns {string} */
export function probability(value) {
  if (value === null) return NOTHING;
  if (value < 0.0001) return "<0.0001";
  return value < 0.1 ? String(Number(value.toPrecision(2))) : value.toFixed(2);
}

/** @param {number | null} low
 * @param {number | null} high
 * @returns {string} */
export const interval = (low, high) => (low === null || high === null ? NOTHING : `${signed(low)} to ${signed(high)}`);

/** A fixed threshold for people: "red_mean" is "Red, mean".
 * @param {string} name
 * @returns {string} */
export function thresholdWords(name) {
  const [channel = "", statistic = ""] = name.split("_");
  return THRESHOLDS[name] ?? `${channel.charAt(0).toUpperCase()}${channel.slice(1)}, ${statistic}`;
}

/** What the fixed thresholds say of a day, in one sentence.
 * @param {{ severity: string, results: { detector: string, exceeds: boolean }[] }} strict
 * @param {string} day
 * @returns {string} */
export function strictHeadline({ severity, results }, day) {
  if (severity === "insufficient_data") return `Too little data on ${day} for the fixed thresholds`;
  const detectors = [...new Set(results.filter((each) => each.exceeds).map((each) => each.detector))];
  if (detectors.length === 0) return `No fixed threshold is exceeded on ${day}`;
  const word = wordOf(severity);
  return `${word.charAt(0).toUpperCase()}${word.slice(1)} by the fixed thresholds on ${day}: ${detectors.join(", ")}`;
}

/** Whose days are compared.
 * @param {string | null} scope
 * @param {{ source: string, id: number, name: string }[]} organizations
 * @returns {string} */
export function scopeWords(scope, organizations) {
  if (scope === null || scope === "all") return "every organization";
  if (scope === "images") return "folders of images";
  try {
    return JSON.parse(scope)
      .map((/** @type {[string, number]} */ [source, id]) => organizations.find((each) => each.source === source && each.id === id)?.name ?? `${source}:${id}`)
      .join(", ");
  } catch {
    return scope;
  }
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** "11 Apr" of a UTC day.
 * @param {string} day
 * @returns {string} */
export const shortDay = (day) => `${Number(day.slice(8))} ${MONTHS[Number(day.slice(5, 7)) - 1] ?? ""}`;
