/** What is measured over rows: their span; over labelled ones confusion, rates, calibration, sweep. Pure.
 *
 * Rows with contradictory labels, without a label or without a score are left out of evaluation. */
import { SWEEP } from "../thresholds.js";
import { OUTCOMES } from "./route.js";
import { FALSE_POSITIVE, outcomeAt, SMOKE } from "./store.js";

/** @typedef {import("./store.js").Rows} Rows */

export const BINS = 10;

/** @typedef {{ smokeKept: number, smokeDiscarded: number, fpKept: number, fpDiscarded: number }} Confusion */

/** @param {Rows} rows
 * @param {Int32Array} among
 * @param {number} threshold
 * @returns {Confusion} */
export function confusion(rows, among, threshold) {
  const counts = new Int32Array(OUTCOMES.length + 2);
  for (const row of among) counts[outcomeAt(rows, row, threshold)] += 1;
  return { smokeKept: counts[0], smokeDiscarded: counts[1], fpKept: counts[2], fpDiscarded: counts[3] };
}

/** A share as its parts: nothing is divided before it is shown.
 * @typedef {{ part: number, whole: number }} Rate */

/** @param {Confusion} counts
 * @returns {{ recall: Rate, specificity: Rate, precision: Rate }} specificity: false positives filtered */
export function rates({ smokeKept, smokeDiscarded, fpKept, fpDiscarded }) {
  return {
    recall: { part: smokeKept, whole: smokeKept + smokeDiscarded },
    specificity: { part: fpDiscarded, whole: fpKept + fpDiscarded },
    precision: { part: smokeKept, whole: smokeKept + fpKept },
  };
}

/** @param {Rows} rows
 * @param {Int32Array} among
 * @returns {{ threshold: number, counts: Confusion }[]} */
export function sweep(rows, among) {
  return SWEEP.map((threshold) => ({ threshold, counts: confusion(rows, among, threshold) }));
}

/** @typedef {{ count: number, score: number, smoke: number }} Bin mean score and share of smoke; NaN when empty */
/** @typedef {{ count: number, ece: number, bins: Bin[] }} Calibration */

/** Reliability over ten bins of equal width, the last one closed; the ECE weighs each by its share of the rows.
 * @param {Rows} rows
 * @param {Int32Array | number[]} among
 * @returns {Calibration} ece: NaN without rows */
export function calibration(rows, among) {
  const sums = Array.from({ length: BINS }, () => ({ count: 0, score: 0, smoke: 0 }));
  let count = 0;
  for (const row of among) {
    const score = rows.recorded[row];
    const label = rows.label[row];
    if (Number.isNaN(score) || rows.contradicts[row] === 1 || (label !== SMOKE && label !== FALSE_POSITIVE)) continue;
    const bin = sums[Math.min(BINS - 1, Math.max(0, Math.floor(score * BINS)))];
    bin.count += 1;
    bin.score += score;
    bin.smoke += label === SMOKE ? 1 : 0;
    count += 1;
  }
  const bins = sums.map((bin) => ({ count: bin.count, score: bin.score / bin.count, smoke: bin.smoke / bin.count }));
  const gap = bins.reduce((sum, bin) => (bin.count === 0 ? sum : sum + bin.count * Math.abs(bin.score - bin.smoke)), 0);
  return { count, ece: gap / count, bins };
}

/** Calibration release by release, newest name last; only those with rows that count.
 * @param {Rows} rows
 * @param {Int32Array} among
 * @returns {{ apiVersion: string, calibration: Calibration }[]} */
export function calibrationByRelease(rows, among) {
  /** @type {number[][]} */
  const groups = rows.apiVersions.map(() => []);
  for (const row of among) if (rows.apiVersion[row] !== -1) groups[rows.apiVersion[row]].push(row);
  return groups
    .map((group, version) => ({ apiVersion: rows.apiVersions[version], calibration: calibration(rows, group) }))
    .filter((each) => each.calibration.count > 0)
    .sort((a, b) => a.apiVersion.localeCompare(b.apiVersion, "en", { numeric: true }));
}

/** From the first start to the last, epoch milliseconds; null without rows.
 * @param {Rows} rows
 * @param {Int32Array} among
 * @returns {{ first: number, last: number } | null} */
export function span(rows, among) {
  if (among.length === 0) return null;
  let first = Infinity;
  let last = -Infinity;
  for (const row of among) {
    first = Math.min(first, rows.startedAt[row]);
    last = Math.max(last, rows.startedAt[row]);
  }
  return { first, last };
}

/** Rows whose label contradicts another's on the same frames.
 * @param {Rows} rows
 * @param {Int32Array} among
 * @returns {number[]} */
export function contradictions(rows, among) {
  return Array.from(among).filter((row) => rows.contradicts[row] === 1);
}
