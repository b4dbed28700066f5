/** The thresholds of a sweep. Pure. */

/** The peer's sweep (contracts/temporal-model, section 6); n/100 by division, never summed up. */
export const SWEEP = [10, 20, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90].map((n) => n / 100);

/** The sweep's step nearest to a threshold, the lower one of two as near.
 * @param {number} threshold
 * @returns {number} */
export function nearestStep(threshold) {
  // In hundredths and rounded: 0.45 - 0.4 and 0.5 - 0.45 differ in their last bits.
  const distance = (/** @type {number} */ step) => Math.round(Math.abs(step - threshold) * 1e9);
  return SWEEP.reduce((best, step) => (distance(step) < distance(best) ? step : best));
}
