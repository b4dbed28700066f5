/** Every metric over the period: of the fleet, or of the chosen camera; in strict mode the fixed thresholds' shifts. */
import { shownName } from "../format.js";
import { classes, html, useState } from "../html.js";
import { useSize } from "../measuring.js";
import { Chart } from "./chart.js";
import { Severity } from "./marks.js";
import { differences, FINE, HIGH, INSUFFICIENT, NONE, severities, shownPlace } from "./store.js";
import { held, navigate, route, waiting } from "./state.js";
import { nameOf, plain, signed, thresholdWords } from "./words.js";

/** @typedef {import("./types.js").Period} Period */
/** @typedef {{ key: string, title: string, meaning: string, read: (at: number) => unknown, plot: import("./chart.js").Plot }} Drawn */

/** @param {Period} period
 * @param {string} whose
 * @returns {Drawn[]} */
function calibrated(period, whose) {
  return period.lines.map((line) => {
    const metric = period.metrics[line.metric];
    const { values, low, high } = differences(line);
    const title = metric?.label ?? "";
    const open = line.severity.filter((rank) => rank >= 3).length;
    const since = line.average_since === null ? "" : ` The moving average is beyond its limit since ${line.average_since}.`;
    return {
      key: metric?.name ?? title,
      title,
      meaning: metric?.meaning ?? "",
      read: (at) => {
        if ((line.severity[at] ?? NONE) === NONE) return line.baseline[at] === null ? null : html`<span class="muted">baseline day</span> ${signed(line.baseline[at])}`;
        return html`<${Severity} severity=${nameOf(line.severity[at] ?? NONE)} /> <strong>${plain(line.value[at])}</strong> <span class="muted">expected ${plain(line.expected[at])}</span>`;
      },
      plot: {
        label: `${title} of ${whose} by day, less what is expected. Days with an alarm: ${open}.${since}`,
        days: period.days.day, values, low, high, ranks: line.severity, changes: period.days.release_change, limits: [],
        average: line.average, averageLimit: period.average_limit,
      },
    };
  });
}

/** @param {Period} period
 * @returns {Drawn[]} */
function strict(period) {
  const nothing = period.days.day.map(() => null);
  return period.strict.map((each) => {
    const title = thresholdWords(each.name);
    const ranks = period.days.severity.map((rank, at) => (rank === NONE ? NONE : each.shift[at] === null ? INSUFFICIENT : each.exceeds[at] ? HIGH : FINE));
    return {
      key: each.name,
      title,
      meaning: `shift of the fleet's plain ${each.detector}, against ${each.threshold}`,
      read: (at) => (each.shift[at] === null ? null : html`<strong>${plain(each.shift[at])}</strong> <span class="muted">${each.exceeds[at] ? "exceeds" : "within"} ${each.threshold}</span>`),
      plot: {
        label: `${title}: shift by day against the fixed threshold ${each.threshold}. Days beyond it: ${each.exceeds.filter(Boolean).length}.`,
        days: period.days.day, values: each.shift, low: nothing, high: nothing, ranks, changes: period.days.release_change, limits: [each.threshold],
        average: nothing, averageLimit: 0,
      },
    };
  });
}

/** @param {{ drawn: Drawn, shown: number, pointed: number, point: (at: number) => void, choose: (at: number) => void }} props */
function Figure({ drawn, shown, pointed, point, choose }) {
  const [box, { width }] = useSize();
  const at = pointed === NONE ? shown : pointed;
  return html`<figure class="line-figure">
    <figcaption><h3 title=${drawn.meaning}>${drawn.title}</h3><span class="reading">${at !== NONE && drawn.read(at)}</span></figcaption>
    <div class="chart-place" ref=${box}>${width > 0 && html`<${Chart} plot=${drawn.plot} width=${width} shown=${shown} pointed=${pointed} point=${point} choose=${choose} />`}</div>
  </figure>`;
}

/** @param {{ strict: boolean, releases: boolean, average: boolean }} props */
function Key({ strict: isStrict, releases, average }) {
  return html`<p class="chart-key">
    ${!isStrict && html`<span><i class="key-band"></i>95 % of drift-free days</span><span><i class="key-seen"></i>day of the baseline</span>`}
    <span><i class="key-checked"></i>checked day</span>
    ${isStrict ? html`<${Severity} severity="high" />` : ["high", "medium", "low"].map((name) => html`<${Severity} key=${name} severity=${name} />`)}
    ${isStrict && html`<span><i class="key-limit"></i>fixed threshold</span>`}
    ${releases && html`<span><i class="key-change"></i>other release from here</span>`}
    ${average && html`<span><i class="key-average"></i>moving average (EWMA), dashed: its limits</span>`}
  </p>`;
}

export function Timelines() {
  const period = held.value;
  const [pointed, point] = useState(NONE);
  if (period === null || period.days.day.length === 0) return null;
  const isStrict = route.value.mode === "strict";
  const whose = period.camera ?? "the fleet";
  const drawn = isStrict ? strict(period) : calibrated(period, shownName(whose, 60));
  const shown = shownPlace(period, route.value.day);
  const choose = (/** @type {number} */ at) => at !== NONE && navigate({ day: period.days.day[at] ?? "" });
  const here = pointed < period.days.day.length ? pointed : NONE;
  const checked = severities(period, "calibrated").some((rank) => rank !== NONE);
  return html`<section class=${classes("card timelines", waiting.value && "waiting")} aria-labelledby="lines-title">
    <h2 id="lines-title" class="eyebrow">${isStrict ? "Shift of the fleet by day" : html`Difference from what is expected · <bdi>${shownName(whose, 60)}</bdi>`}
      ${!isStrict && period.camera !== null && html`<button type="button" class="button quiet" onClick=${() => navigate({ camera: "" })}>Show the fleet</button>`}
      ${here !== NONE && html`<time class="muted pointed">${period.days.day[here]}</time>`}</h2>
    ${drawn.length === 0
      ? html`<p class="muted">${checked ? "Nothing is known of this camera in these days." : "No day was checked yet."}</p>`
      : html`<div class="figures">${drawn.map((each) => html`<${Figure} key=${each.key} drawn=${each} shown=${shown} pointed=${here} point=${point} choose=${choose} />`)}</div>
        <${Key} strict=${isStrict} releases=${period.days.release_change.some(Boolean)} average=${drawn.some(({ plot }) => plot.average.some((value) => value !== null))} />`}
  </section>`;
}
