/** Replies of /api/triage for the tests: small by hand, or many from a seed. */
import { decodeRows } from "../../smokewatch/viewer/static/js/triage/rows.js";
import { chance } from "./reply.mjs";

const DICTIONARIES = {
  organization: [
    { source_api: "pyronear_french", id: 2, name: "SDIS 07" },
    { source_api: "pyronear_french", id: 3, name: "Österreich <b>" },
    { source_api: "api_cenia", id: 2, name: "SDIS 07" },
  ],
  camera: [
    { organization: 0, id: 12, name: "Cam 12" },
    { organization: 1, id: 12, name: "Cam 12" },
    { organization: 1, id: 13, name: "alpha" },
    { organization: 2, id: 1, name: "Zoé" },
  ],
};

/** @param {Record<string, any>[]} rows newest first; `scores`: one a model; what a row leaves out is filled in
 * @param {{ threshold?: number, models?: number }} [triage] */
export function replyOf(rows, { threshold = 0.35, models = 2 } = {}) {
  const usual = { organization: 0, camera: 0, recorded_at: 0, alert: null, tubes: 1, recorded_score: null, manual: 0 };
  const full = rows.map((row, at) => ({ id: at + 1, ...usual, recorded_at: 1e12 - at * 6e4, scores: Array(models).fill(0), ...row }));
  return {
    schema_version: 1, as_of: "2026-01-02T03:04:05Z", stale: false, count: rows.length, source: "pyro-annotator",
    triage: {
      run_id: "r", threshold, began_at: "2026-01-02T03:00:00Z",
      models: Array.from({ length: models }, (_, at) => ({ identity: `m${at}`, identity_kind: "package", reference: "p", model_version: `v${at}` })),
    },
    thresholds: [0.1, 0.35, 0.9], unscored: 0, drops: [], dictionaries: DICTIONARIES,
    columns: Object.fromEntries(["id", ...Object.keys(usual)].map((name) => [name, full.map((row) => row[name])])),
    model_scores: Array.from({ length: models }, (_, at) => full.map((row) => row.scores[at])),
  };
}

/** @param {Record<string, any>[]} rows
 * @param {{ threshold?: number, models?: number }} [triage] */
export const rowsOf = (rows, triage) => decodeRows(replyOf(rows, triage));

/** Many rows, scores often exactly n/100.
 * @param {number} count
 * @param {number} seed */
export function manyRows(count, seed) {
  const next = chance(seed);
  const limit = (/** @type {number} */ most) => Math.floor(next() * most);
  const score = () => (next() < 0.2 ? 0 : next() < 0.5 ? limit(101) / 100 : next());
  return rowsOf(
    Array.from({ length: count }, () => {
      const camera = limit(4);
      return {
        camera, organization: DICTIONARIES.camera[camera].organization, scores: [score(), score()], tubes: limit(4),
        alert: next() < 0.2 ? null : limit(40), recorded_score: next() < 0.3 ? null : score(), recorded_at: 1e12 - limit(400) * 36e5,
      };
    }).sort((a, b) => b.recorded_at - a.recorded_at),
  );
}
