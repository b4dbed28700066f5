/** Which rows are shown, and what stands beside every option. Pure: no DOM.
 *
 * What a row fails does not move with the threshold, so `failures` runs when a filter changes; a step of the slider
 * costs what it moves, by `selector`. */
import { DECISIONS, LABELS, MATCHES, OUTCOMES, shownLabels } from "./route.js";
import { byScore, firstFrom } from "./sorting.js";
import { CONTRADICTORY, decide, DISCARD, KEEP, keyAt, NO_OUTCOME, outcomeAt } from "./store.js";

/** @typedef {import("./route.js").Route} Route */
/** @typedef {import("./store.js").Rows} Rows */

const DAY = 86_400_000;
/** A bit a filter: a row that fails only one of them still counts beside that one's options. */
const BIT = { organization: 1, camera: 2, decision: 4, match: 8, reason: 16, release: 32, label: 64, other: 128, outcome: 256 };

/** Which entries of a dictionary pass: null for all.
 * @param {number} size
 * @param {boolean} asked
 * @param {(index: number) => boolean} passes
 * @returns {Uint8Array | null} */
function allowed(size, asked, passes) {
  return asked ? Uint8Array.from({ length: size }, (_, index) => (passes(index) ? 1 : 0)) : null;
}

/** @param {Uint8Array | null} table
 * @param {number} index
 * @returns {boolean} */
function refused(table, index) {
  return table !== null && (index === -1 || table[index] === 0);
}

/** The search as a test of a row: a substring, whatever the case, of what names it.
 * @param {Rows} rows
 * @param {string} q
 * @returns {(row: number) => boolean} */
export function searcher(rows, q) {
  const needle = q.toLowerCase();
  const holds = (/** @type {string | null | undefined} */ text) => (text ?? "").toLowerCase().includes(needle);
  const { organizations, cameras, releases, labelDetails, dropReasons } = rows;
  const organization = allowed(organizations.length, true, (index) => holds(organizations[index].name));
  const camera = allowed(cameras.length, true, (index) => holds(cameras[index].name));
  const release = allowed(
    releases.length,
    true,
    (index) => holds(releases[index].apiVersion) || holds(releases[index].modelVersion),
  );
  const detail = allowed(labelDetails.length, true, (index) => holds(labelDetails[index]));
  const reason = allowed(dropReasons.length, true, (index) => holds(dropReasons[index]));
  return (row) =>
    !refused(organization, rows.organization[row]) ||
    !refused(camera, rows.camera[row]) ||
    !refused(release, rows.release[row]) ||
    !refused(detail, rows.labelDetail[row]) ||
    !refused(reason, rows.dropReason[row]) ||
    keyAt(rows, row).toLowerCase().includes(needle);
}

/** Which filters each row fails, but for the outcome's: a mask of BIT.
 * @param {Rows} rows
 * @param {Route} route
 * @returns {Uint16Array} */
export function failures(rows, route) {
  const { organizations, cameras, apiVersions, dropReasons } = rows;
  const chosenOrganizations = new Set(route.organization);
  const chosenCameras = new Set(route.camera);
  const labels = shownLabels(route);
  const tables = /** @type {const} */ ([
    [BIT.organization, rows.organization, allowed(organizations.length, chosenOrganizations.size > 0, (at) => chosenOrganizations.has(organizations[at].key))],
    [BIT.camera, rows.camera, allowed(cameras.length, chosenCameras.size > 0, (at) => chosenCameras.has(cameras[at].key))],
    [BIT.decision, rows.decision, allowed(DECISIONS.length, route.decision.length > 0, (at) => route.decision.includes(DECISIONS[at]))],
    [BIT.match, rows.match, allowed(MATCHES.length, route.match.length > 0, (at) => route.match.includes(MATCHES[at]))],
    [BIT.reason, rows.dropReason, allowed(dropReasons.length, route.reason.length > 0, (at) => route.reason.includes(dropReasons[at]))],
    [BIT.release, rows.apiVersion, allowed(apiVersions.length, route.release.length > 0, (at) => route.release.includes(apiVersions[at]))],
    [BIT.label, rows.label, allowed(LABELS.length, labels.length > 0, (at) => labels.includes(LABELS[at]))],
  ]);
  const masks = new Uint16Array(rows.count);
  for (const [bit, column, table] of tables) {
    if (table === null) continue;
    for (let row = 0; row < rows.count; row += 1) if (refused(table, column[row])) masks[row] |= bit;
  }
  if (route.from !== "" || route.to !== "") {
    const from = route.from === "" ? -Infinity : Date.parse(`${route.from}T00:00:00Z`);
    const until = route.to === "" ? Infinity : Date.parse(`${route.to}T00:00:00Z`) + DAY;
    for (let row = 0; row < rows.count; row += 1) {
      if (!(rows.startedAt[row] >= from && rows.startedAt[row] < until)) masks[row] |= BIT.other;
    }
  }
  if (route.q !== "") {
    const found = searcher(rows, route.q);
    for (let row = 0; row < rows.count; row += 1) if (!found(row)) masks[row] |= BIT.other;
  }
  return masks;
}

/** The rows that pass every filter but the outcome's: what evaluation measures.
 * @param {Uint16Array} masks
 * @returns {Int32Array} */
export function population(masks) {
  const rows = new Int32Array(masks.length);
  let count = 0;
  for (let row = 0; row < masks.length; row += 1) if (masks[row] === 0) rows[count++] = row;
  return rows.slice(0, count);
}

/** @typedef {{
 *   rows: Int32Array, organization: Int32Array, organizationKept: Int32Array, organizationDiscarded: Int32Array,
 *   camera: Int32Array, decision: Int32Array, match: Int32Array, reason: Int32Array, release: Int32Array,
 *   label: Int32Array, outcome: Int32Array,
 * }} Selection rows: what is shown, in order. The rest are counts beside options, each over the rows that pass every
 * other filter; release: by api version; organizationKept: by production's decision, or the threshold's in evaluation */

