/** The words of the qualification screen. Pure: no DOM. */
import { formatScore, NOTHING } from "../format.js";

/** @type {Record<string, string>} */
export const VERDICT_WORDS = {
  go: "may replace the baseline",
  "no-go": "must not replace the baseline",
  undecided: "the labels do not decide",
};

/** @type {Record<string, string>} */
export const VERDICT_SIGNS = { go: "✓", "no-go": "✕", undecided: "?" };

/** @type {Record<string, string>} */
export const RULE_WORDS = { smoke_lost: "Smoke lost", recall: "Recall", alerts_a_day: "Alerts a day" };

/** @type {Record<string, string>} */
export const FLIP_WORDS = { keep_to_discard: "lost", discard_to_keep: "gained" };

/** UTC days, one or from the first to the last.
 * @param {{ first_day: string, last_day: string }} report
 * @returns {string} */
export const daysWords = ({ first_day: first, last_day: last }) => (first === last ? first : `${first} to ${last}`);

/** A figure or a limit of a rule.
 * @param {number | null} value
 * @returns {string} */
export const figureWords = (value) => (value === null ? NOTHING : String(Number(value.toPrecision(3))));

/** A share with its interval: "0.953 (61 of 64; 0.869 to 0.990)".
 * @param {import("./types.js").Share} share
 * @returns {string} */
export function shareWords({ value, count, number, low, high }) {
  if (value === null) return "none labelled";
  return `${value.toFixed(3)} (${count} of ${number}; ${low.toFixed(3)} to ${high.toFixed(3)})`;
}

/** @param {number} change
 * @returns {string} "+0.012", "−0.340" */
export const signed = (change) => `${change < 0 ? "\u2212" : "+"}${Math.abs(change).toFixed(3)}`;

/** A change with its interval, and how often chance alone makes it.
 * @param {import("./types.js").Paired | null} paired
 * @returns {string} */
export function changeWords(paired) {
  if (paired === null || paired.change === null) return NOTHING;
  return `${signed(paired.change)} (${signed(paired.low)} to ${signed(paired.high)}), p ${figureWords(paired.p)}`;
}

/** How a side decided: "0.8626 ≥ 0.45"; production's threshold is the next number above its own.
 * @param {number} score
 * @param {number} threshold at or above is kept
 * @returns {string} */
export function decisionWords(score, threshold) {
  return `${formatScore(score)} ${score >= threshold ? "≥" : "<"} ${figureWords(threshold)}`;
}
