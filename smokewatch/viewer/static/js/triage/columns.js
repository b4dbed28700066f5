/** The backlog's columns and what a cell holds. */
import { barredScore, named, score } from "../cells.js";
import { formatExact, formatTime, shownName } from "../format.js";
import { html } from "../html.js";
import { modelsInReview } from "./rows.js";
import { BUCKET_WORDS, formatDistance } from "./words.js";

/** @typedef {import("./rows.js").Rows} Rows */
/** @typedef {import("../grid.js").Column} Column */
/** @typedef {{ threshold: number, against: number | null }} Context */

/** @param {Rows} rows
 * @param {number} row
 * @returns {unknown} */
function cameraCell(rows, row) {
  return html`${named(rows.cameras[rows.camera[row]]?.name)}${rows.manual[row] === 1 && html`<span class="row-tag" title="A person added this lane">by hand</span>`}`;
}

/** @param {Rows} rows
 * @param {number} row
 * @param {Context} context
 * @returns {unknown} */
function bucketCell(rows, row, { threshold, against }) {
  const score = rows.score[row];
  const bucket = score >= threshold ? "review" : "unlabeled";
  const moved = against !== null && score >= threshold !== score >= against;
  return html`<span class=${`mark ${bucket}`}>${BUCKET_WORDS[bucket]}</span>${moved && html`<span class="mark moves" title="On the other side at the compared threshold"><span class="unseen">changes side</span></span>`}`;
}

/** @param {Rows} rows
 * @param {number} row
 * @param {Context} context
 * @returns {unknown} */
function distanceCell(rows, row, { threshold }) {
  const distance = rows.score[row] - threshold;
  return html`<span class=${distance < 0 ? "muted" : ""}>${formatDistance(distance)}</span>`;
}

/** Every model's score, and how many are at the threshold.
 * @param {Rows} rows
 * @param {number} row
 * @param {Context} context
 * @returns {unknown} */
function modelsCell(rows, row, { threshold }) {
  const count = modelsInReview(rows, row, threshold);
  const of = rows.models.length;
  const scores = rows.models.map(({ version }, at) => `${shownName(version, 40)}: ${formatExact(rows.modelScores[at][row])}`).join("\n");
  if (count > 0 && count < of) return html`<span class="mark disagree" title=${scores}>${count} of ${of}</span>`;
  return html`<span class="muted" title=${scores}>${count} of ${of}</span>`;
}

/** @type {Column[]} */
const COLUMNS = [
  {
    sort: "recorded_at", title: "Recorded", hint: "UTC", track: "120px", least: 120, need: 5,
    cell: (rows, row) => formatTime(rows.recordedAt[row]),
  },
  {
    sort: "organization", title: "Organization", track: "minmax(96px, 1fr)", least: 96, need: 7,
    cell: (rows, row) => named(rows.organizations[rows.organization[row]]?.name),
  },
  { sort: "camera", title: "Camera", track: "minmax(108px, 1.2fr)", least: 108, need: 1, cell: cameraCell },
  { sort: "bucket", title: "Bucket", track: "minmax(104px, 0.9fr)", least: 104, need: 3, moves: true, cell: bucketCell },
  {
    sort: "models", title: "Models", hint: "How many models score it at the threshold or above", track: "76px", least: 76, need: 6,
    moves: true, cell: modelsCell,
  },
  { sort: "tubes", title: "Tubes", track: "60px", least: 60, need: 8, numeric: true, cell: (rows, row) => rows.tubes[row] },
  { sort: "score", title: "Score", hint: "The largest kept tube's probability", track: "76px", least: 76, need: 2, numeric: true, cell: (rows, row) => barredScore(rows.score[row]) },
  { sort: "distance", title: "Distance", hint: "To the threshold", track: "84px", least: 84, need: 4, numeric: true, moves: true, cell: distanceCell },
  {
    sort: "recorded_score", title: "Production", hint: "Production's score at import, where there was one", track: "88px", least: 88, need: 9, numeric: true,
    cell: (rows, row) => score(rows.recorded[row]),
  },
];

/** @param {number} models how many scored each row: one has nobody to disagree with
 * @returns {Column[]} */
export const columnsOf = (models) => COLUMNS.filter(({ sort }) => models > 1 || sort !== "models");

/** @type {[string, string][]} */
export const CARD_SORTS = [
  ["-score", "Highest score first"],
  ["score", "Lowest score first"],
  ["distance", "Nearest to the threshold first"],
  ["-recorded_at", "Newest first"],
  ["recorded_at", "Oldest first"],
  ["camera", "By camera"],
];

/** A row as a card of two lines, for narrow screens.
 * @param {Rows} rows
 * @param {number} row
 * @param {Context} context
 * @returns {unknown} */
export function card(rows, row, context) {
  return html`<div class="card-line" role="gridcell"><span class="card-camera">${cameraCell(rows, row)}<span class="muted cut">${shownName(rows.organizations[rows.organization[row]]?.name, 60)}</span></span><span class="muted">${formatTime(rows.recordedAt[row])}</span></div>
    <div class="card-line" role="gridcell">
      ${bucketCell(rows, row, context)}${rows.models.length > 1 && modelsCell(rows, row, context)}
      <span class="card-score">${distanceCell(rows, row, context)} ${barredScore(rows.score[row])}</span>
    </div>`;
}
