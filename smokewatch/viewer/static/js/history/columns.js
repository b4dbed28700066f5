/** The history's columns, and a line as a card for narrow screens. */
import { named, score } from "../cells.js";
import { formatDifference, formatSeconds, formatSpan, formatTime, NOTHING, shownName, words, WORDS } from "../format.js";
import { html } from "../html.js";

/** @typedef {import("../overview/types.js").HistoryRow} HistoryRow */
/** @typedef {import("./pages.js").Rows} Rows */
/** @typedef {import("../grid.js").Column} Column */

/** @param {HistoryRow} row */
function status({ status: name, drop_reason: reason, ambiguous, detail }) {
  return html`<span class=${`mark ${name}`} title=${detail}>${WORDS.match[name] ?? name}</span>${ambiguous && html`<span class="row-tag" title="Ambiguous: every window of this sequence scores alike">alike</span>`}${reason !== null && html`<span class="muted cut" title=${words(reason)}>${words(reason)}</span>`}`;
}

/** How many frames explain the score: all of them, or the first ones.
 * @param {HistoryRow} row
 * @returns {string} */
function frames({ status: name, frames: all, matched_frames: matched }) {
  if (all === null) return NOTHING;
  return name === "window" && matched !== null ? `first ${matched} of ${all}` : String(all);
}

/** @param {string} title
 * @param {string} track
 * @param {number} least
 * @param {number} need
 * @param {(row: HistoryRow) => unknown} draw
 * @param {Partial<Column>} [more]
 * @returns {Column} */
function column(title, track, least, need, draw, more) {
  return { sort: title, title, track, least, need, cell: (/** @type {Rows} */ rows, row) => {
    const line = rows.items[row];
    return line === undefined ? null : draw(line);
  }, ...more };
}

/** @type {Column[]} */
export const COLUMNS = [
  column("Time", "140px", 140, 2, ({ at }) => html`<time datetime=${at}>${formatSeconds(at)}</time>`, { hint: "When it was decided, UTC" }),
  column("Organization", "minmax(96px, 1fr)", 96, 6, ({ organization }) => named(organization?.name)),
  column("Camera", "minmax(108px, 1.2fr)", 108, 1, ({ camera, key }) => named(camera?.name ?? key)),
  column("Release", "76px", 76, 7, ({ api_version: version }) => named(version)),
  column("Status", "minmax(116px, 1.7fr)", 116, 3, status, { hint: "How the replay relates to the recorded score" }),
  column("Recorded", "72px", 72, 4, ({ recorded_score: value }) => score(value), { numeric: true, hint: "Production's score" }),
  column("Replayed", "72px", 72, 5, ({ replayed_score: value }) => score(value), { numeric: true, hint: "The matched or nearest window's score" }),
  column("Difference", "80px", 80, 9, ({ difference }) => formatDifference(difference), { numeric: true }),
  column("Frames", "92px", 92, 10, frames, { numeric: true }),
  column("Took", "64px", 64, 8, ({ milliseconds }) => formatSpan(milliseconds), { numeric: true, hint: "The matched or nearest window, when it was computed" }),
  column("Run", "84px", 84, 11, ({ kind }) => named(words(kind))),
];

/** @param {Rows} rows
 * @param {number} at
 * @returns {unknown} */
export function card(rows, at) {
  const row = rows.items[at];
  if (row === undefined) return null;
  return html`<div class="card-line" role="gridcell"><span class="card-camera">${named(row.camera?.name ?? row.key)}<span class="muted cut">${shownName(row.organization?.name, 60)}</span></span><span class="muted">${formatTime(row.at)}</span></div>
    <div class="card-line" role="gridcell">${status(row)}<span class="card-score">${score(row.replayed_score ?? row.recorded_score)}</span></div>`;
}
