/** What the overview's panels share: their frame with its own freshness, bars, small lines. */
import { formatClock } from "../format.js";
import { classes, html } from "../html.js";
import { Guarded } from "../states.js";
import { sparkPath } from "./words.js";

/** A panel: its figures as they come; the last ones, and since when, where no newer ones do.
 * @template T
 * @param {object} props
 * @param {string} props.title
 * @param {string} [props.place] its class
 * @param {import("../panels.js").Panel<T>} props.panel
 * @param {(data: T) => unknown} props.draw
 * @param {unknown} [props.more] beside the title
 * @param {number} [props.lines] of the shape that waits for them */
export function Panel({ title, place, panel, draw, more, lines = 3 }) {
  const held = panel.held.value;
  const failed = panel.problem.value;
  const since = panel.lostSince.value;
  const old = held !== null && (held.stale || failed !== null);
  const when = held?.stale ? Date.parse(held.asOf) : since;
  return html`<section class=${classes("card", place, old && "old")} aria-label=${title} aria-busy=${held === null && failed === null}>
    <h2 class="eyebrow"><span>${title}</span>${old && html`<span class="mark warn stale-since">stale since ${formatClock(when)}</span>`}<span class="spring"></span>${more}</h2>
    ${held !== null
      ? html`<${Guarded} name=${title}><${Drawn} draw=${draw} data=${held.data} /><//>`
      : failed === null
        ? html`<${Waiting} lines=${lines} />`
        : html`<div class="panel-failed" role="alert"><p><span class="mark wrong">${failed.title}</span> ${failed.detail}</p>${failed.hint && html`<p class="muted">${failed.hint}</p>`}
            <button type="button" class="button" onClick=${panel.refresh}>Try again</button></div>`}
  </section>`;
}

/** @param {{ draw: (data: any) => unknown, data: unknown }} props */
const Drawn = ({ draw, data }) => draw(data);

/** @param {{ lines: number }} props */
export function Waiting({ lines }) {
  return html`<div class="panel-waits" aria-hidden="true">${Array.from({ length: lines }, (_, at) => html`<span key=${at} class="skeleton"></span>`)}</div>`;
}

/** A bar that repeats a share that is written beside it.
 * @param {{ part: number, tone?: string }} props part: 0 to 1 */
export function Bar({ part, tone = "" }) {
  return html`<span class=${`meter ${tone}`} style=${{ "--part": String(Math.min(1, Math.max(0, part))) }} aria-hidden="true"></span>`;
}

/** @param {{ values: number[], label: string }} props values: oldest first */
export function Sparkline({ values, label }) {
  const path = sparkPath(values, 160, 32);
  if (path === "") return null;
  return html`<svg class="spark" viewBox="0 0 160 32" preserveAspectRatio="none" role="img" aria-label=${label}><path d=${path} /></svg>`;
}

/** @param {{ facts: [string, unknown][] }} props */
export function Facts({ facts }) {
  return html`<dl class="facts-line">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
