/** Which rows are shown, which side of the threshold they are on, and what stands beside every option. Pure: no DOM.
 *
 * What a row fails but for the threshold is found when a filter changes. What is left is sorted by score once; then each
 * filter that goes by the threshold is a range of scores, and a step of the slider a few searches in sorted numbers. */
import { ordered } from "./ordering.js";
import { alertAt, keyAt } from "./rows.js";

/** @typedef {import("./route.js").Route} Route */
/** @typedef {import("./rows.js").Rows} Rows */

export const REVIEW = 0;
export const UNLABELED = 1;
export const BINS = 100;
const DAY = 86_400_000;
/** A bit a filter: a row that fails only one of them still counts beside that one's options. */
const BIT = { organization: 1, camera: 2, other: 4 };

/** @param {number} value
 * @returns {[bigint, number]} digits and how many of them stand behind the point, as people write it */
function decimal(value) {
  const [mantissa, exponent = "0"] = String(value).split("e");
  const [whole, part = ""] = mantissa.split(".");
  const places = part.length - Number(exponent);
  const digits = BigInt(whole + part);
  return places < 0 ? [digits * 10n ** BigInt(-places), 0] : [digits, places];
}

/** a + b and a - b computed in decimals as people write them: 0.35 + 0.1 is 0.45, not just below.
 * @param {number} a
 * @param {number} b
 * @returns {{ low: number, high: number }} */
export function around(a, b) {
  const [x, xPlaces] = decimal(a);
  const [y, yPlaces] = decimal(b);
  const places = Math.max(xPlaces, yPlaces);
  const left = x * 10n ** BigInt(places - xPlaces);
  const right = y * 10n ** BigInt(places - yPlaces);
  return { low: Number(`${left - right}e-${places}`), high: Number(`${left + right}e-${places}`) };
}

/** Which filters each row fails, but for those that go by the threshold: a mask of BIT.
 * @param {Rows} rows
 * @param {Route} route
 * @returns {Uint8Array} */
export function failures(rows, route) {
  const masks = new Uint8Array(rows.count);
  const refuse = (/** @type {number} */ bit, /** @type {(row: number) => boolean} */ passes) => {
    for (let row = 0; row < rows.count; row += 1) if (!passes(row)) masks[row] |= bit;
  };
  if (route.organization.length > 0) {
    const chosen = rows.organizations.map(({ key }) => route.organization.includes(key));
    refuse(BIT.organization, (row) => chosen[rows.organization[row]]);
  }
  if (route.camera.length > 0) {
    const chosen = rows.cameras.map(({ key }) => route.camera.includes(key));
    refuse(BIT.camera, (row) => chosen[rows.camera[row]]);
  }
  if (route.alert.length > 0) {
    const chosen = new Set(/** @type {(string | null)[]} */ (route.alert));
    refuse(BIT.other, (row) => chosen.has(alertAt(rows, row)));
  }
  if (route.from !== "" || route.to !== "") {
    const from = route.from === "" ? -Infinity : Date.parse(`${route.from}T00:00:00Z`);
    const until = route.to === "" ? Infinity : Date.parse(`${route.to}T00:00:00Z`) + DAY;
    refuse(BIT.other, (row) => rows.recordedAt[row] >= from && rows.recordedAt[row] < until);
  }
  if (route.q !== "") {
    const needle = route.q.toLowerCase();
    const holds = (/** @type {{ name: string }} */ { name }) => name.toLowerCase().includes(needle);
    const organizations = rows.organizations.map(holds);
    const cameras = rows.cameras.map(holds);
    refuse(BIT.other, (row) => organizations[rows.organization[row]] || cameras[rows.camera[row]] || keyAt(rows, row).includes(needle));
  }
  return masks;
}

/** @typedef {{ scores: Float64Array, leasts: Float64Array, ascending: Float64Array, organizations: Float64Array[] }} Population
 * of the rows that pass every filter but those that go by the threshold: scores ascending, leasts beside them, and by
 * themselves ascending; organizations: each one's scores ascending, whether it is chosen or not */

/** What cards, sweep, histogram and counts are taken from.
 * @param {Rows} rows
 * @param {Uint8Array} masks
 * @returns {Population} */
