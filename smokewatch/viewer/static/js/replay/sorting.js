/** Stable order of the rows by a column: nulls last in both directions, ties newest first, as the rows come. Pure. */
import { DEFAULT_SORT } from "./route.js";
import { decide, DISCARD, outcomeAt } from "./store.js";

/** @typedef {import("./store.js").Rows} Rows */

/** The columns whose order moves with the threshold in evaluation. */
const REDECIDED = new Set(["outcome", "decision"]);

/** Text order by code point, as the server sorts.
 * @param {string} a
 * @param {string} b
 * @returns {number} */
function byCodePoint(a, b) {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const step = (left[at].codePointAt(0) ?? 0) - (right[at].codePointAt(0) ?? 0);
    if (step !== 0) return step;
  }
  return left.length - right.length;
}

/** The place of each name among all: equal names share one.
 * @param {string[]} names
 * @returns {number[]} */
function ranks(names) {
  const sorted = [...new Set(names)].sort(byCodePoint);
  const rank = new Map(sorted.map((name, at) => [name, at]));
  return names.map((name) => rank.get(name) ?? 0);
}

/** @param {number} count
 * @param {(row: number) => number} keyOf
 * @returns {Float64Array} */
function filled(count, keyOf) {
  const keys = new Float64Array(count);
  for (let row = 0; row < count; row += 1) keys[row] = keyOf(row);
  return keys;
}

/** @param {Int32Array} column
 * @param {number[]} rank
 * @returns {Float64Array} */
function ranked(column, rank) {
  return filled(column.length, (row) => (column[row] === -1 ? NaN : rank[column[row]]));
}

/** @param {Int32Array} column
 * @returns {Float64Array} */
function numbers(column) {
  return filled(column.length, (row) => (column[row] === -1 ? NaN : column[row]));
}

/** What a column sorts by, NaN where it has nothing.
 * @param {Rows} rows
 * @param {string} column
 * @param {number} threshold
 * @param {boolean} evaluating decisions are the threshold's, not production's
 * @returns {Float64Array} */
function sortKeys(rows, column, threshold, evaluating) {
  switch (column) {
    case "organization":
      return ranked(rows.organization, ranks(rows.organizations.map((each) => each.name)));
    case "camera":
      return ranked(rows.camera, ranks(rows.cameras.map((each) => each.name)));
    case "release":
      return ranked(rows.apiVersion, ranks(rows.apiVersions));
    case "label":
      return new Float64Array(rows.label);
    case "match":
      return new Float64Array(rows.match);
    case "decision":
      return filled(rows.count, (row) => {
        const decision = evaluating ? decide(rows.recorded[row], threshold) : rows.decision[row];
        return decision > DISCARD ? NaN : decision;
      });
    case "outcome":
      return filled(rows.count, (row) => outcomeAt(rows, row, threshold));
    case "tubes":
      return numbers(rows.tubes);
    case "frames":
      return numbers(rows.frames);
    case "recorded_score":
      return rows.recorded;
    case "replayed_score":
      return rows.replayed;
    case "full_score":
      return rows.full;
    case "difference":
      return rows.difference;
    default:
      return rows.startedAt;
  }
}

/** A stable counting sort for keys that are few small whole numbers: a slider step may re-sort every row.
 * @param {Float64Array} keys
 * @param {number} size one more than the largest key
 * @param {boolean} descending
 * @returns {Int32Array} */
function counted(keys, size, descending) {
  const place = (/** @type {number} */ key) => (Number.isNaN(key) ? size : descending ? size - 1 - key : key);
  const starts = new Int32Array(size + 2);
  for (const key of keys) starts[place(key) + 1] += 1;
  for (let at = 1; at < starts.length; at += 1) starts[at] += starts[at - 1];
  const order = new Int32Array(keys.length);
  for (let row = 0; row < keys.length; row += 1) order[starts[place(keys[row])]++] = row;
  return order;
}

/** Every row in the order of a sort.
 * @param {Rows} rows
 * @param {string} sort `[-]column`
 * @param {number} threshold
 * @param {boolean} evaluating
 * @returns {Int32Array} */
export function sorted(rows, sort, threshold, evaluating) {
  const order = new Int32Array(rows.count);
  for (let row = 0; row < rows.count; row += 1) order[row] = row;
  if (sort === DEFAULT_SORT) return order;
  const descending = sort.startsWith("-");
  const keys = sortKeys(rows, descending ? sort.slice(1) : sort, threshold, evaluating);
  let largest = 0;
  let whole = true;
  for (const key of keys) {
    if (Number.isNaN(key)) continue;
    if (key > largest) largest = key;
    whole &&= Number.isInteger(key) && key >= 0;
  }
  if (whole && largest < 65_536) return counted(keys, largest + 1, descending);
  const sign = descending ? -1 : 1;
  return order.sort((a, b) => {
    const left = keys[a];
    const right = keys[b];
    if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right)) || a - b;
    return left === right ? a - b : left < right ? -sign : sign;
  });
}

/** @type {WeakMap<Rows, Int32Array>} */
const scored = new WeakMap();

/** Every row by its recorded score, ascending, those without one last; sorted once.
 * @param {Rows} rows
 * @returns {Int32Array} */
export function byScore(rows) {
  const order = scored.get(rows) ?? sorted(rows, "recorded_score", 0, false);
  scored.set(rows, order);
  return order;
}

/** The first place in `byScore` whose score reaches a threshold, or has none.
 * @param {Rows} rows
 * @param {Int32Array} order
 * @param {number} threshold
 * @returns {number} */
export function firstFrom(rows, order, threshold) {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows.recorded[order[middle]] < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether an order moves with the threshold.
 * @param {string} sort
 * @param {boolean} evaluating
 * @returns {boolean} */
export function sortMoves(sort, evaluating) {
  return evaluating && REDECIDED.has(sort.replace(/^-/, ""));
}
