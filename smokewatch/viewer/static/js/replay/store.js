/** The rows in memory, as typed arrays, and what one row is: its key, its decision, its outcome. Pure: no DOM, no clock.
 *
 * Scores stay float64 end to end: float32(0.35) >= 0.35 is false, and a row on the wrong side is a wrong worklist. */
import { DECISIONS, LABELS, MATCHES, OUTCOMES } from "./route.js";

/** @typedef {{ source: string, id: number, name: string, key: string }} Organization key: `<source>:<id>` */
/** @typedef {{ organization: number, id: number, name: string, key: string }} Camera key: `<source>:<organization id>:<camera id>` */
/** @typedef {{ apiVersion: string, modelVersion: string | null, threshold: number | null }} Release */
/** @typedef {{
 *   count: number, asOf: string, stale: boolean,
 *   productionThreshold: number, defaultThreshold: number, tolerance: number,
 *   sources: string[], organizations: Organization[], cameras: Camera[], releases: Release[],
 *   apiVersions: string[], labelDetails: string[], dropReasons: string[],
 *   source: Int32Array, id: Float64Array, organization: Int32Array, camera: Int32Array, startedAt: Float64Array,
 *   label: Int32Array, labelDetail: Int32Array, match: Int32Array, dropReason: Int32Array, release: Int32Array,
 *   apiVersion: Int32Array, decision: Int32Array,
 *   recorded: Float64Array, replayed: Float64Array, full: Float64Array, difference: Float64Array,
 *   matchedFrames: Int32Array, frames: Int32Array, tubes: Int32Array,
 *   ambiguous: Uint8Array, contradicts: Uint8Array, deleted: Uint8Array,
 * }} Rows newest first. Indices into the lists; -1 or NaN: none. Label, match and decision: into route.js's lists */

export const SMOKE = LABELS.indexOf("smoke");
export const FALSE_POSITIVE = LABELS.indexOf("fp");
export const KEEP = DECISIONS.indexOf("keep");
export const DISCARD = DECISIONS.indexOf("discard");
export const UNDECIDED = DECISIONS.indexOf("none");
/** Outcomes beyond OUTCOMES' four: labels that contradict each other, and no label or no score. */
export const CONTRADICTORY = OUTCOMES.length;
export const NO_OUTCOME = OUTCOMES.length + 1;

/** @param {(number | null)[]} values
 * @returns {Float64Array} NaN for null */
function floats(values) {
  // Loops, here and below: `from` with a function costs twenty times as much, and the first table waits for it.
  const column = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += 1) column[row] = values[row] ?? NaN;
  return column;
}

/** @param {(number | null)[]} values
 * @returns {Int32Array} -1 for null */
function indices(values) {
  const column = new Int32Array(values.length);
  for (let row = 0; row < values.length; row += 1) column[row] = values[row] ?? -1;
  return column;
}

/** @param {readonly string[]} theirs
 * @param {readonly string[]} ours
 * @param {number[]} values indices into theirs
 * @param {number} fallback
 * @returns {Int32Array} indices into ours */
function translated(theirs, ours, values, fallback) {
  const table = theirs.map((name) => (ours.includes(name) ? ours.indexOf(name) : fallback));
  const column = new Int32Array(values.length);
  for (let row = 0; row < values.length; row += 1) column[row] = table[values[row]] ?? fallback;
  return column;
}

/** The reply of /api/sequences as typed arrays.
 * @param {any} reply
 * @returns {Rows}
 * @throws {Error} one line, when it is another schema or its columns differ in length */
