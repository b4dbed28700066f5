/** The reliability diagram: the share of smoke against the mean score, bin by bin, beside the diagonal it should follow. */
import { formatCount } from "../format.js";
import { html, useMemo, useRef } from "../html.js";
import { axis, colour, Plot } from "../plot.js";

/** @typedef {import("./measures.js").Calibration} Calibration */

const HEIGHT = 188;

/** What uPlot draws: the diagonal, and the bins as dots as large as they hold rows.
 * @param {HTMLElement} element
 * @param {() => Calibration} current
 * @returns {any} */
function options(element, current) {
  const tenths = {
    ...axis(element),
    values: (/** @type {unknown} */ _, /** @type {number[]} */ splits) => splits.map((split) => split.toFixed(1)),
    splits: () => [0, 0.2, 0.4, 0.6, 0.8, 1],
  };
  const draw = (/** @type {import("uplot").default} */ plot) => {
    const { ctx } = plot;
    const { count, bins } = current();
    const at = (/** @type {number} */ x, /** @type {number} */ y) => /** @type {const} */ ([plot.valToPos(x, "x", true), plot.valToPos(y, "y", true)]);
    ctx.save();
    ctx.strokeStyle = colour(element, "--border-strong");
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(...at(0, 0));
    ctx.lineTo(...at(1, 1));
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.fillStyle = ctx.strokeStyle = colour(element, "--accent");
    const filled = bins.filter((bin) => bin.count > 0);
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    filled.forEach((bin) => ctx.lineTo(...at(bin.score, bin.smoke)));
    ctx.stroke();
    for (const bin of filled) {
      ctx.beginPath();
      ctx.arc(...at(bin.score, bin.smoke), (2.5 + 5 * Math.sqrt(bin.count / count)) * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.restore();
  };
  return {
    padding: [8, 8, 0, 0],
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1] } },
    axes: [{ ...tenths, size: 24 }, { ...tenths, size: 32 }],
    series: [{}, { show: false }],
    hooks: { draw: [draw] },
  };
}

/** @param {{ calibration: Calibration }} props */
export function Reliability({ calibration }) {
  const current = useRef(calibration);
  current.current = calibration;
  const make = (/** @type {HTMLElement} */ element) => options(element, () => current.current);
  // The hook draws; other bins are other data all the same, so that it draws them.
  const corners = useMemo(() => [[0, 1], [0, 1]], [calibration]);
  const filled = calibration.bins.map((bin, at) => ({ ...bin, at })).filter((bin) => bin.count > 0);
  return html`<figure class="reliability">
    <${Plot} make=${make} data=${corners} height=${HEIGHT} />
    <figcaption class="muted"><span>share of smoke over mean score, ten bins</span></figcaption>
    <table class="unseen">
      <caption>Reliability by bin of the score</caption>
      <thead><tr><th>from</th><th>sequences</th><th>mean score</th><th>share of smoke</th></tr></thead>
      <tbody>${filled.map((bin) => html`<tr key=${bin.at}><td>${(bin.at / 10).toFixed(1)}</td><td>${formatCount(bin.count)}</td><td>${bin.score.toFixed(3)}</td><td>${bin.smoke.toFixed(3)}</td></tr>`)}</tbody>
    </table>
  </figure>`;
}
