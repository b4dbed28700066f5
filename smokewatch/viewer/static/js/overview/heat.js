/** Where the match rate is low: organizations or releases by the length of the window. A cell leads to its history. */
import { plural, shownName } from "../format.js";
import { classes, html, useState } from "../html.js";
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
  const [at, setAt] = useState(/** @type {[number, number]} */ ([0, 0]));
  const { lengths } = data;
  const rows = data[by];
  if (rows.length === 0) return html`<p class="muted">Nothing was replayed in the last ${data.days} days.</p>`;
  const y = Math.min(at[0], rows.length - 1);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const to = {
      ArrowRight: [y, at[1] + 1], ArrowLeft: [y, at[1] - 1], ArrowDown: [y + 1, at[1]], ArrowUp: [y - 1, at[1]],
      Home: [y, 0], End: [y, lengths.length - 1],
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const limited = (/** @type {number | undefined} */ value, /** @type {number} */ count) => Math.min(count - 1, Math.max(0, value ?? 0));
    const next = /** @type {[number, number]} */ ([limited(to[0], rows.length), limited(to[1], lengths.length)]);
    setAt(next);
    const line = /** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("tbody tr")[next[0]];
    /** @type {HTMLElement | null | undefined} */ (line?.querySelectorAll("td")[next[1]]?.querySelector(".cell"))?.focus();
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
        const stop = line === y && place === at[1] ? 0 : -1;
        const where = `${name}, ${length} frames:`;
        if (cell === null) return html`<td key=${length} role="gridcell"><span class="cell nothing" tabindex=${stop} onFocus=${() => setAt([line, place])}><span class="unseen">${where} nothing replayed</span></span></td>`;
        const query = new URLSearchParams({ [by]: row.value, frames: length });
        return html`<td key=${length} role="gridcell"><a class=${classes("cell", rateTone(cell.rate))} href=${`/history?${query}`} tabindex=${stop} title=${`${where} ${explainedWords(cell)}`}
          onFocus=${() => setAt([line, place])}><span class="unseen">${where} </span><${Share} rate=${cell.rate} /><small><span class="unseen">of </span>${cell.replayed}</small></a></td>`;
      })}
    </tr>`;
    })}</tbody>
  </table></div>
  <p class="heat-key"><span class="share good">80 % and more</span><span class="share fair"><span class="sign" aria-hidden="true">▽</span>60 to 80 %</span><span class="share poor"><span class="sign" aria-hidden="true">▼</span>below 60 %</span>
    <span class="muted">distinct frames of the sequence; ${plural(data.days, "day")}; small: how many were replayed</span></p>`;
}

export const HeatPanel = () => html`<${Panel} title="Match rate by window length" place="heat-panel" panel=${heat} draw=${(/** @type {Heat} */ data) => html`<${Table} data=${data} />`} lines=${5} more=${html`<${Cut} />`} />`;