export function decodeRows(reply) {
  if (reply.schema_version !== 1) throw new Error("the server speaks a newer schema: reload the page");
  const { columns, dictionaries } = reply;
  for (const [name, column] of Object.entries(columns)) {
    if (/** @type {unknown[]} */ (column).length !== reply.count) throw new Error(`column ${name} is not ${reply.count} long`);
  }
  /** @type {string[]} */
  const sources = dictionaries.source;
  /** @type {Organization[]} */
  const organizations = dictionaries.organization.map((/** @type {any} */ each) => ({
    source: sources[each.source],
    id: each.id,
    name: each.name,
    key: `${sources[each.source]}:${each.id}`,
  }));
  const cameras = dictionaries.camera.map((/** @type {any} */ each) => ({
    organization: each.organization,
    id: each.id,
    name: each.name,
    key: `${organizations[each.organization]?.key}:${each.id}`,
  }));
  /** @type {Release[]} */
  const releases = dictionaries.release.map((/** @type {any} */ each) => ({
    apiVersion: each.api_version ?? "",
    modelVersion: each.model_version,
    threshold: each.threshold,
  }));
  const apiVersions = [...new Set(releases.map((each) => each.apiVersion).filter((name) => name !== ""))];
  const release = indices(columns.release);
  const versionOf = Int32Array.from(releases, (each) => apiVersions.indexOf(each.apiVersion));
  return {
    count: reply.count,
    asOf: reply.as_of,
    stale: Boolean(reply.stale),
    productionThreshold: reply.production_threshold,
    defaultThreshold: reply.default_threshold,
    tolerance: reply.tolerance,
    sources,
    organizations,
    cameras,
    releases,
    apiVersions,
    labelDetails: dictionaries.label_detail,
    dropReasons: dictionaries.drop_reason,
    source: indices(columns.source),
    id: floats(columns.id),
    organization: indices(columns.organization),
    camera: indices(columns.camera),
    startedAt: floats(columns.started_at),
    label: translated(dictionaries.label, LABELS, columns.label, LABELS.indexOf("unknown")),
    labelDetail: indices(columns.label_detail),
    match: translated(dictionaries.match, MATCHES, columns.match, MATCHES.indexOf("not_replayed")),
    dropReason: indices(columns.drop_reason),
    release,
    apiVersion: release.map((index) => (index === -1 ? -1 : versionOf[index])),
    decision: translated(dictionaries.decision, DECISIONS, columns.decision, UNDECIDED),
    recorded: floats(columns.recorded_score),
    replayed: floats(columns.replayed_score),
    full: floats(columns.full_score),
    difference: floats(columns.difference),
    matchedFrames: indices(columns.matched_frames),
    frames: indices(columns.frames),
    tubes: indices(columns.tubes),
    ambiguous: new Uint8Array(columns.ambiguous),
    contradicts: new Uint8Array(columns.contradicts),
    deleted: new Uint8Array(columns.deleted),
  };
}

/** @param {Rows} rows
 * @param {number} row
 * @returns {string} `<source>_<id>` */
export function keyAt(rows, row) {
  return `${rows.sources[rows.source[row]]}_${rows.id[row]}`;
}

/** @param {Rows} rows
 * @param {string | null} key
 * @returns {number} its row, -1 when there is none */
export function rowOf(rows, key) {
  if (key === null) return -1;
  const at = key.lastIndexOf("_");
  const source = rows.sources.indexOf(key.slice(0, at));
  const id = Number(key.slice(at + 1));
  if (source === -1) return -1;
  for (let row = 0; row < rows.count; row += 1) if (rows.id[row] === id && rows.source[row] === source) return row;
  return -1;
}

/** A row's decision at a threshold: kept from the threshold on; none without a score.
 * @param {number} score NaN: none
 * @param {number} threshold
 * @returns {number} into DECISIONS */
export function decide(score, threshold) {
  return Number.isNaN(score) ? UNDECIDED : score >= threshold ? KEEP : DISCARD;
}

/** A row's outcome at a threshold.
 * @param {Rows} rows
 * @param {number} row
 * @param {number} threshold
 * @returns {number} into OUTCOMES, or CONTRADICTORY, or NO_OUTCOME */
export function outcomeAt(rows, row, threshold) {
  const label = rows.label[row];
  if (label !== SMOKE && label !== FALSE_POSITIVE) return NO_OUTCOME;
  if (rows.contradicts[row] === 1) return CONTRADICTORY;
  const score = rows.recorded[row];
  if (Number.isNaN(score)) return NO_OUTCOME;
  return (label === SMOKE ? 0 : 2) + (score >= threshold ? 0 : 1);
}