/** @param {Rows} rows
 * @returns {Omit<Selection, "rows">} */
function zeros(rows) {
  const organizations = rows.organizations.length;
  return {
    organization: new Int32Array(organizations),
    organizationKept: new Int32Array(organizations),
    organizationDiscarded: new Int32Array(organizations),
    camera: new Int32Array(rows.cameras.length),
    decision: new Int32Array(DECISIONS.length),
    match: new Int32Array(MATCHES.length),
    reason: new Int32Array(rows.dropReasons.length),
    release: new Int32Array(rows.apiVersions.length),
    label: new Int32Array(LABELS.length),
    outcome: new Int32Array(NO_OUTCOME + 1),
  };
}

/** How a row counts at a threshold: `count(row, threshold, 1)` puts it in, `count(row, threshold, -1)` takes it out.
 * @param {Rows} rows
 * @param {Uint16Array} masks
 * @param {Uint8Array | null} outcomes those that pass
 * @param {boolean} evaluating
 * @param {Omit<Selection, "rows">} counts
 * @returns {(row: number, threshold: number, by: 1 | -1) => void} */
function counter(rows, masks, outcomes, evaluating, counts) {
  return (row, threshold, by) => {
    const outcome = outcomeAt(rows, row, threshold);
    const others = masks[row];
    const fails = others | (refused(outcomes, outcome) ? BIT.outcome : 0);
    if (others === 0) counts.outcome[outcome] += by;
    // Cameras stand below their organization, so choosing a camera does not hide what the other organizations hold.
    if ((fails & ~(BIT.organization | BIT.camera)) === 0 && rows.organization[row] !== -1) {
      counts.organization[rows.organization[row]] += by;
      const decision = evaluating ? decide(rows.recorded[row], threshold) : rows.decision[row];
      if (decision === KEEP) counts.organizationKept[rows.organization[row]] += by;
      if (decision === DISCARD) counts.organizationDiscarded[rows.organization[row]] += by;
    }
    if ((fails & ~BIT.camera) === 0 && rows.camera[row] !== -1) counts.camera[rows.camera[row]] += by;
    if ((fails & ~BIT.decision) === 0) counts.decision[rows.decision[row]] += by;
    if ((fails & ~BIT.match) === 0) counts.match[rows.match[row]] += by;
    if ((fails & ~BIT.reason) === 0 && rows.dropReason[row] !== -1) counts.reason[rows.dropReason[row]] += by;
    if ((fails & ~BIT.release) === 0 && rows.apiVersion[row] !== -1) counts.release[rows.apiVersion[row]] += by;
    if ((fails & ~BIT.label) === 0) counts.label[rows.label[row]] += by;
  };
}

/** The rows that pass every filter but the outcome's, in an order, and what their outcomes follow from.
 * @param {Rows} rows
 * @param {Uint16Array} masks
 * @param {Int32Array} order
 * @returns {{ order: Int32Array, rows: Int32Array, kept: Uint8Array, score: Float64Array }} kept: each one's outcome
 * where the threshold keeps it */
function candidates(rows, masks, order) {
  const passing = new Int32Array(order.length);
  const kept = new Uint8Array(order.length);
  const score = new Float64Array(order.length);
  let count = 0;
  for (const row of order) {
    if (masks[row] !== 0) continue;
    passing[count] = row;
    kept[count] = outcomeAt(rows, row, -Infinity);
    score[count++] = rows.recorded[row];
  }
  return { order, rows: passing.slice(0, count), kept, score };
}

/** Finds what is shown, and the count beside every option, at one threshold after another. A step counts again only the
 * rows whose score lies between two thresholds.
 * @param {Rows} rows
 * @param {Uint16Array} masks of `failures`
 * @param {Route} route
 * @returns {(threshold: number, order: Int32Array) => Selection} order: every row, sorted */
export function selector(rows, masks, route) {
  const outcomes = allowed(NO_OUTCOME + 1, route.outcome.length > 0, (at) => route.outcome.includes(/** @type {string} */ (OUTCOMES[at])));
  const counts = zeros(rows);
  const count = counter(rows, masks, outcomes, route.mode === "eval", counts);
  let at = NaN;
  let base = candidates(rows, masks, new Int32Array(0));

  const moveTo = (/** @type {number} */ threshold) => {
    if (Number.isNaN(at)) {
      for (let row = 0; row < rows.count; row += 1) count(row, threshold, 1);
    } else {
      const scored = byScore(rows);
      const until = firstFrom(rows, scored, Math.max(at, threshold));
      for (let place = firstFrom(rows, scored, Math.min(at, threshold)); place < until; place += 1) {
        count(scored[place], at, -1);
        count(scored[place], threshold, 1);
      }
    }
    at = threshold;
  };
  const shown = (/** @type {number} */ threshold) => {
    if (outcomes === null) return base.rows;
    const found = new Int32Array(base.rows.length);
    let length = 0;
    for (let place = 0; place < found.length; place += 1) {
      const kept = base.kept[place];
      const outcome = kept < CONTRADICTORY && base.score[place] < threshold ? kept + 1 : kept;
      if (outcomes[outcome] === 1) found[length++] = base.rows[place];
    }
    return found.subarray(0, length);
  };
  return (threshold, order) => {
    if (threshold !== at) moveTo(threshold);
    if (base.order !== order) base = candidates(rows, masks, order);
    const copies = Object.fromEntries(Object.entries(counts).map(([name, column]) => [name, column.slice()]));
    return /** @type {Selection} */ ({ ...copies, rows: shown(threshold) });
  };
}
