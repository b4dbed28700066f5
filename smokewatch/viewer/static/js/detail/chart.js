// The score of every computed window against the recorded one with its tolerance, or their differences (log scale).

import { asProblem } from "../fetching.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { formatScore } from "../format.js";
import { useSize } from "../measuring.js";
import { Segments } from "./segments.js";
import { TOLERANCE, matchedWord } from "./words.js";

/** @import { Detail, Probe } from "./types.js" */
/** @typedef {"score" | "difference"} Quantity */
/**
 * What is plotted, left to right as production saw more rows.
 * @typedef {object} Plotted
 * @property {Probe[]} probes
 * @property {number | null} recorded
 * @property {number | null} threshold the package's
 * @property {string} shown the request that the verdict names
 */

const HEIGHT = 190;
/** The smallest difference on the log scale: equal scores have none. */
const FLOOR = 1e-8;
const LOG = [FLOOR, 1e-6, TOLERANCE, 1e-4, 1e-2, 1];
const LOG_WORDS = ["0", "1e-6", "1e-5", "1e-4", "0.01", "1"];
const UNIT = [0, 0.2, 0.4, 0.6, 0.8, 1];
/** @type {Record<Quantity, string>} */
const TITLES = {
  score: "Score of each window, against the recorded one",
  difference: "Difference from the recorded score",
};
const CHOICES = [
  ["score", "Scores"],
  ["difference", "Differences"],
];

/** @param {{detail: Detail}} props */
export function Chart({ detail }) {
  const [box, { width }] = useSize();
  const target = useRef(/** @type {HTMLElement | null} */ (null));
  const [quantity, setQuantity] = useState(/** @type {Quantity} */ ("score"));
  const [failed, setFailed] = useState("");
  const [themed, setThemed] = useState(0);
  useEffect(() => {
    // The canvas takes its colours from the theme once: another theme draws it again.
    const again = () => setThemed((times) => times + 1);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const observer = new MutationObserver(again);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    scheme.addEventListener("change", again);
    return () => {
      observer.disconnect();
      scheme.removeEventListener("change", again);
    };
  }, []);
  useEffect(() => {
    const element = target.current;
    if (!element || width === 0) return undefined;
    let plot = /** @type {{destroy(): void} | null} */ (null);
    let gone = false;
    import("uplot").then(
      ({ default: UPlot }) => {
        if (gone) return;
        setFailed("");
        const shown = plotted(detail);
        plot = new UPlot(options(shown, quantity, width, element), series(shown, quantity), element);
      },
      (error) => gone || setFailed(asProblem(error).message),
    );
    return () => {
      gone = true;
      plot?.destroy();
    };
  }, [detail, quantity, width, themed]);
  return html`<section>
    <div class="section-head">
      <h3 class="eyebrow">${TITLES[quantity]}</h3>
      <${Segments} name="Plotted" choices=${CHOICES} chosen=${quantity} choose=${setQuantity} />
    </div>
    ${failed && html`<p class="note">The chart could not be loaded: ${failed}</p>`}
    <div class="chart" ref=${box}>
      <div ref=${target} role="img" aria-label=${chartWords(detail)}></div>
    </div>
    <p class="muted chart-legend">
      <span><i class="key key-point"></i> window</span>
      <span><i class=${`key key-${matchedWord(detail.verdict)}`}></i> ${matchedWord(detail.verdict)}</span>
      <span><i class="key key-open"></i> not computed</span>
      <span><i class="key key-line"></i> ${quantity === "score" ? "recorded ± 1e-5" : "tolerance 1e-5"}</span>
      ${quantity === "score" &&
      detail.package_threshold !== null &&
      html`<span><i class="key key-dash"></i> package threshold ${String(detail.package_threshold)}</span>`}
    </p>
  </section>`;
}

/** @param {Detail} detail */
function chartWords({ verdict, recorded }) {
  const known = (verdict?.windows ?? []).filter((probe) => probe.score !== null);
  const said = known.map((probe) => `${probe.seen_frames} frames: ${formatScore(probe.score)}`);
  return `Recorded ${formatScore(recorded.score)}. ${said.join(", ")}`.slice(0, 1000);
}

/** @param {Detail} detail @returns {Plotted} */
function plotted({ verdict, package_threshold: threshold }) {
  return {
    probes: [...(verdict?.windows ?? [])].sort((a, b) => a.seen_rows - b.seen_rows),
    recorded: verdict?.recorded_score ?? null,
    threshold,
    shown: verdict?.request_sha256 ?? "",
  };
}

/**
 * @param {Plotted} plot
 * @param {Quantity} quantity
 * @returns {(number | null)[][]} x; value of each window
 */
function series({ probes, recorded }, quantity) {
  const value = (/** @type {Probe} */ { score }) => {
    if (score === null || quantity === "score") return score;
    return recorded === null ? null : Math.max(FLOOR, Math.abs(score - recorded));
  };
  return [probes.map((_, index) => index), probes.map(value)];
}

