/** The words of the triage screen. Pure: no DOM. */
import { NOTHING, words } from "../format.js";

/** @type {Record<string, string>} */
export const BUCKET_WORDS = { review: "to review", unlabeled: "unlabel" };

/** @type {Record<string, string>} */
const REASONS = {
  no_images: "no frame is stored",
  predict_failed: "a model failed on it",
};

/** @param {string} reason
 * @returns {string} */
export const reasonWords = (reason) => REASONS[reason] ?? words(reason);

/** A score less the threshold: "+0.1203", "−0.0100". Rounded, for 0.34 - 0.35 is not -0.01 to the last bit; the sign
 * always tells the side.
 * @param {number} distance
 * @returns {string} */
export function formatDistance(distance) {
  return Number.isNaN(distance) ? NOTHING : `${distance < 0 ? "\u2212" : "+"}${Math.abs(distance).toFixed(4)}`;
}
