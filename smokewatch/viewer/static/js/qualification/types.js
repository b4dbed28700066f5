/** What the server says of qualifications, as the page holds it. Shares, scores and changes are on [0, 1].
 *
 * @typedef {"go" | "no-go" | "undecided"} Verdict
 *
 * @typedef {object} Short a qualification in short
 * @property {string} run_id
 * @property {string} qualified_at ISO, UTC
 * @property {string} candidate
 * @property {string} baseline
 * @property {string} first_day
 * @property {string} last_day
 * @property {Verdict} verdict
 * @property {number} compared
 * @property {number} lost
 * @property {number} gained
 *
 * @typedef {{ count: number, number: number, low: number, high: number, value: number | null }} Share
 * @typedef {{ number: number, lost: number, gained: number, low: number, high: number, p: number, change: number | null }} Paired
 * @typedef {{ recall: Share, false_positive_rate: Share, precision: Share, calibration_error: number | null }} Quality
 * @typedef {{ rule: string, verdict: Verdict, figure: number | null, limit: number, said: string }} Rule
 *
 * @typedef {object} Flip a decision that changes
 * @property {string} key
 * @property {"keep_to_discard" | "discard_to_keep"} flip
 * @property {"smoke" | "fp" | "unknown"} label
 * @property {boolean} disputed
 * @property {number} baseline
 * @property {number} candidate
 * @property {string} organization
 * @property {string} camera
 * @property {string} started_at ISO, UTC
 * @property {"matched" | "full"} window
 * @property {number} frames
 *
 * @typedef {{ reference: string, version: string, identity: string | null, model_version: string | null }} Side
 *
 * @typedef {object} Report
 * @property {string} run_id
 * @property {Verdict} verdict
 * @property {Side} candidate
 * @property {Side} baseline
 * @property {string} first_day
 * @property {string} last_day
 * @property {number} compared
 * @property {number} confidence
 * @property {Record<string, number>} dropped
 * @property {Record<"baseline" | "candidate", number>} thresholds
 * @property {Rule[]} rules
 * @property {{ baseline: Quality, candidate: Quality, smoke: Paired, false_positives: Paired,
 *   alerts_a_day: { baseline: number, candidate: number, change: number | null } }} metrics
 * @property {Record<Flip["flip"], number>} flip_counts
 * @property {Flip[]} flips
 */

export {};
