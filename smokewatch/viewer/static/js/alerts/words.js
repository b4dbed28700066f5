/** The words of the alerts screen. Pure: no DOM. */
import { NO_CLASS } from "./route.js";

/** A class as people say it: "very low".
 * @param {string | null} name
 * @returns {string} */
export const classWords = (name) => (name === null || name === NO_CLASS ? "no class" : name.replaceAll("_", " "));

/** A confidence in full: alert-api tells three decimals, and one on the wrong side of a threshold must not look right.
 * @param {number | null} confidence
 * @returns {string} */
export const confidenceWords = (confidence) => (confidence === null ? "none" : String(confidence));

/** Why a sequence passes, or does not.
 * @param {{ max_conf: number | null, fwi_class: string | null, threshold: number | null, passes: boolean }} sequence
 * @returns {string} */
export function whyWords({ max_conf: confidence, fwi_class: name, threshold, passes }) {
  if (name === null) return "no class is known";
  if (threshold === null) return `${classWords(name)} asks for nothing`;
  if (confidence === null) return `${classWords(name)} asks ≥ ${threshold}, none is known`;
  return `${confidenceWords(confidence)} ${passes ? "≥" : "<"} ${threshold}, ${classWords(name)}`;
}

/** @param {number | null} azimuth degrees
 * @returns {string} */
export const azimuthWords = (azimuth) => (azimuth === null ? "–" : `${Math.round(azimuth)}°`);
