/** Sequences a second against how many were replayed at once: where more replicas stop to help. */
import { formatCount, NOTHING, shownName } from "../format.js";
import { html, useMemo } from "../html.js";
import { imageWords, sizeWords, spanWords } from "../overview/words.js";
import { axis, colour, Plot } from "../plot.js";

/** @typedef {import("./types.js").Compared} Compared */
/** @typedef {import("./types.js").Sample} Sample */

const TOKENS = ["--accent", "--keep", "--dropped", "--right"];
const DASHES = [[], [6, 4], [2, 3], [8, 3, 2, 3]];

/** uPlot's columns: each concurrency once, and each release's median there.
 * @param {Compared[]} compared
 * @returns {{ releases: string[], data: (number | null)[][] }} */
export function columnsOf(compared) {
  const releases = [...new Set(compared.map((each) => each.release_reference))].slice(0, TOKENS.length);
  const steps = [...new Set(compared.map(({ concurrency }) => concurrency))].sort((a, b) => a - b);
  const at = (/** @type {string} */ release, /** @type {number} */ step) => compared.find((each) => each.release_reference === release && each.concurrency === step)?.sequences_per_second ?? null;
  return { releases, data: [steps, ...releases.map((release) => steps.map((step) => at(release, step)))] };
}

/** @param {{ compared: Compared[], own: Sample[] }} props own: of the run that is told */
export function Throughput({ compared, own }) {
  const text = JSON.stringify(compared);
  const { releases, data } = useMemo(() => columnsOf(compared), [text]);
  const make = (/** @type {HTMLElement} */ element) => {
    const steps = data[0] ?? [];
    return {
      padding: [10, 14, 0, 0],
      scales: { x: { time: false, range: () => [Math.min(1, ...steps.map(Number)) - 0.5, Math.max(...steps.map(Number)) + 0.5] }, y: { range: (/** @type {unknown} */ _, /** @type {number} */ _low, /** @type {number} */ high) => [0, (high || 1) * 1.15] } },
      axes: [
        { ...axis(element), size: 28, splits: () => steps, values: (/** @type {unknown} */ _, /** @type {number[]} */ splits) => splits.map(String) },
        { ...axis(element), size: 44, values: (/** @type {unknown} */ _, /** @type {number[]} */ splits) => splits.map((value) => value.toFixed(1)) },
      ],
      series: [{}, ...releases.map((_, at) => ({ stroke: () => colour(element, TOKENS[at] ?? "--muted"), dash: DASHES[at], width: 2, spanGaps: true, points: { show: true, size: 7, fill: () => colour(element, TOKENS[at] ?? "--muted") } }))],
    };
  };
  return html`<section class="card" aria-label="Throughput">
    <h2 class="eyebrow">Throughput against concurrency</h2>
    ${compared.length === 0
      ? html`<p class="muted">No batch of its releases was measured.</p>`
      : html`<${Plot} key=${releases.join(" ")} make=${make} data=${data} height=${190} />
        <p class="muted plot-note">sequences a second over sequences at once; medians of every batch of
          ${releases.map((release, at) => html` <span class=${`plot-key key-${at}`} key=${release}>${imageWords({ reference: release, identity: null })}</span>`)}</p>
        <div class="unseen"><table><caption>Medians</caption><thead><tr><th>release</th><th>at once</th><th>batches</th><th>a second</th></tr></thead>
          <tbody>${compared.map((each) => html`<tr key=${`${each.release_reference} ${each.concurrency}`}><td>${each.release_reference}</td><td>${each.concurrency}</td><td>${each.batches}</td><td>${each.sequences_per_second}</td></tr>`)}</tbody></table></div>`}
    ${own.length > 0 && html`<div class="table-scroll" tabindex="0" role="group" aria-label="Batches of this run"><table class="lines-of samples"><caption class="unseen">Batches of this run</caption>
      <thead><tr><th scope="col">Batch of</th><th scope="col" class="number">at once</th><th scope="col" class="number">sequences</th><th scope="col" class="number">a second</th><th scope="col" class="number">took</th><th scope="col">phases</th><th scope="col" class="number">memory</th></tr></thead>
      <tbody>${own.map((each) => html`<tr key=${each.id}><th scope="row">${shownName(each.api_version, 30)}</th><td class="number">${each.concurrency}</td><td class="number">${formatCount(each.sequences)}</td>
        <td class="number">${each.sequences_per_second?.toFixed(2) ?? NOTHING}</td><td class="number">${spanWords(each.seconds)}</td>
        <td>${Object.entries(each.phases).map(([name, milliseconds]) => html`<span class="phase-part" key=${name}><span class="muted">${name}</span> ${(milliseconds / 1000).toFixed(1)} s</span> `)}</td>
        <td class="number">${sizeWords(each.ram_bytes)}</td></tr>`)}</tbody></table></div>`}
  </section>`;
}
