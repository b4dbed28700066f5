/** The table's columns in both modes, and what a cell holds. */
import { barredScore, named, score } from "../cells.js";
import { formatTime, NOTHING, shownName, words, WORDS } from "../format.js";
import { html } from "../html.js";
import { DECISIONS, DEFAULT_SORT, LABELS, MATCHES, OUTCOMES } from "./route.js";
import { CONTRADICTORY, decide, outcomeAt } from "./store.js";

/** @typedef {import("./store.js").Rows} Rows */
/** @typedef {import("../grid.js").Column} Column */
/** @typedef {{ evaluating: boolean, threshold: number }} Context threshold: looked at in evaluation alone */

/** @param {string} kind
 * @param {string} text
 * @returns {unknown} */
const mark = (kind, text) => html`<span class=${`mark ${kind}`}>${text}</span>`;

/** @param {Rows} rows
 * @param {number} row
 * @returns {unknown} */
function cameraCell(rows, row) {
  return html`${named(rows.cameras[rows.camera[row]]?.name)}${rows.deleted[row] === 1 && html`<span class="row-tag" title="deleted in the alert API">deleted</span>`}`;
}

/** How many frames explain the score: all of them, or the first ones.
 * @param {Rows} rows
 * @param {number} row
 * @returns {string} */
function framesText(rows, row) {
  if (rows.frames[row] === -1) return NOTHING;
  const matched = rows.matchedFrames[row];
  return MATCHES[rows.match[row]] === "window" && matched !== -1 ? `first ${matched} of ${rows.frames[row]}` : String(rows.frames[row]);
}

/** @param {Rows} rows
 * @param {number} row
 * @returns {unknown} */
function matchCell(rows, row) {
  const match = MATCHES[rows.match[row]];
  const reason = rows.dropReasons[rows.dropReason[row]];
  return html`${mark(match, WORDS.match[match])}${rows.ambiguous[row] === 1 &&
  html`<span class="row-tag" title="Ambiguous: every window of this sequence scores alike">alike</span>`}${reason !== undefined &&
  html`<span class="muted cut" title=${words(reason)}>${words(reason)}</span>`}`;
}

/** Production's decision; in evaluation the threshold's.
 * @param {Rows} rows
 * @param {number} row
 * @param {Context} context
 * @returns {unknown} */
function decisionCell(rows, row, { evaluating, threshold }) {
  const name = DECISIONS[evaluating ? decide(rows.recorded[row], threshold) : rows.decision[row]];
  return mark(name, WORDS.decision[name]);
}

const TONES = ["right", "wrong", "wrong", "right"];

/** @param {Rows} rows
 * @param {number} row
 * @param {Context} context
 * @returns {unknown} */
function outcomeCell(rows, row, { threshold }) {
  const outcome = outcomeAt(rows, row, threshold);
  if (outcome === CONTRADICTORY) return mark("contradictory", WORDS.outcome.contradictory);
  const name = OUTCOMES[outcome];
  return name === undefined ? html`<span class="muted">${NOTHING}</span>` : mark(TONES[outcome], WORDS.outcome[name]);
}

/** @type {Record<string, Column>} */
const COLUMNS = {
  started: {
    sort: "started_at", title: "Started", hint: "UTC", track: "120px", least: 120, need: 4,
    cell: (rows, row) => formatTime(rows.startedAt[row]),
  },
  organization: {
    sort: "organization", title: "Organization", track: "minmax(96px, 1fr)", least: 96, need: 6,
    cell: (rows, row) => named(rows.organizations[rows.organization[row]]?.name),
  },
  camera: {
    sort: "camera", title: "Camera", track: "minmax(108px, 1.2fr)", least: 108, need: 1,
    cell: cameraCell,
  },
  decision: {
    sort: "decision", title: "Verdict", track: "92px", least: 92, need: 3, moves: true,
    cell: decisionCell,
  },
  match: {
    sort: "match", title: "Match", hint: "How a replay relates to the recorded score", track: "minmax(116px, 1.7fr)", least: 116, need: 5,
    cell: matchCell,
  },
  tubes: {
    sort: "tubes", title: "Tubes", track: "60px", least: 60, need: 9, numeric: true,
    cell: (rows, row) => (rows.tubes[row] === -1 ? NOTHING : rows.tubes[row]),
  },
  recorded: {
    sort: "recorded_score", title: "Recorded", hint: "Production's score", track: "76px", least: 76, need: 2, numeric: true,
    cell: (rows, row) => barredScore(rows.recorded[row]),
  },
  replayed: {
    sort: "replayed_score", title: "Replayed", hint: "The shown window's score", track: "76px", least: 76, need: 7, numeric: true,
    cell: (rows, row) => score(rows.replayed[row]),
  },
  frames: {
    sort: "frames", title: "Frames", track: "96px", least: 96, need: 8, numeric: true,
    cell: framesText,
  },
  label: {
    sort: "label", title: "Ground truth", track: "112px", least: 112, need: 5,
    cell: (rows, row) => mark(LABELS[rows.label[row]], WORDS.label[LABELS[rows.label[row]]]),
  },
  outcome: {
    sort: "outcome", title: "Correctness", track: "minmax(116px, 1fr)", least: 116, need: 3, moves: true,
    cell: outcomeCell,
  },
};

/** @param {...string} names
 * @returns {Column[]} */
const columns = (...names) => names.map((name) => COLUMNS[name]);

export const MONITOR = columns("started", "organization", "camera", "decision", "match", "tubes", "recorded", "replayed", "frames");
export const EVALUATION = [...columns("started", "organization", "camera", "label", "decision", "outcome", "tubes"), { ...COLUMNS.recorded, title: "Prob" }];

/** @type {[string, string][]} */
export const CARD_SORTS = [
  [DEFAULT_SORT, "Newest first"],
  ["started_at", "Oldest first"],
  ["-recorded_score", "Highest score first"],
  ["recorded_score", "Lowest score first"],
  ["match", "By match"],
  ["camera", "By camera"],
];

/** A row as a card of two lines, for narrow screens.
 * @param {Rows} rows
 * @param {number} row
 * @param {Context} context
 * @returns {unknown} */
export function card(rows, row, context) {
  return html`<div class="card-line" role="gridcell"><span class="card-camera">${cameraCell(rows, row)}<span class="muted cut">${shownName(rows.organizations[rows.organization[row]]?.name, 60)}</span></span><span class="muted">${formatTime(rows.startedAt[row])}</span></div>
    <div class="card-line" role="gridcell">
      ${decisionCell(rows, row, context)}${context.evaluating ? outcomeCell(rows, row, context) : matchCell(rows, row)}
      <span class="card-score">${barredScore(rows.recorded[row])}</span>
    </div>`;
}
