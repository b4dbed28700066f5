/** The table's columns in both modes, which of them fit, and what a cell holds. */
import { formatExact, formatScore, formatTime, NOTHING, shownName, words, WORDS } from "./format.js";
import { html } from "./html.js";
import { DECISIONS, LABELS, MATCHES, OUTCOMES } from "./route.js";
import { CONTRADICTORY } from "./store.js";

/** @typedef {import("./store.js").Rows} Rows */
/** @typedef {{ decision: number, outcome: number }} Verdict decision: production's, or the threshold's in evaluation;
 * outcome: -1 outside of it */
/** @typedef {{
 *   sort: string, title: string, hint?: string, track: string, least: number, need: number, numeric?: boolean,
 *   cell: (rows: Rows, row: number, verdict: Verdict) => unknown,
 * }} Column sort: the name it sorts by; track: its grid track; least: its narrowest width in px; need: who goes first
 * where not all fit, 1 the last to go */

/** @param {string} kind
 * @param {string} text
 * @returns {unknown} */
const mark = (kind, text) => html`<span class=${`mark ${kind}`}>${text}</span>`;

/** A name that may be anything: shown in one line, read whole on hover.
 * @param {string | undefined} name
 * @returns {unknown} */
const named = (name) => html`<span class="cut" title=${shownName(name, 400)}>${shownName(name)}</span>`;

/** @param {Rows} rows
 * @param {number} row
 * @returns {unknown} */
function cameraCell(rows, row) {
  return html`${named(rows.cameras[rows.camera[row]]?.name)}${rows.deleted[row] === 1 && html`<span class="row-tag" title="deleted in the alert API">deleted</span>`}`;
}

/** @param {number} score
 * @param {boolean} bar whether a bar below repeats it
 * @returns {unknown} */
function scoreCell(score, bar) {
  if (Number.isNaN(score)) return html`<span class="muted">${NOTHING}</span>`;
  const style = bar ? { "--score": String(Math.min(1, Math.max(0, score))) } : undefined;
  return html`<span class=${bar ? "row-score" : ""} style=${style} title=${formatExact(score)}>${formatScore(score)}</span>`;
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

/** @param {number} decision
 * @returns {unknown} */
function decisionMark(decision) {
  const name = DECISIONS[decision];
  return mark(name, WORDS.decision[name]);
}

const TONES = ["right", "wrong", "wrong", "right"];

/** @param {number} outcome
 * @returns {unknown} */
function outcomeMark(outcome) {
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
    sort: "decision", title: "Verdict", track: "92px", least: 92, need: 3,
    cell: (_rows, _row, { decision }) => decisionMark(decision),
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
    cell: (rows, row) => scoreCell(rows.recorded[row], true),
  },
  replayed: {
    sort: "replayed_score", title: "Replayed", hint: "The shown window's score", track: "76px", least: 76, need: 7, numeric: true,
    cell: (rows, row) => scoreCell(rows.replayed[row], false),
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
    sort: "outcome", title: "Correctness", track: "minmax(116px, 1fr)", least: 116, need: 3,
    cell: (_rows, _row, { outcome }) => outcomeMark(outcome),
  },
};

const MONITOR = ["started", "organization", "camera", "decision", "match", "tubes", "recorded", "replayed", "frames"];
const EVAL = ["started", "organization", "camera", "label", "decision", "outcome", "tubes", "recorded"];
const GAP = 12;
const EDGES = 24;

/** The columns that fit a width.
 * @param {boolean} evaluating
 * @param {number} width px
 * @returns {Column[]} */
export function columnsFor(evaluating, width) {
  const all = (evaluating ? EVAL : MONITOR).map((name) => COLUMNS[name]);
  if (evaluating) all[all.length - 1] = { ...COLUMNS.recorded, title: "Prob" };
  const byNeed = [...all].sort((a, b) => a.need - b.need);
  let left = width - EDGES + GAP;
  const fitting = new Set();
  for (const column of byNeed) {
    left -= column.least + GAP;
    if (left < 0) break;
    fitting.add(column.sort);
  }
  return all.filter((column) => fitting.has(column.sort));
}

/** A row as a card of two lines, for narrow screens.
 * @param {Rows} rows
 * @param {number} row
 * @param {Verdict} verdict
 * @returns {unknown} */
export function card(rows, row, { decision, outcome }) {
  return html`<div class="card-line" role="gridcell"><span class="card-camera">${cameraCell(rows, row)}<span class="muted cut">${shownName(rows.organizations[rows.organization[row]]?.name, 60)}</span></span><span class="muted">${formatTime(rows.startedAt[row])}</span></div>
    <div class="card-line" role="gridcell">
      ${decisionMark(decision)}${outcome === -1 ? matchCell(rows, row) : outcomeMark(outcome)}
      <span class="card-score">${scoreCell(rows.recorded[row], true)}</span>
    </div>`;
}