/**
 * @param {Plotted} plot
 * @param {Quantity} quantity
 * @param {number} width px
 * @param {HTMLElement} element whose styles colour it
 */
function options(plot, quantity, width, element) {
  const style = getComputedStyle(element);
  const colour = (/** @type {string} */ name) => resolved(element, name);
  const font = `11px ${style.fontFamily}`;
  const grid = { stroke: colour("--border"), width: 1 };
  const axis = { stroke: colour("--muted"), font, grid, ticks: { show: false } };
  const log = quantity === "difference";
  const last = Math.max(0, plot.probes.length - 1);
  // Numbers of frames need some 34 px each: where there are more, only every so many are written.
  const every = Math.ceil(plot.probes.length / Math.max(1, width / 34));
  const written = plot.probes.map((_, index) => index).filter((index) => index % every === 0);
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [10, 12, 0, 0],
    scales: {
      x: { time: false, range: [-0.5, last + 0.5] },
      y: log ? { distr: 3, log: 10, range: [FLOOR, 1] } : { range: [0, 1] },
    },
    axes: [
      {
        ...axis,
        size: 34,
        splits: () => written,
        values: () => written.map((index) => String(plot.probes[index]?.seen_frames ?? "")),
      },
      {
        ...axis,
        size: 48,
        splits: () => (log ? LOG : UNIT),
        values: () => (log ? LOG_WORDS : UNIT.map((value) => value.toFixed(1))),
      },
    ],
    series: [{}, { stroke: colour("--border-strong"), width: 1, spanGaps: false, points: { show: false } }],
    hooks: { draw: [(/** @type {any} */ chart) => draw(chart, plot, quantity, colour)] },
  };
}

/**
 * A custom property as a colour that a canvas takes: light-dark() is settled by the element's own scheme.
 * @param {HTMLElement} element
 * @param {string} name
 */
function resolved(element, name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/**
 * Lines and points over the plot.
 * @param {import("uplot").default} chart
 * @param {Plotted} plot
 * @param {Quantity} quantity
 * @param {(name: string) => string} colour
 */
function draw(chart, plot, quantity, colour) {
  const { ctx, bbox } = chart;
  const pixel = devicePixelRatio;
  const y = (/** @type {number} */ value) => chart.valToPos(value, "y", true);
  const line = (/** @type {number} */ at, /** @type {string} */ stroke, /** @type {number[]} */ dash) => {
    ctx.beginPath();
    ctx.setLineDash(dash.map((length) => length * pixel));
    ctx.strokeStyle = stroke;
    ctx.lineWidth = 1.5 * pixel;
    ctx.moveTo(bbox.left, at);
    ctx.lineTo(bbox.left + bbox.width, at);
    ctx.stroke();
  };
  ctx.save();
  const accent = colour("--accent");
  if (quantity === "difference") {
    band(ctx, bbox, y(TOLERANCE), bbox.top + bbox.height, accent);
    line(y(TOLERANCE), accent, []);
  } else {
    if (plot.threshold !== null) line(y(plot.threshold), colour("--muted"), [5, 4]);
    if (plot.recorded !== null) {
      band(ctx, bbox, y(plot.recorded + TOLERANCE), y(plot.recorded - TOLERANCE), accent);
      line(y(plot.recorded), accent, []);
    }
  }
  ctx.setLineDash([]);
  const [, values] = series(plot, quantity);
  plot.probes.forEach((probe, index) => {
    const at = chart.valToPos(index, "x", true);
    const value = values?.[index] ?? null;
    const named = probe.request_sha256 === plot.shown;
    ctx.beginPath();
    ctx.lineWidth = 1.5 * pixel;
    if (value === null) {
      ctx.strokeStyle = colour("--border-strong");
      ctx.arc(at, bbox.top + bbox.height - 6 * pixel, 3 * pixel, 0, 2 * Math.PI);
      ctx.stroke();
      return;
    }
    if (named) {
      const r = 6 * pixel;
      ctx.fillStyle = colour(probe.matches ? "--exact" : "--unexplained");
      ctx.moveTo(at, y(value) - r);
      ctx.lineTo(at + r, y(value));
      ctx.lineTo(at, y(value) + r);
      ctx.lineTo(at - r, y(value));
      ctx.closePath();
    } else {
      ctx.fillStyle = colour(probe.matches ? "--exact" : "--muted");
      ctx.arc(at, y(value), 3.5 * pixel, 0, 2 * Math.PI);
    }
    ctx.fill();
  });
  ctx.restore();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {{left: number, width: number}} bbox
 * @param {number} top
 * @param {number} bottom
 * @param {string} fill
 */
function band(ctx, bbox, top, bottom, fill) {
  ctx.globalAlpha = 0.14;
  ctx.fillStyle = fill;
  ctx.fillRect(bbox.left, top, bbox.width, Math.max(1, bottom - top));
  ctx.globalAlpha = 1;
}
