/** The reliability diagram: the share of smoke against the mean score, bin by bin, beside the diagonal it should follow. */
import { formatCount } from "./format.js";
import { html, useEffect, useRef } from "./html.js";

/** @typedef {import("./measures.js").Calibration} Calibration */

const HEIGHT = 188;

/** A token's colour as the canvas can take it: custom properties hold light-dark() unresolved, `color` does not.
 * @param {HTMLElement} element
 * @param {string} token
 * @returns {string} */
export function colour(element, token) {
  const before = element.style.color;
  element.style.color = `var(${token})`;
  const resolved = getComputedStyle(element).color;
  element.style.color = before;
  return resolved;
}

/** What uPlot draws: the diagonal, and the bins as dots as large as they hold rows.
 * @param {HTMLElement} element
 * @param {() => Calibration} current
 * @returns {any} */
function options(element, current) {
  const axis = {
    stroke: () => colour(element, "--muted"),
    grid: { stroke: () => colour(element, "--border"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
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
    width: Math.max(120, element.clientWidth),
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1] } },
    axes: [{ ...axis, size: 24 }, { ...axis, size: 32 }],
    series: [{}, { show: false }],
    hooks: { draw: [draw] },
  };
}

/** @param {{ calibration: Calibration }} props */
export function Reliability({ calibration }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {import("uplot").default | null} */ (null));
  const current = useRef(calibration);
  current.current = calibration;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let gone = false;
    const redraw = () => plot.current?.redraw();
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(120, element.clientWidth), height: HEIGHT }));
    const themed = new MutationObserver(redraw);
    const system = matchMedia("(prefers-color-scheme: dark)");
    // Only evaluation draws, so only evaluation loads the chart library.
    import("uplot").then(({ default: UPlot }) => {
      if (gone) return;
      plot.current = new UPlot(options(element, () => current.current), [[0, 1], [0, 1]], element);
      resize.observe(element);
      themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
      system.addEventListener("change", redraw);
    });
    return () => {
      gone = true;
      resize.disconnect();
      themed.disconnect();
      system.removeEventListener("change", redraw);
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.redraw(), [calibration]);
  const filled = calibration.bins.map((bin, at) => ({ ...bin, at })).filter((bin) => bin.count > 0);
  return html`<figure class="reliability">
    <div class="plot" ref=${box} aria-hidden="true"></div>
    <figcaption class="muted"><span>share of smoke over mean score, ten bins</span></figcaption>
    <table class="unseen">
      <caption>Reliability by bin of the score</caption>
      <thead><tr><th>from</th><th>sequences</th><th>mean score</th><th>share of smoke</th></tr></thead>
      <tbody>${filled.map((bin) => html`<tr key=${bin.at}><td>${(bin.at / 10).toFixed(1)}</td><td>${formatCount(bin.count)}</td><td>${bin.score.toFixed(3)}</td><td>${bin.smoke.toFixed(3)}</td></tr>`)}</tbody>
    </table>
  </figure>`;
}
