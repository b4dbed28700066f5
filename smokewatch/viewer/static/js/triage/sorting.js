/** Stable order of the backlog by a column: nulls last both ways, ties newest first, as the rows come. Pure. */
import { REVIEW, UNLABELED } from "./deciding.js";
import { ordered } from "./ordering.js";
import { modelsInReview } from "./rows.js";

/** @typedef {import("./rows.js").Rows} Rows */

/** Text order by code point, as the server sorts.
 * @param {string} a
 * @param {string} b
 * @returns {number} */
function byCodePoint(a, b) {
  const left = Array.from(a, (each) => each.codePointAt(0) ?? 0);
  const right = Array.from(b, (each) => each.codePointAt(0) ?? 0);
  const at = left.findIndex((each, place) => each !== right[place]);
  return at === -1 ? left.length - right.length : left[at] - (right[at] ?? -1);
}

/** @param {Int32Array} column
 * @param {{ name: string }[]} named
 * @returns {Float64Array} */
function ranked(column, named) {
  const order = [...new Set(named.map(({ name }) => name))].sort(byCodePoint);
  const ranks = named.map(({ name }) => order.indexOf(name));
  return Float64Array.from(column, (each) => ranks[each]);
}

/** @param {Rows} rows
 * @param {string} column
 * @param {number} threshold
 * @returns {Float64Array} NaN where it has nothing */
function keysOf(rows, column, threshold) {
  switch (column) {
    case "recorded_at":
      return rows.recordedAt;
    case "organization":
      return ranked(rows.organization, rows.organizations);
    case "camera":
      return ranked(rows.camera, rows.cameras);
    case "bucket":
      return rows.score.map((score) => (score >= threshold ? REVIEW : UNLABELED));
    case "tubes":
      return new Float64Array(rows.tubes);
    case "distance":
      return rows.score.map((score) => Math.abs(score - threshold));
    case "models":
      return rows.score.map((_, row) => modelsInReview(rows, row, threshold));
    case "recorded_score":
      return rows.recorded;
    default:
      return rows.score;
  }
}

/** Every row in the order of a sort.
 * @param {Rows} rows
 * @param {string} sort `[-]column`
 * @param {number} threshold
 * @returns {Int32Array} */
export function sorted(rows, sort, threshold) {
  return ordered(keysOf(rows, sort.replace(/^-/, ""), threshold), sort.startsWith("-"));
}

/** Whether an order moves with the threshold.
 * @param {string} sort
 * @returns {boolean} */
export function sortMoves(sort) {
  return ["bucket", "distance", "models"].includes(sort.replace(/^-/, ""));
}
