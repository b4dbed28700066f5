/** The shown day's findings, metric by metric and camera by camera, the worst first; in strict mode its thresholds. */
import { formatCount, plural, shownName } from "../format.js";
import { classes, html, useState } from "../html.js";
import { Severity } from "./marks.js";
import { replayAddress } from "./route.js";
import { cameraNamed } from "./store.js";
import { held, route, told } from "./state.js";
import { interval, plain, probability, signed, thresholdWords } from "./words.js";

const FEWEST = 6;

/** @param {{ finding: import("./types.js").Finding, day: string }} props */
function Row({ finding, day }) {
  const period = held.value;
  const { camera, severity, metric, channel, reason, baseline, current, effect, low, high, p, q, n, days } = finding;
  const label = period?.metrics.find((each) => each.name === metric)?.label ?? metric;
  const known = period === null || camera === null ? null : cameraNamed(period, camera);
  return html`<tr class=${severity}>
    <th scope="row"><strong>${label}</strong>${channel !== null && channel !== "luma" && html` <span class="muted">${channel}</span>`} <span class="muted">·</span> ${camera === null
      ? "fleet"
      : html`<a href=${replayAddress(known, day)} title="Replay its sequences of this day">${shownName(camera, 60)}</a>`}</th>
    <td class="wide"><${Severity} severity=${severity} /></td>
    ${reason !== ""
      ? html`<td class="wide why" colspan="6">${shownName(reason, 200)}</td>`
      : html`<td data-label="baseline">${plain(baseline)}</td><td data-label="current">${plain(current)}</td><td data-label="delta"><strong>${signed(effect)}</strong></td>
        <td data-label="95 % interval">${interval(low, high)}</td><td data-label="p">${probability(p)}</td><td data-label="q">${probability(q)}</td>`}
    <td data-label="n">${formatCount(n)}</td><td data-label="D">${days}</td>
  </tr>`;
}

/** @param {{ day: import("./types.js").Day }} props */
function Calibrated({ day }) {
  const [all, setAll] = useState(false);
  const period = held.value;
  const { camera } = route.value;
  const shownCameras = new Set(period?.cameras.map((each) => each.name));
  const chosen = day.findings.filter((each) => (camera === "" ? each.camera === null || shownCameras.has(each.camera) : each.camera === camera));
  const bad = chosen.filter((each) => ["high", "medium", "low"].includes(each.severity)).length;
  const shown = all ? chosen : chosen.slice(0, Math.max(FEWEST, bad));
  const rest = chosen.length - shown.length;
  return html`<table class="findings">
      <thead><tr><th scope="col">metric · where</th><th scope="col">severity</th>${["baseline", "current", "delta", "95 % interval", "p", "q", "n", "D"].map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
      <tbody>${shown.map((each) => html`<${Row} key=${`${each.metric} ${each.camera}`} finding=${each} day=${day.day} />`)}</tbody>
    </table>
    ${chosen.length === 0 && html`<p class="muted">This camera has no finding on this day.</p>`}
    ${(rest > 0 || all) && html`<p class="more-line"><button type="button" class="button" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? "Show fewer" : `Show ${plural(rest, "more finding")}`}</button></p>`}
    <p class="muted rail-note">q: false discovery rate over all tests of the day. n: frames for pixels, sequences for the rest. D: days of the baseline. Values are on [0, 1].</p>`;
}

/** @param {{ day: import("./types.js").Day }} props */
function Strict({ day }) {
  return html`<table class="findings strict">
    <thead><tr><th scope="col">threshold</th><th scope="col">verdict</th>${["baseline", "current", "shift", "threshold"].map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
    <tbody>${day.strict.results.map(
      (each) => html`<tr key=${each.name} class=${classes(each.exceeds && "high")}><th scope="row"><strong>${thresholdWords(each.name)}</strong> <span class="muted">· fleet</span></th>
        <td class="wide">${each.shift === null ? html`<${Severity} severity="insufficient_data" />` : each.exceeds ? html`<span class="severity high"><span class="sign" aria-hidden="true">▲</span>exceeded</span>` : html`<span class="muted">within</span>`}</td>
        <td data-label="baseline">${plain(each.baseline)}</td><td data-label="current">${plain(each.current)}</td><td data-label="shift"><strong>${plain(each.shift)}</strong></td><td data-label="threshold">${each.threshold}</td></tr>`,
    )}</tbody>
  </table>
  <p class="muted rail-note">Each threshold must be exceeded, not reached. Severity counts the detectors that exceed one: pixels, confidence, classes.</p>`;
}

export function Findings() {
  const day = told.value;
  if (day === null) return null;
  const { mode, camera } = route.value;
  return html`<section class="card" aria-labelledby="findings-title">
    <h2 id="findings-title" class="eyebrow">Findings of ${day.day}${mode === "calibrated" && camera !== "" && html` · <bdi>${shownName(camera, 60)}</bdi>`}</h2>
    ${mode === "strict" ? html`<${Strict} day=${day} />` : html`<${Calibrated} key=${`${day.day} ${camera}`} day=${day} />`}
  </section>`;
}
