/** Where and when: cameras over days, or weeks; in strict mode the fixed thresholds, which know no cameras. */
import { plural, shownName } from "../format.js";
import { classes, html, useEffect, useRef, useState } from "../html.js";
import { moveCell } from "../places.js";
import { Severity } from "./marks.js";
import { cameraCell, columnsOf, dayCell, HIGH, NONE, thresholdCell, worstCameras } from "./store.js";
import { held, navigate, route, shownDay } from "./state.js";
import { nameOf, shortDay, signed, signOf, thresholdWords, wordOf } from "./words.js";

/** @typedef {import("./store.js").Cell} Cell */
/** @typedef {import("./store.js").Column} Column */
/** @typedef {{ key: string, name: string, camera: string | null, cell: (column: Column) => Cell }} Row camera: null: no one's */

const MOST = 60;

/** @param {import("./types.js").Period} period
 * @returns {Row[]} */
function rowsOf(period) {
  const mode = route.value.mode;
  /** @type {Row[]} */
  const all = [{ key: "", name: mode === "strict" ? "Verdict" : "All together", camera: "", cell: (column) => dayCell(period, mode, column) }];
  if (mode === "strict") {
    return [...all, ...period.strict.map((each) => ({ key: each.name, name: thresholdWords(each.name), camera: null, cell: (/** @type {Column} */ column) => thresholdCell(each, column) }))];
  }
  return [...all, ...worstCameras(period).slice(0, MOST).map(({ camera }) => {
    const name = period.cameras[camera]?.name ?? "";
    return { key: name, name, camera: name, cell: (/** @type {Column} */ column) => cameraCell(period, camera, column) };
  })];
}

/** What a cell says to who cannot see it.
 * @param {import("./types.js").Period} period
 * @param {Row} row
 * @param {Column} column
 * @param {Cell} cell
 * @param {boolean} weeks */
function cellWords(period, row, column, cell, weeks) {
  const when = weeks ? `week of ${column.key}` : column.key;
  const what = cell.rank === NONE ? "not there" : row.camera === null ? (cell.rank === HIGH ? "exceeded" : wordOf(nameOf(cell.rank))) : wordOf(nameOf(cell.rank));
  const metric = cell.rank > 1 && cell.metric !== NONE ? `, ${period.metrics[cell.metric]?.label} ${signed(cell.effect)}` : "";
  const days = weeks && cell.open > 0 ? `, ${plural(cell.open, "day")} of alarm` : "";
  const quality = cell.quality.length > 0 ? `, ${plural(cell.quality.length, "data-quality alarm")}` : "";
  return `${shownName(row.name, 60)}, ${when}: ${what}${metric}${days}${quality}`;
}

/** A cell that says nothing cannot be chosen, nor focused.
 * @param {Cell} cell */
const saysSomething = (cell) => cell.rank !== NONE || cell.quality.length > 0;

/** Where Tab leads: to where the keyboard was last, until it came to the shown day; where nothing can be focused there,
 * to what is nearest, in the same row first.
 * @param {Cell[][]} table
 * @param {number} row -1: it went, or the keyboard was nowhere yet
 * @param {number} column likewise
 * @param {number} shown the shown day's column
 * @returns {[number, number]} row, column */
function tabStop(table, row, column, shown) {
  const [y, x] = [Math.max(0, row), column === -1 ? shown : column];
  let [found, least] = [/** @type {[number, number]} */ ([y, x]), Infinity];
  table.forEach((cells, down) => cells.forEach((cell, across) => {
    const away = Math.abs(down - y) * cells.length + Math.abs(across - x);
    if (saysSomething(cell) && away < least) [found, least] = [[down, across], away];
  }));
  return found;
}

/** @param {{ weeks: boolean }} props */
function Key({ weeks }) {
  return html`<p class="heat-key">
    ${["high", "medium", "low", "none", "insufficient_data"].map((name) => html`<${Severity} key=${name} severity=${name} />`)}
    <span><span class="quality-sign" aria-hidden="true">!</span> data quality</span>
    ${weeks && html`<span class="muted">A week shows its worst day, and how many had an alarm.</span>`}
  </p>`;
}

