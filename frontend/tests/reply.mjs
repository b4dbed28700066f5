/** Replies of /api/sequences for the tests: small by hand, or many from a seed. */
import { decodeRows } from "../../smokewatch/viewer/static/js/replay/store.js";

/** A small generator of numbers in 0..1 (mulberry32), so that a failure can be repeated.
 * @param {number} seed */
export function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const DICTIONARIES = {
  source: ["alert-api", "staging_2"],
  organization: [
    { source: 0, id: 2, name: "SDIS 07" },
    { source: 0, id: 3, name: "Österreich <b>" },
    { source: 1, id: 2, name: "SDIS 07" },
  ],
  camera: [
    { organization: 0, id: 12, name: "Cam 12" },
    { organization: 1, id: 12, name: "Cam 12" },
    { organization: 1, id: 13, name: "alpha" },
    { organization: 2, id: 1, name: "Zoé" },
  ],
  release: [
    { api_version: "0.3.0", model_version: "m1", threshold: 0.35 },
    { api_version: "0.3.0", model_version: "m2", threshold: 0.35 },
    { api_version: "0.10.0", model_version: null, threshold: null },
    { api_version: null, model_version: "m0", threshold: null },
  ],
  label_detail: ["wildfire_smoke", "other_smoke", "other"],
  drop_reason: ["no_recorded_score", "too_few_frames"],
  // In another order than the page's own lists: the dictionaries decide.
  label: ["unknown", "fp", "smoke"],
  match: ["not_replayed", "exact", "window", "unexplained", "dropped"],
  decision: ["none", "keep", "discard"],
};
const ORGANIZATION_OF = DICTIONARIES.camera.map(({ organization }) => organization);

/** @param {Record<string, unknown>[]} rows newest first; what a row leaves out is filled in */
export function replyOf(rows) {
  const usual = {
    source: 0, organization: 0, camera: 0, started_at: 0, label: 0, label_detail: -1, match: 0, drop_reason: -1,
    release: 0, decision: 0, recorded_score: null, replayed_score: null, full_score: null, difference: null,
    matched_frames: null, frames: 8, tubes: null, ambiguous: 0, contradicts: 0, deleted: 0,
  };
  const full = rows.map((row, at) => ({ id: rows.length - at, ...usual, started_at: 1e12 - at * 6e4, ...row }));
  const names = ["id", ...Object.keys(usual)];
  return {
    schema_version: 1, as_of: "2026-01-02T03:04:05Z", count: rows.length, production_threshold: 0.45,
    default_threshold: 0.35, tolerance: 1e-5, stale: false, dictionaries: DICTIONARIES,
    columns: Object.fromEntries(names.map((name) => [name, full.map((row) => row[name])])),
  };
}

/** @param {Record<string, unknown>[]} rows */
export const rowsOf = (rows) => decodeRows(replyOf(rows));

/** Many rows, scores often exactly n/100.
 * @param {number} count
 * @param {number} seed */
export function manyRows(count, seed) {
  const next = chance(seed);
  const below = (/** @type {number} */ limit) => Math.floor(next() * limit);
  const score = () => (next() < 0.1 ? null : next() < 0.5 ? below(101) / 100 : next());
  return rowsOf(
    Array.from({ length: count }, () => {
      const camera = below(4);
      return {
        camera, organization: ORGANIZATION_OF[camera], source: camera === 3 ? 1 : 0, label: below(3), match: below(5),
        drop_reason: below(3) - 1, release: below(5) - 1, decision: below(3), label_detail: below(4) - 1,
        recorded_score: score(), replayed_score: score(), full_score: score(), difference: score(),
        tubes: below(5) === 0 ? null : below(4), frames: 4 + below(12), contradicts: below(9) === 0 ? 1 : 0,
        started_at: 1e12 - Math.floor(below(400)) * 36e5,
      };
    }).sort((a, b) => b.started_at - a.started_at),
  );
}