export function populationOf(rows, masks) {
  const keys = new Float64Array(rows.count);
  let count = 0;
  for (let row = 0; row < rows.count; row += 1) {
    keys[row] = masks[row] === 0 ? rows.score[row] : NaN;
    if (masks[row] === 0) count += 1;
  }
  const order = ordered(keys, false);
  const scores = new Float64Array(count);
  const leasts = new Float64Array(count);
  for (let at = 0; at < count; at += 1) {
    scores[at] = rows.score[order[at]];
    leasts[at] = rows.least[order[at]];
  }
  /** @type {number[][]} */
  const organizations = rows.organizations.map(() => []);
  // Cameras stand below their organization, so choosing a camera does not hide what the other organizations hold.
  for (let row = 0; row < rows.count; row += 1) {
    if ((masks[row] & ~(BIT.organization | BIT.camera)) === 0) organizations[rows.organization[row]].push(rows.score[row]);
  }
  return {
    scores,
    leasts,
    ascending: leasts.slice().sort(),
    organizations: organizations.map((scores) => Float64Array.from(scores).sort()),
  };
}

/** The rows that pass, in the table's order.
 * @param {Uint8Array} masks
 * @param {Int32Array} order every row, sorted
 * @returns {Int32Array} */
export function passing(masks, order) {
  return order.filter((row) => masks[row] === 0);
}

/** @param {Float64Array} ascending
 * @param {number} threshold
 * @returns {number} how many are below: a score equal to the threshold is to be reviewed */
export function below(ascending, threshold) {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] >= threshold) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param {Float64Array} ascending
 * @param {number} threshold
 * @returns {{ review: number, unlabeled: number }} */
export function split(ascending, threshold) {
  const unlabeled = below(ascending, threshold);
  return { review: ascending.length - unlabeled, unlabeled };
}

/** What another threshold moves to the other side; one of the two is always 0.
 * @param {Float64Array} ascending
 * @param {number} before
 * @param {number} after
 * @returns {{ toReview: number, toUnlabeled: number }} */
export function compare(ascending, before, after) {
  const moved = below(ascending, after) - below(ascending, before);
  return { toReview: Math.max(0, -moved), toUnlabeled: Math.max(0, moved) };
}

/** How many scores are in each hundredth, [n/100, (n+1)/100); the last one is closed.
 * @param {Float64Array} ascending
 * @returns {Int32Array} (BINS,) */
export function histogram(ascending) {
  const counts = new Int32Array(BINS);
  let before = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    const until = bin === BINS - 1 ? ascending.length : below(ascending, (bin + 1) / BINS);
    counts[bin] = until - before;
    before = until;
  }
  return counts;
}

/** A filter that goes by the threshold, as the places from..to of ascending scores that pass it.
 * @typedef {{ from: number, to: number }} Range */

/** @param {Float64Array} scores ascending
 * @param {Route} route
 * @param {number} threshold
 * @returns {{ all: Range, review: Range, unlabeled: Range, near: Range, moved: Range }} */
function rangesOf(scores, route, threshold) {
  const at = below(scores, threshold);
  const { low, high } = around(threshold, route.width);
  const other = route.against === null ? at : below(scores, route.against);
  return {
    all: { from: 0, to: scores.length },
    review: { from: at, to: scores.length },
    unlabeled: { from: 0, to: at },
    near: { from: below(scores, low), to: upTo(scores, high) },
    moved: { from: Math.min(at, other), to: Math.max(at, other) },
  };
}

/** @param {Float64Array} ascending
 * @param {number} limit
 * @returns {number} how many are at most the limit */
function upTo(ascending, limit) {
  let at = below(ascending, limit);
  while (at < ascending.length && ascending[at] === limit) at += 1;
  return at;
}

/** @param {Range[]} ranges
 * @returns {Range} what they share; nothing where `to` is not above `from` */
function shared(ranges) {
  return { from: Math.max(...ranges.map(({ from }) => from)), to: Math.min(...ranges.map(({ to }) => to)) };
}

