/** Whether scores still mean what they say: the calibration error of labelled sequences, day by day. */
import { formatCount, plural } from "../format.js";
import { html, useMemo } from "../html.js";
import { axis, colour, Plot } from "../plot.js";
import { Panel } from "./parts.js";
import { quality } from "./state.js";

const HEIGHT = 150;

/** @param {HTMLElement} element */
const make = (element) => ({
  padding: [8, 12, 0, 0],
  scales: { x: { time: true }, y: { range: (/** @type {unknown} */ _, /** @type {number} */ _low, /** @type {number} */ high) => [0, Math.max(0.1, high * 1.15 || 0)] } },
  axes: [
    { ...axis(element), size: 26, space: 64, values: (/** @type {unknown} */ _, /** @type {number[]} */ splits) => splits.map((at) => new Date(at * 1000).toISOString().slice(5, 10)) },
    { ...axis(element), size: 40, values: (/** @type {unknown} */ _, /** @type {number[]} */ splits) => splits.map((each) => each.toFixed(2)) },
  ],
  series: [{}, { stroke: () => colour(element, "--accent"), fill: () => colour(element, "--accent-soft"), width: 2, spanGaps: true, points: { show: true, size: 6, fill: () => colour(element, "--accent") } }],
});

/** @param {{ days: import("./types.js").Quality["calibration"]["days"] }} props */
function Chart({ days }) {
  const text = JSON.stringify(days);
  const data = useMemo(() => [days.map(({ day }) => Date.parse(`${day}T00:00:00Z`) / 1000), days.map(({ ece }) => ece)], [text]);
  return html`<${Plot} make=${make} data=${data} height=${HEIGHT} />`;
}

/** @param {import("./types.js").Quality} data */
function draw({ calibration: { labelled, ece, days } }) {
  const known = days.filter((day) => day.ece !== null);
  return html`<p class="ece"><strong>${ece === null ? "not known" : ece.toFixed(3)}</strong> <span class="muted">calibration error of ${plural(labelled, "labelled sequence")}, last 30 days; 0 is right</span></p>
    ${known.length === 0
      ? html`<p class="muted">No day has ten labelled sequences.</p>`
      : html`<${Chart} days=${known} />
        <div class="unseen"><table><caption>Calibration error by day</caption><thead><tr><th>day</th><th>labelled</th><th>error</th></tr></thead>
          <tbody>${known.map((day) => html`<tr key=${day.day}><td>${day.day}</td><td>${formatCount(day.labelled)}</td><td>${day.ece?.toFixed(3)}</td></tr>`)}</tbody></table></div>`}`;
}

export const CalibrationPanel = () => html`<${Panel} title="Calibration by day" place="calibration" panel=${quality} draw=${draw} lines=${5} more=${html`<a href="/replay?mode=eval">Evaluation</a>`} />`;