export function Heat() {
  const period = held.value;
  const scroll = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [at, setAt] = useState({ row: "", column: "" });
  const { weeks, columns } = period === null ? { weeks: false, columns: [] } : columnsOf(period);
  useEffect(() => {
    // The newest days are what one comes for.
    if (scroll.current !== null) scroll.current.scrollLeft = scroll.current.scrollWidth;
  }, [columns.length, weeks]);
  if (period === null || columns.length === 0) return null;
  const rows = rowsOf(period);
  const day = shownDay.value;
  const shown = columns.findIndex((column) => column.days.some((place) => period.days.day[place] === day));
  const table = rows.map((each) => ({ each, cells: columns.map((column) => each.cell(column)) }));
  const stop = tabStop(table.map(({ cells }) => cells), rows.findIndex((each) => each.key === at.row), columns.findIndex((column) => column.key === at.column), shown);
  const choose = (/** @type {Row} */ chosen, /** @type {Cell} */ cell) => {
    navigate({ day: period.days.day[cell.at] ?? "", ...(chosen.camera !== null && { camera: chosen.camera }) });
  };
  const strict = route.value.mode === "strict";
  const left = period.cameras.length - MOST;
  const most = columns.length > 24 ? "dense" : columns.length > 12 ? "close" : "wide";
  return html`<section class="card" aria-labelledby="heat-title">
    <h2 id="heat-title" class="eyebrow">${strict ? "Fixed thresholds" : "Cameras"} by ${weeks ? "week" : "day"}</h2>
    <div class="heat-scroll" ref=${scroll} tabindex="-1">
      <table class=${`heat ${most}`} role="grid" aria-labelledby="heat-title" aria-rowcount=${rows.length + 1} onKeyDown=${moveCell}>
        <thead><tr aria-rowindex="1"><th scope="col"><span class="unseen">${strict ? "Threshold" : "Camera"}</span></th>
          ${columns.map((column, index) => html`<th key=${column.key} scope="col" class=${classes(index === shown && "shown")}>
            <span title=${column.key}>${shortDay(column.key).split(" ")[0]}</span>${(index === 0 || column.key.slice(0, 7) !== columns[index - 1]?.key.slice(0, 7)) && html`<span class="month">${shortDay(column.key).split(" ")[1]}</span>`}
          </th>`)}</tr></thead>
        <tbody>${table.map(({ each, cells }, y) => html`<tr key=${each.key} aria-rowindex=${y + 2} class=${classes(each.camera !== null && route.value.camera === each.camera && "chosen")}>
          <th scope="row" class="cut" title=${shownName(each.name, 400)}>${shownName(each.name, 60)}</th>
          ${columns.map((column, x) => {
            const cell = /** @type {Cell} */ (cells[x]);
            const here = () => setAt({ row: each.key, column: column.key });
            const words = cellWords(period, each, column, cell, weeks);
            const name = nameOf(cell.rank);
            return html`<td key=${column.key} role="gridcell" class=${classes(x === shown && "shown")}>
              <button type="button" class=${classes("cell row", name)} tabindex=${y === stop[0] && x === stop[1] ? 0 : -1} aria-label=${words} title=${words} disabled=${!saysSomething(cell)}
                onFocus=${here} onClick=${() => { here(); choose(each, cell); }}>${signOf(name)}${weeks && cell.open > 1 && html`<small>${cell.open}</small>`}${cell.quality.length > 0 && html`<span class="quality-sign">!</span>`}</button>
            </td>`;
          })}
        </tr>`)}</tbody>
      </table>
    </div>
    ${!strict && left > 0 && html`<p class="muted">${plural(left, "more camera")}: choose an organization, or see the report.</p>`}
    <${Key} weeks=${weeks} />
  </section>`;
}