/** How many rows of a range some models, and not all, send to people.
 * @param {Population} among
 * @param {Range} range
 * @param {number} threshold
 * @returns {number} */
function disagreeing({ scores, leasts, ascending }, range, threshold) {
  const review = below(scores, threshold);
  // Those with a model at the threshold, but for those with all of them.
  if (range.from <= review && range.to === scores.length) return below(ascending, threshold) - review;
  let count = 0;
  for (let at = Math.max(review, range.from); at < range.to; at += 1) if (leasts[at] < threshold) count += 1;
  return count;
}

/** @typedef {{ rows: Int32Array, bucket: [number, number], disagree: number, near: number, moved: number }} Selection
 * rows: what is shown, in order. The rest are counts beside options, each over the rows that pass every other filter;
 * bucket: to review, to unlabel */

/** What is shown, and the counts beside the options that go by the threshold.
 * @param {Rows} rows
 * @param {Population} among
 * @param {Int32Array} listed of `passing`
 * @param {Route} route
 * @param {number} threshold
 * @returns {Selection} listed itself where nothing goes by the threshold */
export function select(rows, among, listed, route, threshold) {
  const ranges = rangesOf(among.scores, route, threshold);
  const bucket = route.bucket.length === 1 ? ranges[/** @type {"review" | "unlabeled"} */ (route.bucket[0])] : ranges.all;
  const near = route.near ? ranges.near : ranges.all;
  const moved = route.moved ? ranges.moved : ranges.all;
  const count = (/** @type {Range[]} */ ...chosen) => {
    const range = shared(chosen);
    return route.disagree ? disagreeing(among, range, threshold) : Math.max(0, range.to - range.from);
  };
  const range = shared([bucket, near, moved]);
  return {
    rows: shownOf(rows, among.scores, listed, range, route.disagree ? threshold : null),
    bucket: [count(ranges.review, near, moved), count(ranges.unlabeled, near, moved)],
    disagree: disagreeing(among, range, threshold),
    near: count(bucket, ranges.near, moved),
    moved: count(bucket, near, ranges.moved),
  };
}

/** @param {Rows} rows
 * @param {Float64Array} scores ascending
 * @param {Int32Array} listed
 * @param {Range} range
 * @param {number | null} disagreeAt only rows on which models disagree at it; null: every row
 * @returns {Int32Array} */
function shownOf({ score, least }, scores, listed, { from, to }, disagreeAt) {
  if (from <= 0 && to >= scores.length && disagreeAt === null) return listed;
  if (to <= from) return new Int32Array(0);
  const low = scores[from];
  const high = scores[to - 1];
  const shown = new Int32Array(listed.length);
  let count = 0;
  for (let at = 0; at < listed.length; at += 1) {
    const row = listed[at];
    if (score[row] < low || score[row] > high) continue;
    if (disagreeAt !== null && !(score[row] >= disagreeAt && least[row] < disagreeAt)) continue;
    shown[count++] = row;
  }
  return shown.slice(0, count);
}

/** The counts beside organizations and cameras: over the rows that pass every other filter. Asked for when somebody
 * looks at them.
 * @param {Rows} rows
 * @param {Uint8Array} masks of `failures`
 * @param {Route} route
 * @param {number} threshold
 * @returns {{ organization: Int32Array, camera: Int32Array }} */
export function optionCounts(rows, masks, route, threshold) {
  const { low, high } = around(threshold, route.width);
  const found = { organization: new Int32Array(rows.organizations.length), camera: new Int32Array(rows.cameras.length) };
  for (let row = 0; row < rows.count; row += 1) {
    const score = rows.score[row];
    const review = score >= threshold;
    if (route.bucket.length === 1 && review !== (route.bucket[0] === "review")) continue;
    if (route.disagree && !(review && rows.least[row] < threshold)) continue;
    if (route.near && !(score >= low && score <= high)) continue;
    if (route.moved && review === score >= (route.against ?? threshold)) continue;
    if ((masks[row] & ~(BIT.organization | BIT.camera)) === 0) found.organization[rows.organization[row]] += 1;
    if ((masks[row] & ~BIT.camera) === 0) found.camera[rows.camera[row]] += 1;
  }
  return found;
}
