/** The scored backlog in memory, as typed arrays. Pure: no DOM, no clock.
 *
 * Scores stay float64 end to end: float32(0.35) >= 0.35 is false, and a row on the wrong side is a wrong worklist. */

/** @typedef {{ sourceApi: string, id: number, name: string, key: string }} Organization key: `<source API>:<id>` */
/** @typedef {{ organization: number, id: number, name: string, key: string }} Camera */
/** @typedef {{ identity: string, kind: string, reference: string, version: string }} Model */
/** @typedef {{ key: string, organization: string, camera: string, recordedAt: string, reason: string, detail: string }} Drop */
/** @typedef {{
 *   count: number, asOf: string, stale: boolean, source: string,
 *   triaged: boolean, beganAt: string, threshold: number, thresholds: number[], models: Model[],
 *   unscored: number, drops: Drop[],
 *   organizations: Organization[], cameras: Camera[],
 *   id: Float64Array, organization: Int32Array, camera: Int32Array, recordedAt: Float64Array, alert: Float64Array,
 *   tubes: Int32Array, recorded: Float64Array, manual: Uint8Array,
 *   modelScores: Float64Array[], score: Float64Array, least: Float64Array,
 * }} Rows newest first. Organization, camera: indices into the lists; alert, recorded: NaN for none; modelScores: one
 * column a model; score: the largest of them, least: the smallest */

/** @param {(number | null)[]} values
 * @returns {Float64Array} NaN for null */
function floats(values) {
  const column = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += 1) column[row] = values[row] ?? NaN;
  return column;
}

/** The reply of /api/triage as typed arrays.
 * @param {any} reply
 * @returns {Rows}
 * @throws {Error} one line, when it is another schema or its columns differ in length */
export function decodeRows(reply) {
  if (reply.schema_version !== 1) throw new Error("the server speaks a newer schema: reload the page");
  const { columns, dictionaries, triage } = reply;
  for (const [name, column] of [...Object.entries(columns), ...Object.entries(reply.model_scores)]) {
    if (/** @type {unknown[]} */ (column).length !== reply.count) throw new Error(`column ${name} is not ${reply.count} long`);
  }
  /** @type {Organization[]} */
  const organizations = dictionaries.organization.map((/** @type {any} */ each) => ({
    sourceApi: each.source_api, id: each.id, name: each.name, key: `${each.source_api}:${each.id}`,
  }));
  const modelScores = reply.model_scores.map(floats);
  const score = new Float64Array(reply.count);
  const least = new Float64Array(reply.count).fill(modelScores.length === 0 ? 0 : 1);
  for (const column of modelScores) {
    for (let row = 0; row < reply.count; row += 1) {
      if (column[row] > score[row]) score[row] = column[row];
      if (column[row] < least[row]) least[row] = column[row];
    }
  }
  return {
    count: reply.count,
    asOf: reply.as_of,
    stale: Boolean(reply.stale),
    source: reply.source,
    triaged: triage !== null,
    beganAt: triage?.began_at ?? "",
    threshold: triage?.threshold ?? 0.35,
    thresholds: reply.thresholds,
    models: (triage?.models ?? []).map((/** @type {any} */ each) => ({
      identity: each.identity, kind: each.identity_kind, reference: each.reference, version: each.model_version,
    })),
    unscored: reply.unscored,
    drops: reply.drops.map((/** @type {any} */ each) => ({
      key: `${reply.source}_${each.id}`, organization: each.organization_name, camera: each.camera_name,
      recordedAt: each.recorded_at, reason: each.reason, detail: each.detail,
    })),
    organizations,
    cameras: dictionaries.camera.map((/** @type {any} */ each) => ({
      organization: each.organization, id: each.id, name: each.name, key: `${organizations[each.organization]?.key}:${each.id}`,
    })),
    id: floats(columns.id),
    organization: new Int32Array(columns.organization),
    camera: new Int32Array(columns.camera),
    recordedAt: floats(columns.recorded_at),
    alert: floats(columns.alert),
    tubes: new Int32Array(columns.tubes),
    recorded: floats(columns.recorded_score),
    manual: new Uint8Array(columns.manual),
    modelScores,
    score,
    least,
  };
}

/** @param {Rows} rows
 * @param {number} row
 * @returns {string} `<source>_<id>` */
export function keyAt(rows, row) {
  return `${rows.source}_${rows.id[row]}`;
}

/** @param {Rows} rows
 * @param {string | null} key
 * @returns {number} its row, -1 when there is none */
export function rowOf(rows, key) {
  if (key === null || !key.startsWith(`${rows.source}_`)) return -1;
  return rows.id.indexOf(Number(key.slice(rows.source.length + 1)));
}

/** @param {Rows} rows
 * @param {number} row
 * @returns {string | null} `<source API>:<alert>`, what its lanes share; null: it has no alert */
export function alertAt(rows, row) {
  const alert = rows.alert[row];
  return Number.isNaN(alert) ? null : `${rows.organizations[rows.organization[row]].sourceApi}:${alert}`;
}

/** How many models score a row at or above a threshold.
 * @param {Rows} rows
 * @param {number} row
 * @param {number} threshold
 * @returns {number} */
export function modelsInReview(rows, row, threshold) {
  let count = 0;
  for (const column of rows.modelScores) if (column[row] >= threshold) count += 1;
  return count;
}
