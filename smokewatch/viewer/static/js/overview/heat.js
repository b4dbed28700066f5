/** Where the match rate is low: organizations or releases by the length of the window. A cell leads to its history. */
import { plural, shownName } from "../format.js";
import { classes, html, useState } from "../html.js";
import { moveCell } from "../places.js";
import { Share } from "./matching.js";
import { Panel } from "./parts.js";
import { CUTS } from "./route.js";
import { heat, navigate, route } from "./state.js";
import { explainedWords, rateTone } from "./words.js";

/** @typedef {import("./types.js").Heat} Heat */

const NAMES = { organization: "Organization", release: "Release" };

function Cut() {
  return html`<span class="cut-by" role="group" aria-label="Rows">${CUTS.map((by) => html`<button key=${by} type="button" class="button" aria-pressed=${route.value.by === by} onClick=${() => navigate({ by })}>${NAMES[by]}</button>`)}</span>`;
}

/** @param {{ data: Heat }} props */
function Table({ data }) {
  const { by } = route.value;
  const [at, setAt] = useState({ row: "", length: "" });
  const { lengths } = data;
  const rows = data[by];
  if (rows.length === 0) return html`<p class="muted">Nothing was replayed in the last ${data.days} days.</p>`;
  // By name, as rows come and go.
  const y = Math.max(0, rows.findIndex(({ value }) => value === at.row));
  const x = Math.max(0, lengths.findIndex((length) => length === at.length));
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    // The page scrolls by the others.
    if (!event.key.startsWith("Page") && moveCell(event)) event.stopPropagation();
  };
  return html`<div class="heat-scroll"><table class="heat wide rates-heat" role="grid" aria-label="Match rate by window length" onKeyDown=${onKeyDown}>
    <thead><tr><th scope="col" class="heat-corner">${NAMES[by]}</th>${lengths.map((length) => html`<th key=${length} scope="col">${length}</th>`)}</tr></thead>
    <tbody>${rows.map((row, line) => {
      const source = row.value.slice(0, row.value.lastIndexOf(":"));
      // Names repeat between servers.
      const name = `${shownName(row.name, 60)}${rows.some((other) => other !== row && other.name === row.name) ? ` (${source})` : ""}`;
      return html`<tr key=${row.value}>
      <th scope="row" class="cut" title=${name}>${name}</th>
      ${lengths.map((length, place) => {
        const cell = row.cells[place] ?? null;
        const stop = line === y && place === x ? 0 : -1;
        const here = () => setAt({ row: row.value, length });
        const where = `${name}, ${length} frames:`;
        if (cell === null) return html`<td key=${length} role="gridcell"><span class="cell nothing" tabindex=${stop} onFocus=${here}><span class="unseen">${where} nothing replayed</span></span></td>`;
        const query = new URLSearchParams({ [by]: row.value, frames: length });
        return html`<td key=${length} role="gridcell"><a class=${classes("cell", rateTone(cell.rate))} href=${`/history?${query}`} tabindex=${stop} title=${`${where} ${explainedWords(cell)}`}
          onFocus=${here}><span class="unseen">${where} </span><${Share} rate=${cell.rate} /><small><span class="unseen">of </span>${cell.replayed}</small></a></td>`;
      })}
    </tr>`;
    })}</tbody>
  </table></div>
  <p class="heat-key"><span class="share good">80 % and more</span><span class="share fair"><span class="sign" aria-hidden="true">▽</span>60 to 80 %</span><span class="share poor"><span class="sign" aria-hidden="true">▼</span>below 60 %</span>
    <span class="muted">distinct frames of the sequence; ${plural(data.days, "day")}; small: how many were replayed</span></p>`;
}

export const HeatPanel = () => html`<${Panel} title="Match rate by window length" place="heat-panel" panel=${heat} draw=${(/** @type {Heat} */ data) => html`<${Table} data=${data} />`} lines=${5} more=${html`<${Cut} />`} />`;
